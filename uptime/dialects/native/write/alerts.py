"""What people have been told of a service, and why."""

from collections.abc import Iterable

from uptime.dialects.native.write import Wire, ms, ms_or_none
from uptime.domain.alerting import AlertState, Decided, Mark


class MarkShown(Wire):
    """An acknowledgement or a silence; without `until` it ends when the service has recovered."""

    by: str
    reason: str
    at: int
    until: int | None


class DecisionShown(Wire):
    """What became of a change: `told` is the occasion, null where nothing was told; `trace` says why."""

    event: str
    at: int
    before: str
    after: str
    told: str | None
    trace: list[str]
    channels: list[int]


class Alerts(Wire):
    """What people believe of a service, and the newest decisions, newest first."""

    service_id: int
    announced: str
    event: str
    since: int | None
    waiting: str | None
    """The event that was kept back and may be told later."""
    acknowledged: MarkShown | None
    silenced: MarkShown | None
    decisions: list[DecisionShown]


def alerts(monitor_id: int, state: AlertState, decisions: Iterable[Decided]) -> Alerts:
    return Alerts(
        service_id=monitor_id,
        announced=state.announced.value,
        event=state.event,
        since=ms_or_none(state.since),
        waiting=state.held.id if state.held else None,
        acknowledged=_mark(state.acknowledged),
        silenced=_mark(state.silenced),
        decisions=[_decision(each) for each in decisions],
    )


def _mark(mark: Mark | None) -> MarkShown | None:
    if mark is None:
        return None
    return MarkShown(by=mark.by, reason=mark.reason, at=ms(mark.at), until=ms_or_none(mark.until))


def _decision(decided: Decided) -> DecisionShown:
    return DecisionShown(
        event=decided.event,
        at=ms(decided.at),
        before=decided.before.value,
        after=decided.after.value,
        told=decided.occasion.value if decided.occasion else None,
        trace=list(decided.trace),
        channels=list(decided.channels),
    )
