"""Tags of all accounts."""

from collections.abc import Callable, Iterable

from uptime.domain.errors import NotFound
from uptime.domain.tag import Tag
from uptime.store import keys
from uptime.store.changing import change, read
from uptime.store.client import Client, Commands
from uptime.store.codec import decode, encode


class Tags:
    """The tags, all of an account in one hash, so that what is changed can be judged by all the others."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def new_id(self) -> int:
        return int(self._client.incr(keys.tag_ids()))

    def many(self, account: int) -> list[Tag]:
        """The tags of an account by id."""
        return _sorted(self._client.hvals(keys.tags(account)))

    def change(self, account: int, alter: Callable[[list[Tag]], Tag]) -> tuple[Tag | None, Tag]:
        """Add or replace the tag that `alter` makes, seeing all there are, whoever else does so meanwhile.

        What it was before, and what it is now.
        """

        def attempt(pipe: Commands) -> tuple[Tag | None, Tag]:
            there = _sorted(read(pipe, "HVALS", keys.tags(account)))
            tag = alter(there)
            pipe.multi()
            pipe.hset(keys.tags(account), str(tag.id), encode(tag))
            return next((each for each in there if each.id == tag.id), None), tag

        return change(self._client, keys.tags(account), attempt)

    def remove(self, account: int, tag_id: int) -> None:
        """Delete a tag. NotFound."""
        if not self._client.hdel(keys.tags(account), str(tag_id)):
            raise NotFound("tag")


def _sorted(raw: Iterable[bytes | str]) -> list[Tag]:
    return sorted((decode(Tag, each) for each in raw), key=lambda tag: tag.id)
