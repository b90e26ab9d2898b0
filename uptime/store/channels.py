"""Channels and contacts of all accounts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from uptime.domain.channel import Channel, Contact
from uptime.domain.errors import NotFound
from uptime.store import keys
from uptime.store.changing import change, read
from uptime.store.client import Client, Commands
from uptime.store.codec import decode, encode


class Channels:
    """The channels of all accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def add(self, channel: Channel) -> Channel:
        """Store a new channel; with its id."""
        channel = replace(channel, id=int(self._client.incr(keys.channel_ids())))
        self._client.set(keys.channel_account(channel.id), channel.account)
        self._client.hset(keys.channels(channel.account), str(channel.id), encode(channel))
        return channel

    def find(self, channel_id: int) -> Channel | None:
        """A channel of whatever account."""
        account: Any = self._client.get(keys.channel_account(channel_id))
        raw = self._client.hget(keys.channels(int(account)), str(channel_id)) if account else None
        return decode(Channel, raw) if raw else None

    def get(self, account: int, channel_id: int) -> Channel:
        """One channel of an account. NotFound."""
        raw = self._client.hget(keys.channels(account), str(channel_id))
        if raw is None:
            raise NotFound("channel")
        return decode(Channel, raw)

    def many(self, account: int) -> list[Channel]:
        """The channels of an account by id."""
        found = [decode(Channel, raw) for raw in self._client.hvals(keys.channels(account))]
        return sorted(found, key=lambda channel: channel.id)

    def update(self, account: int, channel_id: int, alter: Callable[[Channel], Channel]) -> Channel:
        """Change a channel, whoever else does so at the same time; returns it as it is now. NotFound."""

        def attempt(pipe: Commands) -> Channel:
            raw = read(pipe, "HGET", keys.channels(account), channel_id)
            if raw is None:
                raise NotFound("channel")
            after = alter(decode(Channel, raw))
            pipe.multi()
            pipe.hset(keys.channels(account), str(channel_id), encode(after))
            return after

        return change(self._client, keys.channels(account), attempt)

    def remove(self, account: int, channel_id: int) -> Channel:
        """Delete a channel. NotFound."""
        channel = self.get(account, channel_id)
        self._client.hdel(keys.channels(account), str(channel_id))
        self._client.unlink(keys.channel_account(channel_id))
        return channel


class Contacts:
    """The contacts of all accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def save(self, contact: Contact) -> Contact:
        """Store a contact, new or changed; with its id."""
        if not contact.id:
            contact = replace(contact, id=int(self._client.incr(keys.channel_ids())))
        self._client.hset(keys.contacts(contact.account), str(contact.id), encode(contact))
        return contact

    def get(self, account: int, contact_id: int) -> Contact:
        """One contact. NotFound."""
        raw = self._client.hget(keys.contacts(account), str(contact_id))
        if raw is None:
            raise NotFound("contact")
        return decode(Contact, raw)

    def many(self, account: int) -> list[Contact]:
        """The contacts of an account by id."""
        found = [decode(Contact, raw) for raw in self._client.hvals(keys.contacts(account))]
        return sorted(found, key=lambda contact: contact.id)

    def remove(self, account: int, contact_id: int) -> None:
        """Delete a contact. NotFound."""
        if not self._client.hdel(keys.contacts(account), str(contact_id)):
            raise NotFound("contact")
