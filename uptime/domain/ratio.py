"""Counts of heartbeats in a span of time, and the honest numbers made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """Heartbeats by status. Pending ones are counted as the settled status they stand on.

    `extra` of them were asked for beside the plan and are not among the expected ones.
    """

    up: int = 0
    degraded: int = 0
    down: int = 0
    maintenance: int = 0
    unknown: int = 0
    extra: int = 0

    @property
    def known(self) -> int:
        return self.up + self.degraded + self.down

    @property
    def total(self) -> int:
        """Heartbeats on record: everything but the planned times nobody measured."""
        return self.known + self.maintenance

    @property
    def ratio(self) -> float | None:
        """Uptime from 0 to 1 over what is known; None where nothing is known."""
        return (self.up + self.degraded) / self.known if self.known else None

    @property
    def coverage(self) -> float | None:
        """The share of the expected heartbeats that exists, from 0 to 1; None where none was expected."""
        expected = self.total + self.unknown - self.extra
        if expected <= 0:
            return 1.0 if self.known else None
        return min(1.0, max(0.0, (expected - self.unknown) / expected))


def add(parts: Iterable[Counts]) -> Counts:
    """The sum of several counts."""
    up = degraded = down = maintenance = unknown = extra = 0
    for part in parts:
        up += part.up
        degraded += part.degraded
        down += part.down
        maintenance += part.maintenance
        unknown += part.unknown
        extra += part.extra
    return Counts(up, degraded, down, maintenance, unknown, extra)


@dataclass(frozen=True, slots=True)
class Latency:
    """Response times in a span of time, in milliseconds; percentiles are right within 10 %."""

    count: int = 0
    mean_ms: float = 0.0
    low_ms: float = 0.0
    high_ms: float = 0.0
    p50_ms: float = 0.0
    p90_ms: float = 0.0
    p99_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """One hour or day of a monitor's history; a day is a day in UTC."""

    start: datetime
    counts: Counts
    latency: Latency | None = None
