"""What was seen: histories, figures, outages, and how long all of it is kept."""

from collections.abc import Iterable

from uptime.current import core, now
from uptime.dialects.native import auth, words
from uptime.dialects.native.read import NamePath
from uptime.dialects.native.read import history as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import Done, ms
from uptime.dialects.native.write import history as write
from uptime.dialects.native.write import setup as write_ttl
from uptime.domain.errors import Invalid, NotFound
from uptime.domain.heartbeat import Heartbeat
from uptime.domain.monitor import Monitor
from uptime.domain.user import Caller, Scope


def everyone(who: Caller | None, *, removed: bool = True) -> list[Monitor]:
    """The services this caller may know of, in order, and after them those of which only the history is left."""
    account = auth.account(who)
    gone = core().monitors.removed(account) if removed else []
    return auth.readable([*core().monitors.list(account), *gone], who)


def named(name: str, who: Caller | None) -> list[Monitor]:
    """The service of a name, and those of that name before it. NotFound: hidden and missing look alike."""
    known = everyone(who)
    for spelling in (name, name.removesuffix("/")):
        found = [monitor for monitor in known if monitor.name == spelling]
        if found:
            return [monitor for monitor in found if monitor is found[0] or monitor.removed_at is not None]
    raise NotFound("monitor")


def one(query: read.OneServiceQuery | read.DaysQuery, who: Caller | None) -> Monitor:
    """The service that a query names, where this caller may know of it."""
    if query.id is not None:
        for monitor in everyone(who):
            if monitor.id == query.id:
                return monitor
        raise NotFound("monitor")
    wanted = query.name or query.service_name
    if not wanted:
        raise Invalid("name", "Service name is required")
    return named(wanted, who)[0]


def heartbeats(monitors: Iterable[Monitor], span: read.Span) -> list[Heartbeat]:
    """The newest heartbeats of one service and of those that had its name before, newest first."""
    found = [
        heartbeat
        for monitor in monitors
        for heartbeat in core().history.recent(monitor, now(), limit=span.limit, since=span.since, until=span.until)
    ]
    found.sort(key=lambda heartbeat: heartbeat.at, reverse=True)
    return found[: span.limit]


@operation(
    "GET",
    "/history/<name:serviceName>",
    tag="history",
    shared=True,
    refuses=(404,),
    answers={200: write.ServiceHistory},
)
def service_history(caller: Caller | None, path: NamePath, query: read.HistoryQuery) -> Answer:
    """The history of one service, newest first, also of a deleted one."""
    found = named(path.service_name, caller)
    return write.service_history(found[0].name, heartbeats(found, read.span(query, now())))


@operation("GET", "/history", tag="history", shape=words.Shape.CODE, shared=True, answers={200: write.CodeHistories})
def histories(caller: Caller | None, query: read.CodeHistoryQuery) -> Answer:
    """The histories of all services that have any, or of the one named."""
    span = read.code_span(query)
    if span is None:
        return write.CodeHistories([])
    known = everyone(caller, removed=query.include_deleted != "false")
    if query.service:
        known = [monitor for monitor in known if monitor.name == query.service]
    made = [_code_history(name, monitors, span) for name, monitors in _by_name(known).items()]
    return write.CodeHistories([history for history in made if history.history])


def _by_name(monitors: Iterable[Monitor]) -> dict[str, list[Monitor]]:
    found: dict[str, list[Monitor]] = {}
    for monitor in monitors:
        found.setdefault(monitor.name, []).append(monitor)
    return found


def _code_history(name: str, monitors: list[Monitor], span: read.Span) -> write.CodeHistory:
    url = core().monitors.address(monitors[0])
    return write.code_history(monitors[0], url, heartbeats(monitors, span))


@operation("GET", "/uptime", tag="history", shape=words.Shape.CODE, shared=True, answers={200: write.Uptimes})
def uptime(caller: Caller | None, query: read.UptimeQuery) -> Answer:
    """What the checks of each service amount to, over all that is kept or over a range such as `24h`."""
    window = words.window(query.time_range)
    found = everyone(caller, removed=False)
    if query.service:
        found = [monitor for monitor in found if monitor.name == query.service]
    figures = core().history.uptime(found, now(), window)
    newest = core().history.recent_many(found, now(), limit=1)
    since = read.since(query.time_range, now())
    # Of several services that share a name the first one is told, so it is written last.
    services = {
        monitor.name: write.service_uptime(write.entries(newest[monitor.id]), figures[monitor.id], since)
        for monitor in reversed(found)
        if newest.get(monitor.id)
    }
    return write.Uptimes(timestamp=ms(now()), services=services)


@operation("GET", "/days", tag="history", shared=True, refuses=(404,), answers={200: write.ServiceDays})
def days(caller: Caller | None, query: read.DaysQuery) -> Answer:
    """One service day by day, oldest first."""
    monitor = one(query, caller)
    found = core().history.days([monitor], now(), count=query.days)
    return write.days(monitor.name, found.get(monitor.id, []))


@operation("GET", "/outages", tag="history", shared=True, refuses=(404,), answers={200: write.ServiceOutages})
def outages(caller: Caller | None, query: read.OneServiceQuery) -> Answer:
    """The outages of one service, newest first."""
    monitor = one(query, caller)
    return write.outages(monitor.name, core().history.outages(monitor, limit=query.limit), now())


@operation("GET", "/changes", tag="history", shared=True, refuses=(404,), answers={200: write.ServiceChanges})
def changes(caller: Caller | None, query: read.OneServiceQuery) -> Answer:
    """The changes of status of one service, newest first, with the reasons of each decision."""
    monitor = one(query, caller)
    return write.changes(monitor.name, core().history.changes(monitor, limit=query.limit))


@operation("GET", "/ping-history/ttl", tag="history", needs=Scope.READ, answers={200: write_ttl.Ttl})
def ttl(caller: Caller) -> Answer:
    """How long checks are kept, in seconds; 0 is without limit."""
    return write_ttl.ttl(core().history.ttl(caller.account))


@operation(
    "PATCH", "/ping-history/ttl", tag="history", needs=Scope.WRITE, whole=True, answers={200: write_ttl.TtlSaved}
)
def set_ttl(caller: Caller, body: read.TtlBody) -> Answer:
    """Changes how long checks are kept; what is older vanishes at once."""
    return _set_ttl(caller, body)


def _set_ttl(caller: Caller, body: read.TtlBody) -> write_ttl.TtlSaved:
    seconds = read.seconds(body)
    core().history.set_ttl(caller.account, seconds, now())
    return write_ttl.ttl_saved(seconds)


@operation(
    "PATCH", "/ping-history", tag="history", shape=words.Shape.CODE, needs=Scope.WRITE, whole=True, answers={200: Done}
)
def set_ttl_briefly(caller: Caller, body: read.TtlBody) -> Answer:
    """The same with a shorter answer."""
    return Done(success=True, message=_set_ttl(caller, body).message)


@operation("DELETE", "/ping-history", tag="history", needs=Scope.WRITE, whole=True, answers={200: Done})
def clear(caller: Caller, query: read.ClearQuery) -> Answer:
    """Clears the run log; with `scope=all` the history of every service too."""
    core().runs.clear(caller.account)
    if query.scope == "all":
        core().history.clear(caller.account, now())
    return Done(success=True, message="Ping history cleared")
