"""Heartbeats and what is counted from them."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import RootModel

from uptime.core.history import Figures
from uptime.dialects.native.words import STATUS, Word
from uptime.dialects.native.write import Wire, iso, ms, ms_or_none
from uptime.domain.heartbeat import Change, Heartbeat, Status
from uptime.domain.monitor import Monitor
from uptime.domain.outage import Outage as DomainOutage
from uptime.domain.ratio import Bucket
from uptime.domain.result import Reason


class Entry(Wire):
    """One check on record. A failed one says why in `error` and `errorClass`."""

    timestamp: int
    status: Word
    response_time: int
    status_code: int = 0
    error: str = ""
    error_class: Reason = Reason.INTERNAL


class ServiceHistory(Wire):
    """The history of one service, newest first."""

    name: str
    history: list[Entry]


class CodeHistory(Wire):
    """The history of one service in the form of the original's code."""

    name: str
    is_deleted: bool
    url: str | None
    description: str | None
    history: list[Entry]


class CodeHistories(RootModel[list[CodeHistory]]):
    """The histories of all services that have any."""


class ServiceUptime(Wire):
    """What the checks of one service amount to."""

    current_status: Entry | None
    uptime_percentage: float
    avg_response_time: int
    checks_count: int
    online_since: str | None
    history_count: int


class Uptimes(Wire):
    """Figures by the name of the service."""

    timestamp: int
    services: dict[str, ServiceUptime]


class Day(Wire):
    """One day in UTC. `uptime` is a percentage, null where nothing is known."""

    date: str
    uptime: float | None
    up: int
    degraded: int
    down: int
    unknown: int
    avg_response_time: int | None


class ServiceDays(Wire):
    """The daily figures of one service, oldest first."""

    name: str
    days: list[Day]


class Outage(Wire):
    """From the first failed check to up again; `end` is null while it lasts, `duration` in milliseconds."""

    start: int
    end: int | None
    duration: int
    error: str
    error_class: Reason | None


class ServiceOutages(Wire):
    """The outages of one service, newest first."""

    name: str
    outages: list[Outage]


class StatusChange(Wire):
    """A check that altered the status, with the reasons of that decision."""

    id: str
    timestamp: int
    before: Word
    after: Word
    error: str
    trace: list[str]


class ServiceChanges(Wire):
    """The changes of one service, newest first."""

    name: str
    changes: list[StatusChange]


def word(status: Status, settled: Status = Status.UNKNOWN) -> Word:
    """The wire's word; `settled` speaks for a status that has none."""
    return STATUS.get(status) or STATUS.get(settled, "unknown")


def entry(heartbeat: Heartbeat, settled: Status = Status.UNKNOWN) -> Entry:
    """One heartbeat; `settled` is where the monitor stood before it."""
    made = Entry(
        timestamp=ms(heartbeat.at),
        status=word(heartbeat.status, settled),
        response_time=round(heartbeat.latency_ms),
    )
    if heartbeat.status_code is not None:
        made.status_code = heartbeat.status_code
    if heartbeat.reason is not None:
        made.error = heartbeat.message
        made.error_class = heartbeat.reason
    return made


def entries(heartbeats: Sequence[Heartbeat]) -> list[Entry]:
    """Heartbeats, newest first, in the same order."""
    made, settled = [], Status.UNKNOWN
    for heartbeat in reversed(heartbeats):
        made.append(entry(heartbeat, settled))
        if heartbeat.status in STATUS and heartbeat.status is not Status.UNKNOWN:
            settled = heartbeat.status
    made.reverse()
    return made


def service_history(name: str, heartbeats: Sequence[Heartbeat]) -> ServiceHistory:
    """The documented form."""
    return ServiceHistory(name=name, history=entries(heartbeats))


def code_history(monitor: Monitor, url: str, heartbeats: Sequence[Heartbeat]) -> CodeHistory:
    """The form of the original's code."""
    gone = monitor.removed_at is not None
    return CodeHistory(
        name=monitor.name,
        is_deleted=gone,
        url=None if gone else url,
        description=None if gone else monitor.description or None,
        history=entries(heartbeats),
    )


def service_uptime(newest: Sequence[Entry], figures: Figures, since: datetime | None) -> ServiceUptime:
    """The figures of one service; what began before `since` is told as beginning then."""
    online = figures.online_since
    return ServiceUptime(
        current_status=newest[0] if newest else None,
        uptime_percentage=round(100 * (figures.counts.ratio or 0.0), 2),
        avg_response_time=round(figures.latency.mean_ms),
        checks_count=figures.counts.known,
        online_since=iso(max(online, since) if online and since else online),
        history_count=figures.kept,
    )


def days(name: str, buckets: Sequence[Bucket]) -> ServiceDays:
    """Daily buckets, in the order given."""
    return ServiceDays(name=name, days=[_day(bucket) for bucket in buckets])


def _day(bucket: Bucket) -> Day:
    counts = bucket.counts
    return Day(
        date=bucket.start.date().isoformat(),
        uptime=None if counts.ratio is None else round(100 * counts.ratio, 2),
        up=counts.up,
        degraded=counts.degraded,
        down=counts.down,
        unknown=counts.unknown,
        avg_response_time=round(bucket.latency.mean_ms) if bucket.latency and bucket.latency.count else None,
    )


def outages(name: str, found: Sequence[DomainOutage], now: datetime) -> ServiceOutages:
    """Outages in the order given; one that lasts has lasted until now."""
    return ServiceOutages(
        name=name,
        outages=[
            Outage(
                start=ms(outage.start),
                end=ms_or_none(outage.end),
                duration=round(outage.duration(now).total_seconds() * 1000),
                error=outage.message,
                error_class=outage.reason,
            )
            for outage in found
        ],
    )


def changes(name: str, found: Sequence[Change]) -> ServiceChanges:
    """Changes in the order given."""
    return ServiceChanges(
        name=name,
        changes=[
            StatusChange(
                id=change.id,
                timestamp=ms(change.at),
                before=word(change.before, change.interrupted or Status.UNKNOWN),
                after=word(change.after, change.before),
                error=change.message if change.reason else "",
                trace=list(change.trace),
            )
            for change in found
        ],
    )
