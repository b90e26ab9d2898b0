"""How pages say statuses, numbers, durations and times."""

import hashlib
import math
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from uptime.domain.heartbeat import Status
from uptime.domain.incident import Impact, IncidentStatus
from uptime.domain.page_view import Standing
from uptime.domain.wording import REASON as REASON
from uptime.domain.wording import duration as duration
from uptime.domain.wording import milliseconds as milliseconds
from uptime.domain.wording import time as time
from uptime.site.bars import Shape

STATUS = {
    Status.UP: "Operational",
    Status.DEGRADED: "Degraded",
    Status.PENDING: "Retrying",
    Status.DOWN: "Down",
    Status.MAINTENANCE: "Maintenance",
    Status.UNKNOWN: "Not checked yet",
}

SHAPE = {
    Shape.UP: "Operational",
    Shape.DEGRADED: "Degraded",
    Shape.DOWN: "Down",
    Shape.MAINTENANCE: "Maintenance",
    Shape.NONE: "No data",
}

BANNER = {
    Status.UP: "All systems operational",
    Status.DEGRADED: "Degraded performance",
    Status.DOWN: "Partial outage",
    Status.MAINTENANCE: "Under maintenance",
    Status.UNKNOWN: "Status unknown",
}

INCIDENT = {
    IncidentStatus.INVESTIGATING: "Investigating",
    IncidentStatus.IDENTIFIED: "Identified",
    IncidentStatus.MONITORING: "Monitoring",
    IncidentStatus.RESOLVED: "Resolved",
}

IMPACT = {
    Impact.NONE: "not affected",
    Impact.DEGRADED: "degraded performance",
    Impact.PARTIAL_OUTAGE: "partial outage",
    Impact.MAJOR_OUTAGE: "major outage",
}

STANDING = {
    Standing.OPERATIONAL: "All systems operational",
    Standing.DEGRADED: "Degraded performance",
    Standing.PARTIAL_OUTAGE: "Partial outage",
    Standing.MAJOR_OUTAGE: "Major outage",
    Standing.MAINTENANCE: "Under maintenance",
    Standing.UNKNOWN: "Status unknown",
}

STANDING_ICON = {
    Standing.OPERATIONAL: "up",
    Standing.DEGRADED: "degraded",
    Standing.PARTIAL_OUTAGE: "down",
    Standing.MAJOR_OUTAGE: "down",
    Standing.MAINTENANCE: "maintenance",
    Standing.UNKNOWN: "unknown",
}

DONE = {
    "welcome": "Everything is set up. Welcome!",
    "added": "The monitor was added. Its first check follows within seconds.",
    "saved": "Saved.",
    "checked": "Checked just now: the result is the newest entry below.",
    "paused": "Paused. Nothing is checked or counted until you resume.",
    "resumed": "Checks go on.",
    "removed": "Removed.",
    "removed-kept": "Removed. Its history is kept.",
    "revoked": "The key was revoked and no longer opens anything.",
    "made": "The job was made.",
    "on": "The job is switched on.",
    "off": "The job is switched off.",
    "cleared": "The log was cleared.",
    "password": "The password was changed. Every other session has ended.",
    "bye": "You are logged out.",
}
"""What a page says after an action, by the word in its address: nothing else can be put there."""


def banner(overall: Status, statuses: Sequence[Status]) -> str:
    """The worst state in words; an outage of everything is a major one."""
    if overall is Status.DOWN and statuses and all(status is Status.DOWN for status in statuses):
        return "Major outage"
    return BANNER.get(overall, BANNER[Status.UNKNOWN])


def percent(ratio: float | None) -> str:
    """Two decimals, rounded down, so that 100 means all of it."""
    if ratio is None:
        return "–"
    hundredths = math.floor(round(ratio * 10_000, 6))
    if ratio < 1:
        hundredths = min(hundredths, 9_999)
    return f"{hundredths / 100:.2f} %"


def zone_of(name: str) -> tzinfo:
    """The time zone of that name, UTC where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def date(at: datetime) -> str:
    """`2 Mar 2026`: a day in UTC, as the daily figures are kept."""
    return f"{at.day} {at:%b %Y}"


def without_scheme(url: str) -> str:
    """A link as it is shown."""
    return url.partition("://")[2].rstrip("/")


def digest(text: str) -> str:
    """A short hash that names one version of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
