"""Which monitors are due, and who has claimed them: exclusive leases that end by themselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from struct import Struct, pack
from typing import Any

import redis

from uptime.domain.monitor import LOCAL
from uptime.domain.schedule import LEASE_MARGIN, phase_ms, to_ms
from uptime.store import keys
from uptime.store.scripts import Argument, Script

SOON_MS = 1_000
"""What falls due within this time is claimed already; the check still begins at its planned time."""

REPAIRED_AT_ONCE = 1_000

ANSWER_KEPT = 600
"""Seconds for which the claims of a question can be asked for again; their leases have ended long before."""

Place = tuple[int, str]

_CONSTANTS = {"SOON_MS": SOON_MS, "LEASE_MARGIN_MS": int(LEASE_MARGIN.total_seconds() * 1000)}
_CLAIM = Struct(">QQQI")


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to check a monitor at its planned time, until timeout + 15 s have passed since it was renewed.

    `fence` is the number of this claim: whoever comes later with an older one is not heard.
    """

    monitor_id: int
    location: str
    planned_ms: int
    fence: int
    timeout_ms: int


class Due:
    """The schedule. Times in ms since 1970, or aware UTC datetimes; intervals in seconds."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._strangers: set[Place] = set()
        self._asker = token_hex(8)
        self._asked: defaultdict[str, int] = defaultdict(int)
        self._claim, self._take, self._finish, self._seize, self._put, self._repair, self._hasten = (
            Script(f"due_{name}", _CONSTANTS, prelude="due")
            for name in ("claim", "take", "finish", "seize", "put", "repair", "hasten")
        )

    def put(self, monitor_id: int, location: str, interval: int, timeout_ms: int, planned_ms: int) -> None:
        """Add a monitor, or move it to this planned time.

        A claim under way goes on, and the planned time is left alone, where interval and timeout are the same.
        """
        phase = phase_ms(monitor_id, interval)
        arguments: list[Argument] = [monitor_id, interval, phase, timeout_ms, planned_ms, location]
        self._run(self._put, location, arguments, keys.due_locations())

    def hasten(self, monitor_id: int, location: str, planned_ms: int) -> None:
        """Move a monitor to a planned time that comes sooner than its own, unless it is claimed."""
        self._run(self._hasten, location, [monitor_id, planned_ms])

    def drop(self, monitor_id: int) -> None:
        """Take a monitor out at every location; claims under way end."""
        self._drop((monitor_id, location) for location in self._locations())

    def claim(self, now: datetime, limit: int, location: str = LOCAL) -> list[Claim]:
        """Claim at most `limit` monitors that fall due within the next second.

        What was claimed and not finished comes back at its old planned time when its lease has ended; what is
        late by more than its interval and a lease comes at the newest planned time of its grid instead.
        After Unavailable the next call answers what the store may have claimed without our hearing of it.
        """
        number = self._asked[location] + 1
        arguments: list[Argument] = [to_ms(now), limit, number, ANSWER_KEPT]
        packed = self._run(self._claim, location, arguments, keys.due_answer(self._asker, location))
        self._asked[location] = number
        return [_claim(location, *parts) for parts in _CLAIM.iter_unpack(packed)]

    def take(self, claims: Sequence[Claim], now: datetime) -> list[Claim]:
        """Renew the leases of claims that are still held; the others are left out."""
        taken: set[tuple[str, int]] = set()
        for location, own in _by_location(claims).items():
            packed = b"".join(pack(">QQ", claim.monitor_id, claim.fence) for claim in own)
            held = self._run(self._take, location, [to_ms(now), packed])
            taken |= {(location, claim.fence) for claim, byte in zip(own, held, strict=True) if byte}
        return [claim for claim in claims if (claim.location, claim.fence) in taken]

    def finish(self, done: Sequence[tuple[Claim, int]]) -> int:
        """Set the next planned time (ms) of claims that are still held, and end them. How many those were."""
        next_planned = {(claim.location, claim.fence): planned_ms for claim, planned_ms in done}
        return sum(
            self._end(location, own, next_planned) for location, own in _by_location(claim for claim, _ in done).items()
        )

    def release(self, claims: Sequence[Claim]) -> int:
        """Hand claims that are still held back at their planned times. How many those were."""
        return sum(self._end(location, own, {}) for location, own in _by_location(claims).items())

    def seize(self, places: Sequence[Place], now: datetime) -> list[Claim | None]:
        """Claim the current planned time of each place, as far as it is still empty and nobody's.

        None where it has its heartbeat, is claimed, or the monitor is not in the schedule.
        """
        found: dict[Place, Claim | None] = {}
        ids: defaultdict[str, list[int]] = defaultdict(list)
        for id_, location in places:
            ids[location].append(id_)
        for location, own in ids.items():
            packed = self._run(self._seize, location, [to_ms(now), pack(f">{len(own)}Q", *own)])
            for id_, parts in zip(own, _CLAIM.iter_unpack(packed), strict=True):
                found[id_, location] = _claim(location, *parts) if parts[0] else found.get((id_, location))
        return [found[place] for place in places]

    def size(self, now: datetime, location: str = LOCAL) -> tuple[int, int, int | None]:
        """How many monitors there are, how many of them are overdue, and since when (ms) the first of those is."""
        key, now_ms = keys.due(location), to_ms(now)
        pipe = self._client.pipeline(transaction=False)
        pipe.zcard(key)
        pipe.zcount(key, "-inf", now_ms)
        pipe.zrange(key, 0, 0, withscores=True)
        total, overdue, first = pipe.execute()
        return total, overdue, int(first[0][1]) if overdue else None

    def repair(self, members: Mapping[Place, tuple[int, int]], now: datetime) -> list[Place]:
        """Bring the schedule in line with the monitors there are, given as (interval, timeout in ms).

        Missing and altered ones are put at their next planned time. Strangers are dropped when two repairs in
        a row have met them: a monitor may have been added since `members` was read. What lies further ahead
        than its interval and a lease, as it does when the clock was set back, is brought back: those are answered.
        """
        self._drop_strangers(set(members))
        back: list[Place] = []
        for location, own in _places(members).items():
            self._client.sadd(keys.due_locations(), location)
            for first in range(0, len(own), REPAIRED_AT_ONCE):
                part = own[first : first + REPAIRED_AT_ONCE]
                facts = b"".join(_facts(id_, *members[id_, location]) for id_ in part)
                packed = self._run(self._repair, location, [to_ms(now), facts])
                back += [(int.from_bytes(packed[at : at + 8], "big"), location) for at in range(0, len(packed), 8)]
        return back

    def _drop_strangers(self, members: set[Place]) -> None:
        present: set[Place] = set()
        for location in self._locations():
            ids: Any = self._client.zrange(keys.due(location), 0, -1)
            present |= {(int(id_), location) for id_ in ids}
        strangers = present - members
        self._drop(strangers & self._strangers)
        self._strangers = strangers - self._strangers

    def _drop(self, places: Iterable[Place]) -> None:
        pipe = self._client.pipeline(transaction=True)
        for id_, location in places:
            pipe.zrem(keys.due(location), id_)
            pipe.hdel(keys.due_facts(location), str(id_))
        pipe.execute()

    def _locations(self) -> list[str]:
        found: Any = self._client.smembers(keys.due_locations())
        return sorted(location.decode() for location in found)

    def _end(self, location: str, claims: Sequence[Claim], planned: Mapping[tuple[str, int], int]) -> int:
        packed = b"".join(
            pack(">QQQ", claim.monitor_id, claim.fence, planned.get((location, claim.fence), 0)) for claim in claims
        )
        return int(self._run(self._finish, location, [packed]))

    def _run(self, script: Script, location: str, arguments: Sequence[Argument], *further: str) -> Any:
        names = [keys.due(location), keys.due_facts(location), keys.due_fence(), *further]
        return script.run(self._client, names, arguments)


def _claim(location: str, monitor_id: int, planned_ms: int, fence: int, timeout_ms: int) -> Claim:
    return Claim(monitor_id, location, planned_ms, fence, timeout_ms)


def _by_location(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    found: defaultdict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        found[claim.location].append(claim)
    return found


def _places(members: Iterable[Place]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for id_, location in members:
        found[location].append(id_)
    return found


def _facts(monitor_id: int, interval: int, timeout_ms: int) -> bytes:
    return pack(">QIII", monitor_id, interval, phase_ms(monitor_id, interval), timeout_ms)
