"""Channels: list, add, replace, delete, test, preview, log, replay."""

from dataclasses import fields

from uptime.current import core, now
from uptime.dialects.native.read import channels as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.words import camel
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import channels as write
from uptime.domain.channel import ChannelDraft
from uptime.domain.user import Caller, Scope


@operation("GET", "/channels", tag="channels", needs=Scope.ADMIN, answers={200: write.Channels})
def list_channels(caller: Caller) -> Answer:
    """All channels, their secrets masked."""
    found = core().channels.list(caller.account)
    return write.Channels(channels=[write.channel(each, core().channels) for each in found])


@operation("GET", "/channels/types", tag="channels", needs=Scope.READ, answers={200: write.Types})
def list_channel_types(caller: Caller) -> Answer:
    """Every type of channel with its settings."""
    return write.types(core().channels.kinds())


@operation("POST", "/channels", tag="channels", needs=Scope.ADMIN, answers={201: write.ChannelSaved})
def add_channel(caller: Caller, body: read.ChannelBody) -> Answer:
    """Adds a channel. Nothing is sent yet: test it."""
    return write.saved(core().channels.add(caller.account, _draft(body), now()), core().channels), 201


@operation("PUT", "/channels", tag="channels", needs=Scope.ADMIN, refuses=(404,), answers={200: write.ChannelSaved})
def replace_channel(caller: Caller, query: read.WhichChannel, body: read.ChannelBody) -> Answer:
    """Replaces a channel whole; secrets that come back masked stay what they were."""
    return write.saved(core().channels.replace(caller.account, query.id, _draft(body), now()), core().channels)


@operation("DELETE", "/channels", tag="channels", needs=Scope.ADMIN, refuses=(404,), answers={200: Done})
def remove_channel(caller: Caller, query: read.WhichChannel) -> Answer:
    """Deletes a channel with what it was to send and its log."""
    core().channels.remove(caller.account, query.id, now())
    return Done(success=True, message="Channel deleted")


@operation(
    "POST", "/channels/test", tag="channels", needs=Scope.ADMIN, refuses=(400, 404, 422), answers={200: write.Tried}
)
def test_channel(caller: Caller, query: read.WhichChannel) -> Answer:
    """Sends a message that says it is a test. 422: the channel did not accept it."""
    return write.Tried(success=True, entry=write.line(core().channels.test(caller.account, query.id, now())))


@operation("POST", "/channels/try", tag="channels", needs=Scope.ADMIN, refuses=(422,), answers={200: write.Tried})
def try_channel(caller: Caller, body: read.ChannelBody) -> Answer:
    """Sends a test through a channel that is not stored."""
    return write.Tried(success=True, entry=write.line(core().channels.test_draft(caller.account, _draft(body), now())))


@operation("POST", "/channels/preview", tag="channels", needs=Scope.ADMIN, answers={200: write.Message})
def preview_channel(caller: Caller, body: read.ChannelBody) -> Answer:
    """The newest real message in the words of these templates; nothing is sent."""
    return write.message(core().channels.preview(caller.account, _draft(body), now()))


@operation("GET", "/channels/log", tag="channels", needs=Scope.ADMIN, refuses=(404,), answers={200: write.Log})
def channel_log(caller: Caller, query: read.LogQuery) -> Answer:
    """What became of a channel's messages, newest first."""
    entries = core().channels.log(caller.account, query.id, query.limit)
    return write.log(entries, core().channels.waiting(caller.account, query.id))


@operation(
    "POST", "/channels/replay", tag="channels", needs=Scope.ADMIN, refuses=(400, 404, 422), answers={200: write.Tried}
)
def replay_message(caller: Caller, query: read.ReplayQuery) -> Answer:
    """Sends a message of the log once more, under the same event id."""
    entry = core().channels.replay(caller.account, query.id, query.entry, now())
    return write.Tried(success=True, entry=write.line(entry))


@operation("GET", "/contacts", tag="channels", needs=Scope.READ, answers={200: write.Contacts})
def list_contacts(caller: Caller) -> Answer:
    """All contacts: names for several channels."""
    return write.Contacts(contacts=[write.contact(each) for each in core().contacts.list(caller.account)])


@operation("POST", "/contacts", tag="channels", needs=Scope.ADMIN, answers={201: write.ContactSaved})
def add_contact(caller: Caller, body: read.ContactBody) -> Answer:
    """Adds a contact."""
    return write.contact_saved(core().contacts.add(caller.account, read.contact(body), now())), 201


@operation("PUT", "/contacts", tag="channels", needs=Scope.ADMIN, refuses=(404,), answers={200: write.ContactSaved})
def replace_contact(caller: Caller, query: read.WhichChannel, body: read.ContactBody) -> Answer:
    """Replaces a contact whole."""
    return write.contact_saved(core().contacts.replace(caller.account, query.id, read.contact(body), now()))


@operation("DELETE", "/contacts", tag="channels", needs=Scope.ADMIN, refuses=(404,), answers={200: Done})
def remove_contact(caller: Caller, query: read.WhichChannel) -> Answer:
    """Deletes a contact; its channels stay."""
    core().contacts.remove(caller.account, query.id, now())
    return Done(success=True, message="Contact deleted")


def _draft(body: read.ChannelBody) -> ChannelDraft:
    """The draft with the settings under our names: on this wire they are in camel case."""
    draft = read.draft(body)
    kind = core().channels.kinds().get(draft.type)
    if kind is None:
        return draft
    known = {camel(field.name): field.name for field in fields(kind.settings)}
    settings = {known.get(name, name): value for name, value in draft.settings.items() if value is not None}
    return ChannelDraft(draft.name, draft.type, settings, draft.enabled, draft.standard, draft.rules)
