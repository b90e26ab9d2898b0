"""Maintenance, where it stands, and its windows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from uptime.dialects.native.write import Wire, ms, ms_or_none
from uptime.domain import maintenance as domain
from uptime.domain.maintenance import Standing, Strategy

AHEAD = timedelta(days=30)
WINDOWS_LIMIT = 100


class Window(Wire):
    """From `start` up to `end`, in milliseconds since 1970; `end` is null where somebody has to end it."""

    start: int
    end: int | None


class Maintenance(Wire):
    """A maintenance. `windows` are that which runs and those that begin in the next 30 days, 100 at most.

    `timezone` null is that of the site; `start`, `end` and `time` are what a clock shows there.
    """

    id: int
    title: str
    description: str
    strategy: Strategy
    status: Standing
    active: bool
    timezone: str | None
    start: str | None
    end: str | None
    time: str
    duration: int
    interval_days: int
    weekdays: list[int]
    days: list[int]
    cron: str
    services: list[int]
    all_services: bool
    pause_checks: bool
    ad_hoc: bool
    windows: list[Window]
    created_at: int
    updated_at: int | None


class Maintenances(Wire):
    """Maintenances, the oldest first."""

    maintenances: list[Maintenance]


class MaintenanceSaved(Wire):
    """A maintenance as it is now."""

    success: Literal[True]
    maintenance: Maintenance


def maintenance(found: domain.Maintenance, now: datetime) -> Maintenance:
    return Maintenance(
        id=found.id,
        title=found.title,
        description=found.description,
        strategy=found.strategy,
        status=domain.standing(found, now),
        active=found.active,
        timezone=found.zone,
        start=_wall(found.start),
        end=_wall(found.end),
        time=found.time_of_day.isoformat(),
        duration=found.duration,
        interval_days=found.interval_days,
        weekdays=list(found.weekdays),
        days=list(found.days),
        cron=found.cron,
        services=list(found.monitors),
        all_services=found.all_monitors,
        pause_checks=found.pause_checks,
        ad_hoc=found.ad_hoc,
        windows=[_window(window) for window in islice(domain.windows(found, now, now + AHEAD), WINDOWS_LIMIT)],
        created_at=ms(found.created_at),
        updated_at=ms_or_none(found.updated_at),
    )


def maintenances(found: Iterable[domain.Maintenance], now: datetime) -> Maintenances:
    return Maintenances(maintenances=[maintenance(each, now) for each in found])


def saved(found: domain.Maintenance, now: datetime) -> MaintenanceSaved:
    return MaintenanceSaved(success=True, maintenance=maintenance(found, now))


def _window(window: domain.Window) -> Window:
    return Window(start=ms(window.start), end=ms_or_none(window.end))


def _wall(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
