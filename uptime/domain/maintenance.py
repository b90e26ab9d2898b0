"""Planned windows in which trouble is expected: six ways to say when, by the clock of a time zone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from uptime.domain.errors import Invalid
from uptime.domain.monitor import DESCRIPTION_LIMIT, printable
from uptime.domain.schedule import EPOCH


class Strategy(StrEnum):
    """How a maintenance says when its windows are."""

    MANUAL = "manual"
    SINGLE = "single"
    INTERVAL = "interval"
    WEEKDAY = "weekday"
    DAY_OF_MONTH = "day_of_month"
    CRON = "cron"


BY_DAY = frozenset({Strategy.INTERVAL, Strategy.WEEKDAY, Strategy.DAY_OF_MONTH})
RECURRING = BY_DAY | {Strategy.CRON}


class Standing(StrEnum):
    """Where a maintenance stands. Between two windows it is scheduled, after the last one ended."""

    INACTIVE = "inactive"
    SCHEDULED = "scheduled"
    UNDER_MAINTENANCE = "under_maintenance"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class MaintenanceDraft:
    """What a caller wants a maintenance to be.

    `start` and `end` are what a clock on the wall shows in `zone` (None: the zone of the site), without one of their
    own: the window of a single maintenance, the first and last moment of a recurring one. A window by day begins at
    `time_of_day`, one by cron where the expression matches; both last `duration` seconds. `weekdays` count from
    Sunday, 0. `days` are those of the month, counted from its end where negative: -1 is the last. A maintenance with
    `pause_checks` has its monitors left alone; else they are checked and the results count for nothing.
    """

    title: str
    strategy: Strategy
    description: str = ""
    zone: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    time_of_day: time = time()
    duration: int = 3600
    interval_days: int = 1
    weekdays: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    cron: str = ""
    monitors: tuple[int, ...] = ()
    all_monitors: bool = False
    pause_checks: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Maintenance(MaintenanceDraft):
    """A maintenance as it is stored.

    The window that runs at `ended_at` ends there, later ones do not. A manual one runs from `activated_at`.
    `ad_hoc`: begun by a call for some time, and forgotten when that is long past. `edge_at` is when a window begins
    or ends next. `site_zone` is what `zone` None means, looked up whenever it is read.
    """

    id: int = 0
    account: int = 1
    created_at: datetime = EPOCH
    updated_at: datetime | None = None
    activated_at: datetime | None = None
    ended_at: datetime | None = None
    ad_hoc: bool = False
    edge_at: datetime | None = None
    site_zone: str = "UTC"

    @property
    def clock(self) -> ZoneInfo:
        """The zone by whose clock it goes; UTC where this machine has no rules for it."""
        try:
            return ZoneInfo(self.zone or self.site_zone)
        except (ValueError, OSError, KeyError):
            return ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time from `start` up to but not at `end`; without one it lasts until somebody ends it."""

    start: datetime
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


EARLIEST, LATEST = datetime(1970, 1, 2), datetime(9000, 1, 1)  # noqa: DTZ001 - a clock on the wall
"""Beyond these a date means always or never."""

FOREVER = datetime(8999, 1, 1, tzinfo=UTC)

LOOK_BACK = {Strategy.WEEKDAY: 8, Strategy.DAY_OF_MONTH: 63}
"""Days among which there is one with a window, whatever days those are."""

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def windows(maintenance: Maintenance, since: datetime, until: datetime) -> Iterator[Window]:
    """The windows that reach into a span of time, in their order. They never overlap: the next one ends the one before.

    An inactive maintenance has none.
    """
    if not maintenance.active:
        return
    starts = _starts(maintenance, since)
    start = next(starts, None)
    while start is not None and start < until:
        following = next(starts, None)
        end = _end(maintenance, start, following)
        # Two windows that would begin while the clock is put forward begin at the same moment: the first is empty.
        if end is None or end > max(start, since):
            yield Window(start, end)
        start = following


def running(maintenance: Maintenance, now: datetime) -> Window | None:
    """The window that holds a moment."""
    return next(windows(maintenance, now, now + timedelta.resolution), None)


def upcoming(maintenance: Maintenance, now: datetime) -> Window | None:
    """The first window that begins after a moment."""
    return next((window for window in windows(maintenance, now, FOREVER) if window.start > now), None)


