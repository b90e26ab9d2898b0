"""Alerts of a service: what people were told and why, acknowledging, silencing."""

from uptime.current import core, now
from uptime.dialects.native.read import alerts as read
from uptime.dialects.native.read.services import WhichService
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.routes.services import chosen
from uptime.dialects.native.write import alerts as write
from uptime.domain.alerting import AlertState
from uptime.domain.monitor import Monitor
from uptime.domain.user import Caller, Scope


@operation("GET", "/alerts", tag="alerts", needs=Scope.READ, refuses=(404,), answers={200: write.Alerts})
def show_alerts(caller: Caller, query: read.AlertsQuery) -> Answer:
    """What people believe of a service, and for each of its changes why it was or was not told."""
    monitor = chosen(query, caller)
    return _shown(monitor, core().alerting.state(caller.account, monitor.id), query.limit)


@operation(
    "POST", "/alerts/acknowledge", tag="alerts", needs=Scope.RESPOND, refuses=(404, 409), answers={200: write.Alerts}
)
def acknowledge(caller: Caller, query: WhichService, body: read.ReasonBody) -> Answer:
    """Says that somebody looks after it: no reminders until it has recovered."""
    monitor = chosen(query, caller)
    return _shown(monitor, core().alerting.acknowledge(caller.account, monitor.id, caller.name, body.reason, now()))


@operation("POST", "/alerts/silence", tag="alerts", needs=Scope.RESPOND, refuses=(404,), answers={200: write.Alerts})
def silence(caller: Caller, query: WhichService, body: read.SilenceBody) -> Answer:
    """Has nobody told of new trouble, until a moment or until it has recovered."""
    monitor = chosen(query, caller)
    until = read.until(body)
    state = core().alerting.silence(caller.account, monitor.id, caller.name, body.reason, until, now())
    return _shown(monitor, state)


@operation("POST", "/alerts/unsilence", tag="alerts", needs=Scope.RESPOND, refuses=(404,), answers={200: write.Alerts})
def unsilence(caller: Caller, query: WhichService) -> Answer:
    """Ends a silence and an acknowledgement; what was kept back is told."""
    monitor = chosen(query, caller)
    return _shown(monitor, core().alerting.unsilence(caller.account, monitor.id, now()))


def _shown(monitor: Monitor, state: AlertState, limit: int = 20) -> write.Alerts:
    return write.alerts(monitor.id, state, core().alerting.decisions(monitor.account, monitor.id, limit))
