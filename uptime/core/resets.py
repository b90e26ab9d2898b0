"""Forgotten passwords: a link by mail that sets a new one, once."""

import hashlib
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from uptime.config import Settings
from uptime.core.links import Links
from uptime.core.users import Users
from uptime.domain.errors import Conflict, DeliveryFailed, Invalid, TooMany
from uptime.domain.schedule import to_ms
from uptime.domain.user import User
from uptime.mail import Mailer

if TYPE_CHECKING:
    from uptime.store import Store

log = logging.getLogger(__name__)

PAGE = "reset-password"
LIFE = timedelta(hours=1)
WINDOW = timedelta(hours=1)
PER_MAILBOX, PER_ADDRESS = 3, 10
"""Requests for one mailbox, and from one address, within the window."""

NO_MAIL = (
    "This installation sends no mail. Whoever runs it can set a password with `python -m uptime users password NAME`."
)
USED = "This link has been used, or the password was changed after it was sent. Ask for a new one."
NOBODY = 0


class Resets:
    """Sends links and takes them. Who asks is told the same whether or not anybody has the address."""

    def __init__(self, store: "Store", settings: Settings, users: Users, links: Links, mailer: Mailer) -> None:
        self._store = store
        self._serverless = settings.serverless
        self._users = users
        self._links = links
        self._mailer = mailer

    def ask(self, email: str, address: str, now: datetime) -> None:
        """Have a link sent to a mailbox that is a user's. TooMany; Invalid: there is no mail here at all."""
        if not self._mailer.ready:
            raise Invalid("email", NO_MAIL)
        mailbox = hashlib.sha256(email.strip().casefold().encode("utf-8", "replace")).hexdigest()
        for counter, limit in ((f"forgot-from:{address}", PER_ADDRESS), (f"forgot:{mailbox}", PER_MAILBOX)):
            if wait := self._store.throttles.hit(counter, limit, WINDOW, now):
                raise TooMany("Too many links were asked for. Wait before the next one.", wait)
        user = self._store.users.by_login(email.strip())
        wanted = user.id if user is not None and _has(user, email) else NOBODY
        if self._serverless:
            self.send(wanted, now)
        else:
            # Sent by another process, whoever it is for, so that the time tells nothing either.
            self._store.queue.enqueue_chore("send_reset", [wanted])

    def send(self, user_id: int, now: datetime) -> None:
        """Send the link; what keeps it from arriving is told to the log alone."""
        user = None if user_id == NOBODY else self._store.users.find(user_id)
        if user is None or not user.active:
            return
        link = self._links.make(PAGE, [user.id, to_ms(user.password_changed_at)], now + LIFE)
        site = self._store.sites.get(user.account).name
        event_id = f"reset-{user.id}-{to_ms(now)}"
        try:
            self._mailer.send(user.email, f"A new password for {site}", _text(user, site, link), event_id=event_id)
        except DeliveryFailed as failed:
            log.warning("User %s got no link for a new password. %s", user.id, failed.message)

    def read(self, token: str, now: datetime) -> User:
        """The user whose password a link sets. Invalid: it is no good, or not any more."""
        match self._links.read(PAGE, token, now):
            case [int(user_id), int(changed_ms)]:
                user = self._store.users.find(user_id)
                if user is not None and user.active and to_ms(user.password_changed_at) == changed_ms:
                    return user
        raise Invalid("token", USED)

    def use(self, token: str, new: str, now: datetime) -> User:
        """Set a new password, which ends every session; a second factor stays. Invalid."""
        user = self.read(token, now)
        try:
            self._users.set_password(user, new, now)
        except Conflict:
            raise Invalid("token", USED) from None
        return user


def _has(user: User, email: str) -> bool:
    """Whether it is the user's address, and not only the name."""
    return user.active and user.email.casefold() == email.strip().casefold()


def _text(user: User, site: str, link: str) -> str:
    return (
        f"Somebody asked for a new password for {user.name} on {site}.\n\n"
        f"Set it here:\n{link}\n\n"
        "The link is good once, for an hour. If it was not you, leave it alone: your password stays what it is.\n"
    )
