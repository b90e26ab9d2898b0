"""Checking everything now, and the figures of the checks before."""

from dataclasses import replace
from datetime import datetime, timedelta

from flask import request

from uptime.current import core, now
from uptime.dialects.native import auth, words
from uptime.dialects.native.read import history as read_history
from uptime.dialects.native.read import ping as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import history as write_history
from uptime.dialects.native.write import ping as write
from uptime.domain.heartbeat import Heartbeat, Status
from uptime.domain.monitor import Monitor
from uptime.domain.settings import Site
from uptime.domain.user import Caller, Scope

STATS_ENTRIES = 60
"""Checks per service that the figures are made of where no range is given."""


@operation("GET", "/ping", tag="ping", needs=Scope.PING, changes=True, answers={200: write.AnyPing})
def ping(caller: Caller, query: read.PingQuery) -> Answer:
    """Checks every service now and answers with what was found; logged as a run unless a job says it logs itself."""
    if query.action == "reset_intervals":
        return _reset_intervals(caller)
    site = core().sites.get(caller.account)
    if caller.monitor_id is not None:
        return _ping_one(caller.account, caller.monitor_id, site)
    swept = core().checking.sweep(
        caller.account,
        now(),
        source=read.source(query),
        run_id=query.run_id,
        wait=query.wait == "true",
        log_run="X-Cron-Job-ID" not in request.headers,
    )
    core().status_pages.expire(caller.account)
    if query.run_id is not None:
        _note_success(caller.account)
    items = [told(item.monitor, item.heartbeat) for item in swept.items]
    return write.ping(swept.at, swept.duration_ms, items, site, via=swept.via, skipped=swept.skipped, left=swept.left)


def _ping_one(account: int, monitor_id: int, site: Site) -> Answer:
    """What a key that is bound to one service may ask for."""
    heartbeat = look(account, monitor_id)
    items = [told(core().monitors.get(account, monitor_id), heartbeat)]
    return write.ping(now(), heartbeat.latency_ms, items, site, via="inline", skipped=False, left=0)


def _reset_intervals(caller: Caller) -> Answer:
    auth.require(Scope.WRITE, changes=True)
    core().sites.update(caller.account, lambda site: replace(site, intervals_reset_at=now()))
    return write.reset(now())


def _note_success(account: int) -> None:
    core().sites.update(account, lambda site: replace(site, github=replace(site.github, last_success_at=now())))


def look(account: int, monitor_id: int) -> Heartbeat:
    """Checks one service now; whoever reads the status next sees what was found."""
    heartbeat = core().checking.check_now(account, monitor_id, now())
    core().status_pages.expire(account)
    return heartbeat


def told(monitor: Monitor, heartbeat: Heartbeat) -> write.Checked:
    """What a check found, in a word this wire has."""
    settled = Status.UNKNOWN
    if heartbeat.status not in words.STATUS:
        settled = core().history.states([monitor])[monitor.id].settled
    return write.checked(monitor, core().monitors.address(monitor), heartbeat, settled)


@operation("GET", "/ping-stats", tag="ping", shape=words.Shape.CODE, needs=Scope.READ, answers={200: write.PingStats})
def ping_stats(caller: Caller, query: read_history.StatsQuery) -> Answer:
    """When sweeps ran, when the next is expected, and what the latest checks amount to."""
    monitors = auth.readable(core().monitors.list(caller.account), caller)
    if query.service:
        monitors = [monitor for monitor in monitors if monitor.name == query.service]
    since = read_history.since(query.time_range, now())
    recent = core().history.recent_many(monitors, now(), limit=STATS_ENTRIES)
    checks = [(monitor.name, _within(recent.get(monitor.id, []), since)) for monitor in monitors]
    runs = core().runs.recent(caller.account, query.limit or words.RUNS_LIMIT)
    site = core().sites.get(caller.account)
    following = following_run(site.github.schedule, now())
    return write.stats(now(), site, runs, core().runs.recent(caller.account, 1), following, checks)


def _within(heartbeats: list[Heartbeat], since: datetime | None) -> list[write_history.Entry]:
    return write_history.entries([each for each in heartbeats if since is None or each.at >= since])


def following_run(schedule: str, at: datetime) -> datetime | None:
    """When the workflow runs next, from the minute field alone: `*/n` is every n minutes, at least five."""
    fields = schedule.split()
    if len(fields) < 5:
        return None
    if not fields[0].startswith("*/"):
        return at + timedelta(minutes=5)
    step = int(fields[0][2:]) if fields[0][2:].isascii() and fields[0][2:].isdigit() else 5
    step = min(max(step, 5), 60)
    hour = at.replace(minute=0, second=0, microsecond=0)
    minutes = (at.minute // step + 1) * step
    return hour + timedelta(minutes=min(minutes, 60))
