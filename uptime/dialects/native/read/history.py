"""Which heartbeats a request asks for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from uptime.dialects.native import words
from uptime.dialects.native.read import LARGEST_NUMBER, Body, Count, Moment, Query
from uptime.dialects.native.read.services import WhichService
from uptime.domain.errors import Invalid
from uptime.domain.schedule import from_ms

DEFAULT_LIMIT = 1_000
LONGEST_TTL = 3_650 * 86_400


class HistoryQuery(Query):
    """`limit` newest entries, 0 for all; `timeRange` such as `30m`, `24h`, `7d`; or both ends in milliseconds."""

    limit: Count | None = None
    time_range: str | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None


class CodeHistoryQuery(Query):
    """The form of the original's code: a range picks how many of the newest entries, both ends filter by time."""

    service: str | None = None
    time_range: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    include_deleted: str | None = None


class UptimeQuery(Query):
    """`timeRange` such as `24h`; anything else is no limit."""

    service: str | None = None
    time_range: str | None = None


class StatusQuery(Query):
    """`history`, `limit` and `filterByVisibility` ask for the form of the original's code, as `format=code` does."""

    history: str | None = None
    limit: Count = 60
    filter_by_visibility: str | None = None
    format: str | None = None


class OneServiceQuery(WhichService):
    """One service, and how many entries of what is asked about it."""

    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


class DaysQuery(WhichService):
    """One service, and how many days back from today."""

    days: Annotated[int, Field(ge=1, le=400)] = 90


class StatsQuery(Query):
    """`limit` newest runs, 0 for all; `service` and `timeRange` choose what the figures are made of."""

    limit: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] = 10
    service: str | None = None
    time_range: str | None = None


class ClearQuery(Query):
    """Without `scope=all` only the run log is cleared."""

    scope: str | None = None


class TtlBody(Body):
    """How long checks are kept, in seconds; 0 is without limit."""

    ttl: Annotated[int, Field(ge=0, le=LONGEST_TTL)] | None = None


def seconds(body: TtlBody) -> int:
    """How long checks are to be kept. Invalid: it is not said."""
    if body.ttl is None:
        raise Invalid("ttl", "TTL value is required")
    return body.ttl


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a history: bounds in time, both inclusive, and the most entries."""

    limit: int
    since: datetime | None = None
    until: datetime | None = None


def span(query: HistoryQuery, now: datetime) -> Span:
    """What the documented form asks for: real time, whatever the interval of the checks."""
    limit = DEFAULT_LIMIT if query.limit is None else query.limit
    limit = min(limit or words.ENTRIES_LIMIT, words.ENTRIES_LIMIT)
    if query.start_time is not None and query.end_time is not None:
        return Span(limit, from_ms(query.start_time), from_ms(query.end_time))
    return Span(limit, since(query.time_range, now))


def since(time_range: str | None, now: datetime) -> datetime | None:
    """Where a range begins; None for no limit."""
    window = words.window(time_range)
    return None if window is None else now - window


def code_span(query: CodeHistoryQuery) -> Span | None:
    """What the form of the original's code asks for; None where the ends are no numbers, which finds nothing."""
    if not query.start_time or not query.end_time:
        return Span(words.entries(query.time_range))
    try:
        start, end = _moment(query.start_time), _moment(query.end_time)
    except (ValueError, OverflowError):
        return None
    minutes = int((end - start) / timedelta(minutes=1))
    limit = max(words.CUSTOM_ENTRIES_LOW, min(minutes, words.CUSTOM_ENTRIES_HIGH))
    return Span(limit, start, end)


def _moment(text: str) -> datetime:
    return from_ms(float(text[:40]))
