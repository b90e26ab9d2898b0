"""Whether a change is told, and why: pure, from what people have been told before."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from uptime.domain.heartbeat import Change, Status
from uptime.domain.notification import Occasion, Seen

FLAPPING_CHANGES, FLAPPING_INTERVALS = 6, 10
"""More changes than that within so many intervals are told as one: it is flapping."""

FLAPPING_EVERY = timedelta(minutes=15)
CHANGES_KEPT = 2 * FLAPPING_CHANGES

TELLING = {
    (Status.UP, Status.DEGRADED): Occasion.DEGRADED,
    (Status.UP, Status.DOWN): Occasion.DOWN,
    (Status.DEGRADED, Status.DOWN): Occasion.DOWN,
    (Status.DEGRADED, Status.UP): Occasion.RECOVERED,
    (Status.DOWN, Status.UP): Occasion.RECOVERED,
    (Status.DOWN, Status.DEGRADED): Occasion.RECOVERED,
}
"""What there is to tell, by what people believe and what is so. Statuses that are not here have no say."""

SETTLED = frozenset({Status.UP, Status.DEGRADED, Status.DOWN})


@dataclass(frozen=True, slots=True)
class Event:
    """A change on its way to people. Its id travels along with every message about it."""

    monitor_id: int
    location: str
    change: Change
    since: datetime
    """When the status after the change began."""
    seen: Seen

    @property
    def id(self) -> str:
        return self.change.id


@dataclass(frozen=True, slots=True)
class Mark:
    """An acknowledgement or a silence: by whom, why, since when. `until` None: until it recovers."""

    by: str
    reason: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertState:
    """What people have been told of a monitor. `announced` is what they believe; `event` told them so.

    `held` is the newest change that was kept back and may be told later. `changes` are the moments of the newest ones.
    """

    announced: Status = Status.UP
    event: str = ""
    since: datetime | None = None
    changes: tuple[datetime, ...] = ()
    flapping_told_at: datetime | None = None
    held: Event | None = None
    acknowledged: Mark | None = None
    silenced: Mark | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What else matters. `interval` in seconds; `parent` names the failed monitor above, "" where there is none."""

    interval: int
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an event, with the reasons in plain sentences. `occasion` None: nothing is told now.

    `trouble` is the event that had announced what ends here. `again_at`: look again then, if nothing happens before.
    """

    state: AlertState
    event: Event
    occasion: Occasion | None
    trace: tuple[str, ...]
    trouble: str = ""
    trouble_since: datetime | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on record: which event, when, what was told, to which channels, and why."""

    event: str
    at: datetime
    before: Status
    after: Status
    occasion: Occasion | None
    trace: tuple[str, ...]
    channels: tuple[int, ...] = ()


def weigh(state: AlertState, event: Event, facts: Facts, now: datetime) -> Decision:
    """Decide about a change that has just happened."""
    window = timedelta(seconds=facts.interval * FLAPPING_INTERVALS)
    at = event.change.at
    recent = (*(moment for moment in state.changes if at - moment < window), at)[-CHANGES_KEPT:]
    return _decide(replace(state, changes=recent), event, facts, now)


def look_again(state: AlertState, facts: Facts, now: datetime) -> Decision | None:
    """Decide about the change that was kept back, when the reason for that may have gone. None: there is none."""
    return None if state.held is None else _decide(state, state.held, facts, now)


def _decide(state: AlertState, event: Event, facts: Facts, now: datetime) -> Decision:
    change = event.change
    trace = [*change.trace, f"The status changed from {change.before} to {change.after}."]
    if state.silenced and state.silenced.until and state.silenced.until <= now:
        state = replace(state, silenced=None)
    if change.after not in SETTLED:
        trace.append(f"Nothing is told of {change.after}: people believe it is {state.announced}.")
        return Decision(replace(state, held=None), event, None, tuple(trace))
    occasion = TELLING.get((state.announced, change.after))
    flapping = _flapping(state, facts, now)
    if flapping:
        return _told_flapping(state, event, facts, now, trace)
    if occasion is None:
        trace.append(f"People believe already that it is {state.announced}.")
        # A silence waits for its trouble: an "up" that ends none leaves it on.
        after = replace(state, held=None)
        return Decision(_ended(after, change.after) if state.held else after, event, None, tuple(trace))
    if occasion is not Occasion.RECOVERED and (why := _kept_back(state, facts)):
        trace.append(why)
        again = state.silenced.until if state.silenced else None
        return Decision(replace(state, held=event), event, None, tuple(trace), again_at=again)
    trace.append(f"People believed that it is {state.announced}, so they are told.")
    return _told(state, event, occasion, trace)


def _told(state: AlertState, event: Event, occasion: Occasion, trace: list[str]) -> Decision:
    after = event.change.after
    trouble, since = state.event, state.since
    new = replace(
        state,
        announced=after,
        event="" if after is Status.UP else event.id,
        since=None if after is Status.UP else event.since,
        held=None,
        flapping_told_at=None,
    )
    return Decision(_ended(new, after), event, occasion, tuple(trace), trouble, since)


def _ended(state: AlertState, after: Status) -> AlertState:
    """Acknowledgements and silences end by themselves when the trouble does."""
    return replace(state, acknowledged=None, silenced=None) if after is Status.UP else state


def _kept_back(state: AlertState, facts: Facts) -> str:
    if state.silenced:
        return f"It is silenced by {state.silenced.by}: {state.silenced.reason}"
    if facts.parent:
        return f"{facts.parent}, on which it depends, is down: that is told instead."
    return ""


def _flapping(state: AlertState, facts: Facts, now: datetime) -> bool:
    window = timedelta(seconds=facts.interval * FLAPPING_INTERVALS)
    return sum(now - moment < window for moment in state.changes) > FLAPPING_CHANGES


def _told_flapping(state: AlertState, event: Event, facts: Facts, now: datetime, trace: list[str]) -> Decision:
    count = len(state.changes)
    calm_at = now + timedelta(seconds=facts.interval * FLAPPING_INTERVALS)
    trace.append(f"It is flapping: {count} changes within {FLAPPING_INTERVALS} intervals.")
    state = replace(state, held=event)
    told = state.flapping_told_at
    if why := _kept_back(state, facts):
        trace.append(why)
    elif told is None or now - told >= FLAPPING_EVERY:
        trace.append("That is told at most every 15 minutes, until it is calm.")
        # Neither up nor down is what people believe now, so that they will be told of either when it is calm.
        new = replace(state, announced=Status.DEGRADED, event=state.event or event.id, flapping_told_at=now)
        return Decision(new, event, Occasion.FLAPPING, tuple(trace), state.event, state.since, calm_at)
    else:
        trace.append("That has been told within the last 15 minutes.")
    return Decision(state, event, None, tuple(trace), again_at=calm_at)
