"""What a feed of a status page tells: each update of its incidents, and each change of its monitors."""

from collections.abc import Iterator

from markupsafe import escape

from uptime.domain.heartbeat import Status
from uptime.domain.page_view import ChangeView, PageView
from uptime.feeds import Entry, Feed
from uptime.site import words

SAID = {
    Status.UP: "is up",
    Status.DEGRADED: "is slow",
    Status.DOWN: "is down",
    Status.MAINTENANCE: "is under maintenance",
}


def feed(view: PageView, link: str, own_link: str) -> Feed:
    """The feed of a page, whose address is `link`."""
    page = view.page
    entries = [*_incidents(view, link), *(_change(change, link) for change in view.changes if change.after in SAID)]
    return Feed(f"urn:upspeak:page:{view.id}", page.title, page.description, link, own_link, view.built_at, entries)


def _incidents(view: PageView, link: str) -> Iterator[Entry]:
    for incident in view.everything:
        for said in incident.updates:
            yield Entry(
                f"urn:upspeak:incident:{incident.id}:{said.id}",
                f"{words.INCIDENT[said.status]}: {incident.title}",
                said.html,
                said.at,
                f"{link}#incident-{incident.id}",
            )


def _change(change: ChangeView, link: str) -> Entry:
    lasted = "" if change.since is None else f" after {words.duration(change.at - change.since)}"
    before = SAID.get(change.before, "").removeprefix("is ")
    told = f"{change.name} {SAID[change.after]}{lasted} of being {before}" if lasted and before else change.name
    return Entry(
        f"urn:upspeak:change:{change.id}",
        f"{change.name} {SAID[change.after]}",
        f"<p>{escape(told)}.</p>",
        change.at,
        f"{link}#monitor-{change.monitor_id}",
    )
