"""What was seen: heartbeats, figures, days and hours, changes and outages, and how long all that is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from uptime.config import Settings
from uptime.core.audit import Audit
from uptime.core.spans import Pieces, pieces
from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import ANSWERING, Change, Heartbeat, State, Status
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.outage import Outage
from uptime.domain.ratio import Bucket, Counts, Latency, add
from uptime.domain.result import Certificate
from uptime.domain.schedule import missed_slots_ms, to_ms

if TYPE_CHECKING:
    from uptime.store import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONGEST_TTL = 10 * 366 * 86_400
EVERYTHING = timedelta(days=400)

LONGEST_CHECK = timedelta(minutes=5)
"""No check ends later than this after its planned time, unless its worker was cut off."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the checks of a monitor amount to over a span of time.

    `latency` has no percentiles, which cannot be added up. `online_since` is None where it does not answer now;
    `kept` counts the heartbeats on record, whatever the span.
    """

    counts: Counts
    latency: Latency
    online_since: datetime | None
    kept: int


class History:
    """The history of all monitors. Its reader has made sure that they are the caller's."""

    def __init__(self, store: "Store", settings: Settings, audit: Audit) -> None:
        self._store = store
        self._audit = audit
        self._hour_days = settings.hour_days

    def recent(
        self,
        monitor: Monitor,
        now: datetime,
        *,
        limit: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Heartbeat]:
        """Heartbeats, newest first; `since` and `until` are inclusive."""
        ttl = self.ttl(monitor.account)
        return self._store.heartbeats.recent(monitor.id, LOCAL, now, ttl, limit=limit, since=since, until=until)

    def recent_many(self, monitors: Sequence[Monitor], now: datetime, *, limit: int) -> dict[int, list[Heartbeat]]:
        """The newest heartbeats of several monitors of one account, newest first, by id."""
        if not monitors:
            return {}
        ttl = self.ttl(monitors[0].account)
        return self._store.heartbeats.recent_many([monitor.id for monitor in monitors], LOCAL, now, ttl, limit)

    def uptime(self, monitors: Sequence[Monitor], now: datetime, window: timedelta | None) -> dict[int, Figures]:
        """Figures of the last `window`, or of all that is kept. Exact to the heartbeat as long as those are kept."""
        if not monitors:
            return {}
        ids = [monitor.id for monitor in monitors]
        ttl = self.ttl(monitors[0].account)
        span = pieces(now, window or (timedelta(seconds=ttl) if ttl else EVERYTHING), ttl, self._hour_days)
        hours = self._store.rollups.hours(ids, LOCAL, span.first_hour, span.hours) if span.hours else {}
        days = self._store.rollups.days(ids, LOCAL, span.first_day, span.days) if span.days else {}
        latencies = self._latencies(ids, span)
        states = self._store.heartbeats.states([(monitor_id, LOCAL) for monitor_id in ids])
        found = {}
        for monitor, state in zip(monitors, states, strict=True):
            edge = self._edge(monitor, now, ttl, span)
            whole = [*hours.get(monitor.id, ()), *days.get(monitor.id, ())]
            found[monitor.id] = Figures(
                counts=add([_counted(edge), *whole]),
                latency=_together([*_latencies_of(edge), *latencies[monitor.id]]),
                online_since=self._online_since(monitor, state),
                kept=self._store.heartbeats.count(monitor.id, LOCAL, now, ttl),
            )
        return found

    def _edge(self, monitor: Monitor, now: datetime, ttl: int, span: Pieces) -> list[Heartbeat]:
        """The single heartbeats of the part that is no whole hour."""
        if span.raw_since is None:
            return []
        # Rollups count a heartbeat in the hour of its planned time, though it may have ended in the next.
        until = span.raw_until and span.raw_until + LONGEST_CHECK
        beats = self._store.heartbeats.recent(monitor.id, LOCAL, now, ttl, since=span.raw_since, until=until)
        return [
            beat
            for beat in beats
            if span.raw_since <= beat.slot.planned and (span.raw_until is None or beat.slot.planned < span.raw_until)
        ]

    def _online_since(self, monitor: Monitor, state: State) -> datetime | None:
        """When the answers began that go on now; a slow one interrupts nothing."""
        if state.status not in ANSWERING:
            return None
        changes = self.changes(monitor) if monitor.slow_ms is not None else []
        return next((change.at for change in changes if change.before not in ANSWERING), state.since)

    def _latencies(self, ids: Sequence[int], span: Pieces) -> dict[int, list[Latency]]:
        """The response times of the whole hours and days of a span, by monitor."""
        parts: list[dict[int, list[Latency | None]]] = []
        if span.hours:
            parts.append(self._store.rollups.latencies_many(ids, LOCAL, "hour", span.first_hour, span.hours))
        if span.days:
            first = datetime.combine(span.first_day, datetime.min.time(), UTC)
            parts.append(self._store.rollups.latencies_many(ids, LOCAL, "day", first, span.days))
        return {id_: [latency for part in parts for latency in part[id_] if latency is not None] for id_ in ids}

    def days(self, monitors: Sequence[Monitor], now: datetime, *, count: int = 90) -> dict[int, list[Bucket]]:
        """The last days in UTC, today last. Latencies come along where a single monitor is asked for."""
        start = datetime.combine(now.date(), datetime.min.time(), UTC) - (count - 1) * DAY
        counts = self._store.rollups.days([monitor.id for monitor in monitors], LOCAL, start.date(), count)
        return self._buckets(monitors, now, "day", DAY, start, counts)

    def hours(self, monitors: Sequence[Monitor], last: datetime, *, count: int = 24) -> dict[int, list[Bucket]]:
        """The hours up to the one that holds `last`, which comes last."""
        start = last.replace(minute=0, second=0, microsecond=0) - (count - 1) * HOUR
        counts = self._store.rollups.hours([monitor.id for monitor in monitors], LOCAL, start, count)
        return self._buckets(monitors, last, "hour", HOUR, start, counts)

    def _buckets(
        self,
        monitors: Sequence[Monitor],
        now: datetime,
        unit: Literal["hour", "day"],
        length: timedelta,
        start: datetime,
        counts: dict[int, list[Counts]],
    ) -> dict[int, list[Bucket]]:
        states = self._store.heartbeats.states([(monitor.id, LOCAL) for monitor in monitors])
        starts = [start + index * length for index in range(max(map(len, counts.values()), default=0))]
        made = {}
        for monitor, state in zip(monitors, states, strict=True):
            found = counts.get(monitor.id, [])
            latencies: Sequence[Latency | None] = [None] * len(found)
            if len(monitors) == 1:
                latencies = self._store.rollups.latencies(monitor.id, LOCAL, unit, start, len(found))
            buckets = list(map(Bucket, starts, found, latencies))
            made[monitor.id] = _with_open_gap(buckets, monitor, state, now, length)
        return made

    def changes(self, monitor: Monitor, *, limit: int = 100) -> list[Change]:
        """Changes of the settled status with their reasons, newest first."""
        return self._store.heartbeats.changes(monitor.id, LOCAL, limit)

    def outages(self, monitor: Monitor, *, limit: int = 100) -> list[Outage]:
        """Outages, newest first."""
        return self._store.heartbeats.outages(monitor.id, LOCAL, limit)

    def certificate(self, monitor: Monitor) -> Certificate | None:
        """The certificate that the target showed last."""
        return self._store.heartbeats.certificate(monitor.id, LOCAL)

    def states(self, monitors: Sequence[Monitor]) -> dict[int, State]:
        """Where each monitor stands."""
        states = self._store.heartbeats.states([(monitor.id, LOCAL) for monitor in monitors])
        return {monitor.id: state for monitor, state in zip(monitors, states, strict=True)}

    def ttl(self, account: int) -> int:
        """How long heartbeats are kept, in seconds; 0 without limit."""
        return self._store.sites.get(account).ttl

    def set_ttl(self, account: int, seconds: int, now: datetime) -> None:
        """Keep heartbeats for so long from now on, those on record too. Invalid."""
        if not 0 <= seconds <= LONGEST_TTL:
            raise Invalid("ttl", f"The TTL must be from 0 to {LONGEST_TTL} seconds; 0 keeps everything.")
        before, after = self._store.sites.update(account, lambda site: replace(site, ttl=seconds, modified_at=now))
        self._audit.note("site", before, after, now, account=account)
        for monitor in [*self._store.monitors.many(account), *self._store.monitors.removed(account)]:
            self._store.heartbeats.retime(monitor.id, seconds, now)

    def clear(self, account: int, now: datetime) -> None:
        """Forget every heartbeat, rollup, change and outage of an account; where monitors stand is kept."""
        monitors = [*self._store.monitors.many(account), *self._store.monitors.removed(account)]
        for monitor in monitors:
            self._store.heartbeats.clear(monitor.id)
        self._store.snapshots.mark_dirty(account)
        self._audit.note("history", {"monitors": len(monitors)}, None, now, account=account)


