"""Monitors that run no check: what is on record is their target, read at the moment they are judged."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core.monitor_types import built
from uptime.core.runner import Task
from uptime.domain import group, manual, push
from uptime.domain.group import GroupTarget
from uptime.domain.manual import ManualTarget
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.push import Finding, PushTarget
from uptime.domain.result import Reason, Result
from uptime.domain.schedule import EPOCH

if TYPE_CHECKING:
    from uptime.store import Store


class Rules:
    """Looks at the record. Whoever judges a finding has to have read the monitor's state before."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def look(self, task: Task, at: datetime) -> Finding:
        """What is found of a monitor now, and until when that holds by itself."""
        at = max(at, task.slot.planned)
        match task.target:
            case PushTarget():
                return self._push(task.monitor, task.target, at)
            case GroupTarget():
                return Finding(group.look(task.target, self.members(task.monitor, task.target)))
            case ManualTarget():
                return Finding(manual.look(self._store.stances.get(task.monitor.id)))
        return Finding(Result(False, f"There is no rule for {task.kind.label}.", 0.0, Reason.INTERNAL))

    def _push(self, monitor: Monitor, target: PushTarget, at: datetime) -> Finding:
        heard, listening = self._store.pushes.heard(monitor.id)
        since = max(monitor.updated_at or EPOCH, listening)
        return push.look(heard, target, monitor.interval, since, at)

    def members(self, monitor: Monitor, target: GroupTarget) -> list[group.Member]:
        """The members of a group as they stand."""
        monitors = self._store.monitors.many(monitor.account)
        inside = [each for each in monitors if group.belongs(each, monitor, target)]
        states = self._store.heartbeats.states([(each.id, LOCAL) for each in inside])
        return [group.member(each, state) for each, state in zip(inside, states, strict=True)]

    def around(self, changed: Iterable[Monitor]) -> dict[int, list[tuple[Monitor, GroupTarget]]]:
        """The active groups that each of some monitors of one account is a member of."""
        monitors = {monitor.id: monitor for monitor in changed}
        found: dict[int, list[tuple[Monitor, GroupTarget]]] = {}
        for account in {monitor.account for monitor in monitors.values()}:
            for each in self._store.monitors.groups(account):
                _, target = built(each)
                if each.paused or not isinstance(target, GroupTarget):
                    continue
                for monitor in monitors.values():
                    if monitor.account == account and group.belongs(monitor, each, target):
                        found.setdefault(monitor.id, []).append((each, target))
        return found
