"""The built-in jobs that ask for a sweep by a cron expression, and the record of what they did."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from uptime.domain.errors import Invalid

HISTORY_LIMIT = 100
RUN_LOG_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class CronJob:
    """A job of an account. `next_at` is None while it is switched off."""

    id: str
    account: int
    name: str
    description: str
    expression: str
    enabled: bool
    created_at: datetime
    updated_at: datetime
    next_at: datetime | None = None
    last_at: datetime | None = None
    last_duration_ms: int | None = None
    last_ok: bool | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class JobDraft:
    """What a caller wants a job to be."""

    name: str
    description: str
    expression: str
    enabled: bool = False


@dataclass(frozen=True, slots=True)
class CronRun:
    """One execution of a job."""

    at: datetime
    duration_ms: int
    ok: bool
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One record of the run log: a sweep over all monitors, whoever asked for it."""

    at: datetime
    duration_ms: int
    checked: int
    refresh_ms: int
    source: str
    run_id: str | None = None
    error: str | None = None


def next_run(expression: str, after: datetime, zone: str = "UTC") -> datetime | None:
    """The first moment after `after` that matches, or None when there is none. Invalid: not an expression.

    Five fields, or six with leading seconds; the fields are read in the time zone named.
    """
    return next(_moments(expression, after.astimezone(ZoneInfo(zone))), None)


def _moments(expression: str, after: datetime) -> Iterator[datetime]:
    if len(expression) > 200:
        raise Invalid("cron_expression", "The cron expression is too long.")
    try:
        return CronSim(expression, after)
    except CronSimError as error:
        raise Invalid("cron_expression", f"The cron expression is not valid: {error}.") from None
