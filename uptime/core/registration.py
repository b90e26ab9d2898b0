"""Open registration: a stranger makes an account, and owns it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from uptime.config import Settings
from uptime.core.members import Members, UserDraft
from uptime.domain.errors import Forbidden, TooMany
from uptime.domain.user import Role, User

if TYPE_CHECKING:
    from uptime.store import Store

PER_ADDRESS, WINDOW = 5, timedelta(hours=1)
CLOSED = "Nobody may make an account here. Ask for an invitation."


class Registration:
    """Makes accounts where `REGISTRATION` is open."""

    def __init__(
        self, store: "Store", settings: Settings, members: Members, welcome: Callable[[int, str, datetime], None]
    ) -> None:
        self._store = store
        self._settings = settings
        self._members = members
        self._welcome = welcome

    @property
    def open(self) -> bool:
        """Whether strangers may make an account."""
        return self._settings.registration == "open"

    def register(self, draft: UserDraft, password: str, address: str, now: datetime) -> User:
        """A new account with its default site, and its owner. Forbidden, Invalid, Conflict, TooMany."""
        # Whoever sets this installation up has its first account.
        if not self.open or not self._store.users.is_set_up():
            raise Forbidden(CLOSED)
        wait = self._store.throttles.hit(f"register:{address}", PER_ADDRESS, WINDOW, now)
        if wait:
            raise TooMany("Too many accounts were made from here. Wait before the next one.", wait)
        owner = UserDraft(draft.email, Role.OWNER, draft.name, draft.first_name, draft.last_name, draft.kept)
        user = self._members.create(self._store.users.new_account(), owner, password, now)
        self._store.sites.update(user.account, lambda site: site)
        self._welcome(user.account, user.email, now)
        return user
