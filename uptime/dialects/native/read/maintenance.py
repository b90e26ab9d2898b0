"""Maintenance as it is asked for."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Annotated

from pydantic import Field, field_validator

from uptime.dialects.native.read import LARGEST_NUMBER, Body, Count, Line, Lines, Query
from uptime.domain.errors import Invalid
from uptime.domain.maintenance import MaintenanceDraft, Strategy

Id = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
Whole = Annotated[int, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
Services = Annotated[list[Id | Line], Field(max_length=10_000)]
"""Services, each by its id or its name."""
Days = Annotated[list[Whole], Field(max_length=100)]


class MaintenanceBody(Body):
    """A maintenance. `start`, `end` and `time` are what a clock shows in `timezone`, which is the site's where it is
    left out: `2026-05-01T22:00`, `22:00`.

    `single` lasts from `start` to `end`. `interval` begins at `time` every `intervalDays` days, `weekday` on `weekdays`
    (0 is Sunday), `day_of_month` on `days` (-1 is the last), `cron` where `cron` matches: each for `duration` seconds,
    and between `start` and `end` where those are given. `manual` lasts until it is paused or ended.
    """

    title: Line
    strategy: Strategy
    description: Lines = ""
    timezone: Line | None = None
    start: Line | None = None
    end: Line | None = None
    time: Line = "00:00"
    duration: Count = 3600
    interval_days: Count = 1
    weekdays: Days = Field(default_factory=list)
    days: Days = Field(default_factory=list)
    cron: Line = ""
    services: Services = Field(default_factory=list)
    all_services: bool = False
    pause_checks: bool = False
    active: bool = True

    @field_validator("strategy", mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return Strategy(value) if isinstance(value, str) and value in set(Strategy) else value


class StartBody(Body):
    """A maintenance that begins now and ends by itself after `duration` seconds."""

    duration: Count
    title: Line = "Maintenance"
    services: Services = Field(default_factory=list)
    all_services: bool = False
    pause_checks: bool = False


class MaintenanceQuery(Query):
    """One of them by its id, or all."""

    id: Id | None = None


class WhichMaintenance(Query):
    """A maintenance by its id."""

    id: Id


def draft(body: MaintenanceBody, monitors: Iterable[int]) -> MaintenanceDraft:
    """The maintenance that a body describes, for these monitors. Invalid: a time is none."""
    return MaintenanceDraft(
        title=body.title,
        strategy=body.strategy,
        description=body.description,
        zone=body.timezone,
        start=_date("start", body.start),
        end=_date("end", body.end),
        time_of_day=_time(body.time),
        duration=body.duration,
        interval_days=body.interval_days,
        weekdays=tuple(body.weekdays),
        days=tuple(body.days),
        cron=body.cron,
        monitors=tuple(monitors),
        all_monitors=body.all_services,
        pause_checks=body.pause_checks,
        active=body.active,
    )


def _date(name: str, text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(name, f"{name} must be a date and a time such as 2026-05-01T22:00.") from None


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise Invalid("time", "time must be one such as 22:00.") from None
