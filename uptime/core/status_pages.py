"""What the public sees: built from what is known, kept as snapshots, served even while the store is away."""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from uptime.core.mirror import FRESH, Mirror
from uptime.core.mirror import Snapshot as AnySnapshot
from uptime.core.monitor_types import monitor_types
from uptime.core.monitors import address_of
from uptime.core.page_views import PageViews
from uptime.core.pages import Pages
from uptime.core.under_maintenance import known, planned
from uptime.domain.errors import NotFound, Unauthenticated, Unavailable
from uptime.domain.heartbeat import State, Status
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.page_view import PageView
from uptime.domain.ratio import Counts, add
from uptime.domain.status_page import ServiceLine, StatusPage, StatusView, overall
from uptime.domain.user import FIRST_ACCOUNT

if TYPE_CHECKING:
    from uptime.store import Store

LATELY_HOURS = 24

KNOWN_LIMIT = 1_000
"""Pages that one process keeps ready."""

Snapshot = AnySnapshot[StatusView]
PageSnapshot = AnySnapshot[PageView]


@dataclass(slots=True)
class _Known:
    """A page as this process has it; `asked` is when it was last looked up."""

    page: StatusPage
    asked: float
    mirror: Mirror[PageView]


class StatusPages:
    """The public status of the first account, and every page by its slug. Safe to call from many threads."""

    def __init__(self, store: "Store", pages: Pages, views: PageViews) -> None:
        self._store = store
        self._pages = pages
        self._views = views
        self._first = Mirror(store.snapshots.status(FIRST_ACCOUNT), lambda now: self.view(FIRST_ACCOUNT, now))
        # Asked for every read of the public status, so without a call in between.
        self.peek, self.snapshot, self.renew = self._first.peek, self._first.snapshot, self._first.renew
        self._known: dict[str, _Known] = {}
        self._hosts: dict[str, tuple[float, str | None]] = {}
        self._adding = Lock()

    @property
    def age(self) -> float:
        """Seconds since the store was last asked for the public status."""
        return self._first.age

    def view(self, account: int, now: datetime) -> StatusView:
        """The public status, built anew."""
        monitors = self._shown(account)
        states = self._store.heartbeats.states([(monitor.id, LOCAL) for monitor in monitors])
        ratios = self._ratios([monitor.id for monitor in monitors], now)
        plan = planned(self._store, account, known(self._store, account), now, now)
        lines = tuple(
            _line(monitor, state, in_maintenance=plan.covers(monitor.id, now, now))
            for monitor, state in zip(monitors, states, strict=True)
        )
        checked = [line.checked_at for line in lines if line.checked_at is not None]
        word = overall([(line.status, ratios[line.id].ratio) for line in lines])
        settled = overall([(line.settled, ratios[line.id].ratio) for line in lines])
        return StatusView(word, max(checked, default=None), lines, now, settled)

    def _shown(self, account: int) -> list[Monitor]:
        if account != FIRST_ACCOUNT:
            return self._pages.public(account, self._store.monitors.many(account))
        page = self._pages.first()
        return self._pages.monitors(page) if page.open else []

    def _ratios(self, ids: list[int], now: datetime) -> dict[int, Counts]:
        first = now - timedelta(hours=LATELY_HOURS)
        hours = self._store.rollups.hours(ids, LOCAL, first, LATELY_HOURS + 1) if ids else {}
        return {monitor_id: add(hours.get(monitor_id, ())) for monitor_id in ids}

    def page(self, slug: str) -> StatusPage:
        """The page of a slug, at most a second old; as it was last known while the store is away. NotFound."""
        return self._find(slug).page

    def read(self, slug: str, tokens: Iterable[str], now: datetime) -> PageSnapshot:
        """What a page shows, at most a second old; the last known copy while the store is away.

        NotFound, also where the page is not published. Unauthenticated: none of the tokens opens it. Unavailable.
        """
        held = self._find(slug)
        if not held.page.published:
            raise NotFound("status page")
        if not self._pages.admits(held.page, tokens, now):
            raise Unauthenticated("This page is not open to everybody.")
        return held.mirror.snapshot(now)

    def slug_at(self, host: str) -> str | None:
        """The slug of the page that has this host name; the port does not matter."""
        name = _bare(host)
        asked, slug = self._hosts.get(name, (float("-inf"), None))
        if time.monotonic() - asked < FRESH:
            return slug
        with suppress(Unavailable):
            slug = self._slug_at(name)
        if len(self._hosts) >= KNOWN_LIMIT:
            # Whoever asks chooses the names.
            self._hosts.clear()
        self._hosts[name] = time.monotonic(), slug
        return slug

    def _slug_at(self, name: str) -> str | None:
        try:
            return self._pages.by_host(name).slug
        except NotFound:
            return None

    def expire(self, account: int) -> None:
        """Readers are to see a change at once. Unavailable."""
        self.notice(account)
        self._store.snapshots.mark_dirty(account)

    def notice(self, account: int) -> None:
        """What somebody else has marked already is to be seen here at once."""
        if account == FIRST_ACCOUNT:
            self._first.expire()
        self._hosts.clear()
        for held in list(self._known.values()):
            if held.page.account == account:
                held.asked = float("-inf")
                held.mirror.expire()

    def _find(self, slug: str) -> _Known:
        held = self._known.get(slug)
        if held is not None and time.monotonic() - held.asked < FRESH:
            return held
        asked = time.monotonic()
        try:
            page = self._pages.by_slug(slug)
        except NotFound:
            self._known.pop(slug, None)
            raise
        except Unavailable:
            if held is None:
                raise
            held.asked = asked
            return held
        with self._adding:
            return self._note(slug, page, asked)

    def _note(self, slug: str, page: StatusPage, asked: float) -> _Known:
        held = self._known.get(slug)
        if held is not None and held.page.id == page.id:
            held.page, held.asked = page, asked
            return held
        if len(self._known) >= KNOWN_LIMIT:
            self._known.clear()
        mirror = Mirror(self._store.snapshots.page(page.account, page.id), lambda now: self._built(page, now))
        held = self._known[slug] = _Known(page, asked, mirror)
        return held

    def _built(self, page: StatusPage, now: datetime) -> PageView:
        current = self._pages.get(page.account, page.id)
        return self._views.build(current, self._pages.monitors(current), now)


def _bare(host: str) -> str:
    """A host name without its port, in small letters."""
    name = host.lower().rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host.lower()
    return name.removesuffix(".")


def _line(monitor: Monitor, state: State, *, in_maintenance: bool) -> ServiceLine:
    last = state.last
    status = Status.MAINTENANCE if in_maintenance else state.status
    return ServiceLine(
        id=monitor.id,
        name=monitor.name,
        description=monitor.description,
        url=address_of(monitor, monitor_types().get(monitor.type)),
        status=Status.UNKNOWN if monitor.paused else status,
        checked_at=last.at if last else None,
        latency_ms=round(last.latency_ms) if last else None,
        settled=Status.UNKNOWN if monitor.paused else state.settled,
    )
