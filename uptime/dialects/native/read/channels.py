"""Channels and contacts as they are asked for."""

from typing import Annotated, Any

from pydantic import Field, field_validator

from uptime.dialects.native.read import LARGEST_NUMBER, Body, Line, Lines, Query
from uptime.domain.channel import ChannelDraft, ContactDraft, QuietHours, Rules
from uptime.domain.errors import Invalid
from uptime.domain.monitor import JsonValue
from uptime.domain.notification import Occasion

Id = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
Seconds = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]

ENTRIES = 100


class WhichChannel(Query):
    """A channel, or a contact, by its id."""

    id: Id


class LogQuery(WhichChannel):
    """A channel, and how many entries of its log."""

    limit: Annotated[int, Field(ge=1, le=1_000)] = ENTRIES


class ReplayQuery(WhichChannel):
    """A channel, and the id of an entry of its log."""

    entry: Line


class QuietBody(Body):
    """A part of each day in which nothing is sent, in a time zone: `22:00` to `07:00`."""

    begin: Line
    end: Line
    zone: Line = "UTC"


class ChannelBody(Body):
    """A channel. `settings` are those of its type; `delay` and `repeat` in seconds; `occasions` null means all."""

    name: Line
    type: Line
    settings: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True
    standard: bool = True
    delay: Seconds = 0
    repeat: Seconds = 0
    quiet: QuietBody | None = None
    occasions: Annotated[list[Occasion], Field(max_length=50)] | None = None
    title: Lines = ""
    text: Lines = ""

    @field_validator("occasions", mode="before")
    @classmethod
    def _words(cls, values: object) -> object:
        known = set(Occasion)
        if not isinstance(values, list):
            return values
        return [Occasion(value) if isinstance(value, str) and value in known else value for value in values]


class ContactBody(Body):
    """A contact: a name for several channels, by their ids."""

    name: Line
    channels: Annotated[list[Id], Field(max_length=1_000)] = Field(default_factory=list)


def draft(body: ChannelBody) -> ChannelDraft:
    """The channel that a body describes."""
    quiet = QuietHours(body.quiet.begin, body.quiet.end, body.quiet.zone) if body.quiet else None
    occasions = tuple(Occasion) if body.occasions is None else tuple(dict.fromkeys(body.occasions))
    rules = Rules(body.delay, body.repeat, quiet, occasions, body.title, body.text)
    return ChannelDraft(body.name, body.type, _settings(body.settings), body.enabled, body.standard, rules)


def _settings(given: dict[str, Any]) -> dict[str, JsonValue]:
    if len(given) > ENTRIES:
        raise Invalid("settings", f"settings has more than {ENTRIES} entries.")
    return given


def contact(body: ContactBody) -> ContactDraft:
    """The contact that a body describes."""
    return ContactDraft(body.name, tuple(body.channels))
