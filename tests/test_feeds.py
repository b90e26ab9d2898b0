"""Feeds are well-formed, newest first, and hold markup as text."""

from dataclasses import replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import NOW
from uptime.feeds import ENTRIES_LIMIT, Entry, Feed, atom, rss

HOUR = timedelta(hours=1)
ATOM = "{http://www.w3.org/2005/Atom}"
FIRST = Entry("urn:x:1", "Shop is down", "<p>It is <b>down</b> &amp; out</p>", NOW, "https://status.example/#1")
SECOND = Entry("urn:x:2", "Shop is up", "<p>fine</p>", NOW + HOUR, "https://status.example/#2")
FEED = Feed(
    "urn:x",
    "Status & more",
    "How we are",
    "https://status.example/",
    "https://status.example/feed",
    NOW,
    (FIRST, SECOND),
)


def test_rss_has_the_newest_first() -> None:
    channel = ElementTree.fromstring(rss(FEED)).find("channel")  # noqa: S314 - our own
    assert channel is not None
    assert [channel.findtext(name) for name in ("title", "link", "description", "language")] == [
        "Status & more",
        "https://status.example/",
        "How we are",
        "en",
    ]
    items = channel.findall("item")
    assert [item.findtext("guid") for item in items] == ["urn:x:2", "urn:x:1"]
    assert items[0].find("guid").get("isPermaLink") == "false"  # type: ignore[union-attr]
    assert items[1].findtext("description") == FIRST.html
    assert parsedate_to_datetime(items[1].findtext("pubDate") or "") == NOW
    assert parsedate_to_datetime(channel.findtext("lastBuildDate") or "") == NOW + HOUR


def test_atom_has_the_newest_first() -> None:
    root = ElementTree.fromstring(atom(FEED))  # noqa: S314 - our own
    assert (root.findtext(f"{ATOM}id"), root.findtext(f"{ATOM}updated")) == ("urn:x", "2026-03-02T11:00:00+00:00")
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {"alternate": "https://status.example/", "self": "https://status.example/feed"}
    assert [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")] == ["urn:x:2", "urn:x:1"]
    summary = root.findall(f"{ATOM}entry")[1].find(f"{ATOM}summary")
    assert summary is not None
    assert (summary.get("type"), summary.text) == ("html", FIRST.html)


def test_an_empty_feed_has_a_date_of_its_own() -> None:
    empty = replace(FEED, entries=())
    assert rss(empty) == rss(empty)
    assert ElementTree.fromstring(atom(empty)).findtext(f"{ATOM}updated") == "2026-03-02T10:00:00+00:00"  # noqa: S314


def test_a_feed_does_not_grow_without_end() -> None:
    many = tuple(replace(FIRST, id=f"urn:x:{number}") for number in range(ENTRIES_LIMIT + 5))
    assert rss(replace(FEED, entries=many)).count(b"<item>") == ENTRIES_LIMIT


@given(st.text(max_size=100), st.text(max_size=100))
def test_whatever_the_texts_hold_both_are_well_formed(title: str, html: str) -> None:
    feed = replace(FEED, title=title, entries=(replace(FIRST, title=title, html=html),))
    for made in (rss(feed), atom(feed)):
        ElementTree.fromstring(made)  # noqa: S314 - our own
