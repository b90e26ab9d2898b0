"""What the readers of a page see, and what they do not; and that it is there while the store is away."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.core.conftest import draft, fill
from tests.store.refusing import Server, server
from uptime.config import Settings
from uptime.core import Core
from uptime.domain.errors import NotFound, Unauthenticated, Unavailable
from uptime.domain.heartbeat import Status
from uptime.domain.incident import Component, Impact, Incident, IncidentDraft, IncidentStatus
from uptime.domain.maintenance import MaintenanceDraft, Strategy
from uptime.domain.page_view import PageView, Standing
from uptime.domain.ratio import Counts
from uptime.domain.status_page import Access, PageDraft, Section, Sorting, StatusPage
from uptime.store import Store
from uptime.store.codec import decode, encode

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def private() -> Iterator[Server]:
    with server() as made:
        yield made


@pytest.fixture
def refused(private: Server) -> Iterator[Core]:
    """A core whose store can be ill-treated."""
    store = Store(private.url)
    yield Core(store, Settings(secret_key="x" * 32))
    store.close()


def add(core: Core, *sections: Section, **fields: Any) -> StatusPage:
    return core.pages.add(1, PageDraft("shop", "Shop", sections=sections, **fields), NOW)


def read(core: Core, slug: str = "shop", *tokens: str) -> PageView:
    return core.status_pages.read(slug, tokens, NOW).view


def monitor(core: Core, name: str = "a", **fields: Any) -> int:
    return core.monitors.add(1, draft(name, **fields), NOW - 3 * HOUR).id


def begin(core: Core, title: str = "Slow", at: Any = NOW - HOUR, **fields: Any) -> Incident:
    made = IncidentDraft(title, **fields)
    return core.incidents.begin(1, made, IncidentStatus.INVESTIGATING, "**Looking**", "alice", at)


def test_sections_show_their_monitors_with_bars(core: Core, store: Store) -> None:
    web, rest = monitor(core, "web"), monitor(core, "rest")
    add(core, Section("Front", (web,)), Section("Back", (rest, web)))
    fill(store, core.monitors.get(1, web), NOW - HOUR, NOW, lambda at: at.minute < 6)
    view = read(core)
    assert [(section.heading, [line.name for line in section.monitors]) for section in view.sections] == [
        ("Front", ["web"]),
        ("Back", ["rest", "web"]),
    ]
    [line] = view.sections[0].monitors
    assert (line.status, line.latency_ms, len(line.days)) == (Status.UP, 100, 90)
    assert line.counts[-1] == line.total == Counts(up=54, down=6)
    assert line.days[0] == ()
    assert (view.first_day, view.updated_at) == (date(2025, 12, 3), line.checked_at)
    assert [each.id for each in view.monitors] == [web, rest]
    assert view.standing is Standing.OPERATIONAL


def test_a_page_without_sections_shows_every_monitor_that_is_not_hidden(core: Core) -> None:
    monitor(core, "shown")
    monitor(core, "hidden", visible=False)
    core.monitors.add(2, draft("theirs"), NOW)
    add(core)
    assert [line.name for line in read(core).monitors] == ["shown"]
    assert [line.name for line in read(core, "default").monitors] == ["shown"]


def test_what_the_owner_does_not_show_is_not_in_the_view(core: Core, store: Store) -> None:
    id_ = monitor(core, description="secret plan", target={"url": "http://bob:pw@internal.example/"})
    fill(store, core.monitors.get(1, id_), NOW - HOUR, NOW)
    add(core, show_urls=False, show_descriptions=False, show_latencies=False)
    core.pages.protect(1, 2, Access.PASSWORD, "sesame", NOW)
    token = core.pages.unlock(core.pages.get(1, 2), "sesame", "1.2.3.4", NOW)
    stored = encode(read(core, "shop", token)).decode()
    for word in ("secret plan", "internal.example", "pw", "argon2", "password"):
        assert word not in stored
    assert decode(PageView, stored) == read(core, "shop", token)
    core.pages.change(1, 2, lambda page: replace(page, show_urls=True), NOW)
    token = core.pages.unlock(core.pages.get(1, 2), "sesame", "1.2.3.4", NOW)
    [line] = read(core, "shop", token).monitors
    assert "internal.example" in line.url
    assert "pw" not in line.url


def test_open_incidents_stand_above_and_past_ones_on_their_day(core: Core) -> None:
    one = monitor(core)
    add(core, Section("", (one,)))
    begin(core, "open")
    begin(core, "pinned", pinned=True, at=NOW - 2 * HOUR, components=(Component(one, Impact.PARTIAL_OUTAGE),))
    begin(core, "draft", draft=True)
    begin(core, "of another page", pages=(1,))
    past = begin(core, "past", at=NOW - 3 * DAY)
    core.incidents.resolve(1, past.id, "Over", "alice", NOW - 2 * DAY)
    view = read(core)
    assert [incident.title for incident in view.incidents] == ["pinned", "open"]
    assert view.standing is Standing.PARTIAL_OUTAGE
    assert [(each.name, each.impact) for each in view.incidents[0].affected] == [("a", Impact.PARTIAL_OUTAGE)]
    assert view.incidents[0].updates[0].html == "<p><strong>Looking</strong></p>"
    assert "alice" not in encode(view).decode()
    assert len(view.past) == 15
    assert view.past[0].day == NOW.date()
    assert [(day.day, [each.title for each in day.incidents]) for day in view.past if day.incidents] == [
        ((NOW - 3 * DAY).date(), ["past"])
    ]
    assert [said.body for said in view.past[3].incidents[0].updates] == ["Over", "**Looking**"]
    assert [incident.title for incident in view.everything] == ["open", "pinned", "past"]


def test_days_are_those_of_the_sites_time_zone(core: Core) -> None:
    core.sites.update(1, lambda site: replace(site, timezone="Pacific/Auckland"))
    add(core)
    past = begin(core, "late", at=NOW - DAY + 2 * HOUR)
    core.incidents.resolve(1, past.id, "", "", NOW)
    [day] = [day for day in read(core).past if day.incidents]
    assert day.day == date(2026, 3, 2)
    core.sites.update(1, lambda site: replace(site, timezone="Not/There"))
    assert read(core).zone == "UTC"


def test_monitors_of_other_pages_are_not_named_by_an_incident(core: Core) -> None:
    shown, hidden = monitor(core, "shown"), monitor(core, "internal")
    add(core, Section("", (shown,)))
    begin(core, components=(Component(shown, Impact.DEGRADED), Component(hidden, Impact.MAJOR_OUTAGE)))
    [incident] = read(core).incidents
    assert [each.name for each in incident.affected] == ["shown"]


def test_changes_are_told_newest_first_without_what_the_check_saw(core: Core, store: Store) -> None:
    one = monitor(core)
    add(core, Section("", (one,)))
    fill(store, core.monitors.get(1, one), NOW - HOUR, NOW, lambda at: at.minute in range(10, 20))
    assert [(change.before, change.after) for change in read(core).changes] == [
        (Status.DOWN, Status.UP),
        (Status.UP, Status.DOWN),
    ]


def test_monitors_stand_in_the_order_of_the_page(core: Core) -> None:
    ids = tuple(monitor(core, name) for name in "bca")
    add(core, Section("", ids), sorting=Sorting.NAME)
    assert [line.name for line in read(core).monitors] == ["a", "b", "c"]


def test_maintenance_is_told_where_it_concerns_the_page(core: Core) -> None:
    one, other = monitor(core, "one"), monitor(core, "other")
    add(core, Section("", (one,)))
    core.maintenances.start(1, 3600, NOW, title="Now", monitors=[one, other])
    core.maintenances.start(1, 3600, NOW, title="Elsewhere", monitors=[other])
    begins = (NOW + DAY).replace(tzinfo=None)
    draft_ = MaintenanceDraft("Later", Strategy.SINGLE, "*Work*", "UTC", begins, begins + HOUR, all_monitors=True)
    core.maintenances.add(1, draft_, NOW)
    far = replace(draft_, title="Far", start=begins + 60 * DAY, end=begins + 61 * DAY)
    core.maintenances.add(1, far, NOW)
    view = read(core)
    assert [(window.title, window.running, window.monitors) for window in view.maintenance] == [
        ("Now", True, (one,)),
        ("Later", False, (one,)),
    ]
    assert view.maintenance[1].html == "<p><em>Work</em></p>"
    assert (view.monitors[0].status, view.standing) == (Status.MAINTENANCE, Standing.MAINTENANCE)


def test_a_page_is_read_by_those_who_may(core: Core) -> None:
    page = add(core)
    with pytest.raises(NotFound):
        read(core, "nothing")
    assert read(core).page.title == "Shop"
    core.pages.protect(1, page.id, Access.LINK, None, NOW)
    with pytest.raises(Unauthenticated):
        read(core)
    assert read(core, "shop", core.pages.link(core.pages.get(1, page.id))).page.title == "Shop"
    core.pages.publish(1, page.id, False, NOW)
    with pytest.raises(NotFound):
        read(core, "shop", core.pages.link(core.pages.get(1, page.id)))


def test_the_public_status_shows_what_the_open_first_page_shows(core: Core) -> None:
    one, _ = monitor(core, "one"), monitor(core, "two")
    first = core.pages.first()
    core.pages.change(1, 1, lambda page: replace(page, sections=(Section("", (one,)),)), NOW)
    assert [line.name for line in core.status_pages.snapshot(NOW).view.lines] == ["one"]
    core.pages.protect(1, first.id, Access.PASSWORD, "sesame", NOW)
    assert core.status_pages.snapshot(NOW).view.lines == ()


def test_a_change_is_seen_here_at_once_and_elsewhere_within_a_second(cores: list[Core]) -> None:
    add(cores[0])
    assert all(read(core).page.title == "Shop" for core in cores)
    cores[0].pages.change(1, 2, lambda page: replace(page, title="Store"), NOW)
    begin(cores[0])
    assert (read(cores[0]).page.title, len(read(cores[0]).incidents)) == ("Store", 1)
    began = time.monotonic()
    while any((read(core).page.title, len(read(core).incidents)) != ("Store", 1) for core in cores):
        assert time.monotonic() - began < 2.5
        time.sleep(0.02)


def test_a_page_that_is_closed_is_closed_everywhere_within_a_second(cores: list[Core]) -> None:
    add(cores[0])
    assert all(read(core) for core in cores)
    cores[0].pages.publish(1, 2, False, NOW)
    time.sleep(1.1)
    for core in cores:
        with pytest.raises(NotFound):
            read(core)


def test_a_host_name_leads_to_its_page(core: Core) -> None:
    assert core.status_pages.slug_at("status.example.com") is None
    add(core, hosts=("status.example.com",))
    assert core.status_pages.slug_at("Status.example.com:8080") == "shop"
    assert core.status_pages.slug_at("other.example.com") is None
    assert core.status_pages.slug_at("[::1]:8000") is None


def test_the_last_copy_is_shown_with_its_age_while_the_store_is_away(private: Server, refused: Core) -> None:
    add(refused, hosts=("status.example.com",))
    assert refused.status_pages.slug_at("status.example.com") == "shop"
    assert refused.status_pages.read("shop", (), NOW).stale_s == 0
    private.freeze()
    time.sleep(1.1)
    assert refused.status_pages.slug_at("status.example.com") == "shop"
    snapshot = refused.status_pages.read("shop", (), NOW)
    assert snapshot.view.page.title == "Shop"
    assert snapshot.stale_s >= 1.1
    with pytest.raises(Unavailable):
        refused.status_pages.read("never-seen", (), NOW)
    private.thaw()
    time.sleep(1.1)
    assert refused.status_pages.read("shop", (), NOW).stale_s == 0
