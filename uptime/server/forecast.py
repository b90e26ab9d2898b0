"""How large the store becomes by itself: once every kind of history is as long as it is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from uptime.domain.monitor import Monitor
from uptime.store.keys import Retention

USUAL_HEARTBEAT = 28.0
"""Bytes, where none could be measured."""

HOUR, DAY = 52, 85
"""Bytes that the rollups of an hour and of a day take, measured over 92 days of one monitor."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Bytes that are still to come, and those of each day for ever where heartbeats are kept without limit."""

    to_come: float
    every_day: float


def forecast(
    monitors: Iterable[tuple[Monitor, int]], retention: Retention, heartbeat_bytes: float, now: datetime
) -> Forecast:
    """Of active monitors, each with its TTL in seconds."""
    to_come = every_day = 0.0
    for monitor, ttl in monitors:
        age = (now - monitor.created_at).total_seconds() if monitor.created_at else 0.0
        a_second = heartbeat_bytes / monitor.interval
        if ttl:
            to_come += a_second * max(0.0, ttl - age)
        else:
            every_day += a_second * 86_400
        to_come += HOUR * max(0.0, retention.hour_days * 24 - age / 3_600)
        to_come += DAY * max(0.0, retention.day_days - age / 86_400)
    return Forecast(to_come, every_day)
