"""Status pages: what they show, how they are spelt, and one word for several monitors."""

from dataclasses import replace
from typing import Any

import pytest

from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import Status
from uptime.domain.incident import Impact
from uptime.domain.monitor import Monitor
from uptime.domain.page_view import Standing, packed, standing
from uptime.domain.ratio import Counts
from uptime.domain.settings import Appearance, PublicPage, Site
from uptime.domain.status_page import (
    Access,
    PageDraft,
    Section,
    Sorting,
    StatusPage,
    Theme,
    checked,
    first_page,
    in_order,
    overall,
    said_of_site,
)

U, D, G, N, M = Status.UP, Status.DOWN, Status.DEGRADED, Status.UNKNOWN, Status.MAINTENANCE


@pytest.mark.parametrize(
    ("standings", "expected"),
    [
        ([], N),
        ([(N, None)], N),
        ([(U, 1.0)], U),
        ([(U, 1.0), (N, None)], U),
        ([(U, 1.0), (D, 0.2)], D),
        ([(D, 0.0)], D),
        ([(U, 1.0), (G, 1.0)], G),
        ([(U, 0.94)], G),
        ([(U, 0.95)], U),
        ([(U, None)], U),
        ([(G, 1.0), (D, 0.0)], D),
        ([(M, 1.0)], M),
        ([(M, 0.5), (U, 1.0)], M),
        ([(M, None), (N, None)], M),
        ([(M, 1.0), (G, 1.0)], G),
        ([(M, 1.0), (U, 0.9)], G),
        ([(M, 1.0), (D, 1.0)], D),
    ],
)
def test_together_they_are(standings: list[tuple[Status, float | None]], expected: Status) -> None:
    assert overall(standings) is expected


@pytest.mark.parametrize(
    ("statuses", "impacts", "expected"),
    [
        ([], [], Standing.UNKNOWN),
        ([N], [], Standing.UNKNOWN),
        ([U, N], [], Standing.OPERATIONAL),
        ([U, G], [], Standing.DEGRADED),
        ([U, D], [], Standing.PARTIAL_OUTAGE),
        ([D, N], [], Standing.MAJOR_OUTAGE),
        ([U, M], [], Standing.MAINTENANCE),
        ([M, D], [], Standing.PARTIAL_OUTAGE),
        ([U], [Impact.NONE], Standing.OPERATIONAL),
        ([U], [Impact.DEGRADED], Standing.DEGRADED),
        ([U], [Impact.PARTIAL_OUTAGE, Impact.NONE], Standing.PARTIAL_OUTAGE),
        ([], [Impact.MAJOR_OUTAGE], Standing.MAJOR_OUTAGE),
    ],
)
def test_a_page_stands_at_the_worst_of_monitors_and_incidents(statuses, impacts, expected) -> None:  # type: ignore[no-untyped-def]
    assert standing(statuses, impacts) is expected


def monitor(number: int, **fields: Any) -> Monitor:
    return Monitor(fields.pop("name", f"m{number}"), "http", {}, id=number, **fields)


def page(**fields: Any) -> StatusPage:
    return StatusPage("shop", "Shop", **{"id": 2, **fields})


LISTING = (Section("Web", (1, 2)), Section("Rest", (2,)))


@pytest.mark.parametrize(
    ("shown_on", "one", "expected"),
    [
        (page(), monitor(1), True),
        (page(), monitor(1, visible=False), False),
        (page(), monitor(1, account=2), False),
        (page(sections=LISTING), monitor(1), True),
        (page(sections=LISTING), monitor(3), False),
        (page(sections=LISTING), monitor(1, visible=False), True),
        (page(sections=LISTING, id=1), monitor(1, visible=False), False),
        (page(sections=LISTING, account=2), monitor(1), False),
    ],
)
def test_a_page_shows(shown_on: StatusPage, one: Monitor, expected: bool) -> None:
    assert shown_on.shows(one) is expected


def test_a_page_is_open_when_it_is_published_and_asks_for_nothing() -> None:
    assert page().open
    assert not page(published=False).open
    assert not page(access=Access.PASSWORD).open
    assert not page(access=Access.LINK).open


