"""Everything that lasts in the store, key by key: read for a backup, and written back from one."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import translate
from typing import Any

from uptime.domain.schedule import from_ms, to_ms
from uptime.store import keys
from uptime.store.client import Client, Commands

LOT = 500
"""Keys that are read in one step at most."""

PIECE = 1_000
"""Members that are written by one command at most."""


class Kind(StrEnum):
    """The types of values that we use."""

    STRING = "string"
    HASH = "hash"
    LIST = "list"
    SET = "set"
    ZSET = "zset"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and what it holds: bytes, a list of bytes, or pairs of a member and its score or value.

    `expires_ms` since 1970, None where it does not expire.
    """

    key: bytes
    kind: Kind
    value: Any
    expires_ms: int | None = None


class Backups:
    """Reads and writes with the commands of each type, which all versions and kinds of stores understand alike."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def lots(self) -> list[list[bytes]]:
        """Every key that lasts, in lots to be read in one step each.

        What shares a hash tag stands together, so that a monitor's state and its heartbeats agree. Monitors come
        first and the accounts last: the repair goes through the accounts and must find everything of theirs there.
        """
        by_tag: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for key in self._lasting():
            by_tag[_tag(key)].append(key)
        lots = []
        for tag in sorted(by_tag, key=_rank):
            # The other way round, so that the newest chunk is read together with the state.
            found = sorted(by_tag[tag], reverse=True)
            lots += [found[first : first + LOT] for first in range(0, len(found), LOT)]
        return lots

    def count(self) -> int:
        """How many keys there are that last."""
        return sum(1 for _ in self._lasting())

    def read(self, lot: Sequence[bytes]) -> list[Entry]:
        """What these keys hold; those that have gone meanwhile are left out."""
        with self._client.pipeline(transaction=False) as pipe:
            for key in lot:
                pipe.type(key)
            kinds = [kind.decode() for kind in pipe.execute()]
        there = [(key, Kind(kind)) for key, kind in zip(lot, kinds, strict=True) if kind != "none"]
        with self._client.pipeline() as pipe:
            pipe.time()
            for key, kind in there:
                pipe.pttl(key)
                _ask(pipe, key, kind)
            (seconds, micros), *answers = pipe.execute()
        now_ms = seconds * 1000 + micros // 1000
        entries = []
        for (key, kind), left, value in zip(there, answers[::2], answers[1::2], strict=True):
            if left != GONE:
                entries.append(Entry(key, kind, _plain(kind, value), now_ms + left if left >= 0 else None))
        return entries

    def write(self, entries: Sequence[Entry], now: datetime) -> int:
        """Put entries into a store that does not hold their keys; how many of them have not expired by now."""
        written = 0
        with self._client.pipeline(transaction=False) as pipe:
            for entry in entries:
                if entry.expires_ms is not None and entry.expires_ms <= to_ms(now):
                    continue
                _put(pipe, entry)
                if entry.expires_ms is not None:
                    pipe.pexpireat(entry.key, entry.expires_ms)
                written += 1
            pipe.execute()
        return written

    def begin(self, now: datetime) -> None:
        """Note that a restore begins."""
        self._client.set(keys.restoring(), to_ms(now))

    def end(self) -> None:
        """Note that it has ended."""
        self._client.delete(keys.restoring())

    def interrupted(self) -> datetime | None:
        """When the restore began that did not end, or has not yet."""
        began = self._client.get(keys.restoring())
        return None if began is None else from_ms(int(began))

    def _lasting(self) -> Iterator[bytes]:
        seen: set[bytes] = set()
        for key in self._client.scan_iter(keys.EVERYTHING, count=1_000):
            # A scan may meet a key twice.
            if key not in seen and not PASSING.match(key):
                seen.add(key)
                yield key


PASSING = re.compile("|".join(map(translate, keys.PASSING)).encode())

GONE = -2
"""What the store answers for the time left of a key that there is not."""

MEMBERS: Mapping[Kind, str] = {Kind.HASH: "HSET", Kind.LIST: "RPUSH", Kind.SET: "SADD", Kind.ZSET: "ZADD"}


def _ask(pipe: Commands, key: bytes, kind: Kind) -> None:
    match kind:
        case Kind.STRING:
            pipe.get(key)
        case Kind.HASH:
            pipe.hgetall(key)
        case Kind.LIST:
            pipe.lrange(key, 0, -1)
        case Kind.SET:
            pipe.smembers(key)
        case Kind.ZSET:
            pipe.zrange(key, 0, -1, withscores=True)


def _plain(kind: Kind, value: Any) -> Any:
    match kind:
        case Kind.HASH:
            return sorted(value.items())
        case Kind.SET:
            return sorted(value)
        case _:
            return value


def _put(pipe: Commands, entry: Entry) -> None:
    if entry.kind is Kind.STRING:
        pipe.set(entry.key, entry.value)
        return
    for first in range(0, len(entry.value), PIECE):
        pipe.execute_command(MEMBERS[entry.kind], entry.key, *_members(entry, first))  # type: ignore[no-untyped-call]


def _members(entry: Entry, first: int) -> Iterator[bytes | str]:
    for member in entry.value[first : first + PIECE]:
        match entry.kind:
            case Kind.HASH:
                yield from member
            case Kind.ZSET:
                yield from (repr(member[1]), member[0])
            case _:
                yield member


def _tag(key: bytes) -> bytes:
    return key.partition(b"{")[2].partition(b"}")[0]


def _rank(tag: bytes) -> tuple[int, bytes]:
    return (0 if tag.startswith(b"m") and tag[1:].isdigit() else 1 if tag else 2), tag
