"""An index of what has something to do, and from when on; kept beside the things, and mended from them."""

import random
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from uptime.domain.schedule import to_ms
from uptime.store.client import Client
from uptime.store.scripts import Call, Script


class Ready(NamedTuple):
    """A member whose time has come, with the mark by which a later change of its time is noticed."""

    id: int
    mark: float


class ReadyIndex:
    """Members are ids. Whoever has something for a member calls it up after having written that down."""

    def __init__(self, client: Client, key: str) -> None:
        self._client = client
        self._key = key
        self._settle = Script("settle")

    def call(self, ids: Iterable[int], at: datetime) -> None:
        """Have these looked at from a moment on. It is a new mark, whatever the time was."""
        marks = {str(id_): _mark(at) for id_ in ids}
        if marks:
            self._client.zadd(self._key, marks)

    def hurry(self, id_: int, at: datetime) -> None:
        """Have one looked at from a moment on, unless it is looked at before that anyway."""
        self._client.zadd(self._key, {str(id_): _mark(at)}, lt=True)

    def postpone(self, id_: int, at: datetime) -> Ready:
        """Have one looked at not before a moment, unless it is called; with the mark to settle it by."""
        mark = _mark(at)
        self._client.zadd(self._key, {str(id_): mark})
        return Ready(id_, mark)

    def remove(self, id_: int) -> None:
        """Take one out."""
        self._client.zrem(self._key, id_)

    def due(self, now: datetime, limit: int) -> list[Ready]:
        """Members whose time has come, the first first."""
        found: Any = self._client.zrangebyscore(self._key, "-inf", to_ms(now) + 1, 0, limit, withscores=True)
        return [Ready(int(member), score) for member, score in found]

    def settle(self, done: Iterable[tuple[Ready, datetime | None]]) -> None:
        """Take members out, or have them looked at again; those that were called meanwhile stay."""
        calls: list[Call] = [([self._key], [one.id, repr(one.mark), _mark(at) if at else ""]) for one, at in done]
        if calls:
            self._settle.run_each(self._client, calls)

    def size(self) -> int:
        """How many members there are."""
        return int(self._client.zcard(self._key))


def _mark(at: datetime) -> float:
    # Thousandths tell two writes of one millisecond apart, and a float of this size can hold them.
    return to_ms(at) + random.randrange(1, 1000) / 1000  # noqa: S311 - no secret
