"""The audit log: entries by their number, the oldest leaving first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from uptime.domain.audit import KEPT, KEPT_ENTRIES, Entry
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode

SWEPT = 10
"""How many of the oldest are looked at with each new one."""


class Audit:
    """The audit logs of all accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def append(self, entry: Entry) -> Entry:
        """Write an entry down; with its id."""
        key = keys.audit(entry.account)
        entry = replace(entry, id=int(self._client.incr(keys.audit_ids(entry.account))))
        pipe = self._client.pipeline(transaction=False)
        pipe.zadd(key, {encode(entry): entry.id})
        pipe.zremrangebyrank(key, 0, -KEPT_ENTRIES - 1)
        pipe.expire(key, KEPT + timedelta(days=1))
        pipe.zrange(key, 0, SWEPT - 1)
        oldest = pipe.execute()[-1]
        if gone := [raw for raw in oldest if decode(Entry, raw).at < entry.at - KEPT]:
            self._client.zrem(key, *gone)
        return entry

    def read(self, account: int, before: int | None, limit: int) -> list[Entry]:
        """Entries older than the one of an id, newest first."""
        highest = "+inf" if before is None else f"({before}"
        found: list[Any] = self._client.zrevrangebyscore(keys.audit(account), highest, "-inf", 0, limit)
        return [decode(Entry, raw) for raw in found]
