"""Monitors: their configuration, their order, and their names."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from redis.exceptions import WatchError

from uptime.domain.errors import Conflict, NotFound
from uptime.domain.group import GROUP
from uptime.domain.monitor import Monitor
from uptime.domain.schedule import to_ms
from uptime.store import keys
from uptime.store.changing import read
from uptime.store.client import Client
from uptime.store.codec import decode, encode
from uptime.store.scripts import Argument, Script

TAKEN = "There is a monitor of this name already."

ORPHAN_AGE = timedelta(minutes=1)
"""A place in the index without a monitor this long after it was made is what a crash left."""

CACHE_LIMIT = 50_000


class Monitors:
    """The monitors of all accounts. A name may be claimed for one alone; else the lowest id means it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._claim = Script("name_claim")
        self._decoded: dict[int, tuple[bytes, Monitor]] = {}

    def add(self, monitor: Monitor, *, unique_name: bool) -> Monitor:
        """Store a new monitor, or one of a known id that was removed; with its id. Conflict: the name is taken."""
        revived = bool(monitor.id)
        if not revived:
            monitor = replace(monitor, id=int(self._client.incr(keys.monitor_ids())))
        self._client.sadd(keys.accounts(), monitor.account)
        self._place(monitor, "", unique_name=unique_name, revived=revived)
        if monitor.type == GROUP.word:
            self._client.sadd(keys.groups(monitor.account), monitor.id)
        self._client.set(keys.monitor(monitor.id), encode(monitor))
        return monitor

    def save(self, monitor: Monitor, before: Monitor, *, unique_name: bool) -> bool:
        """Replace a monitor, whose name may have changed. Conflict: the new name is taken.

        False: it is not what it was any more, and nothing was written.
        """
        key = keys.monitor(monitor.id)
        with self._client.pipeline() as pipe:
            pipe.watch(key)  # type: ignore[no-untyped-call]
            if self._decode(monitor.id, read(pipe, "GET", key)) != before:
                return False
            self._place(monitor, before.name, unique_name=unique_name)
            if monitor.type == GROUP.word:
                self._client.sadd(keys.groups(monitor.account), monitor.id)
            pipe.multi()
            pipe.set(key, encode(monitor))
            try:
                pipe.execute()
            except WatchError:
                return False
        return True

    def _place(self, monitor: Monitor, name_before: str, *, unique_name: bool, revived: bool = False) -> None:
        account = monitor.account
        made_ms = to_ms(monitor.created_at) if monitor.created_at else monitor.id
        place = [keys.monitor_names(account), keys.monitors(account), keys.removed_monitors(account)]
        conditions = [int(unique_name), int(revived)]
        arguments: list[Argument] = [monitor.id, monitor.name, name_before, made_ms, *conditions]
        if not self._claim.run(self._client, place, arguments):
            raise Conflict(TAKEN)

    def remove(self, monitor: Monitor, now: datetime, *, keep_history: bool) -> None:
        """Take a monitor out of the account; with its history kept it is listed as removed."""
        account = monitor.account
        if keep_history:
            self._client.set(keys.monitor(monitor.id), encode(replace(monitor, removed_at=now)))
        pipe = self._client.pipeline()
        pipe.zrem(keys.monitors(account), monitor.id)
        pipe.zrem(keys.monitor_names(account), _name(monitor))
        pipe.srem(keys.groups(account), monitor.id)
        if keep_history:
            pipe.zadd(keys.removed_monitors(account), {str(monitor.id): to_ms(now)})
        else:
            pipe.zrem(keys.removed_monitors(account), monitor.id)
        pipe.execute()
        if not keep_history:
            self._client.delete(keys.monitor(monitor.id))

    def get(self, account: int, monitor_id: int) -> Monitor:
        """One monitor of an account. NotFound, also when it was removed or is another account's."""
        (found,) = self.by_ids([monitor_id])
        if found is None or found.account != account:
            raise NotFound("monitor")
        return found

    def by_name(self, account: int, name: str) -> Monitor:
        """The monitor of a name; of several the one with the lowest id. NotFound."""
        low, high = f"[{name}\0", f"[{name}\0".encode() + b"\xff"
        members: list[Any] = self._client.zrangebylex(keys.monitor_names(account), low, high)
        for monitor_id in sorted(int(member.rpartition(b"\0")[2]) for member in members):
            (found,) = self.by_ids([monitor_id])
            if found is not None and found.name == name:
                return found
        raise NotFound("monitor")

    def many(self, account: int) -> list[Monitor]:
        """All monitors of an account in their order: by weight, then as they were made."""
        found = [monitor for monitor in self.by_ids(self._ids(keys.monitors(account))) if monitor is not None]
        return sorted(found, key=attrgetter("weight"))

    def groups(self, account: int) -> list[Monitor]:
        """The groups of an account. What is no group any more is left out; the next repair forgets it."""
        ids = sorted(int(monitor_id) for monitor_id in self._client.smembers(keys.groups(account)))
        found = self.by_ids(ids)
        return [monitor for monitor in found if monitor is not None and monitor.type == GROUP.word]

    def removed(self, account: int) -> list[Monitor]:
        """The monitors whose history was kept, the newest removal last."""
        return [
            monitor
            for monitor in self._read(self._ids(keys.removed_monitors(account)))
            if monitor is not None and monitor.removed_at
        ]

    def by_ids(self, ids: Sequence[int]) -> list[Monitor | None]:
        """Monitors of any account in the order of their ids; None where there is none or it was removed."""
        return [None if found is None or found.removed_at else found for found in self._read(ids)]

    def accounts(self) -> list[int]:
        """The accounts that have or had monitors."""
        return sorted(int(account) for account in self._client.smembers(keys.accounts()))

    def all_active(self) -> list[Monitor]:
        """Every monitor that is to be checked, of every account."""
        return [monitor for account in self.accounts() for monitor in self.many(account) if not monitor.paused]

    def repair(self, now: datetime) -> None:
        """Bring the indexes in line with the monitors: a crash may have come between the two."""
        for account in self._client.smembers(keys.accounts()):
            self._repair(int(account), now)

    def _repair(self, account: int, now: datetime) -> None:
        # What was made a moment ago may have its place and no monitor yet.
        ids = self._ids(keys.monitors(account), until_ms=to_ms(now - ORPHAN_AGE))
        found = dict(zip(ids, self._read(ids), strict=True))
        right = {_name(monitor) for monitor in found.values() if monitor is not None and not monitor.removed_at}
        members: list[Any] = self._client.zrange(keys.monitor_names(account), 0, -1)
        groups = {int(monitor_id) for monitor_id in self._client.smembers(keys.groups(account))}
        pipe = self._client.pipeline()
        for monitor_id, monitor in found.items():
            if monitor is None or monitor.removed_at:
                pipe.zrem(keys.monitors(account), monitor_id)
            if monitor is not None and monitor.removed_at:
                pipe.zadd(keys.removed_monitors(account), {str(monitor_id): to_ms(monitor.removed_at)})
        for member in members:
            if member not in right and int(member.rpartition(b"\0")[2]) in found:
                pipe.zrem(keys.monitor_names(account), member)
        for monitor_id, monitor in found.items():
            is_group = monitor is not None and monitor.type == GROUP.word and not monitor.removed_at
            if is_group is not (monitor_id in groups):
                (pipe.sadd if is_group else pipe.srem)(keys.groups(account), monitor_id)
        for member in right.difference(members):
            pipe.zadd(keys.monitor_names(account), {member: 0})
        pipe.execute()

    def _ids(self, key: str, until_ms: int | None = None) -> list[int]:
        highest = "+inf" if until_ms is None else until_ms
        found: list[Any] = self._client.zrangebyscore(key, "-inf", highest)
        return [int(monitor_id) for monitor_id in found]

    def _read(self, ids: Sequence[int]) -> list[Monitor | None]:
        if not ids:
            return []
        found: list[Any] = self._client.mget([keys.monitor(monitor_id) for monitor_id in ids])
        return [self._decode(monitor_id, raw) for monitor_id, raw in zip(ids, found, strict=True)]

    def _decode(self, monitor_id: int, raw: bytes | None) -> Monitor | None:
        """The same bytes make the same monitor: whoever keeps something by it can compare by identity."""
        if raw is None:
            return None
        known = self._decoded.get(monitor_id)
        if known is not None and known[0] == raw:
            return known[1]
        if len(self._decoded) > CACHE_LIMIT:
            self._decoded.clear()
        monitor = decode(Monitor, raw)
        self._decoded[monitor_id] = raw, monitor
        return monitor


def _name(monitor: Monitor) -> bytes:
    """The member of the names that stands for a monitor."""
    return f"{monitor.name}\0{monitor.id}".encode()
