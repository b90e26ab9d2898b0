"""Channels and contacts: who is told, and how."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from uptime.channels import channel_types
from uptime.channels._kind import ChannelType
from uptime.core.audit import Audit
from uptime.domain import template
from uptime.domain.channel import Channel, ChannelDraft, Contact, ContactDraft, checked, checked_contact
from uptime.domain.delivery import Delivery, LogEntry, Outcome
from uptime.domain.errors import DeliveryFailed, Invalid, NotFound
from uptime.domain.masking import MASK
from uptime.domain.monitor import NAME_LIMIT, JsonValue
from uptime.domain.notification import Notification, Occasion
from uptime.domain.schedule import to_ms
from uptime.outbound import Outbound

if TYPE_CHECKING:
    from uptime.store import Store

log = logging.getLogger(__name__)

CHANNELS_LIMIT = 500


class Channels:
    """The channels of all accounts."""

    def __init__(self, store: "Store", out: Callable[[], Outbound], audit: Audit) -> None:
        self._store = store
        self._audit = audit
        self._out = out

    def kinds(self) -> Mapping[str, ChannelType]:
        """Every channel type by its word."""
        return channel_types()

    def add(self, account: int, draft: ChannelDraft, now: datetime) -> Channel:
        """A new channel. Invalid."""
        draft = _validated(draft)
        if len(self._store.channels.many(account)) >= CHANNELS_LIMIT:
            raise Invalid("name", f"There are {CHANNELS_LIMIT} channels already.")
        made = self._store.channels.add(_made(draft, account, now))
        self._audit.note("channel", None, made, now, hidden=_hidden(made))
        return made

    def replace(self, account: int, channel_id: int, draft: ChannelDraft, now: datetime) -> Channel:
        """Make a channel what the draft says; secrets that come back masked stay what they were. NotFound, Invalid."""

        was = self.get(account, channel_id)

        def alter(before: Channel) -> Channel:
            nonlocal was
            was = before
            known = _validated(replace(draft, settings=_with_secrets(draft, before)))
            fields = {name: getattr(known, name) for name in ChannelDraft.__dataclass_fields__}
            return replace(before, **fields, updated_at=now)

        channel = self._store.channels.update(account, channel_id, alter)
        # What waits for an attempt may be possible, or pointless, by now.
        self._store.deliveries.index.hurry(channel_id, now)
        self._audit.note("channel", was, channel, now, hidden=_hidden(was) | _hidden(channel))
        return channel

    def remove(self, account: int, channel_id: int, now: datetime) -> None:
        """Delete a channel, what it was to send, and its log. NotFound."""
        channel = self.get(account, channel_id)
        self._store.channels.remove(account, channel_id)
        self._store.deliveries.forget(channel_id)
        self._audit.note("channel", channel, None, now, hidden=_hidden(channel))

    def get(self, account: int, channel_id: int) -> Channel:
        """One channel. NotFound."""
        return self._store.channels.get(account, channel_id)

    def place(self, channel: Channel) -> str:
        """One line, without secrets, that says where its messages go."""
        kind = channel_types().get(channel.type)
        try:
            return kind.place(kind.build(channel.settings)) if kind else channel.type
        except Invalid:
            # Another version of the type has stored it.
            return channel.type

    def shown_settings(self, channel: Channel) -> dict[str, JsonValue]:
        """The settings with their secrets masked."""
        hidden = _secrets(channel)
        return {name: MASK if name in hidden and value else value for name, value in channel.settings.items()}

    def log(self, account: int, channel_id: int, limit: int) -> list[LogEntry]:
        """What became of the channel's messages, newest first. NotFound."""
        self._store.channels.get(account, channel_id)
        return self._store.deliveries.log(channel_id, limit)

    def waiting(self, account: int, channel_id: int) -> int:
        """How many messages wait to be sent. NotFound."""
        self._store.channels.get(account, channel_id)
        return len(self._store.deliveries.pending(channel_id))

    def test(self, account: int, channel_id: int, now: datetime) -> LogEntry:
        """Send a message that says it is a test, at once. NotFound, or DeliveryFailed."""
        channel = self._store.channels.get(account, channel_id)
        return self._try(channel, _test_message(channel, now), now)

    def test_draft(self, account: int, draft: ChannelDraft, now: datetime) -> LogEntry:
        """Send a test through a channel that is not stored. Invalid, or DeliveryFailed."""
        draft = _validated(draft)
        fields = {name: getattr(draft, name) for name in ChannelDraft.__dataclass_fields__}
        channel = Channel(**fields, account=account)
        return self._try(channel, _test_message(channel, now), now)

    def replay(self, account: int, channel_id: int, entry_id: str, now: datetime) -> LogEntry:
        """Send a message of the log once more, under the same event id. NotFound, or DeliveryFailed."""
        channel = self._store.channels.get(account, channel_id)
        found = (entry for entry in self._store.deliveries.log(channel_id, 1_000) if entry.id == entry_id)
        entry = next(found, None)
        if entry is None:
            raise NotFound("message")
        return self._try(channel, entry.notification, now)

    def preview(self, account: int, draft: ChannelDraft, now: datetime) -> Notification:
        """The newest message of the account in the words of these templates; one of a test where there was none."""
        draft = _validated(draft)
        known = [
            entry.notification
            for channel in self._store.channels.many(account)
            for entry in self._store.deliveries.log(channel.id, 20)
            if entry.notification.subject is not None
        ]
        newest = max(known, key=lambda one: one.at, default=_test_message(draft, now))
        return self._worded(draft, account, newest)

    def worded(self, channel: Channel, notification: Notification) -> Notification:
        """A notification in the words of a channel."""
        return self._worded(channel, channel.account, notification)

    def send(self, channel: Channel, notification: Notification) -> None:
        """Hand a message over. DeliveryFailed, or Invalid: the settings cannot be used any more."""
        kind = channel_types().get(channel.type)
        if kind is None:
            raise DeliveryFailed(f"There is no channel type {channel.type} in this version.", permanent=True)
        kind.send(kind.build(channel.settings), notification, self._out())

    def groups(self, channel: Channel) -> bool:
        """Whether a channel may tell many changes in one message."""
        kind = channel_types().get(channel.type)
        return kind is None or kind.grouped

    def _worded(self, draft: ChannelDraft, account: int, notification: Notification) -> Notification:
        zone = ZoneInfo(self._store.sites.get(account).timezone)
        return template.worded(notification, zone, title=draft.rules.title, text=draft.rules.text)

    def _try(self, channel: Channel, notification: Notification, now: datetime) -> LogEntry:
        notification = self.worded(channel, notification)
        began = time.monotonic()
        outcome, message, failure = Outcome.SENT, "Sent.", None
        try:
            self.send(channel, notification)
        except DeliveryFailed as error:
            outcome, message, failure = Outcome.FAILED, error.message, error
        took_ms = (time.monotonic() - began) * 1000
        entry = LogEntry(f"{notification.id}-{to_ms(now)}", now, outcome, notification, 1, message, took_ms)
        if channel.id:
            self._store.deliveries.done(channel.id, [], [entry], now)
        if failure is not None:
            raise failure
        return entry

    def list(self, account: int) -> list[Channel]:
        """All channels by id."""
        return self._store.channels.many(account)


