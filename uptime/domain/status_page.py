"""What a public page shows: a view with every number already made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from uptime.domain.heartbeat import Status


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One monitor as readers see it; `latency_ms` is that of the newest check."""

    id: int
    name: str
    description: str
    url: str
    status: Status
    checked_at: datetime | None
    latency_ms: int | None


@dataclass(frozen=True, slots=True)
class StatusView:
    """All visible monitors of an account and what they amount to. `built_at` dates the whole."""

    overall: Status
    updated_at: datetime | None
    lines: tuple[ServiceLine, ...]
    built_at: datetime


DEGRADED_BELOW = 0.95
"""A monitor that is up now but answered less often than this lately makes the whole degraded."""


def overall(standings: Iterable[tuple[Status, float | None]]) -> Status:
    """The one word for several monitors, each a shown status and its recent uptime ratio.

    Unknown when nothing was checked, down when one is down, degraded when one is slow or lately unreliable.
    """
    known = [(status, ratio) for status, ratio in standings if status is not Status.UNKNOWN]
    if not known:
        return Status.UNKNOWN
    if any(status is Status.DOWN for status, _ in known):
        return Status.DOWN
    if any(status is Status.DEGRADED or (ratio is not None and ratio < DEGRADED_BELOW) for status, ratio in known):
        return Status.DEGRADED
    return Status.UP
