"""Heartbeats, states, changes and outages of monitors: one script call writes all that a heartbeat brings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import redis

from uptime.domain.heartbeat import Change, Heartbeat, State
from uptime.domain.outage import Outage
from uptime.domain.result import Certificate
from uptime.domain.schedule import to_ms
from uptime.store import chunks, keys, records
from uptime.store import heartbeat_codec as packed
from uptime.store.codec import decode
from uptime.store.heartbeat_codec import Evidence
from uptime.store.records import Outcome, Record
from uptime.store.scripts import Script

__all__ = ["Evidence", "Heartbeats", "Outcome", "Record"]

DELETE_AT_ONCE = 500


class Heartbeats:
    """What was seen of monitors. Times are aware UTC; `ttl` is in seconds, and 0 keeps heartbeats of any age."""

    def __init__(self, client: redis.Redis, retention: keys.Retention = keys.Retention()) -> None:  # noqa: B008
        self._client = client
        self._retention = retention
        self._record = records.script(retention)
        self._resume = Script("resume")

    def record(self, written: Sequence[Record]) -> list[Outcome]:
        """Put heartbeats on record in their order, each wholly or not at all; a repeat changes nothing.

        One that is older than the newest on record joins the history and leaves the state alone.
        """
        calls = (records.call(record, self._retention) for record in written)
        return [records.OUTCOMES[answer] for answer in self._record.run_each(self._client, calls)]

    def states(self, places: Sequence[tuple[int, str]]) -> list[State]:
        """Where monitors stand at locations; UNCHECKED where nothing was recorded."""
        values: Any = self._client.mget([keys.state(*place) for place in places]) if places else []
        return [packed.state(value) for value in values]

    def recent(
        self,
        monitor_id: int,
        location: str,
        now: datetime,
        ttl: int,
        *,
        limit: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Heartbeat]:
        """The newest heartbeats that ended from `since` to `until`, the last to end first."""
        window = chunks.window(now, ttl, limit=limit, since=since, until=until)
        return chunks.read(self._client, [monitor_id], location, window)[monitor_id]

    def recent_many(
        self, ids: Sequence[int], location: str, now: datetime, ttl: int, limit: int
    ) -> dict[int, list[Heartbeat]]:
        """The newest heartbeats of many monitors, in three round trips at most."""
        return chunks.read(self._client, ids, location, chunks.window(now, ttl, limit=limit))

    def count(self, monitor_id: int, location: str, now: datetime, ttl: int) -> int:
        """How many heartbeats there are."""
        return chunks.count(self._client, monitor_id, location, chunks.window(now, ttl))

    def changes(self, monitor_id: int, location: str, limit: int = 100, since: datetime | None = None) -> list[Change]:
        """The newest changes of the settled status, newest first."""
        low = "-inf" if since is None else to_ms(since)
        found: Any = self._client.zrevrangebyscore(keys.changes(monitor_id, location), "+inf", low, 0, limit)
        return [decode(Change, change) for change in found]

    def changes_many(self, ids: Sequence[int], location: str, limit: int, since: datetime) -> dict[int, list[Change]]:
        """The same for many monitors in one round trip."""
        pipe = self._client.pipeline(transaction=False)
        for monitor_id in ids:
            pipe.zrevrangebyscore(keys.changes(monitor_id, location), "+inf", to_ms(since), 0, limit)
        found = pipe.execute()
        return {id_: [decode(Change, change) for change in each] for id_, each in zip(ids, found, strict=True)}

    def outages(self, monitor_id: int, location: str, limit: int = 100, since: datetime | None = None) -> list[Outage]:
        """The newest outages, newest first; those that ended before `since` are left out."""
        found: Any = self._client.zrevrange(keys.outages(monitor_id, location), 0, limit - 1) if limit > 0 else []
        outages = [packed.outage(outage) for outage in found]
        return [outage for outage in outages if since is None or outage.end is None or outage.end >= since]

    def evidence(self, monitor_id: int, location: str, limit: int = 100) -> list[Evidence]:
        """What the newest failures that differed from those before had to show, newest first."""
        found: Any = self._client.zrevrange(keys.evidence(monitor_id, location), 0, limit - 1) if limit > 0 else []
        return [packed.evidence(text) for text in found]

    def certificate(self, monitor_id: int, location: str) -> Certificate | None:
        """The newest certificate that the target showed."""
        value: Any = self._client.get(keys.certificate(monitor_id, location))
        return None if value is None else decode(Certificate, value)

    def resume(self, monitor_id: int, location: str) -> None:
        """Forget the newest planned time on record: what lies between it and the next was not missed."""
        self._resume.run(self._client, [keys.state(monitor_id, location)], [])

    def retime(self, monitor_id: int, ttl: int, now: datetime) -> None:
        """Apply a changed TTL to the heartbeats on record."""
        now_s = to_ms(now) // 1000
        index = self._index(monitor_id)
        pipe = self._client.pipeline(transaction=False)
        for location, found in index.items():
            for chunk in found:
                key = keys.chunk(monitor_id, location, chunk.start, chunk.span)
                if ttl:
                    pipe.expire(key, chunk.ended + ttl - now_s)
                else:
                    pipe.persist(key)
            if ttl:
                pipe.zremrangebyscore(keys.chunks(monitor_id, location), "-inf", now_s - ttl)
        pipe.execute()

    def clear(self, monitor_id: int) -> None:
        """Forget the history of a monitor: heartbeats, rollups, changes, outages, evidence. The state stays."""
        histories = (keys.chunks, keys.rollups, keys.evidence, keys.changes, keys.outages)
        doomed: list[str | bytes] = []
        for location, found in self._index(monitor_id).items():
            doomed += [keys.chunk(monitor_id, location, chunk.start, chunk.span) for chunk in found]
            doomed += self._members(keys.rollups(monitor_id, location))
            doomed += [name(monitor_id, location) for name in histories]
        self._delete([*doomed, keys.push_log(monitor_id)])

    def purge(self, monitor_id: int) -> None:
        """Forget everything that was seen of a monitor."""
        self.clear(monitor_id)
        kept = (keys.state, keys.tokens, keys.certificate)
        doomed = [name(monitor_id, location) for location in self._locations(monitor_id) for name in kept]
        alerting = (keys.alert_state, keys.outbox, keys.decisions)
        self._delete([*doomed, keys.locations(monitor_id), *(name(monitor_id) for name in alerting)])

    def _locations(self, monitor_id: int) -> list[str]:
        found: Any = self._client.smembers(keys.locations(monitor_id))
        return sorted(location.decode() for location in found)

    def _index(self, monitor_id: int) -> dict[str, list[chunks.Chunk]]:
        everything = chunks.Window(None, None, None)
        return {
            location: chunks.indexes(self._client, [monitor_id], location, everything)[monitor_id]
            for location in self._locations(monitor_id)
        }

    def _members(self, key: str) -> list[bytes]:
        found: Any = self._client.zrange(key, 0, -1)
        return list(found)

    def _delete(self, doomed: Sequence[str | bytes]) -> None:
        for first in range(0, len(doomed), DELETE_AT_ONCE):
            self._client.unlink(*doomed[first : first + DELETE_AT_ONCE])
