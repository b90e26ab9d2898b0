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
from uptime.domain.errors import Conflict, Invalid, TooMany, Unauthenticated, Unavailable
from uptime.domain.feed import AccessChanged
from uptime.domain.settings import Site
from uptime.domain.user import (
    FIRST_ACCOUNT,
    LOGIN_FAILURES,
    LOGIN_WINDOW,
    Caller,
    Session,
    User,
)

if TYPE_CHECKING:
    from uptime.store import Store

FIRST_USER = 1
SEEN_EVERY = timedelta(minutes=1)
"""How often a session in use is written."""

WRONG = "The name or the password is wrong."


class Users:
    """People and their logins."""

    def __init__(self, store: "Store", settings: Settings) -> None:
        self._store = store
        self._settings = settings
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
        user = User(FIRST_USER, FIRST_ACCOUNT, name, email, passwords.hashed(password), now, now)
        if not self._store.users.create_first(user):
            raise Conflict("The set-up has been completed already.")
        if alter is not None:
            self._store.sites.update(FIRST_ACCOUNT, alter)
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

    def login(self, name: str | None, password: str, address: str, now: datetime) -> tuple[str, Session]:
        """Begin a session: its token and itself. `name` None means the administrator.

        Unauthenticated, or TooMany after ten failures in 15 minutes for this name from this address.
        """
        wanted = name or self._settings.admin_username
        counter = self._attempt(f"login:{_digest(wanted.casefold())}:{address}", now)
        user = self._store.users.by_name(wanted)
        if not passwords.matches(password, user.password_hash if user else passwords.decoy()) or user is None:
            raise Unauthenticated(WRONG)
        self._store.throttles.clear(counter)
        token, session = self._begin(user, now)
        # The password may have been changed since it was compared, and all sessions ended before this one began.
        if self._store.users.get(user.id).password_hash != user.password_hash:
            self._store.sessions.end(session)
            raise Unauthenticated(WRONG)
        return token, session

    def _begin(self, user: User, now: datetime) -> tuple[str, Session]:
        token = secrets.token_urlsafe(32)
        session = Session(_digest(token), user.id, user.account, now, now, secrets.token_urlsafe(24))
        self._store.sessions.add(session)
        return token, session

    def session(self, token: str, now: datetime) -> Session | None:
        """The session of a token, unless it has ended."""
        session = self._store.sessions.get(_digest(token), now)
        if session is not None and now - session.seen_at > SEEN_EVERY:
            session = replace(session, seen_at=now)
            # Whoever is logged in goes on reading while the store takes no writes.
            with suppress(Unavailable):
                self._store.sessions.touch(session)
        return session

    def logout(self, token: str) -> None:
        """End a session; a token of none is no error."""
        session = self._store.sessions.find(_digest(token))
        if session is not None:
            self._store.sessions.end(session)
            self._store.feed.publish([AccessChanged(session.account)])

    def prove(self, caller: Caller, password: str, address: str, now: datetime) -> None:
        """Make sure that the caller knows the password. Unauthenticated, or TooMany."""
        user = self._store.users.get(caller.session.user_id if caller.session else FIRST_USER)
        self._prove(user, password, address, now)

    def _prove(self, user: User, password: str, address: str, now: datetime) -> None:
        counter = self._attempt(f"proof:{user.id}:{address}", now)
        if not passwords.matches(password, user.password_hash):
            raise Unauthenticated("The password is wrong.")
        self._store.throttles.clear(counter)

    def change_password(self, session: Session, current: str, new: str, now: datetime, address: str = "") -> None:
        """Set a new password, which ends every other session of the user. Unauthenticated, Invalid, TooMany."""
        user = self._store.users.get(session.user_id)
        self._prove(user, current, address, now)
        self._set_password(user, new, now, but=session.digest)

    def reset_password(self, store_url: str, new: str, address: str, now: datetime) -> None:
        """Set the administrator's password for whoever knows the address of the store.

        Invalid: it has none, or the password is no good. Unauthenticated: it is another. TooMany.
        """
        configured = self._settings.redis_url
        if not configured:
            raise Invalid("redisUrl", "This installation keeps its data in a store of its own, which has no address.")
        counter = self._attempt(f"reset:{address}", now)
        if not hmac.compare_digest(store_url.encode("utf-8", "replace"), configured.encode()):
            raise Unauthenticated("This is not the address of the store.")
        self._set_password(self._store.users.get(FIRST_USER), new, now)
        self._store.throttles.clear(counter)

    def everybody(self) -> list[User]:
        """All who may log in."""
        return self._store.users.many()

    def give_password(self, name: str, new: str, now: datetime) -> None:
        """Set somebody's password from the command line. NotFound is said as Invalid."""
        user = self._store.users.by_name(name)
        if user is None:
            raise Invalid("name", f"There is no user called {name}.")
        self._set_password(user, new, now)

    def _set_password(self, user: User, new: str, now: datetime, but: str | None = None) -> None:
        passwords.check_strength(new)
        self._store.users.save(replace(user, password_hash=passwords.hashed(new), password_changed_at=now))
        self._store.sessions.end_all(user.id, but)
        self._store.feed.publish([AccessChanged(user.account)])

    def _attempt(self, counter: str, now: datetime) -> str:
        """Count before looking, so that attempts side by side count as well. TooMany; Unavailable refuses, too."""
        wait = self._store.throttles.hit(counter, LOGIN_FAILURES, LOGIN_WINDOW, now)
        if wait:
            raise TooMany("Too many failed attempts. Wait before the next one.", wait)
        return counter


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
