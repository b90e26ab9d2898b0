"""The figures of badges: of what anybody may see, and the same answer for what is hidden and what does not exist."""

from datetime import datetime

from uptime.core.history import History
from uptime.core.maintenance import Maintenances
from uptime.core.pages import Pages
from uptime.core.status_pages import StatusPages
from uptime.domain import badge as says
from uptime.domain.badge import Badge, Kind, Period, Wishes
from uptime.domain.errors import NotFound, Unauthenticated
from uptime.domain.heartbeat import ANSWERING, State, Status
from uptime.domain.monitor import Monitor


class Badges:
    """Badges of monitors and pages, whosever they are."""

    def __init__(self, history: History, maintenances: Maintenances, pages: Pages, status_pages: StatusPages) -> None:
        self._history = history
        self._maintenances = maintenances
        self._pages = pages
        self._status_pages = status_pages

    def of(self, monitor_id: int, kind: Kind, span: Period, wish: Wishes, now: datetime) -> Badge:
        """What a badge says about a monitor. Unavailable."""
        try:
            monitor = self._pages.public_monitor(monitor_id)
        except NotFound:
            return says.unavailable(wish)
        match kind:
            case Kind.STATUS:
                return says.of_status(self._status(monitor, now), wish)
            case Kind.RESPONSE:
                return says.of_response(_latency(self._state(monitor)), wish)
            case Kind.CERT_EXP:
                return self._certificate(monitor, wish, now)
        figures = self._history.uptime([monitor], now, span.length)[monitor.id]
        if kind is Kind.UPTIME:
            return says.of_uptime(figures.counts.ratio, span, wish)
        mean = figures.latency.mean_ms if figures.latency.count else None
        return says.of_ping(mean, span, wish, "Avg. Response" if kind is Kind.AVG_RESPONSE else "Avg. Ping")

    def overall(self, slug: str, wish: Wishes, now: datetime) -> Badge:
        """A whole page in one word. Unavailable."""
        try:
            view = self._status_pages.read(slug, (), now).view
        except (NotFound, Unauthenticated):
            return says.unavailable(wish)
        return says.of_overall((line.status for line in view.monitors), wish)

    def _certificate(self, monitor: Monitor, wish: Wishes, now: datetime) -> Badge:
        found = self._history.certificate(monitor)
        days = None if found is None else (found.not_after - now).days
        return says.of_certificate(days, days is None or days >= 0, wish)

    def _status(self, monitor: Monitor, now: datetime) -> Status:
        """Where a monitor stands, or that it is failing and has retries left."""
        if monitor.paused:
            return Status.UNKNOWN
        if self._maintenances.under(monitor.account, [monitor.id], now):
            return Status.MAINTENANCE
        state = self._state(monitor)
        pending = state.last is not None and state.last.status is Status.PENDING
        return Status.PENDING if pending else state.status

    def _state(self, monitor: Monitor) -> State:
        return self._history.states([monitor])[monitor.id]


def _latency(state: State) -> float | None:
    return state.last.latency_ms if state.last is not None and state.last.status in ANSWERING else None