class Welcome:
    """What a fresh account has: a contact with the e-mail channel of whoever made it."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def __call__(self, account: int, email: str, now: datetime) -> None:
        """Make them, unless the address cannot be written to."""
        try:
            draft = _validated(ChannelDraft(f"E-mail to {email}"[:NAME_LIMIT], "email", {"to": [email]}))
        except Invalid as error:
            log.warning("The account has no channel: %s", error.message)
            return
        channel = self._store.channels.add(_made(draft, account, now))
        self._store.contacts.save(Contact("Administrator", (channel.id,), account=account))


class Contacts:
    """Named sets of channels."""

    def __init__(self, store: "Store", audit: Audit) -> None:
        self._store = store
        self._audit = audit

    def add(self, account: int, draft: ContactDraft, now: datetime) -> Contact:
        """A new contact. Invalid."""
        draft = self._checked(account, draft)
        made = self._store.contacts.save(Contact(draft.name, draft.channels, account=account))
        self._audit.note("contact", None, made, now)
        return made

    def replace(self, account: int, contact_id: int, draft: ContactDraft, now: datetime) -> Contact:
        """Make a contact what the draft says. NotFound, Invalid."""
        draft = self._checked(account, draft)
        before = self._store.contacts.get(account, contact_id)
        after = self._store.contacts.save(replace(before, name=draft.name, channels=draft.channels))
        self._audit.note("contact", before, after, now)
        return after

    def remove(self, account: int, contact_id: int, now: datetime) -> None:
        """Delete a contact; its channels stay. NotFound."""
        contact = self.get(account, contact_id)
        self._store.contacts.remove(account, contact_id)
        self._audit.note("contact", contact, None, now)

    def get(self, account: int, contact_id: int) -> Contact:
        """One contact. NotFound."""
        return self._store.contacts.get(account, contact_id)

    def list(self, account: int) -> list[Contact]:
        """All contacts by id."""
        return self._store.contacts.many(account)

    def _checked(self, account: int, draft: ContactDraft) -> ContactDraft:
        draft = checked_contact(draft)
        known = {channel.id for channel in self._store.channels.many(account)}
        if strangers := [str(channel) for channel in draft.channels if channel not in known]:
            raise Invalid("channels", f"There is no channel {', '.join(strangers)}.")
        return draft


def _secrets(channel: Channel) -> frozenset[str]:
    """The settings that hold secrets: all of them where the type is not installed."""
    kind = channel_types().get(channel.type)
    return kind.secrets() if kind else frozenset(channel.settings)


def _hidden(channel: Channel) -> frozenset[str]:
    """The same by the names of the channel's fields."""
    return frozenset(f"settings.{name}" for name in _secrets(channel))


