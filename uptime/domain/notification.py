"""One message to people: what happened, to what, since when, why, and what was seen. Channels compose and send it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from uptime.domain.heartbeat import Status
from uptime.domain.result import Phases, Reason


class Occasion(StrEnum):
    """What a message is about."""

    DOWN = "down"
    RECOVERED = "recovered"
    DEGRADED = "degraded"
    STILL_DOWN = "still down"
    ACKNOWLEDGED = "acknowledged"
    FLAPPING = "flapping"
    CERTIFICATE = "certificate"
    SEVERAL = "several"
    OPERATOR = "operator"
    TEST = "test"


GOOD = frozenset({Occasion.RECOVERED})
"""The occasions that end trouble; the rest begin it, go on with it, or are neither."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The monitor a message is about. `address` is masked; `link` leads to its page, "" where PUBLIC_URL is not set."""

    id: int
    name: str
    type: str
    address: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """The evidence: what the check saw whose result changed the status."""

    message: str
    reason: Reason | None = None
    status_code: int | None = None
    latency_ms: float | None = None
    phases: Phases | None = None
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One of several changes told together."""

    event_id: str
    name: str
    status: Status
    at: datetime
    message: str


@dataclass(frozen=True, slots=True)
class Notification:
    """One message, ready to be put into a channel's form.

    `id` is that of the event, the same on every repeat, so that receivers can drop those. `title` is one line and
    `text` the whole message in plain text, both rendered already. `since` is when the status told here began and
    `duration` the seconds that the one before had lasted (for a reminder: that this one has lasted so far).
    """

    id: str
    occasion: Occasion
    title: str
    text: str
    at: datetime
    subject: Subject | None = None
    status: Status | None = None
    before: Status | None = None
    since: datetime | None = None
    duration: float | None = None
    seen: Seen | None = None
    lines: tuple[Line, ...] = ()
