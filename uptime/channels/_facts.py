"""What a message tells, in plain text: a headline with the state, the text, and every fact the text leaves out."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC

from uptime.domain.heartbeat import Status
from uptime.domain.notification import Line, Notification, Occasion
from uptime.domain.template import phases_in_words
from uptime.domain.wording import REASON, duration, milliseconds, time

SIGN = {
    Occasion.DOWN: ("❌", "down"),
    Occasion.RECOVERED: ("✅", "up"),
    Occasion.DEGRADED: ("⚠️", "degraded"),
    Occasion.STILL_DOWN: ("⏳", "down"),
    Occasion.ACKNOWLEDGED: ("👀", "acknowledged"),
    Occasion.FLAPPING: ("🔁", "flapping"),
    Occasion.CERTIFICATE: ("🔒", "certificate"),
    Occasion.SEVERAL: ("📋", "changes"),
    Occasion.OPERATOR: ("🛠️", "upspeak"),
    Occasion.TEST: ("🔔", "test"),
}
"""Of each occasion a symbol, told from the others by its shape, and the word that a headline must hold."""

SYMBOL = {
    Status.UP: "✅",
    Status.DEGRADED: "⚠️",
    Status.PENDING: "⏳",
    Status.DOWN: "❌",
    Status.MAINTENANCE: "🔧",
    Status.UNKNOWN: "❔",
}

ONGOING = frozenset({Occasion.STILL_DOWN, Occasion.ACKNOWLEDGED})
"""The occasions whose duration is that of the status told; of the others it is that of the one before."""

OPEN = "Open in Upspeak"
"""What stands on a link to the monitor's page."""

ELLIPSIS = "…"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
FACT_LIMIT = 2_048
JOINER = "\u200d"
SKIN_TONES = range(0x1F3FB, 0x1F400)

Size = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know, by its name."""

    label: str
    value: str

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"


def units(text: str) -> int:
    """The length in UTF-16 units, as most services count; it is never less than the number of characters."""
    return len(text.encode("utf-16-le", "replace")) // 2


def octets(text: str) -> int:
    """The length in bytes."""
    return len(text.encode("utf-8", "replace"))


def cut(text: str, limit: int, size: Size = units) -> str:
    """The text, or as many of its whole characters as fit before an ellipsis."""
    if size(text) <= limit:
        return text
    low = _most(len(text), lambda count: size(text[:count] + ELLIPSIS) <= limit)
    while low and _belongs(text[low], text[low - 1]):
        low -= 1
    return text[:low].rstrip() + ELLIPSIS


def _most(count: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `count` that fits; it looks near the small ones first, where a look costs little."""
    low, high = 0, 1
    while high < count and fits(high):
        low, high = high, high * 2
    high = min(high, count)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _belongs(char: str, before: str) -> bool:
    """Whether a code point is of one character with that before it, as accents and skin tones are."""
    return JOINER in (char, before) or unicodedata.category(char)[0] == "M" or ord(char) in SKIN_TONES


def clean(text: str) -> str:
    """The text without control characters, of which only line ends and tabs stay."""
    return CONTROL.sub("", text)


def headline(notification: Notification, limit: int, size: Size = units) -> str:
    """Symbol and title in one line; the word for the state is put before a title that does not hold it."""
    symbol, word = SIGN[notification.occasion]
    title = " ".join(clean(notification.title).split())
    state = "" if _holds(title, word) else f"{word.capitalize()}: "
    return cut(f"{symbol} {state}{title}", limit, size)


def facts(notification: Notification) -> tuple[Fact, ...]:
    """Everything that is known, by its name, in the order of its weight."""
    return tuple(Fact(label, cut(clean(value), FACT_LIMIT)) for label, value in _known(notification) if value)


def body(notification: Notification, limit: int, size: Size = units) -> str:
    """The text, then the facts it does not tell: never empty. Of several changes it is their list."""
    if notification.lines:
        return listing(notification.lines, limit, size)
    text = clean(notification.text).strip()
    untold = "\n".join(str(fact) for fact in facts(notification) if not _told_by(text, fact))
    return cut("\n\n".join(part for part in (text, untold) if part) or clean(notification.title), limit, size)


def listing(lines: tuple[Line, ...], limit: int, size: Size = units) -> str:
    """One line for each change, as many as fit; the rest are counted."""
    told = [clean(_told(line)) for line in lines]
    return cut(_first(told, _most(len(told), lambda count: size(_first(told, count)) <= limit)), limit, size)


def link(notification: Notification) -> str:
    """Where the monitor's page is, "" where that is not known."""
    return notification.subject.link if notification.subject else ""


def _first(told: list[str], count: int) -> str:
    rest = len(told) - count
    return "\n".join([*told[:count], *([f"… and {rest} more"] if rest else [])])


def _told(line: Line) -> str:
    message = f": {line.message}" if line.message else ""
    return " ".join(f"{SYMBOL[line.status]} {line.name} {line.status}{message} ({line.at:%H:%M:%S} UTC)".split())


def _holds(text: str, value: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE) is not None


def _told_by(text: str, fact: Fact) -> bool:
    """Whether a text holds a fact, or one of its name: times and spans may be worded otherwise there."""
    return _holds(text, fact.value) or re.search(rf"^{fact.label}:", text, re.MULTILINE) is not None


def _known(notification: Notification) -> Iterator[tuple[str, str]]:
    subject, seen = notification.subject, notification.seen
    yield "Now", str(notification.status or "")
    if subject:
        yield "Monitor", subject.name
        yield "Address", subject.address
    yield ("Since", time(notification.since, UTC)) if notification.since else ("Time", time(notification.at, UTC))
    if notification.duration is not None:
        lasted = duration(notification.duration)
        yield ("For", lasted) if notification.occasion in ONGOING else ("Before", _before(notification, lasted))
    if seen:
        yield "Message", seen.message
        yield "Reason", REASON[seen.reason] if seen.reason else ""
        yield "Status code", str(seen.status_code or "")
        yield "Response time", milliseconds(seen.latency_ms) if seen.latency_ms is not None else ""
        yield "Phases", phases_in_words(seen.phases) if seen.phases else ""
        yield "Seen", seen.excerpt.strip()


def _before(notification: Notification, lasted: str) -> str:
    return f"{notification.before or ''} {lasted}".strip()
