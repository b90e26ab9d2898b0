"""When a monitor is due: planned times lie on a grid, spread by a hash of the id."""

from datetime import UTC, datetime, timedelta
from zlib import crc32

LEASE_MARGIN = timedelta(seconds=15)
"""A claim ends by itself this long after the timeout of its check."""

SHORTEST_INTERVAL = 5
LONGEST_INTERVAL = 30 * 86_400

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (at - EPOCH) // MILLISECOND


def from_ms(ms: float) -> datetime:
    """The aware UTC datetime of milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=ms)


def phase_ms(monitor_id: int, interval: int) -> int:
    """How far into each interval (seconds) this monitor's planned times lie, in milliseconds."""
    return crc32(b"%d" % monitor_id) % (interval * 1000)


def slot_at_ms(monitor_id: int, interval: int, at_ms: int) -> int:
    """The planned time at or before a moment, both in milliseconds since 1970."""
    span, phase = interval * 1000, phase_ms(monitor_id, interval)
    return (at_ms - phase) // span * span + phase


def slot_after_ms(monitor_id: int, interval: int, at_ms: int) -> int:
    """The first planned time after a moment, both in milliseconds since 1970."""
    return slot_at_ms(monitor_id, interval, at_ms) + interval * 1000


def missed_slots_ms(monitor_id: int, interval: int, before_ms: int, planned_ms: int) -> range:
    """The planned times strictly between two planned times: time in which nothing was measured."""
    return range(slot_after_ms(monitor_id, interval, before_ms), planned_ms, interval * 1000)


def chunk_span(interval: int) -> int:
    """Seconds covered by one chunk of heartbeats, so that it holds 60 to 120 of them."""
    span = 300
    while span < interval * 60:
        span *= 2
    return span
