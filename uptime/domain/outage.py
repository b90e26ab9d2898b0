"""An outage: from confirmed down to up again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from uptime.domain.heartbeat import Change, Status
from uptime.domain.result import Reason


@dataclass(frozen=True, slots=True)
class Outage:
    """`start` is the first failed check; `end` is None while it lasts."""

    start: datetime
    end: datetime | None
    reason: Reason | None
    message: str

    def duration(self, now: datetime) -> timedelta:
        """How long it lasted, or has lasted until now; never negative."""
        return max((self.end or now) - self.start, timedelta(0))


def opened(change: Change, since: datetime) -> Outage | None:
    """The outage a change begins; `since` is when the new status began."""
    if change.after is not Status.DOWN:
        return None
    return Outage(since, None, change.reason, change.message)
