"""One judged result on record, the state it leads to, and the rule that judges."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Verdict:
    """What judging made of a result."""

    heartbeat: Heartbeat
    state: State
    change: Change | None
    trace: tuple[str, ...]


def judge(result: Result, before: State, tolerance: Tolerance, slot: Slot, at: datetime, name: str) -> Verdict:
    """Turn what a check saw into the heartbeat that goes on record and the state after it.

    A failure is pending until the retries are spent, then down. `at` is the end of the check and
    `name` the prefix of a change's id, unique to the monitor and location.
    """
    trace: list[str] = []
    if result.reason is Reason.INTERNAL:
        trace.append("The check itself failed: nothing was learned about the target.")
        return _verdict(result, before, Status.UNKNOWN, slot, at, trace, name)
    ok = result.ok
    if tolerance.upside_down and result.reason not in NOT_INVERTED:
        ok = not ok
        trace.append(f"Upside down: {'failing' if ok else 'answering'} counts as {'up' if ok else 'down'}.")
    if ok:
        status, counted = _after_success(result, before, tolerance, trace)
    else:
        status, counted = _after_failure(before, tolerance, at - timedelta(milliseconds=result.latency_ms), trace)
    return _verdict(result, counted, status, slot, at, trace, name, settled=before.status)


def _after_success(result: Result, before: State, tolerance: Tolerance, trace: list[str]) -> tuple[Status, State]:
    successes = before.successes + 1
    counted = replace(before, successes=successes, failures=0, failing_since=None)
    if before.status is Status.DOWN and successes < tolerance.success_threshold:
        trace.append(f"Success {successes} of the {tolerance.success_threshold} that end an outage: still down.")
        return Status.DOWN, counted
    if tolerance.slow_ms is not None and result.latency_ms > tolerance.slow_ms and not tolerance.upside_down:
        trace.append(f"Answered in {result.latency_ms:.0f} ms, slower than {tolerance.slow_ms} ms: degraded.")
        return Status.DEGRADED, counted
    trace.append("Answered as expected: up.")
    return Status.UP, counted


def _after_failure(before: State, tolerance: Tolerance, began: datetime, trace: list[str]) -> tuple[Status, State]:
    failures = before.failures + 1
    counted = replace(before, failures=failures, successes=0, failing_since=before.failing_since or began)
    if before.status is Status.DOWN:
        trace.append("Failed again: still down.")
        return Status.DOWN, counted
    if failures <= tolerance.retries:
        trace.append(f"Failure {failures} with {tolerance.retries} retries allowed: pending.")
        return Status.PENDING, counted
    trace.append(f"Failure {failures} in a row, {tolerance.retries} retries allowed: down.")
    return Status.DOWN, counted


def _verdict(
    result: Result,
    counted: State,
    status: Status,
    slot: Slot,
    at: datetime,
    trace: list[str],
    name: str,
    settled: Status | None = None,
) -> Verdict:
    before = counted.status if settled is None else settled
    after = before if status in (Status.PENDING, Status.UNKNOWN) else status
    changed = after is not before
    began = counted.failing_since if after is Status.DOWN else None
    heartbeat = Heartbeat(
        slot=slot,
        at=at,
        status=status,
        latency_ms=result.latency_ms,
        status_code=result.status_code,
        reason=None if status in ANSWERING else result.reason,
        message=result.message,
        phases=result.phases,
        changed=changed,
    )
    change = None
    if changed:
        change = Change(
            id=f"{name}-{counted.version + 1}",
            at=at,
            before=before,
            after=after,
            since=counted.since,
            reason=heartbeat.reason,
            message=result.message,
            trace=tuple(trace),
        )
    state = replace(
        counted,
        version=counted.version + 1,
        status=after,
        since=(began or at) if changed else counted.since,
        planned=_newest(counted.planned, slot),
        last=heartbeat if counted.last is None or at >= counted.last.at else counted.last,
    )
    return Verdict(heartbeat, state, change, tuple(trace))


def _newest(planned: datetime | None, slot: Slot) -> datetime | None:
    if slot.token is not None:
        return planned
    return slot.planned if planned is None else max(planned, slot.planned)
