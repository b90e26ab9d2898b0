"""Who may log in: the set-up, passwords, sessions."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from uptime.config import Settings
from uptime.core import passwords
from uptime.core.audit import Audit
from uptime.core.proofs import Proofs
from uptime.core.second_factor import HIDDEN, SecondFactors
from uptime.domain.errors import Conflict, Invalid, NotFound, SecondFactorNeeded, Unauthenticated, Unavailable
from uptime.domain.feed import AccessChanged
from uptime.domain.settings import Site
from uptime.domain.user import FIRST_ACCOUNT, FIRST_USER, SCOPE_OF, Caller, Role, Session, User

if TYPE_CHECKING:
    from uptime.store import Store

SEEN_EVERY = timedelta(minutes=1)
"""How often a session in use is written."""

SESSION_NAME = 16
"""So much of its digest names a session among those of its user."""

WRONG = "The name or the password is wrong."


class Users:
    """People and their logins."""

    def __init__(
        self,
        store: "Store",
        settings: Settings,
        proofs: Proofs,
        second_factors: SecondFactors,
        audit: Audit,
        welcome: Callable[[int, str, datetime], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._proofs = proofs
        self._second_factors = second_factors
        self._audit = audit
        self._welcome = welcome
        self._is_set_up = False

    def is_set_up(self) -> bool:
        """Whether the set-up has happened; it is never undone but by a reset."""
        if not self._is_set_up:
            self._is_set_up = self._store.users.is_set_up()
        return self._is_set_up

    def set_up(self, name: str, password: str, email: str, alter: Callable[[Site], Site] | None, now: datetime) -> User:
        """Make the first user and with it the account. Of several callers one wins; Conflict for the rest."""
        passwords.check_strength(password)
        if self._store.users.is_set_up():
            raise Conflict("The set-up has been completed already.")
        user = User(FIRST_USER, FIRST_ACCOUNT, name, email, passwords.hashed(password), now, now, Role.OWNER)
        if not self._store.users.create_first(user):
            raise Conflict("The set-up has been completed already.")
        if alter is not None:
            self._store.sites.update(FIRST_ACCOUNT, alter)
        self._audit.note("user", None, user, now, hidden=HIDDEN)
        self._welcome(FIRST_ACCOUNT, email, now)
        return user

    def forget_set_up(self) -> None:
        """Look again whether there was a set-up: the store has been emptied."""
        self._is_set_up = False

    def setup_token(self) -> str:
        """The token that lets somebody set up from elsewhere; every process with the same key knows it."""
        digest = hmac.new(self._settings.secret_key.encode(), b"set-up token", hashlib.sha256).hexdigest()
        return "-".join(digest[start : start + 5] for start in range(0, 25, 5))

    def check_setup_token(self, token: str) -> bool:
        """Whether a token is that one, compared in constant time."""
        return hmac.compare_digest(token.strip().lower().encode("utf-8", "replace"), self.setup_token().encode())

    def administrator(self) -> User | None:
        """Who is meant where nobody is named: of the owners of the first account the one there longest."""
        return next(iter(self._store.users.owners(FIRST_ACCOUNT)), None)

    def login(
        self, name: str | None, password: str, address: str, now: datetime, code: str | None = None
    ) -> tuple[str, Session]:
        """Begin a session: its token and itself. `name` is a name or an e-mail address, None means the administrator.

        Unauthenticated, or TooMany after ten failures in 15 minutes for this user from this address. With a second
        factor SecondFactorNeeded unless `code` is good.
        """
        user = self._store.users.by_login(name) if name else self.administrator()
        who = str(user.id) if user else _digest((name or "").casefold())
        counter = self._proofs.attempt(f"login:{who}:{address}", now)
        known = user.password_hash if user and user.active else passwords.decoy()
        if not passwords.matches(password, known) or user is None or not user.active:
            self._audit.refused(user.account if user else FIRST_ACCOUNT, user, address, now)
            raise Unauthenticated(WRONG)
        self._proofs.good(counter)
        self._check_code(user, code, address, now)
        token, session = self._begin(user, address, now)
        # The password may have been changed since it was compared, and all sessions ended before this one began.
        if not self._still(user):
            self._store.sessions.end(session)
            raise Unauthenticated(WRONG)
        self._store.users.note_login(user.id, now)
        self._audit.logged_in(user, address, now)
        return token, session

    def _check_code(self, user: User, code: str | None, address: str, now: datetime) -> None:
        try:
            self._second_factors.check(user, code, now)
        except SecondFactorNeeded as needed:
            if needed.given:
                self._audit.refused(user.account, user, address, now)
            raise

    def _still(self, user: User) -> bool:
        found = self._store.users.find(user.id)
        return found is not None and found.active and found.password_hash == user.password_hash

    def _begin(self, user: User, address: str, now: datetime) -> tuple[str, Session]:
        token = secrets.token_urlsafe(32)
        session = Session(_digest(token), user.id, user.account, now, now, secrets.token_urlsafe(24), address)
        self._store.sessions.add(session)
        return token, session

    def caller(self, token: str, now: datetime) -> Caller | None:
        """Who is calling with this token; None where its session has ended or its user may not come in."""
        session = self.session(token, now)
        user = self._store.users.find(session.user_id) if session else None
        if session is None or user is None or not user.active:
            return None
        scope, name = SCOPE_OF[user.role], f"user {user.id}"
        return Caller(user.account, scope, name, session, role=user.role, user_id=user.id, user_name=user.name)

    def session(self, token: str, now: datetime) -> Session | None:
        """The session of a token, unless it has ended."""
        session = self._store.sessions.get(_digest(token), now)
        if session is not None and now - session.seen_at > SEEN_EVERY:
            session = replace(session, seen_at=now)
            # Whoever is logged in goes on reading while the store takes no writes.
            with suppress(Unavailable):
                self._store.sessions.touch(session)
        return session

    def sessions(self, user_id: int, now: datetime) -> list[Session]:
        """The sessions of a user, the one seen last first."""
        return self._store.sessions.many(user_id, now)

    def end_session(self, user_id: int, digest: str, now: datetime) -> None:
        """End one session of a user, named by at least 16 letters of its digest. NotFound."""
        for session in self.sessions(user_id, now) if len(digest) >= SESSION_NAME else []:
            if session.digest.startswith(digest):
                self._end(session, now)
                return
        raise NotFound("session")

    def end_sessions(self, user_id: int, but: str | None, account: int) -> None:
        """End all sessions of a user but the one of a digest."""
        self._store.sessions.end_all(user_id, but)
        self._store.feed.publish([AccessChanged(account)])

    def logout(self, token: str, now: datetime) -> None:
        """End a session; a token of none is no error."""
        session = self._store.sessions.find(_digest(token))
        if session is not None:
            self._end(session, now)

    def _end(self, session: Session, now: datetime) -> None:
        self._store.sessions.end(session)
        self._store.feed.publish([AccessChanged(session.account)])
        user = self._store.users.find(session.user_id)
        if user is not None:
            self._audit.logged_in(user, session.address, now, out=True)

    def prove(self, caller: Caller, password: str, address: str, now: datetime) -> None:
        """Make sure that the caller knows the password. Unauthenticated, or TooMany."""
        user = self.administrator() if caller.user_id is None else self._store.users.find(caller.user_id)
        if user is None:
            raise Unauthenticated("Nobody has been set up yet.")
        self._proofs.password(user, password, address, now)

    def change_password(self, session: Session, current: str, new: str, now: datetime, address: str = "") -> None:
        """Set a new password, which ends every other session of the user. Unauthenticated, Invalid, TooMany."""
        user = self._store.users.get(session.user_id)
        self._proofs.password(user, current, address, now)
        self.set_password(user, new, now, but=session.digest)

    def reset_password(self, store_url: str, new: str, address: str, now: datetime) -> None:
        """Set the administrator's password for whoever knows the address of the store.

        Invalid: it has none, or the password is no good. Unauthenticated: it is another. TooMany.
        """
        configured = self._settings.redis_url
        if not configured:
            raise Invalid("redisUrl", "This installation keeps its data in a store of its own, which has no address.")
        counter = self._proofs.attempt(f"reset:{address}", now)
        if not hmac.compare_digest(store_url.encode("utf-8", "replace"), configured.encode()):
            raise Unauthenticated("This is not the address of the store.")
        user = self.administrator()
        if user is None:
            raise NotFound("user")
        self.set_password(user, new, now)
        self._proofs.good(counter)

    def everybody(self) -> list[User]:
        """All who may log in, of all accounts."""
        return self._store.users.many()

    def named(self, word: str) -> User:
        """The user of a name or an e-mail address, of any account. NotFound is said as Invalid."""
        user = self._store.users.by_login(word)
        if user is None:
            raise Invalid("name", f"There is no user called {word}.")
        return user

    def set_password(self, user: User, new: str, now: datetime, but: str | None = None) -> None:
        """Set a password without asking for the old one, which ends every session but one. Invalid.

        Conflict: the user's password has been changed since `user` was read.
        """
        passwords.check_strength(new)
        made = passwords.hashed(new, like=user.password_hash)

        def alter(before: User) -> User:
            if before.password_changed_at != user.password_changed_at:
                raise Conflict("The password has been changed a moment ago.")
            return replace(before, password_hash=made, password_changed_at=now)

        before, after = self._store.users.change(user.id, alter)
        self.end_sessions(user.id, but, user.account)
        self._audit.note("user", before, after, now, hidden=HIDDEN)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
