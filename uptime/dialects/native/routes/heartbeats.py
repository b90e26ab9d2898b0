"""Heartbeats that jobs send, and what they sent."""

from uptime.current import core, now
from uptime.dialects.native.read import heartbeats as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.routes.services import chosen
from uptime.dialects.native.write import heartbeats as write
from uptime.domain.push import Push, Signal
from uptime.domain.user import Caller, Scope

TOKEN, SAID = "/heartbeats/<string:token>", "/heartbeats/<string:token>/<string:said>"


@operation("GET", "/heartbeats", tag="heartbeats", needs=Scope.READ, refuses=(404,), answers={200: write.PushLog})
def list_heartbeats(caller: Caller, query: read.LogQuery) -> Answer:
    """The last pushes of a service with what they brought along."""
    return write.log(core().pushes.log(chosen(query, caller), query.limit))


@operation("GET", TOKEN, tag="heartbeats", refuses=(404,), answers={200: write.Heard})
def beat(path: read.TokenPath, query: read.PushQuery) -> Answer:
    """Reports success. Needs no key: the token is one. HEAD does the same."""
    return _receive(path.token, Signal.SUCCESS, query)


@operation("POST", TOKEN, tag="heartbeats", refuses=(404, 413), answers={200: write.Heard})
def post_beat(path: read.TokenPath, query: read.PushQuery) -> Answer:
    """The same with a body of any kind, whose first 10 KiB are kept."""
    return _receive(path.token, Signal.SUCCESS, query)


@operation("GET", SAID, tag="heartbeats", refuses=(404,), answers={200: write.Heard})
def signal(path: read.SignalPath, query: read.PushQuery) -> Answer:
    """Reports `start`, `success`, `fail`, `log`, or an exit code, of which 0 is success."""
    return _said(path, query)


@operation("POST", SAID, tag="heartbeats", refuses=(404, 413), answers={200: write.Heard})
def post_signal(path: read.SignalPath, query: read.PushQuery) -> Answer:
    """The same with a body of any kind, whose first 10 KiB are kept."""
    return _said(path, query)


def _said(path: read.SignalPath, query: read.PushQuery) -> Answer:
    if isinstance(path.said, int):
        return _receive(path.token, Signal.FAIL if path.said else Signal.SUCCESS, query, path.said)
    return _receive(path.token, Signal(path.said), query)


def _receive(token: str, signal: Signal, query: read.PushQuery, exit_code: int | None = None) -> Answer:
    run = query.run_id or query.rid
    push = Push(signal, now(), run, query.message, query.latency, read.excerpt(), exit_code)
    received = core().pushes.receive(token, push)
    if received.heartbeat is not None:
        core().status_pages.expire(received.monitor.account)
    return write.heard(paused=received.monitor.paused, repeated=received.repeated)
