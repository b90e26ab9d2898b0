"""API keys: made once, shown once, known by their digest from then on."""

import hashlib
import hmac
import secrets
import string
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from uptime.config import Settings
from uptime.core.audit import Audit
from uptime.domain.errors import Invalid, Unavailable
from uptime.domain.feed import AccessChanged
from uptime.domain.monitor import checked_name
from uptime.domain.user import FIRST_ACCOUNT, FIRST_USER, KEY_SCOPES, ApiKey, Caller, KeyShape, Scope, User

if TYPE_CHECKING:
    from uptime.store import Store

BELIEVED = 0.9
"""Seconds for which a key is believed without asking: a revoked one is refused within a second everywhere."""

USED_EVERY = timedelta(minutes=1)
SHORTEST_CHOSEN = 32
CACHE_LIMIT = 10_000
ALPHABET = string.ascii_letters + string.digits


class ApiKeys:
    """The keys of all accounts."""

    def __init__(self, store: "Store", settings: Settings, audit: Audit) -> None:
        self._store = store
        self._audit = audit
        self._cron_digest = _digest(settings.cron_secret) if settings.cron_secret else None
        self._known: dict[str, tuple[float, ApiKey | None, User | None]] = {}
        self._used: dict[int, datetime] = {}

    def make(
        self,
        account: int,
        name: str,
        scope: Scope,
        now: datetime,
        *,
        monitor_id: int | None = None,
        shape: KeyShape = KeyShape.UPSPEAK,
        expires_at: datetime | None = None,
        secret: str | None = None,
        user_id: int | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which is told here and never again. Invalid, or Conflict: a secret in use.

        It may do what its scope holds and its user may, and ends with its user; None means the account's first owner.
        """
        name = checked_name(name)
        if scope not in KEY_SCOPES:
            raise Invalid("scope", f"A key has one of the scopes {', '.join(KEY_SCOPES)}.")
        if secret is not None and len(secret) < SHORTEST_CHOSEN:
            raise Invalid("secret", f"A secret of your own needs at least {SHORTEST_CHOSEN} characters.")
        if expires_at is not None and expires_at <= now:
            raise Invalid("expires_at", "The key would have expired already.")
        key_id = self._store.api_keys.new_id()
        secret = secret or _secret(shape, account, key_id)
        key = ApiKey(
            id=key_id,
            account=account,
            name=name,
            scope=scope,
            digest=_digest(secret),
            hint=f"{secret[:6]}…{secret[-4:]}",
            shape=shape,
            created_at=now,
            monitor_id=monitor_id,
            expires_at=expires_at,
            user_id=self._first_owner(account) if user_id is None else user_id,
        )
        self._store.api_keys.add(key)
        self._known.clear()
        self._audit.note("api key", None, key, now)
        return key, secret

    def _first_owner(self, account: int) -> int:
        return next((user.id for user in self._store.users.owners(account)), FIRST_USER)

    def revoke(self, account: int, key_id: int, now: datetime) -> ApiKey:
        """End a key: here at once, in every other process within a second. NotFound."""
        key = self._store.api_keys.revoke(account, key_id)
        self._known.clear()
        self._store.feed.publish([AccessChanged(account)])
        self._audit.note("api key", key, None, now)
        return key

    def forget(self) -> None:
        """Believe no key any longer without asking."""
        self._known.clear()

    def revoke_all(self, user: User, now: datetime) -> None:
        """End every key of a user."""
        for key in self.list(user.account):
            if key.user_id == user.id:
                self.revoke(user.account, key.id, now)

    def caller(self, secret: str, now: datetime) -> Caller | None:
        """Who is calling with this secret; None when it opens nothing."""
        digest = _digest(secret)
        if self._cron_digest is not None and hmac.compare_digest(digest, self._cron_digest):
            return Caller(FIRST_ACCOUNT, Scope.PING, "cron secret")
        key, user = self._find(digest)
        if key is None or not hmac.compare_digest(digest, key.digest):
            return None
        if key.expires_at is not None and key.expires_at <= now:
            return None
        if not self._may_use(key, user):
            return None
        self._note_use(key, now)
        return _caller(key, user)

    def _may_use(self, key: ApiKey, user: User | None) -> bool:
        """Whether its user may come in. A key may be made before the set-up makes the user it belongs to."""
        if user is None:
            return not self._store.users.is_set_up()
        return user.active and user.account == key.account

    def _find(self, digest: str) -> tuple[ApiKey | None, User | None]:
        known = self._known.get(digest)
        if known is not None and time.monotonic() - known[0] < BELIEVED:
            return known[1], known[2]
        if len(self._known) > CACHE_LIMIT:
            self._known.clear()
        key = self._store.api_keys.by_digest(digest)
        user = self._store.users.find(key.user_id) if key else None
        self._known[digest] = time.monotonic(), key, user
        return key, user

    def _note_use(self, key: ApiKey, now: datetime) -> None:
        noted = self._used.get(key.id)
        if noted is None or now - noted > USED_EVERY:
            self._used[key.id] = now
            # A key goes on opening what may be read while the store takes no writes.
            with suppress(Unavailable):
                self._store.api_keys.touch(key, now)

    def list(self, account: int) -> list[ApiKey]:
        """The keys of an account, without their secrets."""
        return self._store.api_keys.many(account)


def _caller(key: ApiKey, user: User | None) -> Caller:
    bound = Caller(key.account, key.scope, f"key {key.id}", monitor_id=key.monitor_id, key_id=key.id)
    return bound if user is None else replace(bound, role=user.role, user_id=user.id, user_name=user.name)


def _secret(shape: KeyShape, account: int, key_id: int) -> str:
    """A fresh secret of a shape, with at least 128 random bits."""
    if shape is KeyShape.UPTIMEROBOT:
        return f"u{account}-{secrets.token_hex(16)}"
    if shape is KeyShape.KUMA:
        return f"uk{key_id}_" + "".join(secrets.choice(ALPHABET) for _ in range(40))
    if shape is KeyShape.UPTIMECOM:
        return secrets.token_hex(20)
    return f"up_{secrets.token_urlsafe(32)}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
