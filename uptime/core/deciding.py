"""From changes to messages: each change is decided once, and what is told goes to every channel of its monitor."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from uptime.core.channels import delivery_of
from uptime.core.monitor_types import monitor_types
from uptime.core.monitors import address_of
from uptime.domain.alerting import AlertState, Decided, Decision, Facts, Mark, look_again, weigh
from uptime.domain.channel import Channel, Contact, routed
from uptime.domain.delivery import TROUBLE, Delivery
from uptime.domain.group import GROUP
from uptime.domain.heartbeat import ANSWERING, Status
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.notification import Notification, Occasion, Seen, Subject
from uptime.store.outbox import AT_ONCE as EVENTS_AT_ONCE
from uptime.store.outbox import Commit, Waiting
from uptime.store.ready import Ready

if TYPE_CHECKING:
    from uptime.config import Settings
    from uptime.store import Store

LOCK, LOCK_SECONDS = "decide", 30.0
AT_ONCE = 500
PARENTS = 16
"""Monitors above a monitor that are looked at."""

Messages = defaultdict[int, list[Delivery]]
"""By channel."""


@dataclass(slots=True)
class _Case:
    """One monitor in hand: what waits, what was decided, and when to look again."""

    ready: Ready
    waiting: Waiting
    monitor: Monitor | None
    state: AlertState
    decided: list[tuple[Decided, bytes]]
    again_at: datetime | None = None

    @property
    def altered(self) -> bool:
        return bool(self.decided) or self.state != self.waiting.state

    @property
    def recovered(self) -> bool:
        return any(event.change.after in ANSWERING for _, event in self.waiting.events)


class Deciding:
    """Decides about changes. Any number of processes may try; one at a time does."""

    def __init__(self, store: "Store", settings: "Settings") -> None:
        self._store = store
        self._public_url = settings.public_url or ""

    def decide(self, now: datetime) -> int:
        """Decide about what has changed, and hand the messages to their channels; how many monitors were looked at.

        What is decided twice, after a crash, makes the same messages once. Unavailable.
        """
        token = self._store.locks.take(LOCK, LOCK_SECONDS)
        if token is None:
            return 0
        try:
            return self._decide(now)
        finally:
            self._store.locks.release(LOCK, token)

    def _decide(self, now: datetime) -> int:
        ready = self._store.outbox.index.due(now, AT_ONCE)
        if not ready:
            return 0
        ids = [one.id for one in ready]
        monitors = self._store.monitors.by_ids(ids)
        waiting = self._store.outbox.read(ids)
        cases = [
            _Case(one, what, monitor, what.state, [])
            for one, what, monitor in zip(ready, waiting, monitors, strict=True)
        ]
        parents = self._failed_parents([case.monitor for case in cases if case.monitor])
        routes = _Routes(self._store)
        messages: Messages = defaultdict(list)
        for case in cases:
            self._weigh(case, parents.get(case.ready.id, ""), routes, messages, now)
        # The messages stand before what they follow from is taken away; put twice, they are there once.
        for channel_id, deliveries in messages.items():
            self._store.deliveries.put(channel_id, deliveries)
            self._store.deliveries.index.call([channel_id], now)
        self._finish(cases, now)
        return len(cases)

    def _weigh(self, case: _Case, parent: str, routes: "_Routes", messages: Messages, now: datetime) -> None:
        monitor = case.monitor
        if monitor is None:
            return
        facts = Facts(monitor.interval, parent)
        found: list[tuple[Decision, bytes]] = []
        for raw, event in case.waiting.events:
            found.append((decision := weigh(case.state, event, facts, now), raw))
            case.state = decision.state
        if not found and (again := look_again(case.state, facts, now)) is not None:
            found, case.state = [(again, b"")], again.state
        for decision, raw in found:
            case.again_at = decision.again_at
            channels = self._tell(decision, monitor, routes, messages) if decision.occasion else ()
            if raw or decision.occasion:
                case.decided.append((_decided(decision, now, channels), raw))

    def _tell(self, decision: Decision, monitor: Monitor, routes: "_Routes", messages: Messages) -> tuple[int, ...]:
        notification = self._notification(decision, monitor)
        channels = []
        for channel in routes.of(monitor):
            if notification.occasion in channel.rules.occasions or notification.occasion is Occasion.RECOVERED:
                wait = channel.rules.delay if notification.occasion in TROUBLE else 0
                release = notification.at + timedelta(seconds=wait)
                messages[channel.id].append(delivery_of(notification, channel, monitor.id, release))
                channels.append(channel.id)
        return tuple(channels)

    def _notification(self, decision: Decision, monitor: Monitor) -> Notification:
        change, occasion = decision.event.change, decision.occasion or Occasion.OPERATOR
        began = decision.trouble_since or change.since
        return Notification(
            id=f"{change.id}-flapping" if occasion is Occasion.FLAPPING else change.id,
            occasion=occasion,
            title="",
            text="",
            at=change.at,
            subject=self._subject(monitor),
            status=change.after,
            before=change.before,
            since=decision.event.since,
            duration=max((change.at - began).total_seconds(), 0.0) if began else None,
            seen=decision.event.seen,
        )

    def tell_acknowledged(self, monitor: Monitor, state: AlertState, mark: Mark) -> None:
        """Tell those who were told of the trouble that somebody looks after it. Unavailable."""
        notification = Notification(
            id=f"{state.event}-acknowledged",
            occasion=Occasion.ACKNOWLEDGED,
            title="",
            text="",
            at=mark.at,
            subject=self._subject(monitor),
            status=state.announced,
            since=state.since,
            duration=max((mark.at - state.since).total_seconds(), 0.0) if state.since else None,
            seen=Seen(f"Acknowledged by {mark.by}" + (f": {mark.reason}" if mark.reason else ".")),
        )
        for channel in _Routes(self._store).of(monitor):
            if Occasion.ACKNOWLEDGED in channel.rules.occasions:
                delivery = delivery_of(notification, channel, monitor.id, mark.at)
                self._store.deliveries.put(channel.id, [delivery])
                self._store.deliveries.index.call([channel.id], mark.at)

    def _subject(self, monitor: Monitor) -> Subject:
        address = address_of(monitor, monitor_types().get(monitor.type))
        link = f"{self._public_url}/monitors/{monitor.id}" if self._public_url else ""
        return Subject(monitor.id, monitor.name, monitor.type, address, link)

    def _failed_parents(self, monitors: Sequence[Monitor]) -> dict[int, str]:
        """For each of these monitors with one that is down above it, the name of the nearest such."""
        above: dict[int, Monitor | None] = {}
        wanted = {monitor.parent for monitor in monitors if monitor.parent}
        for _ in range(PARENTS):
            unknown = [parent for parent in wanted if parent not in above]
            if not unknown:
                break
            above |= dict(zip(unknown, self._store.monitors.by_ids(unknown), strict=True))
            wanted = {parent.parent for parent in above.values() if parent and parent.parent}
        states = self._store.heartbeats.states([(parent, LOCAL) for parent in above])
        # A group is down because of its members: it explains nothing about them.
        down = {
            parent.id
            for parent, state in zip(above.values(), states, strict=True)
            if parent is not None and parent.type != GROUP.word and state.status is Status.DOWN
        }
        found = ((monitor.id, _nearest(monitor, above, down)) for monitor in monitors)
        return {monitor_id: name for monitor_id, name in found if name}

    def _finish(self, cases: Sequence[_Case], now: datetime) -> None:
        """Put the decisions on record; those whose state was changed meanwhile are looked at again."""
        altered = [case for case in cases if case.altered]
        commits = [Commit(case.waiting, case.state, tuple(case.decided)) for case in altered]
        overtaken = {
            case.ready.id for case, done in zip(altered, self._store.outbox.commit(commits), strict=True) if not done
        }
        self._store.outbox.drop([case.ready.id for case in cases if case.monitor is None])
        self._wake_children([case.monitor for case in cases if case.monitor and case.recovered], now)
        self._store.outbox.index.settle(
            (case.ready, now if case.ready.id in overtaken or _has_more(case) else case.again_at) for case in cases
        )

    def _wake_children(self, parents: Sequence[Monitor], now: datetime) -> None:
        """What was kept back because a monitor above had failed is looked at again when that has recovered."""
        ids = {parent.id for parent in parents}
        for account in {parent.account for parent in parents}:
            below = [monitor.id for monitor in self._store.monitors.many(account) if monitor.parent in ids]
            self._store.outbox.index.call(below, now)


class _Routes:
    """The channels of monitors, each account's read once."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._known: dict[int, tuple[Mapping[int, Channel], Mapping[int, Contact]]] = {}

    def of(self, monitor: Monitor) -> list[Channel]:
        account = monitor.account
        if account not in self._known:
            self._known[account] = (
                {channel.id: channel for channel in self._store.channels.many(account)},
                {contact.id: contact for contact in self._store.contacts.many(account)},
            )
        return routed(monitor.routes, *self._known[account])


def _has_more(case: _Case) -> bool:
    """Whether the outbox held more than is read at once."""
    return len(case.waiting.events) >= EVENTS_AT_ONCE


def _nearest(monitor: Monitor, above: Mapping[int, Monitor | None], down: set[int]) -> str:
    """The name of the nearest monitor above that is down; "" where there is none."""
    parent = monitor.parent
    for _ in range(PARENTS):
        found = above.get(parent) if parent else None
        if found is None:
            return ""
        if found.id in down:
            return found.name
        parent = found.parent
    return ""


def _decided(decision: Decision, now: datetime, channels: tuple[int, ...]) -> Decided:
    change = decision.event.change
    trace = decision.trace
    if decision.occasion and not channels:
        trace = (*trace, "No channel is there to tell anybody.")
    return Decided(change.id, now, change.before, change.after, decision.occasion, trace, channels)
