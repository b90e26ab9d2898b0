"""Push monitors: somebody reports to us, and silence beyond the time that was agreed is the failure."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from uptime.domain.cron_job import next_run
from uptime.domain.errors import Invalid
from uptime.domain.fields import setting
from uptime.domain.monitor import printable
from uptime.domain.monitor_type import rule_type
from uptime.domain.result import EVIDENCE_LIMIT, MESSAGE_LIMIT, Reason, Result
from uptime.domain.schedule import EPOCH

BODY_LIMIT = 10_240
"""Bytes of what a job sends along that are kept."""

LOG_LIMIT = 100
"""Pushes of a monitor that are kept."""

RUNS_LIMIT = 50
"""Runs of a monitor that are known at once, ended ones included."""

LONGEST_MS = 100_000_000_000.0
"""The longest time of a run that a push may state."""

LONGEST_GRACE = 30 * 86_400

SILENCE = "No heartbeat in the time window"
WAITING = "Waiting for a heartbeat"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)
_RUN_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)


def _token(token: str) -> str:
    if token and not _TOKEN.fullmatch(token):
        raise ValueError("A token has 8 to 128 letters, digits, dashes and underscores.")
    return token


def _cron(expression: str) -> str:
    expression = " ".join(expression.split())
    if expression:
        try:
            upcoming = next_run(expression, EPOCH)
        except Invalid as error:
            raise ValueError(error.message) from None
        if upcoming is None:
            raise ValueError("The cron expression matches no moment.")
    return expression


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"There is no time zone {name[:60]}; write one such as Europe/Berlin.") from None
    return name


@dataclass(frozen=True, slots=True)
class PushTarget:
    """When pushes are expected: one interval after the last, or whenever the cron expression matches."""

    token: str = setting(
        "Token", default="", help="The secret part of the address; made for you where it is empty.", secret=True,
        limit=128, check=_token,
    )  # fmt: skip
    cron: str = setting("Cron expression", default="", help="Instead of the interval.", limit=200, check=_cron)
    timezone: str = setting("Time zone", default="UTC", help="Of the cron expression.", limit=60, check=_zone)
    grace: int = setting("Grace", default=30, help="Seconds that a push may be late.", low=0, high=LONGEST_GRACE)
    run_limit: int | None = setting(
        "Longest run", default=None, help="Seconds from start to success; longer is a failure.", low=1,
        high=LONGEST_GRACE,
    )  # fmt: skip


PUSH = rule_type("push", "Push", PushTarget)


class Signal(StrEnum):
    """What a push says."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Push:
    """One push. `run` is the caller's own name of a run, "" for none; `body` an excerpt of what came along."""

    signal: Signal
    at: datetime
    run: str = ""
    message: str = ""
    latency_ms: float | None = None
    body: str = ""
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job: under way, or ended if it was named. Without a name there is one at a time."""

    id: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ok: bool = True
    message: str = ""
    latency_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What has been heard of a push monitor: when a run was last reported to have ended, and how."""

    at: datetime | None = None
    ok: bool = True
    message: str = ""
    latency_ms: float = 0.0
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a push comes to: what is known after it, and the run that it ended, if it did.

    `repeated`: this run's end had been heard before, and nothing has changed.
    """

    heard: Heard
    ended: Run | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look at the record finds, and the moment at which that turns unless something is heard."""

    result: Result
    until: datetime | None = None


def checked_push(push: Push) -> Push:
    """The push with its texts cut to what is kept. Invalid: a part of it cannot be accepted."""
    if push.run and not _RUN_ID.fullmatch(push.run):
        raise Invalid("run_id", "A run id has 1 to 64 letters, digits, dots, colons, dashes and underscores.")
    if push.latency_ms is not None and not 0 <= push.latency_ms <= LONGEST_MS:
        raise Invalid("latency", f"The latency must be from 0 to {LONGEST_MS:.0f} ms.")
    if push.exit_code is not None and not 0 <= push.exit_code <= 255:
        raise Invalid("exit_code", "The exit code must be from 0 to 255.")
    message = " ".join("".join(char if printable(char) else " " for char in push.message).split())
    return replace(push, message=message[:MESSAGE_LIMIT])


def hear(heard: Heard, push: Push, target: PushTarget) -> Hearing:
    """Take a push in."""
    if push.signal is Signal.LOG:
        return Hearing(heard)
    known = next((run for run in heard.runs if run.id == push.run), None)
    if push.signal is Signal.START:
        return Hearing(_started(heard, known, push, target))
    if push.run and known is not None and known.ended_at is not None:
        return Hearing(heard, known, repeated=True)
    run = _ended(known, push, target)
    runs = _others(heard, run.id) + ((run,) if run.id else ())
    return Hearing(Heard(push.at, run.ok, run.message, run.latency_ms, _few(runs)), run)


