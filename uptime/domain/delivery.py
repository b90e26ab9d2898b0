"""Messages on their way out of one channel: what may go now, what waits, what has become pointless. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from uptime.domain.channel import Rules
from uptime.domain.notification import Notification, Occasion

GROUP_ABOVE, GROUP_WITHIN, GROUP_EVERY = 20, timedelta(seconds=30), timedelta(seconds=10)
"""More messages than that within this time become one, and such a one goes out at most this often."""

PAUSE_LOW, PAUSE_HIGH, PAUSE_ASKED = 1.0, 300.0, 3_600.0
"""Seconds until a failed message is tried again: at first, at most, and at most where the other side asked for it."""

GIVE_UP = timedelta(hours=24)

TROUBLE = frozenset({Occasion.DOWN, Occasion.DEGRADED, Occasion.FLAPPING})


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one channel. `id` is the same however often it is put there, so that it is there once.

    `order` counts up within the monitor. `repeat` is the seconds after which trouble is told again, 0 never;
    `number` counts those reminders. `next_at` is set after a failure.
    """

    id: str
    monitor_id: int
    order: int
    notification: Notification
    not_before: datetime
    repeat: int = 0
    number: int = 0
    attempts: int = 0
    first_tried_at: datetime | None = None
    next_at: datetime | None = None
    problem: str = ""

    @property
    def occasion(self) -> Occasion:
        return self.notification.occasion


class Outcome(StrEnum):
    """What became of an attempt to send."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a channel's delivery log. `notification` is what was sent, so that it can be sent again."""

    id: str
    at: datetime
    outcome: Outcome
    notification: Notification
    attempts: int
    message: str
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Dropped:
    """A message that is not sent any more, and why; `failed` where it was tried for a day."""

    delivery: Delivery
    why: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the messages of a channel. `units` go out in their order, each as one message.

    `wake_at`: when there is something to do again, None when nothing waits.
    """

    dropped: tuple[Dropped, ...] = ()
    units: tuple[tuple[Delivery, ...], ...] = ()
    wake_at: datetime | None = None


def plan(
    pending: Sequence[Delivery], rules: Rules, now: datetime, sent: Sequence[datetime] = (), *, grouped: bool = True
) -> Plan:
    """What to send now. `sent` are the moments at which this channel sent messages lately, in any order.

    `grouped`: whether the channel may tell many in one message.
    """
    quiet_until = rules.quiet.over(now) if rules.quiet else None
    lines: defaultdict[int, list[Delivery]] = defaultdict(list)
    for delivery in sorted(pending, key=lambda one: (one.order, one.number)):
        lines[delivery.monitor_id].append(delivery)
    dropped: list[Dropped] = []
    ready: list[Delivery] = []
    waits: list[datetime] = []
    for line in lines.values():
        left = _without_pointless(line, now, quiet_until, dropped)
        for delivery in left:
            release = _release(delivery, quiet_until)
            if release > now:
                waits.append(release)
                break
            ready.append(delivery)
    ready.sort(key=lambda one: (one.notification.at, one.order))
    if not grouped:
        return Plan(tuple(dropped), tuple((delivery,) for delivery in ready), min(waits, default=None))
    return _grouped(tuple(dropped), ready, waits, now, sent)


def _release(delivery: Delivery, quiet_until: datetime | None) -> datetime:
    release = max(delivery.not_before, delivery.next_at or delivery.not_before)
    quiet = quiet_until is not None and delivery.occasion is not Occasion.TEST
    return max(release, quiet_until) if quiet and quiet_until else release


def _without_pointless(
    line: Sequence[Delivery], now: datetime, quiet_until: datetime | None, dropped: list[Dropped]
) -> list[Delivery]:
    """The messages of one monitor without reminders of what has ended, and trouble that ended before it was told."""
    left: list[Delivery] = []
    for delivery in line:
        before = left[-1] if left else None
        if delivery.first_tried_at and now - delivery.first_tried_at >= GIVE_UP:
            dropped.append(Dropped(delivery, f"It was tried for a day. {delivery.problem}".rstrip(), failed=True))
            continue
        if before and before.occasion is Occasion.STILL_DOWN:
            dropped.append(Dropped(left.pop(), "Something newer is told instead of the reminder."))
            before = left[-1] if left else None
        held_back = before and not before.attempts and _release(before, quiet_until) > now
        if before and held_back and before.occasion in TROUBLE and delivery.occasion is Occasion.RECOVERED:
            why = "It recovered before it was time to tell."
            dropped += [Dropped(left.pop(), why), Dropped(delivery, why)]
            continue
        left.append(delivery)
    return left


def _grouped(
    dropped: tuple[Dropped, ...],
    ready: list[Delivery],
    waits: list[datetime],
    now: datetime,
    sent: Sequence[datetime],
) -> Plan:
    lately = [moment for moment in sent if now - moment < GROUP_WITHIN]
    if len(ready) + len(lately) <= GROUP_ABOVE:
        return Plan(dropped, tuple((delivery,) for delivery in ready), min(waits, default=None))
    if len(lately) >= GROUP_ABOVE and now - max(lately) < GROUP_EVERY:
        # There is more to come in such a moment: what follows is gathered for a while.
        return Plan(dropped, (), min([*waits, max(lately) + GROUP_EVERY]))
    return Plan(dropped, (tuple(ready),), min(waits, default=None))


def failed(delivery: Delivery, problem: str, retry_after: float | None, chance: float, now: datetime) -> Delivery:
    """The message after an attempt that failed. `chance` from 0 to 1 spreads the next attempts of many."""
    pause = min(PAUSE_LOW * 2 ** min(delivery.attempts, 20), PAUSE_HIGH) * (0.8 + 0.4 * chance)
    if retry_after is not None:
        pause = max(pause, min(max(retry_after, 0.0), PAUSE_ASKED))
    return replace(
        delivery,
        attempts=delivery.attempts + 1,
        first_tried_at=delivery.first_tried_at or now,
        next_at=now + timedelta(seconds=pause),
        problem=problem,
    )


def reminder(delivery: Delivery, now: datetime) -> Delivery | None:
    """The message that tells of the same trouble again; None where the channel does not."""
    if not delivery.repeat or delivery.occasion not in (Occasion.DOWN, Occasion.STILL_DOWN):
        return None
    number = delivery.number + 1
    head = delivery.id.partition("#")[0]
    return Delivery(
        id=f"{head}#{number}",
        monitor_id=delivery.monitor_id,
        order=delivery.order,
        notification=replace(delivery.notification, occasion=Occasion.STILL_DOWN),
        not_before=now + timedelta(seconds=delivery.repeat),
        repeat=delivery.repeat,
        number=number,
    )
