"""Sends what waits: one process at a time for each channel, so that a slow one delays nobody else."""

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from uptime.core.channels import Channels
from uptime.core.deciding import Deciding
from uptime.domain.channel import Channel
from uptime.domain.delivery import GROUP_WITHIN, Delivery, LogEntry, Outcome, failed, plan, reminder
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.domain.monitor import Monitor
from uptime.domain.notification import Line, Notification, Occasion
from uptime.store.deliveries import Done

if TYPE_CHECKING:
    from uptime.store import Store

LOCK_SECONDS = 60.0
"""Longer than any attempt; a sender that died is followed by another after it."""

ANOTHER = timedelta(seconds=1)
"""A channel that another process serves is looked at again after this time."""

CHANNELS_AT_ONCE = 100
FAILURES = 3
"""After so many failures in a row a channel is taken for dead, and what waits for it waits for its next attempt."""

GONE = "It was told already, or is looked after."


@dataclass(slots=True)
class _Pass:
    """One pass over what a channel has to send."""

    channel: Channel
    token: str
    blocked: set[int] = field(default_factory=set)
    failures: int = 0
    pause: float | None = None


class Notifying:
    """The way out. `now` is asked for again at each message, since each may take seconds: see `drain`."""

    def __init__(self, store: "Store", channels: Channels, deciding: Deciding) -> None:
        self._store = store
        self._channels = channels
        self._deciding = deciding

    def decide(self, now: datetime) -> int:
        """Decide about changes until none is left; how many monitors were looked at. Unavailable."""
        total = 0
        while found := self._deciding.decide(now):
            total += found
        return total

    def due(self, now: datetime) -> list[int]:
        """The channels that have something to send. Unavailable."""
        return [one.id for one in self._store.deliveries.index.due(now, CHANNELS_AT_ONCE)]

    def drain(self, now: datetime, seconds: float) -> int:
        """Decide and send for at most so many seconds, channel after channel; how many channels were served."""
        end, served = time.monotonic() + seconds, 0
        self.decide(now)
        for channel_id in self.due(now):
            if time.monotonic() >= end:
                break
            served += self.deliver(channel_id, lambda: time.monotonic() >= end)
        return served

    def deliver(self, channel_id: int, stopping: Callable[[], bool] = lambda: False) -> bool:
        """Send what a channel has to send, or as much until told to stop; whether it was ours to do.

        Unavailable: what was sent and not noted is sent again, under the same event ids.
        """
        name = f"channel:{channel_id}"
        token = self._store.locks.take(name, LOCK_SECONDS)
        if token is None:
            self._store.deliveries.index.postpone(channel_id, datetime.now(UTC) + ANOTHER)
            return False
        try:
            self._serve(channel_id, token, stopping)
        finally:
            self._store.locks.release(name, token)
        return True

    def _serve(self, channel_id: int, token: str, stopping: Callable[[], bool]) -> None:
        index = self._store.deliveries.index
        now = datetime.now(UTC)
        channel = self._store.channels.find(channel_id)
        if channel is None:
            self._store.deliveries.forget(channel_id)
            index.remove(channel_id)
            return
        # Should this process die, the channel is looked at again; whoever adds a message calls it at once.
        mark = index.postpone(channel_id, now + timedelta(seconds=LOCK_SECONDS))
        wake_at = self._send_all(_Pass(channel, token), stopping)
        index.settle([(mark, wake_at)])

    def _send_all(self, state: _Pass, stopping: Callable[[], bool]) -> datetime | None:
        """Send until nothing may go now; when to look again."""
        channel = state.channel
        while True:
            now = datetime.now(UTC)
            pending = self._still_wanted(state, self._store.deliveries.pending(channel.id), now)
            sent = self._store.deliveries.sent_since(channel.id, now - GROUP_WITHIN)
            todo = plan(pending, channel.rules, now, sent, grouped=self._channels.groups(channel))
            if todo.dropped:
                done = [Done(one.delivery) for one in todo.dropped]
                log = [_dropped(one.delivery, one.why, one.failed, now) for one in todo.dropped]
                self._store.deliveries.done(channel.id, done, log, now)
            units = [unit for unit in todo.units if not state.blocked & {one.monitor_id for one in unit}]
            if not units:
                return todo.wake_at
            for unit in units:
                if stopping():
                    return now
                self._attempt(state, unit)

    def _still_wanted(self, state: _Pass, pending: list[Delivery], now: datetime) -> list[Delivery]:
        """What is pending without reminders of what somebody looks after, or of monitors that are gone."""
        reminders = [one for one in pending if one.occasion is Occasion.STILL_DOWN]
        if not state.channel.enabled:
            self._give_up(state, pending, "The channel is switched off.", now)
            return []
        if not reminders:
            return pending
        ids = [one.monitor_id for one in reminders]
        alerts, monitors = self._store.outbox.read(ids), self._store.monitors.by_ids(ids)
        pointless = [
            one
            for one, alert, monitor in zip(reminders, alerts, monitors, strict=True)
            if monitor is None or monitor.paused or alert.state.acknowledged or alert.state.silenced
        ]
        self._give_up(state, pointless, GONE, now)
        return [one for one in pending if one not in pointless]

    def _give_up(self, state: _Pass, deliveries: Sequence[Delivery], why: str, now: datetime) -> None:
        if deliveries:
            log = [_dropped(one, why, False, now) for one in deliveries]
            self._store.deliveries.done(state.channel.id, [Done(one) for one in deliveries], log, now)

    def _attempt(self, state: _Pass, unit: Sequence[Delivery]) -> None:
        """Send one message and note what became of it."""
        monitors = {one.monitor_id for one in unit}
        if state.blocked & monitors:
            return
        now = datetime.now(UTC)
        if state.failures >= FAILURES:
            self._note_failure(state, unit, DeliveryFailed("The channel does not answer.", permanent=False), None, now)
            return
        self._store.locks.renew(f"channel:{state.channel.id}", state.token, LOCK_SECONDS)
        notification = self._channels.worded(state.channel, _together(unit))
        began = time.monotonic()
        try:
            self._channels.send(state.channel, notification)
        except DeliveryFailed as error:
            self._note_failure(state, unit, error, notification, datetime.now(UTC))
        except Invalid as error:
            permanent = DeliveryFailed(error.message, permanent=True)
            self._note_failure(state, unit, permanent, notification, datetime.now(UTC))
        else:
            took_ms = (time.monotonic() - began) * 1000
            self._note_sent(state, unit, notification, took_ms, datetime.now(UTC))

    def _note_sent(
        self, state: _Pass, unit: Sequence[Delivery], notification: Notification, took_ms: float, now: datetime
    ) -> None:
        state.failures = 0
        attempts = max(one.attempts for one in unit) + 1
        entry = LogEntry(unit[0].id, now, Outcome.SENT, notification, attempts, "Sent.", took_ms)
        done = [Done(one, sent=True, instead=reminder(one, now)) for one in unit]
        self._store.deliveries.done(state.channel.id, done, [entry], now)

    def _note_failure(
        self,
        state: _Pass,
        unit: Sequence[Delivery],
        error: DeliveryFailed,
        notification: Notification | None,
        now: datetime,
    ) -> None:
        """Have it tried again later, unless that cannot help. An attempt that was not made is not logged."""
        done, log = [], []
        chance = random.random()  # noqa: S311 - spreads attempts
        for one in unit:
            later = failed(one, error.message, error.retry_after, chance, now)
            done.append(Done(one, instead=None if error.permanent else later))
        if notification is not None:
            outcome = Outcome.FAILED if error.permanent else Outcome.RETRY
            log.append(LogEntry(unit[0].id, now, outcome, notification, unit[0].attempts + 1, error.message))
        if not error.permanent:
            state.failures += 1
            state.blocked |= {one.monitor_id for one in unit}
        self._store.deliveries.done(state.channel.id, done, log, now)

    def repair(self, monitors: Iterable[Monitor], now: datetime) -> None:
        """Call what a crash has left without its call: changes nobody decided about, messages nobody sent."""
        known = list(monitors)
        self._store.outbox.repair([monitor.id for monitor in known], now)
        for account in {monitor.account for monitor in known}:
            for channel in self._store.channels.many(account):
                if self._store.deliveries.waits(channel.id):
                    self._store.deliveries.index.hurry(channel.id, now + timedelta(seconds=LOCK_SECONDS))


def _together(unit: Sequence[Delivery]) -> Notification:
    """The one message that several become."""
    if len(unit) == 1:
        return unit[0].notification
    ids = "\n".join(one.notification.id for one in unit)
    lines = tuple(
        Line(
            event_id=one.notification.id,
            name=one.notification.subject.name if one.notification.subject else "",
            status=one.notification.status,
            at=one.notification.at,
            message=one.notification.seen.message if one.notification.seen else "",
        )
        for one in unit
        if one.notification.status is not None
    )
    newest = max(one.notification.at for one in unit)
    return Notification(
        id=f"several-{hashlib.sha256(ids.encode()).hexdigest()[:24]}",
        occasion=Occasion.SEVERAL,
        title="",
        text="",
        at=newest,
        lines=lines,
    )


def _dropped(delivery: Delivery, why: str, is_failure: bool, now: datetime) -> LogEntry:
    outcome = Outcome.FAILED if is_failure else Outcome.DROPPED
    return LogEntry(delivery.id, now, outcome, delivery.notification, delivery.attempts, why)