def _made(draft: ChannelDraft, account: int, now: datetime) -> Channel:
    fields = {name: getattr(draft, name) for name in ChannelDraft.__dataclass_fields__}
    return Channel(**fields, account=account, created_at=now, updated_at=now)


def _validated(draft: ChannelDraft) -> ChannelDraft:
    draft = checked(draft)
    kind = channel_types().get(draft.type)
    if kind is None:
        raise Invalid("type", f"There is no channel type {draft.type}. Known are {', '.join(sorted(channel_types()))}.")
    for name in ("title", "text"):
        template.checked(getattr(draft.rules, name), name)
    return replace(draft, settings=kind.dump(kind.build(draft.settings)))


def _with_secrets(draft: ChannelDraft, before: Channel) -> dict[str, Any]:
    """The draft's settings, with what comes back masked replaced by what it was.

    Invalid where another setting has changed that says where messages go: a secret goes nowhere else unasked.
    """
    kind = channel_types().get(draft.type)
    settings = dict(draft.settings)
    if kind is None or draft.type != before.type:
        return settings
    masked = [name for name in kind.secrets() if settings.get(name) == MASK]
    for name in masked:
        settings[name] = before.settings.get(name, "")
    if masked and kind.place(kind.build(settings)) != kind.place(kind.build(before.settings)):
        raise Invalid(masked[0], "The address has changed: type the secret again, it is not sent elsewhere unasked.")
    return settings


def _test_message(channel: ChannelDraft, now: datetime) -> Notification:
    return Notification(f"test-{to_ms(now)}", Occasion.TEST, "", "", now)


def delivery_of(notification: Notification, channel: Channel, monitor_id: int, not_before: datetime) -> Delivery:
    """A message on its way out of a channel."""
    return Delivery(
        id=f"{notification.id}@{channel.id}",
        monitor_id=monitor_id,
        order=to_ms(notification.at),
        notification=notification,
        not_before=not_before,
        repeat=channel.rules.repeat,
    )
