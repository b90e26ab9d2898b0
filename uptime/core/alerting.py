"""What people have been told of a monitor, and what they say about that: acknowledgements and silences."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core.deciding import Deciding
from uptime.domain.alerting import AlertState, Decided, Mark
from uptime.domain.errors import Conflict, Invalid, Unavailable
from uptime.domain.heartbeat import Status
from uptime.domain.monitor import printable
from uptime.store.outbox import Commit

if TYPE_CHECKING:
    from uptime.store import Store

REASON_LIMIT = 500
ATTEMPTS = 20


class Alerting:
    """The alerting of all monitors."""

    def __init__(self, store: "Store", deciding: Deciding) -> None:
        self._store = store
        self._deciding = deciding

    def state(self, account: int, monitor_id: int) -> AlertState:
        """What people have been told of a monitor. NotFound."""
        self._store.monitors.get(account, monitor_id)
        return self._store.outbox.read([monitor_id])[0].state

    def decisions(self, account: int, monitor_id: int, limit: int) -> list[Decided]:
        """Why its changes were or were not told, newest first. NotFound."""
        self._store.monitors.get(account, monitor_id)
        return self._store.outbox.decisions(monitor_id, limit)

    def acknowledge(self, account: int, monitor_id: int, by: str, reason: str, now: datetime) -> AlertState:
        """Somebody looks after it: no more reminders until it has recovered. Conflict: there is no trouble."""
        mark = Mark(by, _reason(reason), now)

        def alter(state: AlertState) -> AlertState:
            if state.announced is Status.UP and state.held is None:
                raise Conflict("Nothing is wrong with it that could be acknowledged.")
            return replace(state, acknowledged=mark)

        state = self._change(account, monitor_id, alter)
        self._deciding.tell_acknowledged(self._store.monitors.get(account, monitor_id), state, mark)
        return state

    def silence(
        self, account: int, monitor_id: int, by: str, reason: str, until: datetime | None, now: datetime
    ) -> AlertState:
        """Tell nobody of new trouble until a moment, or until it recovers. Invalid, NotFound."""
        if until is not None and until <= now:
            raise Invalid("until", "That moment has passed.")
        mark = Mark(by, _reason(reason), now, until)
        state = self._change(account, monitor_id, lambda before: replace(before, silenced=mark))
        if until is not None:
            self._store.outbox.index.call([monitor_id], until)
        return state

    def unsilence(self, account: int, monitor_id: int, now: datetime) -> AlertState:
        """End a silence and an acknowledgement; what was kept back is told. NotFound."""
        state = self._change(account, monitor_id, lambda before: replace(before, silenced=None, acknowledged=None))
        self._store.outbox.index.call([monitor_id], now)
        return state

    def _change(self, account: int, monitor_id: int, alter: Callable[[AlertState], AlertState]) -> AlertState:
        self._store.monitors.get(account, monitor_id)
        for _ in range(ATTEMPTS):
            waiting = self._store.outbox.read([monitor_id])[0]
            state = alter(waiting.state)
            if all(self._store.outbox.commit([Commit(waiting, state, ())])):
                return state
        raise Unavailable("Too many others change this at this moment. Try again.", retry_after=1)


def _reason(given: str) -> str:
    if len(given) > REASON_LIMIT or not printable(given, lines=True):
        raise Invalid("reason", f"The reason holds control characters or more than {REASON_LIMIT}.")
    return given.strip()
