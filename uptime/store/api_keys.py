"""API keys, found by the digest of their secret."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from uptime.domain.errors import Conflict, NotFound
from uptime.domain.schedule import from_ms, to_ms
from uptime.domain.user import ApiKey
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode


class ApiKeys:
    """The keys of all accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def new_id(self) -> int:
        return int(self._client.incr(keys.key_ids()))

    def add(self, key: ApiKey) -> None:
        """Store a key. Conflict: another key has this secret."""
        place = f"{key.account}:{key.id}"
        # The key stands before its secret leads there: whoever finds the secret taken must find by whom.
        self._client.hset(keys.api_keys(key.account), str(key.id), encode(key))
        if self._client.set(keys.api_key(key.digest), place, nx=True):
            return
        if self.by_digest(key.digest) is None:
            self._client.set(keys.api_key(key.digest), place)
        else:
            self._client.hdel(keys.api_keys(key.account), str(key.id))
            raise Conflict("There is a key with this secret already.")

    def by_digest(self, digest: str) -> ApiKey | None:
        """The key with a secret of this digest."""
        found: Any = self._client.get(keys.api_key(digest))
        if found is None:
            return None
        account, _, key_id = found.decode().partition(":")
        raw = self._client.hget(keys.api_keys(int(account)), key_id)
        return decode(ApiKey, raw) if raw else None

    def many(self, account: int) -> list[ApiKey]:
        """The keys of an account by id, each with its last use."""
        found = [decode(ApiKey, raw) for raw in self._client.hvals(keys.api_keys(account))]
        used = {int(key_id): int(ms) for key_id, ms in self._client.hgetall(keys.api_keys_used(account)).items()}
        dated = [replace(key, last_used_at=from_ms(used[key.id]) if key.id in used else None) for key in found]
        return sorted(dated, key=lambda key: key.id)

    def revoke(self, account: int, key_id: int) -> ApiKey:
        """End a key. NotFound."""
        raw = self._client.hget(keys.api_keys(account), str(key_id))
        if raw is None:
            raise NotFound("API key")
        key = decode(ApiKey, raw)
        self._client.delete(keys.api_key(key.digest))
        self._client.hdel(keys.api_keys(account), str(key_id))
        self._client.hdel(keys.api_keys_used(account), str(key_id))
        return key

    def touch(self, key: ApiKey, now: datetime) -> None:
        """Write down when a key was last used."""
        self._client.hset(keys.api_keys_used(key.account), str(key.id), to_ms(now))

    def was_made(self, digest: str) -> bool:
        """Whether a secret from the environment has been made a key before."""
        return bool(self._client.sismember(keys.keys_made(), digest))

    def note_made(self, digest: str) -> None:
        """Remember that a secret from the environment has been made a key."""
        self._client.sadd(keys.keys_made(), digest)
