"""What a public page shows: a view with every number already made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from uptime.domain.heartbeat import Status


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One monitor as readers see it; `latency_ms` is that of the newest check.

    `settled` is the status without regard to maintenance, for those who have no word for that.
    """

    id: int
    name: str
    description: str
    url: str
    status: Status
    checked_at: datetime | None
    latency_ms: int | None
    settled: Status = Status.UNKNOWN


@dataclass(frozen=True, slots=True)
class StatusView:
    """All visible monitors of an account and what they amount to. `built_at` dates the whole.

    `settled` is what they amount to without regard to maintenance.
    """

    overall: Status
    updated_at: datetime | None
    lines: tuple[ServiceLine, ...]
    built_at: datetime
    settled: Status = Status.UNKNOWN


DEGRADED_BELOW = 0.95
"""A monitor that is up now but answered less often than this lately makes the whole degraded."""


def overall(standings: Iterable[tuple[Status, float | None]]) -> Status:
    """The one word for several monitors, each a shown status and its recent uptime ratio.

    Unknown when nothing was checked, down when one is down, degraded when one is slow or lately unreliable, under
    maintenance when nothing worse can be said.
    """
    known = [(status, ratio) for status, ratio in standings if status is not Status.UNKNOWN]
    if not known:
        return Status.UNKNOWN
    if any(status is Status.DOWN for status, _ in known):
        return Status.DOWN
    counted = [(status, ratio) for status, ratio in known if status is not Status.MAINTENANCE]
    if any(status is Status.DEGRADED or (ratio is not None and ratio < DEGRADED_BELOW) for status, ratio in counted):
        return Status.DEGRADED
    return Status.MAINTENANCE if len(counted) < len(known) else Status.UP
