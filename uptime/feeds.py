"""Feeds: what happened on a status page, as RSS and as Atom."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedgenerator import Atom1Feed, Rss201rev2Feed

RSS, ATOM = "application/rss+xml", "application/atom+xml"

ENTRIES_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `id` never changes; `html` is clean already."""

    id: str
    title: str
    html: str
    at: datetime
    link: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed. Links are whole addresses; `at` dates it where it has no entries."""

    id: str
    title: str
    description: str
    link: str
    own_link: str
    at: datetime
    entries: Sequence[Entry]


def rss(feed: Feed) -> bytes:
    """RSS 2.0, the newest entry first."""
    return _written(Rss201rev2Feed, feed)


def atom(feed: Feed) -> bytes:
    """Atom 1.0, the newest entry first."""
    return _written(Atom1Feed, feed)


def _written(form: Any, feed: Feed) -> bytes:
    made = form(
        title=_clean(feed.title),
        link=feed.link,
        description=_clean(feed.description),
        language="en",
        author_name=_clean(feed.title),
        feed_url=feed.own_link,
        feed_guid=feed.id,
    )
    # Without entries the generator would date the feed by the clock.
    made.latest_post_date = lambda: max((entry.at for entry in feed.entries), default=feed.at)
    newest = sorted(feed.entries, key=lambda entry: (entry.at, entry.id), reverse=True)
    for entry in newest[:ENTRIES_LIMIT]:
        made.add_item(
            title=_clean(entry.title),
            link=entry.link,
            description=_clean(entry.html),
            pubdate=entry.at,
            updateddate=entry.at,
            unique_id=entry.id,
            unique_id_is_permalink=False,
        )
    text: str = made.writeString("utf-8")
    return text.encode()


def _clean(text: str) -> str:
    """The text without what XML cannot hold."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Cn"))
