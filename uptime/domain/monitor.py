"""A thing watched, and how."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import Tolerance
from uptime.domain.route import Route
from uptime.domain.schedule import LONGEST_INTERVAL, SHORTEST_INTERVAL

LOCAL = "local"
"""The location that is ours."""

NAME_LIMIT = 255
DESCRIPTION_LIMIT = 4_000
TIMEOUT_MS_LOW, TIMEOUT_MS_HIGH = 100, 120_000
RETRIES_LIMIT = 100
TAGS_LIMIT = 50
TAG_VALUE_LIMIT = 255
WEIGHT, WEIGHT_LIMIT = 2_000, 1_000_000_000
TARGET_LIMIT = 262_144
TYPE_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag that a monitor carries, by its id, with a value of its own."""

    tag: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class MonitorDraft:
    """What a caller wants a monitor to be; `target` is checked by its check type.

    `retry_interval` None means the interval. `visible` None means that nobody has said, which shows it.
    `parent` is the monitor it hangs on, or the group it is in; lighter ones are listed first, by `weight`.
    """

    name: str
    type: str
    target: Mapping[str, JsonValue]
    interval: int = 60
    timeout_ms: int = 10_000
    retries: int = 0
    retry_interval: int | None = None
    success_threshold: int = 1
    upside_down: bool = False
    slow_ms: int | None = None
    description: str = ""
    visible: bool | None = None
    paused: bool = False
    parent: int | None = None
    """The monitor on which this one depends: while that is down, trouble of this one is not told."""
    routes: tuple[Route, ...] | None = None
    """Who is told; None means every standard channel, () means nobody."""
    project: int | None = None
    tags: tuple[Tagged, ...] = ()
    weight: int = WEIGHT


@dataclass(frozen=True, slots=True)
class Monitor(MonitorDraft):
    """A monitor as it is stored. Two monitors of an account may share a name; the lowest id means it."""

    id: int = 0
    account: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None
    removed_at: datetime | None = None
    """Set when the configuration is gone but the history was kept."""

    @property
    def tolerance(self) -> Tolerance:
        return Tolerance(self.retries, self.success_threshold, self.upside_down, self.slow_ms)

    @property
    def shown(self) -> bool:
        """Whether readers of the public page may see it."""
        return self.visible is not False


def monitor_of(draft: MonitorDraft, before: Monitor, now: datetime) -> Monitor:
    """The stored monitor that a draft turns an existing one into."""
    fields = {name: getattr(draft, name) for name in MonitorDraft.__dataclass_fields__}
    return replace(before, **fields, updated_at=now)


def checked_name(name: str) -> str:
    """The name with its ends trimmed. Invalid when it is empty, too long, or holds control characters."""
    trimmed = name.strip()
    if not trimmed:
        raise Invalid("name", "The name is missing.")
    if len(trimmed) > NAME_LIMIT:
        raise Invalid("name", f"The name is longer than {NAME_LIMIT} characters.")
    if not printable(trimmed):
        raise Invalid("name", "The name holds control characters.")
    return trimmed


def printable(text: str, *, lines: bool = False) -> bool:
    """Whether a text is free of control characters and lone surrogates; `lines` allows tabs and line ends."""
    allowed = "\n\r\t" if lines else ""
    return all(char in allowed or unicodedata.category(char) not in ("Cc", "Cs") for char in text)


def checked(draft: MonitorDraft) -> MonitorDraft:
    """The draft with its name trimmed. Invalid, with our field's name, where a value is out of bounds."""
    _within("interval", draft.interval, SHORTEST_INTERVAL, LONGEST_INTERVAL, "seconds")
    _within("timeout", draft.timeout_ms, TIMEOUT_MS_LOW, TIMEOUT_MS_HIGH, "milliseconds")
    _within("retries", draft.retries, 0, RETRIES_LIMIT, "")
    _within("success_threshold", draft.success_threshold, 1, RETRIES_LIMIT, "")
    if draft.retry_interval is not None:
        _within("retry_interval", draft.retry_interval, SHORTEST_INTERVAL, LONGEST_INTERVAL, "seconds")
    if draft.slow_ms is not None:
        _within("slow", draft.slow_ms, 1, TIMEOUT_MS_HIGH, "milliseconds")
    if len(draft.description) > DESCRIPTION_LIMIT or not printable(draft.description, lines=True):
        raise Invalid("description", f"The description holds control characters or more than {DESCRIPTION_LIMIT}.")
    _within("weight", draft.weight, 0, WEIGHT_LIMIT, "")
    if len(draft.tags) > TAGS_LIMIT:
        raise Invalid("tags", f"A monitor carries at most {TAGS_LIMIT} tags.")
    if any(len(each.value) > TAG_VALUE_LIMIT or not printable(each.value) for each in draft.tags):
        raise Invalid("tags", f"The value of a tag holds control characters or more than {TAG_VALUE_LIMIT}.")
    return replace(draft, name=checked_name(draft.name), tags=tuple(dict.fromkeys(draft.tags)))


def as_it_is(draft: MonitorDraft) -> MonitorDraft:
    """A draft of a type that is not there. Invalid when its type is no word, or its target too large to be kept."""
    if not TYPE_WORD.fullmatch(draft.type):
        raise Invalid("type", "The type must be 1 to 64 letters, digits, dots, dashes and underscores.")
    try:
        size = len(json.dumps(dict(draft.target), allow_nan=False))
    except (ValueError, TypeError, RecursionError):
        raise Invalid("target", "The settings of the monitor cannot be written as JSON.") from None
    if size > TARGET_LIMIT:
        raise Invalid("target", f"The settings of the monitor are longer than {TARGET_LIMIT} characters.")
    return draft


def _within(field_name: str, value: int, low: int, high: int, unit: str) -> None:
    if not low <= value <= high:
        raise Invalid(field_name, f"{field_name} must be from {low} to {high} {unit}".rstrip() + ".")
