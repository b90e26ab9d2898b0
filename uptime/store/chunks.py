"""Reads heartbeats back from their chunks: newest first, over as many chunks as it takes, cut by age."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

import redis

from uptime.domain.heartbeat import ANSWERING, Heartbeat
from uptime.domain.schedule import to_ms
from uptime.store import heartbeat_codec as codec
from uptime.store import keys

LEAST_A_CHUNK = 60
"""A full chunk holds at least this many heartbeats."""

EVIDENCE_REACH_MS = keys.HOUR_MS
"""The text of a failure is written again after this time, so that nobody has to look further back."""


class Chunk(NamedTuple):
    """A chunk as its index names it; seconds."""

    start: int
    span: int
    ended: int

    @property
    def start_ms(self) -> int:
        return self.start * 1000

    @property
    def end_ms(self) -> int:
        return (self.start + self.span) * 1000


class Entry(NamedTuple):
    """A heartbeat not decoded yet; `planned_ms` carries a half when it is an extra."""

    planned_ms: float
    start_ms: int
    packed: bytes

    @property
    def end_ms(self) -> int:
        return codec.end_ms(self.packed, self.planned_ms - self.start_ms, self.start_ms)


@dataclass(frozen=True, slots=True)
class Window:
    """Which heartbeats are wanted: those that ended from `earliest` to `latest`, in ms; the newest `limit` of them."""

    earliest: int | None
    latest: int | None
    limit: int | None

    def holds(self, entry: Entry) -> bool:
        early = self.earliest is not None and entry.planned_ms < self.earliest and entry.end_ms < self.earliest
        return not early and (self.latest is None or entry.end_ms <= self.latest)


def window(
    now: datetime, ttl: int, *, limit: int | None = None, since: datetime | None = None, until: datetime | None = None
) -> Window:
    """The window of heartbeats not older than ttl seconds (0: of any age) between two moments."""
    cuts = [to_ms(now) - ttl * 1000] if ttl else []
    if since is not None:
        cuts.append(to_ms(since))
    return Window(max(cuts, default=None), None if until is None else to_ms(until), limit)


@dataclass(slots=True)
class _Timeline:
    """What has been read of one monitor so far."""

    chunks: list[Chunk]
    entries: list[Entry] = field(default_factory=list)
    texts: dict[bytes, codec.Evidence] = field(default_factory=dict)

    def newest(self, window: Window) -> list[Entry]:
        self.entries.sort(key=attrgetter("planned_ms"), reverse=True)
        return [entry for entry in self.entries if window.holds(entry)][: window.limit]


def read(client: redis.Redis, ids: Sequence[int], location: str, window: Window) -> dict[int, list[Heartbeat]]:
    """The heartbeats of each monitor in the window, the last to end first; three round trips at most."""
    timelines = {id_: _Timeline(found) for id_, found in indexes(client, ids, location, window).items()}
    first = None if window.limit is None else 1 + -(-(window.limit - 1) // LEAST_A_CHUNK)
    _fetch(client, location, window, timelines, {id_: line.chunks[:first] for id_, line in timelines.items()})
    if first is not None:
        rest = {id_: _lacking(line, window, first) for id_, line in timelines.items()}
        _fetch(client, location, window, timelines, rest)
    return {id_: _heartbeats(line, window) for id_, line in timelines.items()}


def indexes(client: redis.Redis, ids: Iterable[int], location: str, window: Window) -> dict[int, list[Chunk]]:
    """The chunks of each monitor that may hold heartbeats of the window, newest first."""
    wanted = list(dict.fromkeys(ids))
    pipe = client.pipeline(transaction=False)
    low = "-inf" if window.earliest is None else window.earliest // 1000
    for id_ in wanted:
        pipe.zrangebyscore(keys.chunks(id_, location), low, "+inf", withscores=True)
    rows: list[Any] = pipe.execute() if wanted else []
    return {id_: _sorted_chunks(found, window) for id_, found in zip(wanted, rows, strict=True)}


def _sorted_chunks(found: list[tuple[bytes, float]], window: Window) -> list[Chunk]:
    chunks = [_chunk(name, ended) for name, ended in found]
    wanted = [chunk for chunk in chunks if window.latest is None or chunk.start_ms <= window.latest]
    return sorted(wanted, key=lambda chunk: chunk.end_ms, reverse=True)


def _chunk(name: bytes, ended: float) -> Chunk:
    start, span = name.split(b":")
    return Chunk(int(start), int(span), int(ended))


def _lacking(line: _Timeline, window: Window, read: int) -> list[Chunk]:
    """The chunks not read yet that may hold some of the newest; chunks of two intervals can overlap."""
    newest = line.newest(window)
    floor = newest[-1].planned_ms if newest and len(newest) == window.limit else 0
    return [chunk for chunk in line.chunks[read:] if chunk.end_ms > floor]


def _fetch(
    client: redis.Redis,
    location: str,
    window: Window,
    timelines: Mapping[int, _Timeline],
    wanted: Mapping[int, list[Chunk]],
) -> None:
    pipe = client.pipeline(transaction=False)
    latest = "+inf" if window.latest is None else window.latest
    for id_, chunks in wanted.items():
        if chunks:
            reach = min(chunk.start_ms for chunk in chunks) - EVIDENCE_REACH_MS
            pipe.zrangebyscore(keys.evidence(id_, location), reach, latest)
        for chunk in chunks:
            _ask(pipe, keys.chunk(id_, location, chunk.start, chunk.span), chunk, window)
    answers = iter(pipe.execute() if len(pipe) else [])
    for id_, chunks in wanted.items():
        line = timelines[id_]
        if chunks:
            line.texts.update((text, codec.evidence(text)) for text in next(answers))
        for chunk in chunks:
            start = chunk.start_ms
            line.entries += [Entry(start + score, start, packed) for packed, score in next(answers)]


def _ask(pipe: Any, key: str, chunk: Chunk, window: Window) -> None:
    # What is cut off at the upper end may leave fewer than the limit, so a limit is only set where nothing is.
    if window.latest is not None:
        pipe.zrevrangebyscore(key, window.latest - chunk.start_ms + 0.5, "-inf", withscores=True)
    elif window.limit is not None:
        pipe.zrevrange(key, 0, window.limit - 1, withscores=True)
    else:
        pipe.zrevrange(key, 0, -1, withscores=True)


def _heartbeats(line: _Timeline, window: Window) -> list[Heartbeat]:
    texts = sorted(line.texts.values(), key=attrgetter("planned"))
    planned = [text.planned for text in texts]
    found = [
        _explained(codec.heartbeat(entry.packed, entry.planned_ms - entry.start_ms, entry.start_ms), texts, planned)
        for entry in line.newest(window)
    ]
    return sorted(found, key=attrgetter("at"), reverse=True)


def _explained(heartbeat: Heartbeat, texts: list[codec.Evidence], planned: list[datetime]) -> Heartbeat:
    if heartbeat.status in ANSWERING or not texts:
        return heartbeat
    for place in range(bisect_right(planned, heartbeat.slot.planned) - 1, -1, -1):
        if texts[place].reason is heartbeat.reason:
            return replace(heartbeat, message=texts[place].message)
    return heartbeat


def count(client: redis.Redis, monitor_id: int, location: str, window: Window) -> int:
    """How many heartbeats the window holds; only the chunks at its edge are read."""
    chunks = indexes(client, [monitor_id], location, window)[monitor_id]
    pipe = client.pipeline(transaction=False)
    for chunk in chunks:
        key = keys.chunk(monitor_id, location, chunk.start, chunk.span)
        if _inside(chunk, window):
            pipe.zcard(key)
        else:
            pipe.zrange(key, 0, -1, withscores=True)
    answers: list[Any] = pipe.execute() if chunks else []
    return sum(
        answer if isinstance(answer, int) else _held(answer, chunk, window)
        for answer, chunk in zip(answers, chunks, strict=True)
    )


def _inside(chunk: Chunk, window: Window) -> bool:
    begun = window.earliest is None or chunk.start_ms >= window.earliest
    return begun and (window.latest is None or chunk.ended * 1000 <= window.latest)


def _held(answer: list[tuple[bytes, float]], chunk: Chunk, window: Window) -> int:
    start = chunk.start_ms
    return sum(window.holds(Entry(start + score, start, packed)) for packed, score in answer)
