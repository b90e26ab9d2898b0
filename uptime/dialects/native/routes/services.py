"""Services: list, add, replace, delete, pause, resume, check now."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import request

from uptime.current import core, now
from uptime.dialects.native import auth
from uptime.dialects.native.read import NamePath, wants_code
from uptime.dialects.native.read import services as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.routes.ping import look, told
from uptime.dialects.native.words import NAME_TAKEN, UNNAMED
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import services as write
from uptime.dialects.native.write import trying as write_trying
from uptime.dialects.native.write.ping import ServiceChecked
from uptime.domain.errors import Conflict, Invalid, NotFound, Unavailable
from uptime.domain.monitor import Monitor
from uptime.domain.user import Caller, Scope


def chosen(query: read.WhichService, who: Caller) -> Monitor:
    """The monitor a request means: by id, else the lowest id of that name. NotFound, or Invalid: it names none."""
    name = query.name or query.service_name
    if query.id is not None:
        return _seen(core().monitors.get(who.account, query.id), who)
    if not name:
        raise Invalid("name", "Service name is required")
    return _seen(core().monitors.by_name(who.account, name), who)


def _at(path: NamePath, who: Caller) -> Monitor:
    """The monitor that a path names; a path may end in a slash, and so may a name."""
    try:
        return _seen(core().monitors.by_name(who.account, path.service_name), who)
    except NotFound:
        return _seen(core().monitors.by_name(who.account, path.service_name.removesuffix("/")), who)


def _seen(monitor: Monitor, who: Caller) -> Monitor:
    """NotFound where the caller's key is bound to another service."""
    if not who.sees(monitor.id):
        raise NotFound("monitor")
    return monitor


def _service(monitor: Monitor, who: Caller) -> write.Service:
    """A monitor as this caller may see it: whoever may not write is not told where a push service reports."""
    service, token = write.service(monitor, core().monitors), core().pushes.token(monitor)
    if token and who.may(Scope.WRITE):
        base = core().settings.public_url or request.host_url.rstrip("/")
        service.heartbeat_url = f"{base}/api/heartbeats/{token}"
    return service


def _saved(monitor: Monitor, status: int, who: Caller) -> Answer:
    service = _service(monitor, who)
    if wants_code():
        return service, status
    return write.ServiceSaved(success=True, service=service), status


@operation("GET", "/services", tag="services", needs=Scope.READ, refuses=(404,), answers={200: write.AnyServices})
def list_services(caller: Caller, query: read.ServicesQuery) -> Answer:
    """All services in their order, or the one that is named."""
    if query.id is not None or query.name or query.service_name:
        found = [chosen(query, caller)]
    else:
        found = auth.readable(core().monitors.list(caller.account), caller)
    services = [_service(monitor, caller) for monitor in found]
    if not wants_code():
        return write.Services(services=services)
    if query.include_deleted != "true":
        return write.CodeServices(list(services))
    for service in services:
        service.is_deleted = False
    gone = auth.readable(core().monitors.removed(caller.account), caller)
    return write.CodeServices([*services, *(write.deleted(monitor) for monitor in gone)])


@operation(
    "POST",
    "/services",
    tag="services",
    needs=Scope.WRITE,
    whole=True,
    refuses=(409,),
    answers={201: write.AnyServiceSaved},
)
def add_service(caller: Caller, body: read.ServiceBody) -> Answer:
    """Adds a service and checks it once before answering; a failing check fails nothing."""
    draft = read.draft(body, core().monitors.kinds())
    with _names_taken_once():
        monitor = core().monitors.add(caller.account, draft, now(), unique_name=True)
    _look(monitor)
    return _saved(monitor, 201, caller)


@operation(
    "PUT",
    "/services",
    tag="services",
    needs=Scope.WRITE,
    refuses=(404, 409),
    answers={200: write.AnyServiceSaved},
)
def replace_service(caller: Caller, query: read.WhichService, body: read.ServiceBody) -> Answer:
    """Replaces a service whole: what is left out goes back to its default. The history stays, also under a new name."""
    return _replace(chosen(query, caller), caller, body)


@operation(
    "PUT",
    "/services/<name:serviceName>",
    tag="services",
    needs=Scope.WRITE,
    refuses=(404, 409),
    answers={200: write.AnyServiceSaved},
)
def replace_named_service(caller: Caller, path: NamePath, body: read.ServiceBody) -> Answer:
    """Replaces a service whole; the path names it."""
    return _replace(_at(path, caller), caller, body)


