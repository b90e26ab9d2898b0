"""The private pages: the guard in front of them, the overview, the run log."""

from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from uptime.current import core, now
from uptime.domain.heartbeat import ANSWERING, State, Status
from uptime.domain.monitor import Monitor
from uptime.domain.ratio import Counts, add
from uptime.site import pages, words
from uptime.site.access import guard, owner

admin = pages.blueprint("admin", url_prefix="/admin")
admin.before_request(guard)

URGENT_FIRST = (Status.DOWN, Status.PENDING, Status.DEGRADED, Status.UNKNOWN, Status.MAINTENANCE, Status.UP)


@dataclass(frozen=True, slots=True)
class Standing:
    """A monitor as the overview shows it."""

    monitor: Monitor
    address: str
    type_label: str
    state: State
    counts: Counts

    @property
    def status(self) -> Status:
        """Pending where the newest check failed and is retried, else where it stands."""
        retried = self.state.last is not None and self.state.last.status is Status.PENDING
        return Status.PENDING if retried else self.state.status

    @property
    def rank(self) -> tuple[bool, int]:
        """Down first, paused last."""
        return self.monitor.paused, URGENT_FIRST.index(self.status)


def show(template: str, status: int = 200, **context: Any) -> Response:
    """A private page with what its frame needs."""
    session = owner()
    site = core().sites.get(session.account)
    context |= {"site": site, "zone": words.zone_of(site.timezone), "token": session.anti_forgery, "now": now()}
    return pages.private(f"admin/{template}", status, **context)


def back(endpoint: str, done: str, **values: Any) -> AnyResponse:
    """Sends the browser on after an action; `done` is the word of what happened."""
    return redirect(url_for(f"admin.{endpoint}", done=done, **values), 303)


def standings(account: int) -> list[Standing]:
    """Every monitor of an account and where it stands, the most urgent first."""
    monitors = core().monitors.list(account)
    states = core().history.states(monitors) if monitors else {}
    hours = core().history.hours(monitors, now(), count=24) if monitors else {}
    found = [
        Standing(
            monitor=monitor,
            address=core().monitors.address(monitor),
            type_label=label(monitor),
            state=states[monitor.id],
            counts=add(hour.counts for hour in hours.get(monitor.id, ())),
        )
        for monitor in monitors
    ]
    return sorted(found, key=lambda standing: standing.rank)


def label(monitor: Monitor) -> str:
    """The check type's name for people; its word where the type is not installed."""
    kind = core().monitors.kind(monitor)
    return kind.label if kind else monitor.type


@admin.get("")
def overview() -> Response:
    """What needs somebody's eyes, then everything else."""
    found = standings(owner().account)
    watched = [standing for standing in found if not standing.monitor.paused]
    tiles = (
        ("Monitors", len(found)),
        ("Up", sum(standing.status in ANSWERING for standing in watched)),
        ("Down", sum(standing.status is Status.DOWN for standing in watched)),
        ("Paused", len(found) - len(watched)),
    )
    return show("overview.html", standings=found, tiles=tiles, removed=core().monitors.removed(owner().account))


@admin.get("/runs")
def runs() -> Response:
    """The newest sweeps over all monitors, whoever asked for them."""
    return show("runs.html", runs=core().runs.recent(owner().account, 100))


@admin.post("/runs/clear")
def clear_runs() -> AnyResponse:
    core().runs.clear(owner().account)
    return back("runs", "cleared")
