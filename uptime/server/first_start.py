"""What the environment asks to be done once: the first user, the first key. Any number of processes may try at once."""

import hashlib
import logging
import threading
import time
from datetime import UTC, datetime

from uptime.config import ConfigError, Settings
from uptime.core import Core
from uptime.domain.errors import Conflict, Invalid, Unavailable
from uptime.domain.user import FIRST_ACCOUNT, Scope
from uptime.store import Store

log = logging.getLogger(__name__)

KEY_NAME = "From API_KEY"
AGAIN = 2.0
"""Seconds between attempts while the store is away."""


class FirstStart:
    """Makes what ADMIN_PASSWORD and API_KEY ask for, now or as soon as the store is there."""

    def __init__(self, core: Core, store: Store, settings: Settings) -> None:
        self._core = core
        self._store = store
        self._settings = settings
        self._lock = threading.Lock()
        self._next_at = 0.0
        self.done = False

    def attempt(self) -> None:
        """Do what is left to do, unless the store is away. ConfigError: the environment asks for the impossible."""
        if self.done or time.monotonic() < self._next_at or not self._lock.acquire(blocking=False):
            return
        try:
            self._do(datetime.now(UTC))
            self.done = True
        except Unavailable as error:
            self._next_at = time.monotonic() + AGAIN
            log.warning("The first start waits for the store: %s", error.message)
        finally:
            self._lock.release()

    def _do(self, now: datetime) -> None:
        settings = self._settings
        self._look_at_store()
        if settings.admin_password is not None and not self._core.users.is_set_up():
            self._set_up(settings.admin_password, now)
        if settings.api_key is not None:
            self._make_key(settings.api_key, now)

    def _look_at_store(self) -> None:
        policy = self._store.client.info("memory").get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            log.warning("The store's maxmemory-policy is %s: when full it loses history. Set noeviction.", policy)

    def _set_up(self, password: str, now: datetime) -> None:
        settings = self._settings
        try:
            self._core.users.set_up(settings.admin_username, password, settings.admin_email, None, now)
        except Conflict:
            return
        except Invalid as error:
            raise ConfigError(f"ADMIN_PASSWORD cannot be the first password: {error.message}") from None
        log.info("The set-up was completed with ADMIN_PASSWORD for the user %s.", settings.admin_username)

    def _make_key(self, secret: str, now: datetime) -> None:
        """Make the key once for each secret: a key that somebody revoked does not come back with a restart."""
        digest = hashlib.sha256(secret.encode()).hexdigest()
        if self._store.api_keys.was_made(digest):
            return
        try:
            self._core.api_keys.make(FIRST_ACCOUNT, KEY_NAME, Scope.ADMIN, now, secret=secret)
            log.info("An admin key was made from API_KEY.")
        except Conflict:
            log.debug("Another process has made the key of API_KEY.")
        self._store.api_keys.note_made(digest)