def _replace(before: Monitor, caller: Caller, body: read.ServiceBody) -> Answer:
    draft = read.draft(body, core().monitors.kinds())
    with _names_taken_once():
        after = core().monitors.replace(caller.account, before.id, draft, now(), unique_name=True)
    if after.name != before.name or core().monitors.address(after) != core().monitors.address(before):
        _look(after)
    return _saved(after, 200, caller)


@contextmanager
def _names_taken_once() -> Iterator[None]:
    """Says in this wire's words that a name is taken."""
    try:
        yield
    except Conflict:
        raise Conflict(NAME_TAKEN) from None


def _look(monitor: Monitor) -> None:
    """Checks what was saved; that it is saved stands, whatever becomes of the check."""
    if monitor.paused:
        return
    with suppress(Unavailable):
        look(monitor.account, monitor.id)


@operation("DELETE", "/services", tag="services", needs=Scope.WRITE, refuses=(404,), answers={200: Done})
def delete_service(caller: Caller, query: read.WhichService) -> Answer:
    """Deletes a service; its history is kept."""
    return _delete(chosen(query, caller), caller)


@operation(
    "DELETE", "/services/<name:serviceName>", tag="services", needs=Scope.WRITE, refuses=(404,), answers={200: Done}
)
def delete_named_service(caller: Caller, path: NamePath) -> Answer:
    """Deletes a service; the path names it."""
    return _delete(_at(path, caller), caller)


def _delete(monitor: Monitor, caller: Caller) -> Answer:
    core().monitors.remove(caller.account, monitor.id, now(), keep_history=True)
    return Done(success=True, message="Service deleted")


@operation(
    "POST",
    "/services/try",
    tag="services",
    needs=Scope.WRITE,
    whole=True,
    refuses=(404,),
    answers={200: write_trying.Tried},
)
def try_service(caller: Caller, query: read.TryQuery, body: read.ServiceBody) -> Answer:
    """Looks once at what this body would watch; nothing is stored and nobody is told. It needs no name."""
    body.name = body.name or UNNAMED
    draft = read.draft(body, core().monitors.kinds())
    if query.id is not None:
        draft = core().monitors.with_secrets(caller.account, query.id, draft)
    return write_trying.tried(core().trying.look(draft))


@operation("POST", "/services/check", tag="services", needs=Scope.PING, refuses=(404,), answers={200: ServiceChecked})
def check_service(caller: Caller, query: read.WhichService) -> Answer:
    """Checks one service now."""
    monitor = chosen(query, caller)
    heartbeat = look(caller.account, monitor.id)
    return ServiceChecked(success=True, service=told(monitor, heartbeat))


@operation(
    "POST", "/services/pause", tag="services", needs=Scope.WRITE, refuses=(404,), answers={200: write.AnyServiceSaved}
)
def pause_service(caller: Caller, query: read.WhichService) -> Answer:
    """Stops checking a service until it is resumed."""
    monitor = chosen(query, caller)
    return _saved(core().monitors.pause(caller.account, monitor.id, now()), 200, caller)


@operation(
    "POST", "/services/resume", tag="services", needs=Scope.WRITE, refuses=(404,), answers={200: write.AnyServiceSaved}
)
def resume_service(caller: Caller, query: read.WhichService) -> Answer:
    """Checks a paused service again."""
    monitor = chosen(query, caller)
    return _saved(core().monitors.resume(caller.account, monitor.id, now()), 200, caller)


@operation(
    "POST",
    "/services/heartbeat-url",
    tag="services",
    needs=Scope.WRITE,
    refuses=(404, 409),
    answers={200: write.AnyServiceSaved},
)
def renew_heartbeat_url(caller: Caller, query: read.WhichService) -> Answer:
    """Gives a push service a new address to report to; the one before is dead at once."""
    monitor = chosen(query, caller)
    return _saved(core().monitors.renew_token(caller.account, monitor.id, now()), 200, caller)


@operation(
    "POST", "/services/status", tag="services", needs=Scope.RESPOND, refuses=(404, 409), answers={200: ServiceChecked}
)
def say_status(caller: Caller, query: read.WhichService, body: read.StatusBody) -> Answer:
    """Says where a manual service stands; that is on record at once."""
    monitor = chosen(query, caller)
    by = caller.user_name or caller.name
    heartbeat = core().manual.say(caller.account, monitor.id, read.status(body), body.message, by, now())
    core().status_pages.expire(caller.account)
    return ServiceChecked(success=True, service=told(monitor, heartbeat))
