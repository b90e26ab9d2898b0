"""Messages of every occasion, as channels get them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from uptime.domain.heartbeat import Status
from uptime.domain.notification import Line, Notification, Occasion, Seen, Subject
from uptime.domain.result import Phases, Reason

AT = datetime(2026, 3, 2, 10, 5, 0, tzinfo=UTC)
EVENT = "7-1772445900000-ab12"
LINK = "https://up.example.com/admin/monitors/7?tab=now&x=1"

SHOP = Subject(7, "Shop <b>&</b> *Till*", "http", "https://shop.example.com/a_b?c=1&d=<2>", LINK)
BROKEN = Seen(
    "The status is 503, not 200.",
    Reason.STATUS,
    503,
    182.4,
    Phases(2.0, 10.0, 21.0, 149.0, 0.4),
    "<h1>Service Unavailable</h1>\nplease try again",
)

STORIES: dict[Occasion, dict[str, Any]] = {
    Occasion.DOWN: {"status": Status.DOWN, "before": Status.UP, "duration": 273_600.0, "seen": BROKEN},
    Occasion.RECOVERED: {"status": Status.UP, "before": Status.DOWN, "duration": 200.0, "seen": Seen("Status 200.")},
    Occasion.DEGRADED: {"status": Status.DEGRADED, "before": Status.UP, "duration": 60.0, "seen": Seen("Slow.")},
    Occasion.STILL_DOWN: {"status": Status.DOWN, "before": Status.DOWN, "duration": 3_600.0, "seen": BROKEN},
    Occasion.ACKNOWLEDGED: {"status": Status.DOWN, "before": Status.DOWN, "duration": 300.0},
    Occasion.FLAPPING: {"status": Status.DOWN, "before": Status.UP, "seen": BROKEN},
    Occasion.CERTIFICATE: {"status": Status.UP, "seen": Seen("The certificate ends in 7 days.", Reason.TLS)},
}

TITLES = {
    Occasion.DOWN: "Shop is down",
    Occasion.RECOVERED: "Shop recovered",
    Occasion.DEGRADED: "Shop is degraded",
    Occasion.STILL_DOWN: "Shop is still down",
    Occasion.ACKNOWLEDGED: "Alice acknowledged the outage of Shop",
    Occasion.FLAPPING: "Shop is flapping",
    Occasion.CERTIFICATE: "The certificate of Shop ends soon",
    Occasion.SEVERAL: "25 changes within 30 s",
    Occasion.OPERATOR: "Upspeak cannot write to its store",
    Occasion.TEST: "This is a test",
}


def told(occasion: Occasion = Occasion.DOWN, **changes: Any) -> Notification:
    """A message of an occasion, with these fields changed."""
    story = STORIES.get(occasion, {})
    about = {"subject": SHOP, "since": AT - timedelta(minutes=1)} if story else {}
    lines = lines_of(25) if occasion is Occasion.SEVERAL else ()
    plain = Notification(EVENT, occasion, TITLES[occasion], f"{TITLES[occasion]}\nSome text.", AT, lines=lines)
    return replace(plain, **{**about, **story, **changes})


def lines_of(count: int) -> tuple[Line, ...]:
    """So many changes, each of a monitor with a number in its name."""
    return tuple(Line(f"event-{n}", f"monitor-{n:05}", Status.DOWN, AT, "No answer.") for n in range(count))


EVERY = tuple(Occasion)
EVERY_STATE = tuple(STORIES)
"""The occasions that are about one monitor."""

HOSTILE = (
    "@everyone @here <!channel> <!here|x> <@U123> <@&9> <#C1> @room @bob [click](https://evil.example) "
    "**b** _i_ ~s~ `c` ||x|| <script>alert(1)</script> <a href='https://evil.example'>x</a> & &lt; "
)


def hostile(occasion: Occasion = Occasion.DOWN) -> Notification:
    """A message whose every text of others tries to be more than text."""
    seen = Seen(HOSTILE, Reason.CONTENT, excerpt=f"{HOSTILE}\x00\x07\n```\n# big\n> quote")
    return told(occasion, title=HOSTILE, text=HOSTILE, subject=replace(SHOP, name=HOSTILE, address=HOSTILE), seen=seen)


def long(occasion: Occasion = Occasion.DOWN, unit: str = "👩🏽‍🚀é&<*_") -> Notification:
    """A message whose every text is longer than any service takes."""
    text = unit * 2_000
    seen = Seen(text, Reason.CONTENT, 200, 1.0, Phases(), text)
    return told(occasion, title=text, text=text, subject=replace(SHOP, name=text, address=text), seen=seen)
