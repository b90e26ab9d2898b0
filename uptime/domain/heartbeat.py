"""One judged result on record, the state it leads to, and the rule that judges."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from uptime.domain.result import Phases, Reason, Result


class Status(StrEnum):
    """Where a monitor stands; settled unless pending."""

    UP = "up"
    DEGRADED = "degraded"
    PENDING = "pending"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


ANSWERING = frozenset({Status.UP, Status.DEGRADED})
"""The statuses that count as uptime."""

NOT_FAILING = ANSWERING | {Status.MAINTENANCE}
"""The statuses with which nothing went wrong, whatever the check saw."""

NOT_INVERTED = frozenset({Reason.BLOCKED, Reason.INTERNAL})
"""Failures that say nothing about the target: upside-down monitors do not call them success."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much it takes to change a monitor's status.

    `retries` failures in a row are forgiven, `success_threshold` successes in a row end an outage,
    and an answer slower than `slow_ms` milliseconds is degraded (None: never).
    """

    retries: int = 0
    success_threshold: int = 1
    upside_down: bool = False
    slow_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """Which heartbeat this is: a planned one, or an extra that somebody asked for.

    `planned` picks the chunk. `token` is None for a scheduled heartbeat, whose identity is its
    planned time; an extra has an id of its own and does not count among the expected ones.
    """

    planned: datetime
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One judged result on record. `at` is the end of the check, `latency_ms` its length."""

    slot: Slot
    at: datetime
    status: Status
    latency_ms: float
    status_code: int | None = None
    reason: Reason | None = None
    message: str = ""
    phases: Phases | None = None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where a monitor stands at one location, as it is stored.

    `version` counts the heartbeats that led here and guards against two writers.
    `since` is when the settled status began: an outage begins at its first failed check.
    """

    version: int = 0
    status: Status = Status.UNKNOWN
    since: datetime | None = None
    failures: int = 0
    successes: int = 0
    failing_since: datetime | None = None
    planned: datetime | None = None
    """The newest scheduled slot on record; None after a pause, so that the gap is nobody's fault."""
    last: Heartbeat | None = None
    interrupted: Status | None = None
    """During a maintenance the settled status before it."""

    @property
    def settled(self) -> Status:
        """The status without regard to maintenance: during one, that which it interrupted."""
        return self.status if self.interrupted is None else self.interrupted


UNCHECKED = State()


@dataclass(frozen=True, slots=True)
class Change:
    """A heartbeat that altered the settled status, with the reasons of that decision."""

    id: str
    at: datetime
    before: Status
    after: Status
    since: datetime | None
    """When the status that ends here had begun."""
    reason: Reason | None
    message: str
    trace: tuple[str, ...]
    interrupted: Status | None = None
    """Where a maintenance ends with this change: the settled status before it, so that down again is no news."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What judging made of a result."""

    heartbeat: Heartbeat
    state: State
    change: Change | None
    trace: tuple[str, ...]


class _Streak(NamedTuple):
    """The failures or successes in a row with which a state ends."""

    failures: int
    successes: int
    failing_since: datetime | None


def judge(
    result: Result,
    before: State,
    tolerance: Tolerance,
    slot: Slot,
    at: datetime,
    name: str,
    in_maintenance: bool = False,
) -> Verdict:
    """Turn what a check saw into the heartbeat that goes on record and the state after it.

    A failure is pending until the retries are spent, then down. During a maintenance nothing counts and the retries
    begin anew. `at` is the end of the check and `name` the prefix of a change's id, unique to the monitor and location.
    """
    trace: list[str] = []
    if in_maintenance:
        trace.append(f"Under maintenance, so it does not count that the check said: {result.message}")
        return _verdict(result, before, Status.MAINTENANCE, _Streak(0, 0, None), slot, at, trace, name)
    if result.reason is Reason.INTERNAL:
        trace.append("The check itself failed: nothing was learned about the target.")
        streak = _Streak(before.failures, before.successes, before.failing_since)
        return _verdict(result, before, Status.UNKNOWN, streak, slot, at, trace, name)
    ok = result.ok
    if tolerance.upside_down and result.reason not in NOT_INVERTED:
        ok = not ok
        trace.append(f"Upside down: {'failing' if ok else 'answering'} counts as {'up' if ok else 'down'}.")
    if ok:
        status = _after_success(result, before, tolerance, trace)
        streak = _Streak(0, before.successes + 1, None)
    else:
        began = before.failing_since or at - timedelta(milliseconds=result.latency_ms)
        status = _after_failure(before, tolerance, trace)
        streak = _Streak(before.failures + 1, 0, began)
    return _verdict(result, before, status, streak, slot, at, trace, name)


def _after_success(result: Result, before: State, tolerance: Tolerance, trace: list[str]) -> Status:
    successes = before.successes + 1
    if before.status is Status.DOWN and successes < tolerance.success_threshold:
        trace.append(f"Success {successes} of the {tolerance.success_threshold} that end an outage: still down.")
        return Status.DOWN
    if tolerance.slow_ms is not None and result.latency_ms > tolerance.slow_ms and not tolerance.upside_down:
        trace.append(f"Answered in {result.latency_ms:.0f} ms, slower than {tolerance.slow_ms} ms: degraded.")
        return Status.DEGRADED
    if result.degraded and not tolerance.upside_down:
        trace.append("Answered, but not as well as it should: degraded.")
        return Status.DEGRADED
    trace.append("Answered as expected: up.")
    return Status.UP


def _after_failure(before: State, tolerance: Tolerance, trace: list[str]) -> Status:
    failures = before.failures + 1
    if before.status is Status.DOWN:
        trace.append("Failed again: still down.")
        return Status.DOWN
    if failures <= tolerance.retries:
        trace.append(f"Failure {failures} with {tolerance.retries} retries allowed: pending.")
        return Status.PENDING
    trace.append(f"Failure {failures} in a row, {tolerance.retries} retries allowed: down.")
    return Status.DOWN


def _verdict(
    result: Result,
    before: State,
    status: Status,
    streak: _Streak,
    slot: Slot,
    at: datetime,
    trace: list[str],
    name: str,
) -> Verdict:
    after = before.status if status in (Status.PENDING, Status.UNKNOWN) else status
    changed = after is not before.status
    began = streak.failing_since if after is Status.DOWN else None
    known = before.interrupted
    interrupted = None if after is not Status.MAINTENANCE else before.status if known is None else known
    heartbeat = Heartbeat(
        slot=slot,
        at=at,
        status=status,
        latency_ms=result.latency_ms,
        status_code=result.status_code,
        reason=None if status in NOT_FAILING else result.reason,
        message=result.message,
        phases=result.phases,
        changed=changed,
    )
    change = None
    if changed:
        change = Change(
            id=f"{name}-{before.version + 1}",
            at=at,
            before=before.status,
            after=after,
            since=before.since,
            reason=heartbeat.reason,
            message=result.message,
            trace=tuple(trace),
            interrupted=None if after is Status.MAINTENANCE else known,
        )
    # Built anew at once, since `replace` costs three times as much.
    state = State(
        version=before.version + 1,
        status=after,
        since=(began or at) if changed else before.since,
        failures=streak.failures,
        successes=streak.successes,
        failing_since=streak.failing_since,
        planned=_newest(before.planned, slot),
        last=heartbeat if before.last is None or at >= before.last.at else before.last,
        interrupted=interrupted,
    )
    return Verdict(heartbeat, state, change, tuple(trace))


def _newest(planned: datetime | None, slot: Slot) -> datetime | None:
    if slot.token is not None:
        return planned
    return slot.planned if planned is None else max(planned, slot.planned)