@pytest.mark.parametrize("slug", ["", "-a", "a-", "a--b", "a b", "ä", "a/b", "x" * 101, "a.b", "a_b", "a\nb"])
def test_what_is_no_slug_is_refused(slug: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(PageDraft(slug, "x"))
    assert refused.value.field == "slug"


def test_names_are_brought_into_their_usual_spelling() -> None:
    made = checked(PageDraft(" Our-Shop2 ", " Shop ", hosts=("Status.Example.COM.", "status.example.com")))
    assert (made.slug, made.title, made.hosts) == ("our-shop2", "Shop", ("status.example.com",))
    assert checked(PageDraft("a", "b", sections=(Section(" Web ", (2, 1, 2)),))).sections == (Section("Web", (2, 1)),)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "a\0"}, "title"),
        ({"description": "x" * 20_001}, "description"),
        ({"footer": "a\0"}, "footer"),
        ({"custom_css": "x" * 200_001}, "custom_css"),
        ({"logo": "https://elsewhere.example/a.png"}, "logo"),
        ({"logo": "//elsewhere.example/a.png"}, "logo"),
        ({"icon": "javascript:alert(1)"}, "icon"),
        ({"hosts": ("status.example.com:80",)}, "hosts"),
        ({"hosts": ("*.example.com",)}, "hosts"),
        ({"hosts": ("",)}, "hosts"),
        ({"hosts": tuple(f"h{n}.example" for n in range(21))}, "hosts"),
        ({"sections": tuple(Section("x") for _ in range(101))}, "sections"),
        ({"sections": (Section("x", tuple(range(1_001))),)}, "sections"),
        ({"sections": (Section("a\nb"),)}, "sections"),
    ],
)
def test_what_is_out_of_bounds_is_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(replace(PageDraft("shop", "Shop"), **fields))
    assert refused.value.field == field


@pytest.mark.parametrize("picture", ["", "/logo.svg", "data:image/png;base64,AAAA"])
def test_pictures_come_from_here(picture: str) -> None:
    assert checked(PageDraft("a", "b", logo=picture)).logo == picture


def test_the_first_page_says_what_the_site_says() -> None:
    site = Site(
        page=PublicPage(False, "Status", "How we are"),
        appearance=Appearance(custom_css="p{}", logo_url="https://elsewhere.example/logo.png", show_urls=False),
    )
    first = first_page(site, StatusPage("x", "y", theme=Theme.DARK))
    assert (first.id, first.slug, first.title, first.published) == (1, "default", "Status", False)
    assert (first.custom_css, first.show_urls, first.theme, first.logo) == ("p{}", False, Theme.DARK, "")
    assert said_of_site(first, site) == site
    changed = said_of_site(replace(first, title="New", published=True, logo="/logo.svg"), site)
    assert (changed.page.title, changed.page.enabled, changed.appearance.logo_url) == ("New", True, "/logo.svg")


@pytest.mark.parametrize(
    ("sorting", "expected"),
    [
        (Sorting.LISTED, [1, 2, 3, 4]),
        (Sorting.NAME, [2, 1, 3, 4]),
        (Sorting.NAME_REVERSED, [4, 3, 1, 2]),
        (Sorting.UP_FIRST, [3, 1, 2, 4]),
        (Sorting.DOWN_FIRST, [2, 1, 3, 4]),
    ],
)
def test_monitors_stand_in_the_order_of_the_page(sorting: Sorting, expected: list[int]) -> None:
    standing_ = [
        (monitor(1, name="b"), G),
        (monitor(2, name="A"), D),
        (monitor(3, name="c"), U),
        (monitor(4, name="d", paused=True), N),
    ]
    assert [each.id for each, _ in in_order(standing_, sorting)] == expected


def test_a_day_is_packed_and_an_empty_one_is_nothing() -> None:
    counts = Counts(1, 2, 3, 4, 5, 6)
    assert Counts(*packed(counts)) == counts
    assert packed(Counts()) == ()