def _started(heard: Heard, known: Run | None, push: Push, target: PushTarget) -> Heard:
    runs = _few((*_others(heard, push.run), Run(push.run, push.at)))
    if known is not None and _overran(known, target, push.at):
        # The next run hides the one that never ended: that one's failure stands until a success is heard.
        return replace(heard, ok=False, message=_overrun(target), runs=runs)
    return replace(heard, runs=runs)


def _ended(known: Run | None, push: Push, target: PushTarget) -> Run:
    started = known.started_at if known is not None else None
    latency_ms = push.latency_ms
    if latency_ms is None:
        latency_ms = max(0.0, (push.at - started) / timedelta(milliseconds=1)) if started is not None else 0.0
    ok, message = push.signal is Signal.SUCCESS, push.message
    if push.exit_code is not None and not message:
        message = f"Exit code {push.exit_code}"
    if ok and target.run_limit is not None and latency_ms > target.run_limit * 1000:
        ok, message = False, f"The run took {latency_ms / 1000:.0f} s, more than the {target.run_limit} s it may take"
    return Run(push.run, started, push.at, ok, message or ("OK" if ok else "Reported as failed"), latency_ms)


def _others(heard: Heard, run_id: str) -> tuple[Run, ...]:
    return tuple(run for run in heard.runs if run.id != run_id)


def _few(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """The runs that are kept: the oldest ended ones go first."""
    surplus = len(runs) - RUNS_LIMIT
    if surplus <= 0:
        return runs
    doomed = sorted(runs, key=lambda run: (run.ended_at is None, run.ended_at or run.started_at or EPOCH))[:surplus]
    return tuple(run for run in runs if run not in doomed)


def outcome(run: Run, body: str = "") -> Result:
    """The result that the end of a run is."""
    if run.ok:
        return Result(True, run.message, run.latency_ms)
    return Result(False, run.message, run.latency_ms, Reason.STATUS, evidence=body[:EVIDENCE_LIMIT] or None)


def look(heard: Heard, target: PushTarget, interval: int, since: datetime, at: datetime) -> Finding:
    """What a planned look at `at` finds. `since`: only from then on could pushes be heard and were expected."""
    if any(_overran(run, target, at) for run in heard.runs):
        return Finding(Result(False, _overrun(target), 0.0, Reason.TIMEOUT))
    if heard.at is not None:
        deadline = _deadline(heard, heard.at, target, interval)
        if at < deadline:
            return Finding(_outcome_again(heard), _first_turn(heard, target, deadline))
        # What went before the time that counts is no excuse; what was lost in the time that does not count is one.
        since = since if since > _expected(heard.at, target, interval) - timedelta(seconds=target.grace) else heard.at
    deadline = _deadline(heard, since, target, interval)
    if at < deadline:
        return Finding(Result(False, WAITING, 0.0, Reason.INTERNAL), _first_turn(heard, target, deadline))
    return Finding(Result(False, SILENCE, 0.0, Reason.TIMEOUT))


def _outcome_again(heard: Heard) -> Result:
    return Result(heard.ok, heard.message, heard.latency_ms, None if heard.ok else Reason.STATUS)


def _expected(after: datetime, target: PushTarget, interval: int) -> datetime:
    """When the next push is expected after a moment."""
    if not target.cron:
        return after + timedelta(seconds=interval)
    return next_run(target.cron, after, target.timezone) or after + timedelta(days=366)


def _deadline(heard: Heard, after: datetime, target: PushTarget, interval: int) -> datetime:
    """When silence becomes a failure: a run that began in time and may still take a while puts it off."""
    deadline = _expected(after, target, interval) + timedelta(seconds=target.grace)
    in_time = tuple(run for run in heard.runs if run.started_at is not None and run.started_at < deadline)
    return max([deadline, *_limits(in_time, target)])


def _first_turn(heard: Heard, target: PushTarget, deadline: datetime) -> datetime:
    return min([deadline, *_limits(heard.runs, target)])


def first_limit(heard: Heard, target: PushTarget) -> datetime | None:
    """When the first of the runs under way will have taken too long."""
    return min(_limits(heard.runs, target), default=None)


def _limits(runs: tuple[Run, ...], target: PushTarget) -> list[datetime]:
    return [end for run in runs if (end := _limit(run, target)) is not None]


def _limit(run: Run, target: PushTarget) -> datetime | None:
    """When a run under way will have taken too long."""
    if run.ended_at is not None or run.started_at is None or target.run_limit is None:
        return None
    return run.started_at + timedelta(seconds=target.run_limit)


def _overran(run: Run, target: PushTarget, at: datetime) -> bool:
    end = _limit(run, target)
    return end is not None and at >= end


def _overrun(target: PushTarget) -> str:
    return f"A run that may take {target.run_limit} s has not ended in time"