def standing(maintenance: Maintenance, now: datetime) -> Standing:
    """Where a maintenance stands at a moment."""
    if not maintenance.active:
        return Standing.INACTIVE
    if running(maintenance, now) is not None:
        return Standing.UNDER_MAINTENANCE
    return Standing.SCHEDULED if upcoming(maintenance, now) is not None else Standing.ENDED


def next_edge(maintenance: Maintenance, now: datetime) -> datetime | None:
    """When the window that runs ends, or else when the next one begins; None: never."""
    window = running(maintenance, now)
    if window is not None:
        return window.end
    window = upcoming(maintenance, now)
    return None if window is None else window.start


def moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the clock of a zone first shows a time; where it skips that, the moment at which it does so."""
    wall = min(max(wall, EARLIEST), LATEST)
    at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return at
    wall = wall.replace(second=0, microsecond=0)
    while (at := wall.replace(tzinfo=zone).astimezone(UTC)).astimezone(zone).replace(tzinfo=None) != wall:
        wall += MINUTE
    return at


def _end(maintenance: Maintenance, start: datetime, following: datetime | None) -> datetime | None:
    ends = [following]
    if maintenance.strategy in RECURRING:
        # The length stays what it is when the clock is changed meanwhile: the work takes no longer for it.
        ends.append(start + timedelta(seconds=maintenance.duration))
    if maintenance.strategy is not Strategy.MANUAL:
        ends.append(_bound(maintenance, maintenance.end))
    if maintenance.ended_at is not None and maintenance.ended_at >= start:
        ends.append(maintenance.ended_at)
    return min((end for end in ends if end is not None), default=None)


def _bound(maintenance: Maintenance, wall: datetime | None) -> datetime | None:
    return None if wall is None else moment(wall, maintenance.clock)


def _starts(maintenance: Maintenance, near: datetime) -> Iterator[datetime]:
    """When windows begin: the last time up to `near`, if there is one, and all later ones."""
    if maintenance.strategy is Strategy.MANUAL:
        yield maintenance.activated_at or maintenance.created_at
        return
    first, last = _bound(maintenance, maintenance.start), _bound(maintenance, maintenance.end)
    if maintenance.strategy is Strategy.SINGLE:
        if first is not None:
            yield first
        return
    near = near if first is None else max(near, first)
    if near >= FOREVER:
        return
    matches = _by_cron(maintenance, near) if maintenance.strategy is Strategy.CRON else _by_day(maintenance, near)
    earlier = None
    for start in matches:
        if first is not None and start < first:
            continue
        if last is not None and start >= last:
            break
        if start <= near:
            earlier = start
            continue
        if earlier is not None:
            yield earlier
            earlier = None
        yield start
    if earlier is not None:
        yield earlier


def _by_day(maintenance: Maintenance, near: datetime) -> Iterator[datetime]:
    """The moments at which the days of a strategy reach its time, from well before `near` on."""
    zone, at = maintenance.clock, maintenance.time_of_day
    for day in _days(maintenance, near.astimezone(zone).date()):
        yield moment(datetime.combine(day, at), zone)


def _days(maintenance: Maintenance, near: date) -> Iterator[date]:
    if maintenance.strategy is Strategy.INTERVAL:
        first, step = _first_day(maintenance), maintenance.interval_days
        day, days = first + timedelta(days=max(0, (near - first).days // step - 1) * step), timedelta(days=step)
        while True:
            yield day
            day += days
    day = near - timedelta(days=LOOK_BACK[maintenance.strategy])
    while True:
        if _matches(maintenance, day):
            yield day
        day += timedelta(days=1)


def _first_day(maintenance: Maintenance) -> date:
    """The day from which an interval counts: that of the first window."""
    begun = maintenance.start or maintenance.created_at.astimezone(maintenance.clock).replace(tzinfo=None)
    begun = min(max(begun, EARLIEST), LATEST)
    return begun.date() + timedelta(days=begun.time() > maintenance.time_of_day)


def _matches(maintenance: Maintenance, day: date) -> bool:
    if maintenance.strategy is Strategy.WEEKDAY:
        return day.isoweekday() % 7 in maintenance.weekdays
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day.day in maintenance.days or (day - following).days in maintenance.days


def _by_cron(maintenance: Maintenance, near: datetime) -> Iterator[datetime]:
    """The moments at which an expression matches: the last one up to `near`, and all later ones."""
    zone, expression = maintenance.clock, maintenance.cron
    backwards = CronSim(expression, _unfolded((near + SECOND).astimezone(zone)), reverse=True)
    earlier = next((start for found in backwards if (start := found.astimezone(UTC)) <= near), None)
    if earlier is not None:
        yield earlier
    known = earlier or near
    for found in CronSim(expression, known.astimezone(zone)):
        if (start := found.astimezone(UTC)) > known:
            yield start


def _unfolded(local: datetime) -> datetime:
    """A time late enough to have all matches before it.

    In an hour that is shown a second time cron has run already, though the clock shows an earlier time.
    """
    first, second = local.replace(fold=0).utcoffset(), local.utcoffset()
    if first is None or second is None or first <= second:
        return local
    return local + (first - second)


TITLE_LIMIT, CRON_LIMIT, MONITORS_LIMIT = 255, 200, 10_000
LONGEST_WINDOW = 366 * 86_400
LONGEST_STEP = 3_650
NO_DATE = "Write dates and times without an offset, as the clock shows them in the time zone."


def checked(draft: MaintenanceDraft) -> MaintenanceDraft:
    """The draft with its texts trimmed and nothing named twice. Invalid, with our field's name: it makes no sense."""
    title, cron = draft.title.strip(), " ".join(draft.cron.split())
    if not title or len(title) > TITLE_LIMIT or not printable(title):
        raise Invalid(
            "title", f"The title must have from 1 to {TITLE_LIMIT} characters, none of them a control character."
        )
    if len(draft.description) > DESCRIPTION_LIMIT or not printable(draft.description, lines=True):
        raise Invalid("description", f"The description holds control characters or more than {DESCRIPTION_LIMIT}.")
    _check_times(draft)
    _check_days(draft)
    if draft.strategy is Strategy.CRON:
        _check_cron(cron)
    if len(draft.monitors) > MONITORS_LIMIT:
        raise Invalid("monitors", f"Name at most {MONITORS_LIMIT} monitors, or all of them.")
    return replace(
        draft,
        title=title,
        cron=cron,
        weekdays=tuple(dict.fromkeys(draft.weekdays)),
        days=tuple(dict.fromkeys(draft.days)),
        monitors=tuple(dict.fromkeys(draft.monitors)),
    )


