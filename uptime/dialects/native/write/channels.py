"""Channels and contacts; their secrets are masked."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING
from typing import Any, Literal, Protocol

from uptime.dialects.native.words import camel
from uptime.dialects.native.write import Wire, ms, ms_or_none
from uptime.domain.channel import Channel, Contact
from uptime.domain.delivery import LogEntry
from uptime.domain.fields import described, fields
from uptime.domain.monitor import JsonValue
from uptime.domain.notification import Notification


class Quiet(Wire):
    """A part of each day in which nothing is sent."""

    begin: str
    end: str
    zone: str


class ChannelShown(Wire):
    """A channel. `place` says where its messages go; `delay` and `repeat` in seconds."""

    id: int
    name: str
    type: str
    place: str
    settings: dict[str, Any]
    enabled: bool
    standard: bool
    delay: int
    repeat: int
    quiet: Quiet | None
    occasions: list[str]
    title: str
    text: str
    created_at: int | None
    updated_at: int | None


class Channels(Wire):
    """All channels."""

    channels: list[ChannelShown]


class ChannelSaved(Wire):
    """The channel as it is now."""

    success: Literal[True]
    channel: ChannelShown


class SettingShown(Wire):
    """One setting of a type of channel."""

    name: str
    label: str
    help: str
    required: bool
    secret: bool
    choices: list[str]


class TypeShown(Wire):
    """A type of channel with its settings."""

    type: str
    label: str
    settings: list[SettingShown]


class Types(Wire):
    """All types of channels."""

    types: list[TypeShown]


class Message(Wire):
    """A message as it is sent: one line, and the whole text."""

    event: str
    occasion: str
    title: str
    text: str


class LogLine(Wire):
    """What became of a message: sent, retry (it failed and is tried again), failed, or dropped."""

    id: str
    at: int
    outcome: str
    message: str
    attempts: int
    took_ms: float
    notification: Message


class Log(Wire):
    """The log of a channel, newest first, and how many messages wait."""

    waiting: int
    log: list[LogLine]


class Tried(Wire):
    """A message was handed over."""

    success: Literal[True]
    entry: LogLine


class ContactShown(Wire):
    """A contact and the ids of its channels."""

    id: int
    name: str
    channels: list[int]


class Contacts(Wire):
    """All contacts."""

    contacts: list[ContactShown]


class ContactSaved(Wire):
    """The contact as it is now."""

    success: Literal[True]
    contact: ContactShown


class Shown(Protocol):
    """What is asked of the core about a channel: where it leads, and its settings without secrets."""

    def place(self, channel: Channel) -> str: ...

    def shown_settings(self, channel: Channel) -> dict[str, JsonValue]: ...


class Kind(Protocol):
    """What is asked of a channel type here."""

    @property
    def word(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def settings(self) -> Any: ...


def channel(channel: Channel, shown: Shown) -> ChannelShown:
    """A channel as this wire shows it."""
    rules = channel.rules
    quiet = rules.quiet
    return ChannelShown(
        id=channel.id,
        name=channel.name,
        type=channel.type,
        place=shown.place(channel),
        settings={camel(name): value for name, value in shown.shown_settings(channel).items()},
        enabled=channel.enabled,
        standard=channel.standard,
        delay=rules.delay,
        repeat=rules.repeat,
        quiet=Quiet(begin=quiet.begin, end=quiet.end, zone=quiet.zone) if quiet else None,
        occasions=[occasion.value for occasion in rules.occasions],
        title=rules.title,
        text=rules.text,
        created_at=ms_or_none(channel.created_at),
        updated_at=ms_or_none(channel.updated_at),
    )


def saved(made: Channel, shown: Shown) -> ChannelSaved:
    return ChannelSaved(success=True, channel=channel(made, shown))


def types(kinds: Mapping[str, Kind]) -> Types:
    """Every type with its settings, as their forms need them."""
    return Types(
        types=[
            TypeShown(
                type=kind.word, label=kind.label, settings=[_setting(field) for field, _ in fields(kind.settings)]
            )
            for kind in kinds.values()
        ]
    )


def _setting(field: Any) -> SettingShown:
    how = described(field)
    return SettingShown(
        name=camel(field.name),
        label=how.label,
        help=how.help,
        required=field.default is MISSING and field.default_factory is MISSING,
        secret=how.secret,
        choices=list(how.choices),
    )


def message(notification: Notification) -> Message:
    return Message(
        event=notification.id,
        occasion=notification.occasion.value,
        title=notification.title,
        text=notification.text,
    )


def line(entry: LogEntry) -> LogLine:
    return LogLine(
        id=entry.id,
        at=ms(entry.at),
        outcome=entry.outcome.value,
        message=entry.message,
        attempts=entry.attempts,
        took_ms=round(entry.took_ms, 1),
        notification=message(entry.notification),
    )


def log(entries: Iterable[LogEntry], waiting: int) -> Log:
    return Log(waiting=waiting, log=[line(entry) for entry in entries])


def contact(contact: Contact) -> ContactShown:
    return ContactShown(id=contact.id, name=contact.name, channels=list(contact.channels))


def contact_saved(made: Contact) -> ContactSaved:
    return ContactSaved(success=True, contact=contact(made))