def _counted(beats: Sequence[Heartbeat]) -> Counts:
    """Counts of single heartbeats; a pending one stands for what it stood on, which was no outage."""
    by = dict.fromkeys(Status, 0)
    for beat in beats:
        by[beat.status] += 1
    extra = sum(beat.slot.token is not None for beat in beats)
    up = by[Status.UP] + by[Status.PENDING]
    return Counts(up, by[Status.DEGRADED], by[Status.DOWN], by[Status.MAINTENANCE], by[Status.UNKNOWN], extra)


def _latencies_of(beats: Sequence[Heartbeat]) -> list[Latency]:
    times = [beat.latency_ms for beat in beats if beat.status in ANSWERING]
    return [Latency(len(times), sum(times) / len(times), min(times), max(times))] if times else []


def _together(parts: Sequence[Latency]) -> Latency:
    count = sum(part.count for part in parts)
    if not count:
        return Latency()
    mean = sum(part.mean_ms * part.count for part in parts) / count
    return Latency(count, mean, min(part.low_ms for part in parts), max(part.high_ms for part in parts))


def _with_open_gap(
    buckets: list[Bucket], monitor: Monitor, state: State, now: datetime, length: timedelta
) -> list[Bucket]:
    """The buckets with the planned checks that should have been made by now and were not, as unknown.

    Nothing was planned before the last change of the monitor, which may be its making.
    """
    moments = [at for at in (state.planned, monitor.updated_at or monitor.created_at) if at is not None]
    overdue = timedelta(seconds=2 * monitor.interval, milliseconds=monitor.timeout_ms)
    if monitor.paused or monitor.removed_at or not moments or now - max(moments) <= overdue:
        return buckets
    slots = missed_slots_ms(monitor.id, monitor.interval, to_ms(max(moments)), to_ms(now))
    whole = sum(bucket.start + length <= max(moments) for bucket in buckets)
    return buckets[:whole] + [_with_missed(bucket, slots, length) for bucket in buckets[whole:]]


def _with_missed(bucket: Bucket, slots: range, length: timedelta) -> Bucket:
    low, high = to_ms(bucket.start), to_ms(bucket.start + length)
    missed = len(range(max(slots.start, low + (slots.start - low) % slots.step), min(slots.stop, high), slots.step))
    if not missed:
        return bucket
    return replace(bucket, counts=replace(bucket.counts, unknown=bucket.counts.unknown + missed))