def _check_times(draft: MaintenanceDraft) -> None:
    if draft.zone is not None:
        known_zone(draft.zone)
    for name in ("start", "end"):
        at: datetime | None = getattr(draft, name)
        if at is not None and at.tzinfo is not None:
            raise Invalid(name, NO_DATE)
        if at is None and draft.strategy is Strategy.SINGLE:
            raise Invalid(name, f"A single maintenance needs its {name}.")
    if draft.time_of_day.tzinfo is not None:
        raise Invalid("time_of_day", NO_DATE)
    if draft.strategy is not Strategy.MANUAL and draft.start and draft.end and draft.end <= draft.start:
        raise Invalid("end", "The end must come after the start.")
    if not 1 <= draft.duration <= LONGEST_WINDOW:
        raise Invalid("duration", f"The duration must be from 1 to {LONGEST_WINDOW} seconds.")


def _check_days(draft: MaintenanceDraft) -> None:
    if not 1 <= draft.interval_days <= LONGEST_STEP:
        raise Invalid("interval_days", f"The interval must be from 1 to {LONGEST_STEP} days.")
    if not all(0 <= day <= 6 for day in draft.weekdays):
        raise Invalid("weekdays", "Weekdays are numbers from 0, Sunday, to 6, Saturday.")
    if not all(1 <= abs(day) <= 31 for day in draft.days):
        raise Invalid("days", "Days of the month are numbers from 1 to 31, or from -1, the last day, to -31.")
    if draft.strategy is Strategy.WEEKDAY and not draft.weekdays:
        raise Invalid("weekdays", "Name at least one weekday.")
    if draft.strategy is Strategy.DAY_OF_MONTH and not draft.days:
        raise Invalid("days", "Name at least one day of the month.")


def _check_cron(expression: str) -> None:
    if len(expression) > CRON_LIMIT:
        raise Invalid("cron", f"The cron expression is longer than {CRON_LIMIT} characters.")
    try:
        CronSim(expression, EPOCH)
    except CronSimError as error:
        raise Invalid("cron", f"The cron expression is not valid: {error}.") from None


def known_zone(name: str) -> ZoneInfo:
    """The time zone of a name. Invalid: this machine knows none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise Invalid("zone", f"There is no time zone {name[:64]!r}. Write one such as Europe/Berlin or UTC.") from None
