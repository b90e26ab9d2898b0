"""A sweep over all services, and the figures of the sweeps before it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal

from pydantic import RootModel

from uptime.dialects.native.words import Word
from uptime.dialects.native.write import Wire, ms, ms_or_none
from uptime.dialects.native.write.history import Entry, entry
from uptime.dialects.native.write.settings import Github, github
from uptime.domain.cron_job import Run
from uptime.domain.heartbeat import Heartbeat, Status
from uptime.domain.monitor import Monitor
from uptime.domain.settings import Site


class Checked(Wire):
    """What the check of one service found; a failed one says why in `error` and `errorClass`."""

    id: int
    name: str
    url: str
    status: Word
    response_time: int
    timestamp: int
    status_code: int = 0
    error: str = ""
    error_class: str = ""


class Ping(Wire):
    """Both forms at once: `services` and `results` are the same list, `duration` and `executionTime` the same number.

    `via` says where the checks ran. `skipped`: another sweep was under way, these are the current results.
    `left` counts the services that did not fit into the time allowed.
    """

    success: Literal[True]
    status: Literal["success"]
    timestamp: int
    duration: int
    execution_time: int
    next_ping: int
    refresh_interval: int
    services: list[Checked]
    results: list[Checked]
    via: str
    skipped: bool
    left: int


class IntervalsReset(Wire):
    """The statistics of intervals begin anew."""

    status: Literal["success"]
    message: str
    timestamp: int


class AnyPing(RootModel[Ping | IntervalsReset]):
    """What was found, or with `action=reset_intervals` that the statistics begin anew."""


class ServiceChecked(Wire):
    """The answer to a check asked for."""

    success: Literal[True]
    service: Checked


class RunRecord(Wire):
    """One record of the run log."""

    timestamp: int
    execution_time: int
    services_checked: int
    refresh_interval: int
    next_scheduled: int
    source: str
    run_id: str = ""
    error: str = ""


class Trend(Wire):
    """Milliseconds between neighbouring runs."""

    average: int
    min: int
    max: int


class ServiceStats(Wire):
    """What the latest checks of one service amount to; `uptime` is a whole percentage."""

    last_ping: int | None
    avg_response_time: int
    uptime: int
    pings: list[Entry]


class PingStats(Wire):
    """When sweeps ran and when the next one is expected."""

    last_ping: int | None
    next_estimated_run: int | None
    time_until_next_run: int | None
    last_interval_reset: int
    github_action: Github
    service_statuses: list[Entry | None]
    recent_history: list[RunRecord]
    interval_trend: Trend | None
    current_time: int
    stats: dict[str, ServiceStats]


def checked(monitor: Monitor, url: str, heartbeat: Heartbeat, settled: Status) -> Checked:
    """One heartbeat of a sweep; `settled` speaks for a status without a word of its own."""
    told = entry(heartbeat, settled)
    return Checked(id=monitor.id, name=monitor.name, url=url, **told.model_dump(mode="json", exclude_unset=True))


def ping(
    at: datetime, duration_ms: float, items: Sequence[Checked], site: Site, *, via: str, skipped: bool, left: int
) -> Ping:
    """Both documented forms in one body."""
    duration, services = round(duration_ms), list(items)
    return Ping(
        success=True,
        status="success",
        timestamp=ms(at),
        duration=duration,
        execution_time=duration,
        next_ping=ms(at) + site.refresh_ms,
        refresh_interval=site.refresh_ms,
        services=services,
        results=services,
        via=via,
        skipped=skipped,
        left=left,
    )


def run_record(run: Run) -> RunRecord:
    """One record of the run log."""
    made = RunRecord(
        timestamp=ms(run.at),
        execution_time=run.duration_ms,
        services_checked=run.checked,
        refresh_interval=run.refresh_ms,
        next_scheduled=ms(run.at) + run.refresh_ms,
        source=run.source,
    )
    if run.run_id is not None:
        made.run_id = run.run_id
    if run.error is not None:
        made.error = run.error
    return made


def stats(
    now: datetime,
    site: Site,
    runs: Sequence[Run],
    newest: Sequence[Run],
    following: datetime | None,
    checks: Sequence[tuple[str, Sequence[Entry]]],
) -> PingStats:
    """`runs` newest first, `checks` the entries of each service in their order, newest first."""
    return PingStats(
        last_ping=ms(newest[0].at) if newest else None,
        next_estimated_run=ms_or_none(following),
        time_until_next_run=None if following is None else ms(following) - ms(now),
        last_interval_reset=ms_or_none(site.intervals_reset_at) or 0,
        github_action=github(site.github),
        service_statuses=[entries[0] if entries else None for _, entries in checks],
        recent_history=[run_record(run) for run in runs],
        interval_trend=_trend(runs),
        current_time=ms(now),
        stats={name: _service_stats(entries) for name, entries in checks},
    )


def _trend(runs: Sequence[Run]) -> Trend | None:
    gaps = [ms(newer.at) - ms(older.at) for newer, older in pairwise(runs)]
    if not gaps:
        return None
    return Trend(average=round(sum(gaps) / len(gaps)), min=min(gaps), max=max(gaps))


def _service_stats(entries: Sequence[Entry]) -> ServiceStats:
    times = [entry.response_time for entry in entries if entry.response_time]
    answered = sum(entry.status in ("up", "degraded") for entry in entries)
    return ServiceStats(
        last_ping=entries[0].timestamp if entries else None,
        avg_response_time=round(sum(times) / len(times)) if times else 0,
        uptime=round(100 * answered / len(entries)) if entries else 0,
        pings=list(entries),
    )


def reset(now: datetime) -> IntervalsReset:
    """The exact body of a reset."""
    return IntervalsReset(status="success", message="Interval statistics reset successfully", timestamp=ms(now))
