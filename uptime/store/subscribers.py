"""Subscribers, and the messages that are on their way to them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from uptime.domain.errors import NotFound
from uptime.domain.schedule import to_ms
from uptime.domain.subscriber import Posting, Subscriber, Wish
from uptime.store import keys
from uptime.store.changing import change, read
from uptime.store.client import Client, Commands
from uptime.store.codec import decode, encode
from uptime.store.scripts import Script

LEASE = timedelta(minutes=2)
"""How long a posting is nobody else's while it is sent; whoever died leaves it to the next after that."""


class Subscribers:
    """The subscribers of all accounts: on one page an address is one subscriber."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._claim = Script("cron_claim")

    def put(self, subscriber: Subscriber) -> Subscriber:
        """Store a subscriber, with an id; one of that page and address is replaced and keeps its own."""
        account, place = subscriber.account, _place(subscriber)
        fresh = int(self._client.incr(keys.subscriber_ids()))

        def attempt(pipe: Commands) -> Subscriber:
            known = read(pipe, "HGET", keys.subscriber_addresses(account), place)
            made = replace(subscriber, id=int(known) if known else fresh)
            pipe.multi()
            pipe.hset(keys.subscribers(account), str(made.id), encode(made))
            pipe.hset(keys.subscriber_addresses(account), place, str(made.id))
            return made

        return change(self._client, keys.subscriber_addresses(account), attempt)

    def get(self, account: int, subscriber_id: int) -> Subscriber:
        """One subscriber. NotFound."""
        raw = self._client.hget(keys.subscribers(account), str(subscriber_id))
        if raw is None:
            raise NotFound("subscriber")
        return decode(Subscriber, raw)

    def at(self, wish: Wish) -> Subscriber | None:
        """The subscriber of that page and address."""
        found: Any = self._client.hget(keys.subscriber_addresses(wish.account), _place(wish))
        raw = self._client.hget(keys.subscribers(wish.account), found) if found else None
        return decode(Subscriber, raw) if raw else None

    def many(self, account: int) -> list[Subscriber]:
        """The subscribers of an account by id."""
        found = [decode(Subscriber, raw) for raw in self._client.hvals(keys.subscribers(account))]
        return sorted(found, key=lambda subscriber: subscriber.id)

    def remove(self, account: int, subscriber_id: int) -> Subscriber:
        """Delete a subscriber; returns it as it was. NotFound."""
        gone = self.get(account, subscriber_id)
        with self._client.pipeline() as pipe:
            pipe.hdel(keys.subscribers(account), str(gone.id))
            pipe.hdel(keys.subscriber_addresses(account), _place(gone))
            pipe.execute()
        return gone

    def post(self, postings: Sequence[Posting], now: datetime) -> None:
        """Put messages on their way; those that are on it already stay as they are."""
        with self._client.pipeline() as pipe:
            for posting in postings:
                pipe.hsetnx(keys.postings(), posting.id, encode(posting))
                pipe.zadd(keys.postings_due(), {posting.id: to_ms(now)}, nx=True)
            pipe.execute()

    def is_due(self, now: datetime) -> bool:
        """Whether there is a message that may go now."""
        return bool(self._client.zcount(keys.postings_due(), "-inf", to_ms(now)))

    def claim(self, now: datetime, limit: int) -> list[Posting]:
        """Messages that may go now; nobody else gets them until the lease ends."""
        found = self._claim.run(self._client, [keys.postings_due()], [to_ms(now), to_ms(now + LEASE), limit])
        members: list[Any] = list(found)
        raws: list[Any] = self._client.hmget(keys.postings(), members) if members else []
        lost = [member for member, raw in zip(members, raws, strict=True) if raw is None]
        if lost:
            self._client.zrem(keys.postings_due(), *lost)
        return [decode(Posting, raw) for raw in raws if raw is not None]

    def again(self, posting: Posting, at: datetime) -> None:
        """Try a message once more at a moment."""
        with self._client.pipeline() as pipe:
            pipe.hset(keys.postings(), posting.id, encode(posting))
            pipe.zadd(keys.postings_due(), {posting.id: to_ms(at)})
            pipe.execute()

    def done(self, posting: Posting) -> None:
        """A message was sent, or is given up."""
        with self._client.pipeline() as pipe:
            pipe.hdel(keys.postings(), posting.id)
            pipe.zrem(keys.postings_due(), posting.id)
            pipe.execute()


def _place(wish: Wish) -> str:
    return f"{wish.page_id}:{wish.by}:{wish.address}"
