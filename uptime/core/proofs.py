"""Proof that somebody knows a password: every attempt is counted before it is looked at."""

from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core import passwords
from uptime.domain.errors import TooMany, Unauthenticated
from uptime.domain.user import LOGIN_FAILURES, LOGIN_WINDOW, User

if TYPE_CHECKING:
    from uptime.store import Store


class Proofs:
    """Counts attempts. Unavailable where they cannot be counted, so that nobody guesses unseen."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def attempt(self, counter: str, now: datetime) -> str:
        """Count before looking, so that attempts side by side count as well; the counter. TooMany."""
        wait = self._store.throttles.hit(counter, LOGIN_FAILURES, LOGIN_WINDOW, now)
        if wait:
            raise TooMany("Too many failed attempts. Wait before the next one.", wait)
        return counter

    def good(self, counter: str) -> None:
        """Forget what was counted: the last attempt was good."""
        self._store.throttles.clear(counter)

    def password(self, user: User, password: str, address: str, now: datetime) -> None:
        """Make sure that this is the user's password. Unauthenticated, TooMany."""
        counter = self.attempt(f"proof:{user.id}:{address}", now)
        if not passwords.matches(password, user.password_hash):
            raise Unauthenticated("The password is wrong.")
        self.good(counter)
