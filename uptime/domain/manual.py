"""Manual monitors: a person says where they stand."""

from dataclasses import dataclass
from datetime import datetime

from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import Status
from uptime.domain.monitor import printable
from uptime.domain.monitor_type import rule_type
from uptime.domain.result import MESSAGE_LIMIT, Reason, Result

SAYABLE = (Status.UP, Status.DEGRADED, Status.DOWN)
"""What a person may say."""


@dataclass(frozen=True, slots=True)
class ManualTarget:
    """There is nothing to set."""


MANUAL = rule_type("manual", "Manual", ManualTarget)


@dataclass(frozen=True, slots=True)
class Stance:
    """What was said last: by whom, and when."""

    status: Status = Status.UNKNOWN
    message: str = ""
    by: str = ""
    at: datetime | None = None


def checked_stance(stance: Stance) -> Stance:
    """The stance as it is. Invalid: it is none that can be taken."""
    if stance.status not in SAYABLE:
        raise Invalid("status", f"The status must be one of {', '.join(SAYABLE)}.")
    if len(stance.message) > MESSAGE_LIMIT or not printable(stance.message):
        raise Invalid("message", f"The message has more than {MESSAGE_LIMIT} characters or holds control characters.")
    return stance


def look(stance: Stance) -> Result:
    """What a planned look finds: what was said still stands."""
    if stance.status is Status.UNKNOWN:
        return Result(False, "Nobody has said yet", 0.0, Reason.INTERNAL)
    message = stance.message or f"Set to {stance.status} by {stance.by}"[:MESSAGE_LIMIT]
    if stance.status is Status.DOWN:
        return Result(False, message, 0.0, Reason.STATUS)
    return Result(True, message, 0.0, degraded=stance.status is Status.DEGRADED)
