"""What is told to every web process the moment it happens."""

from dataclasses import dataclass
from datetime import datetime

from uptime.domain.heartbeat import Status


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat was recorded."""

    account: int
    monitor_id: int
    location: str
    at: datetime
    status: Status
    latency_ms: float
    message: str
    changed: bool


@dataclass(frozen=True, slots=True)
class MonitorSaved:
    """A monitor was made or altered."""

    account: int
    monitor_id: int


@dataclass(frozen=True, slots=True)
class MonitorRemoved:
    """A monitor is gone."""

    account: int
    monitor_id: int


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """Sessions or keys of an account ended: whoever holds a connection looks again."""

    account: int


@dataclass(frozen=True, slots=True)
class MaintenanceChanged:
    """A maintenance was made, altered or removed, or a window of it has begun or ended."""

    account: int
    maintenance_id: int


@dataclass(frozen=True, slots=True)
class LineChanged:
    """Our own line broke at a location, or is back: for the operator, who owns the first account."""

    account: int
    location: str
    at: datetime
    answering: bool
    message: str


Event = Beat | MonitorSaved | MonitorRemoved | AccessChanged | MaintenanceChanged | LineChanged
