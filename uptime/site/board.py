"""What the public page shows, put together from the core, and the last copy for when the store is away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from threading import Lock
from typing import TYPE_CHECKING

from uptime.domain.errors import Unavailable
from uptime.domain.heartbeat import Heartbeat
from uptime.domain.monitor import Monitor
from uptime.domain.ratio import Bucket, Counts, add
from uptime.domain.settings import Site
from uptime.domain.status_page import ServiceLine, StatusView
from uptime.site import bars, words

if TYPE_CHECKING:
    from uptime.core import Core
    from uptime.core.status_pages import Snapshot

FRESH = timedelta(seconds=1)

DAYS, SLOTS = "days", "slots"
VIEWS = {DAYS: "90 days", SLOTS: "90 checks"}


@dataclass(frozen=True, slots=True)
class Row:
    """One monitor of the page with its bar; `sentence` says what the bar shows."""

    line: ServiceLine
    bar: tuple[bars.Drawing, ...]
    counts: Counts
    begins: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Board:
    """The whole page. `stale_s`: how old it is in seconds because the store is away, else None."""

    site: Site
    zone: tzinfo
    view: StatusView
    version: str
    banner: str
    choice: str
    rows: tuple[Row, ...]
    made_at: datetime
    stale_s: float | None = None


def build(core: "Core", account: int, wanted: str | None, now: datetime) -> Board:
    """The page of an account as it is now. Unavailable while the store is away."""
    site = core.sites.get(account)
    snapshot = core.status_pages.snapshot(now)
    view = snapshot.view
    monitors = shown_monitors(core)
    days = core.history.days(monitors, now, count=bars.SLOTS) if monitors else {}
    choice = wanted if wanted in VIEWS else default_view(days)
    if choice == DAYS:
        rows = [day_row(line, days.get(line.id, [])) for line in view.lines]
    else:
        recent = core.history.recent_many(monitors, now, limit=bars.SLOTS) if monitors else {}
        rows = [slot_row(line, recent.get(line.id, [])) for line in view.lines]
    banner = words.banner(view.overall, [line.status for line in view.lines])
    return Board(site, words.zone_of(site.timezone), view, snapshot.version, banner, choice, tuple(rows), now)


def without_history(snapshot: "Snapshot", now: datetime) -> Board:
    """What can be shown of the last known status where no page was made before the store went away."""
    view = snapshot.view
    rows = tuple(Row(line, (), Counts(), "", f"{line.name}: its history cannot be reached.") for line in view.lines)
    banner = words.banner(view.overall, [line.status for line in view.lines])
    return Board(Site(), UTC, view, snapshot.version, banner, SLOTS, rows, now, snapshot.stale_s)


def shown_monitors(core: "Core") -> list[Monitor]:
    """The monitors that anybody may see on the first page."""
    page = core.pages.first()
    return core.pages.monitors(page) if page.open else []


def default_view(days: Mapping[int, Sequence[Bucket]]) -> str:
    """Days once there is more than one of them, the newest checks before that."""
    return DAYS if any(sum(bucket.counts.total > 0 for bucket in each) > 1 for each in days.values()) else SLOTS


def day_row(line: ServiceLine, days: Sequence[Bucket]) -> Row:
    """A monitor with one slot per day, the last one today."""
    counts = add(day.counts for day in days)
    shapes = [bars.shape_of(day.counts) for day in days]
    failing = shapes.count(bars.Shape.DOWN)
    outages = "no day with failures" if not failing else f"failures on {failing} {'day' if failing == 1 else 'days'}"
    begins = words.date(days[0].start) if days else "90 days ago"
    return Row(line, bars.drawings(shapes), counts, begins, sentence(line, counts, "90 days", outages))


def slot_row(line: ServiceLine, newest_first: Sequence[Heartbeat]) -> Row:
    """A monitor with one slot per heartbeat, the last one the newest."""
    counts = bars.counted(newest_first)
    shapes = [bars.SHAPES[status] for status in bars.settled(newest_first)]
    outages = f"{counts.down or 'none'} of them down"
    number = len(newest_first)
    span = f"{number or 'no'} {'check' if number == 1 else 'checks'}"
    shown = "check" if number == 1 else f"{number} checks"
    return Row(line, bars.drawings(shapes), counts, span, sentence(line, counts, shown, outages))


def sentence(line: ServiceLine, counts: Counts, span: str, outages: str) -> str:
    """What a bar shows, for those who do not see it."""
    if counts.ratio is None:
        return f"{line.name}: nothing was measured yet."
    covered = f", {words.percent(counts.coverage)} of the time measured" if has_gaps(counts) else ""
    return f"{line.name}: {words.percent(counts.ratio)} uptime in the last {span}{covered}, {outages}."


def has_gaps(counts: Counts) -> bool:
    """Whether so much was not measured that readers must know."""
    return counts.coverage is not None and counts.coverage < 0.999


def _recent(at: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - at < FRESH


class Copies:
    """The last built page of each view: made anew after a second, and kept for when it cannot be made."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str | None, Board] = {}
        self._failed: datetime | None = None

    def get(self, wanted: str | None, version: str, now: datetime, make: Callable[[], Board]) -> Board:
        """The page of this version, at most a second old; an older one that says so while the store is away.

        Unavailable when there is no copy at all.
        """
        kept = self._kept.get(wanted)
        if kept is not None and kept.version == version and _recent(kept.made_at, now):
            return kept
        try:
            made = self._made(now, make)
        except Unavailable:
            kept = kept or next(iter(self._kept.values()), None)
            if kept is None:
                raise
            return replace(kept, stale_s=(now - kept.made_at).total_seconds())
        with self._lock:
            self._kept[wanted] = made
        return made

    def _made(self, now: datetime, make: Callable[[], Board]) -> Board:
        """A new page. A store that was away a moment ago is not asked again: readers would wait for nothing."""
        if self._failed is not None and self.any() and _recent(self._failed, now):
            raise Unavailable("The store could not be reached a moment ago.")
        try:
            made = make()
        except Unavailable:
            self._failed = now
            raise
        self._failed = None
        return made

    def any(self) -> bool:
        """Whether there is a copy of any view."""
        return bool(self._kept)

    def forget(self) -> None:
        """Drops every copy: the site's settings have changed."""
        with self._lock:
            self._kept.clear()
