"""Counts and latencies by hour and day, kept beside the heartbeats so that no reader scans those."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import accumulate
from struct import Struct
from typing import Any, Literal

import redis

from uptime.domain.heartbeat import Status
from uptime.domain.ratio import Counts, Latency
from uptime.domain.schedule import EPOCH, to_ms
from uptime.store import keys
from uptime.store.heartbeat_codec import BINS_AN_OCTAVE, STATUS_NUMBER

Unit = Literal["hour", "day"]

BUCKET_BYTES = keys.COUNT_FIELDS * 2
UNKNOWN = STATUS_NUMBER[Status.UNKNOWN]
REMEMBERED = 20_000

_BUCKET = Struct(f">{keys.COUNT_FIELDS}H")
_LATENCY = Struct(">I5s3s3s")
_BIN = Struct(">BH")


class _Decoded(dict[bytes, Counts]):
    """Counts by their bytes: most days of most monitors are alike."""

    def __missing__(self, packed: bytes) -> Counts:
        if len(self) >= REMEMBERED:
            self.clear()
        counts = self[packed] = Counts(*_BUCKET.unpack(packed))
        return counts


class Rollups:
    """Reads the rollups of monitors at one location; where nothing was written, nothing is counted."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._decoded = _Decoded()

    def days(self, ids: Sequence[int], location: str, first: date, count: int) -> dict[int, list[Counts]]:
        """The counts of `count` days in UTC from `first` on, for each monitor."""
        return self._counts(ids, location, _day(first), count, keys.day_counts, keys.DAYS_A_STRING)

    def hours(self, ids: Sequence[int], location: str, first_hour: datetime, count: int) -> dict[int, list[Counts]]:
        """The counts of `count` hours from that of `first_hour` on, for each monitor."""
        return self._counts(ids, location, _hour(first_hour), count, keys.hour_counts, keys.HOURS_A_STRING)

    def latencies(self, monitor_id: int, location: str, unit: Unit, first: date, count: int) -> list[Latency | None]:
        """The response times of `count` hours or days from that of `first` on; None where nothing answered."""
        return self.latencies_many([monitor_id], location, unit, first, count)[monitor_id]

    def latencies_many(
        self, ids: Sequence[int], location: str, unit: Unit, first: date, count: int
    ) -> dict[int, list[Latency | None]]:
        """The same for many monitors in one round trip."""
        name, size = _LATENCY_HASHES[unit]
        start = _hour(first) if unit == "hour" else _day(first)
        periods, buckets = _periods(start, count, size), range(start, start + count)
        pipe = self._client.pipeline(transaction=False)
        for id_ in ids:
            for period in periods:
                pipe.hgetall(name(id_, location, period * size))
        answers: Iterator[dict[bytes, bytes]] = iter(pipe.execute())
        found: dict[int, list[Latency | None]] = {}
        for id_ in ids:
            hashes = {period: next(answers) for period in periods}
            found[id_] = [_latency(hashes[bucket // size].get(bytes([bucket % size]))) for bucket in buckets]
        return found

    def _counts(
        self, ids: Sequence[int], location: str, start: int, count: int, name: Callable[[int, str, int], str], size: int
    ) -> dict[int, list[Counts]]:
        periods = _periods(start, count, size)
        names = [name(id_, location, period * size) for id_ in ids for period in periods]
        values: Any = self._client.mget(names) if names else []
        offset, parts = start % size * BUCKET_BYTES, Struct(f"{BUCKET_BYTES}s" * count)
        full, counts = size * BUCKET_BYTES, {}
        for place, id_ in enumerate(ids):
            strings = values[place * len(periods) : (place + 1) * len(periods)]
            packed = b"".join((string or b"").ljust(full, b"\0") for string in strings)
            counts[id_] = list(map(self._decoded.__getitem__, parts.unpack_from(packed, offset)))
        return counts


_LATENCY_HASHES: dict[Unit, tuple[Callable[[int, str, int], str], int]] = {
    "hour": (keys.hour_latencies, keys.HOURS_A_HASH),
    "day": (keys.day_latencies, keys.DAYS_A_HASH),
}


def _hour(at: date) -> int:
    return to_ms(at) // keys.HOUR_MS if isinstance(at, datetime) else _day(at) * 24


def _day(day: date) -> int:
    return to_ms(day) // keys.DAY_MS if isinstance(day, datetime) else (day - EPOCH.date()).days


def _periods(start: int, count: int, size: int) -> range:
    return range(start // size, (start + max(count, 1) - 1) // size + 1)


def _latency(packed: bytes | None) -> Latency | None:
    if packed is None:
        return None
    count, total, *ends = _LATENCY.unpack_from(packed)
    low, high = (int.from_bytes(end, "big") / 100 for end in ends)
    bins = sorted(_BIN.iter_unpack(packed[_LATENCY.size :]))
    p50, p90, p99 = (min(max(_percentile(bins, part), low), high) for part in (0.5, 0.9, 0.99))
    return Latency(count, int.from_bytes(total, "big") / 100 / count, low, high, p50, p90, p99)


def _percentile(bins: Sequence[tuple[int, int]], part: float) -> float:
    """The middle, by ratio, of the bin that holds the value of this rank, in milliseconds."""
    seen = list(accumulate(times for _, times in bins))
    number, _ = bins[bisect_left(seen, part * seen[-1])]
    return float(2 ** ((number + 0.5) / BINS_AN_OCTAVE) / 100)


# Planned times that nobody measured


def missed(
    monitor_id: int, location: str, slots: Sequence[int], planned_ms: int, retention: keys.Retention
) -> Iterator[tuple[str, str]]:
    """The keys and additions that count ascending planned times (ms) as unknown, none older than is kept.

    An addition reads: second of expiry, length of the string in bytes, then field and times, again and again.
    """
    yield from _missed(slots, keys.HOUR_MS, planned_ms, retention.hour_days, keys.HOURS_A_STRING,
                       lambda hour: keys.hour_counts(monitor_id, location, hour))  # fmt: skip
    yield from _missed(slots, keys.DAY_MS, planned_ms, retention.day_days, keys.DAYS_A_STRING,
                       lambda day: keys.day_counts(monitor_id, location, day))  # fmt: skip


def _missed(
    slots: Sequence[int], bucket_ms: int, planned_ms: int, kept_days: int, size: int, name: Callable[[int], str]
) -> Iterator[tuple[str, str]]:
    oldest = (planned_ms - kept_days * keys.DAY_MS) // bucket_ms
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for bucket, times in by_bucket(slots, bucket_ms, oldest):
        groups[bucket // size].append(f"{bucket % size * keys.COUNT_FIELDS + UNKNOWN} {times}")
    for period, additions in groups.items():
        expiry = (period + 1) * size * bucket_ms // 1000 + kept_days * 86_400
        yield name(period * size), f"{expiry} {size * BUCKET_BYTES} {' '.join(additions)}"


def by_bucket(slots: Sequence[int], bucket_ms: int, oldest: int) -> Iterator[tuple[int, int]]:
    """How many of the ascending slots lie in each bucket from `oldest` on; the empty ones are left out."""
    if not slots:
        return
    for bucket in range(max(slots[0] // bucket_ms, oldest), slots[-1] // bucket_ms + 1):
        times = _before(slots, (bucket + 1) * bucket_ms) - _before(slots, bucket * bucket_ms)
        if times:
            yield bucket, times


def _before(slots: Sequence[int], edge_ms: int) -> int:
    if not isinstance(slots, range):
        return bisect_left(slots, edge_ms)
    return min(max(0, -((slots.start - edge_ms) // slots.step)), len(slots))
