"""How a span of time is read: whole days and hours from rollups, the edge from single heartbeats."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

SHORT = timedelta(hours=2)
"""Up to here all of a span is read from single heartbeats."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The parts of a span that ends now. The newest hour or day counts up to now by itself.

    `raw_since` None: no part is read from single heartbeats; `raw_until` None: all of it is.
    """

    raw_since: datetime | None
    raw_until: datetime | None
    first_hour: datetime
    hours: int
    first_day: date
    days: int


def pieces(now: datetime, window: timedelta, ttl: int, hour_days: int) -> Pieces:
    """The parts of the last `window`.

    Single heartbeats are kept for `ttl` seconds, 0 for ever, hours for `hour_days`. Where the smaller part at
    the beginning is gone, the larger one that it lies in stands for it.
    """
    start = now - window
    if window > hour_days * DAY:
        return Pieces(None, None, now, 0, start.date(), (now.date() - start.date()).days + 1)
    if window <= SHORT:
        return Pieces(start, None, now, 0, now.date(), 0)
    kept = not ttl or window <= timedelta(seconds=ttl)
    first_hour = _hour(start) + (HOUR if kept and _hour(start) != start else timedelta(0))
    raw_since, raw_until = (start, first_hour) if kept else (None, None)
    if window <= 3 * DAY:
        return Pieces(raw_since, raw_until, first_hour, _steps(first_hour, _hour(now), HOUR) + 1, now.date(), 0)
    midnight = datetime.combine(first_hour.date(), datetime.min.time(), UTC)
    first_day = midnight if midnight == first_hour else midnight + DAY
    hours = _steps(first_hour, first_day, HOUR)
    return Pieces(raw_since, raw_until, first_hour, hours, first_day.date(), (now.date() - first_day.date()).days + 1)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _steps(start: datetime, end: datetime, length: timedelta) -> int:
    return (end - start) // length
