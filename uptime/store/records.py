"""A heartbeat on its way to the store, and the call of the script that puts it on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from struct import Struct

from uptime.domain.alerting import Event
from uptime.domain.heartbeat import ANSWERING, NOT_FAILING, Change, Heartbeat, Status, Verdict
from uptime.domain.notification import Seen
from uptime.domain.outage import opened
from uptime.domain.result import Certificate
from uptime.domain.schedule import chunk_span, to_ms
from uptime.store import heartbeat_codec as packed
from uptime.store import keys
from uptime.store.codec import encode
from uptime.store.rollups import missed
from uptime.store.scripts import Script

SLACK = 75
"""Seconds that a heartbeat may end after its chunk, beside one interval: the longest timeout and the lease."""

CHANGES, EVIDENCES, TOKENS, EVENTS = 10_000, 5_000, 1_000, 1_000
"""How many are kept of each at most, for every monitor and location."""

LONGEST_TTL = (1 << 32) - 1
"""Seconds; what is to be kept longer is kept for 136 years."""

_NUMBERS = Struct(">QQIQIIBB3s")

_span = lru_cache(maxsize=1024)(chunk_span)
_certificate = lru_cache(maxsize=1024)(encode)


class Outcome(StrEnum):
    """What became of a heartbeat. CONFLICT: the state moved on meanwhile; judge again and write again."""

    WRITTEN = "written"
    REPEATED = "repeated"
    CONFLICT = "conflict"


OUTCOMES = {1: Outcome.WRITTEN, 2: Outcome.REPEATED, 3: Outcome.CONFLICT}
"""By what the script answers."""


@dataclass(frozen=True, slots=True)
class Record:
    """One judged heartbeat with what the store has to know beside it.

    `interval` and `ttl` in seconds (ttl 0: no limit). `before_version` is that of the state that was judged from,
    `settled_before` its status: what a pending heartbeat counts as. `missed_ms` are the planned times before
    this one that nobody measured, ascending. `evidence` is an excerpt of what a failing target answered.
    """

    monitor_id: int
    location: str
    interval: int
    ttl: int
    verdict: Verdict
    before_version: int
    settled_before: Status
    missed_ms: Sequence[int] = ()
    certificate: Certificate | None = None
    evidence: str | None = None


def script(retention: keys.Retention) -> Script:
    """The recording script for these lifetimes."""
    return Script(
        "record",
        {
            "SLACK": SLACK,
            "CHANGES": CHANGES,
            "EVIDENCES": EVIDENCES,
            "TOKENS": TOKENS,
            "EVENTS": EVENTS,
            "COUNT_FIELDS": keys.COUNT_FIELDS,
            "HOURS_A_STRING": keys.HOURS_A_STRING,
            "DAYS_A_STRING": keys.DAYS_A_STRING,
            "HOURS_A_HASH": keys.HOURS_A_HASH,
            "DAYS_A_HASH": keys.DAYS_A_HASH,
            "NO_BIN": packed.NO_BIN,
            "HOUR_SECONDS": retention.hour_days * 86_400,
            "DAY_SECONDS": retention.day_days * 86_400,
            "CHANGE_SECONDS": retention.change_days * 86_400,
            "EVIDENCE_SECONDS": retention.evidence_days * 86_400,
        },
    )


def call(record: Record, retention: keys.Retention) -> tuple[tuple[str, ...], list[bytes | str]]:
    """The keys and arguments of the script for one record."""
    beat = record.verdict.heartbeat
    planned_ms, at_ms, span = to_ms(beat.slot.planned), to_ms(beat.at), _span(record.interval)
    start = planned_ms // (span * 1000) * span
    names = _keys(record.monitor_id, record.location, start, span, planned_ms // keys.HOUR_MS)
    offset = planned_ms - start * 1000
    arguments: list[bytes | str] = [
        packed.packed_version(record.before_version),
        packed.packed_state(record.verdict.state),
        str(offset) if beat.slot.token is None else f"{offset}.5",
        packed.member(beat, planned_ms, at_ms, start * 1000, span * 1000),
        _numbers(record, beat, (planned_ms, at_ms, min(record.ttl, LONGEST_TTL), start, span, record.interval)),
        record.location,
    ]
    failing = beat.status not in NOT_FAILING
    if failing or beat.slot.token or record.missed_ms or record.verdict.change or record.certificate:
        names += _rare_keys(record.monitor_id, record.location)
        arguments += _rare(record, beat, failing)
        for name, additions in missed(record.monitor_id, record.location, record.missed_ms, planned_ms, retention):
            names += (name,)
            arguments.append(additions)
    return names, arguments


def _numbers(record: Record, beat: Heartbeat, times: tuple[int, ...]) -> bytes:
    counted = record.settled_before if beat.status is Status.PENDING else beat.status
    latency = packed.latency_hundredths(beat.latency_ms)
    # What took no time at all was not measured: groups, manual monitors, pushes that name none.
    bin_ = packed.latency_bin(latency) if beat.status in ANSWERING and latency else packed.NO_BIN
    return _NUMBERS.pack(*times, packed.STATUS_NUMBER[counted], bin_, latency.to_bytes(3, "big"))


def _rare(record: Record, beat: Heartbeat, failing: bool) -> list[bytes | str]:
    """Token, text, excerpt, change, end of an open outage, new outage, certificate, event; each may be empty."""
    change, state, certificate = record.verdict.change, record.verdict.state, record.certificate
    outage = opened(change, state.since or change.at) if change else None
    ended = outage.start if outage else change.at if change else None
    return [
        beat.slot.token or "",
        packed.packed_text(beat) if failing else "",
        packed.packed_excerpt(record.evidence) if failing else "",
        encode(change) if change else "",
        packed.packed_moment(ended) if ended else "",
        packed.packed_outage(outage) if outage else "",
        _certificate(certificate) if certificate else "",
        encode(_event(record, change)) if change else "",
    ]


def _event(record: Record, change: Change) -> Event:
    """The change with what was seen, for those who tell people."""
    beat = record.verdict.heartbeat
    seen = Seen(
        message=beat.message,
        reason=beat.reason,
        status_code=beat.status_code,
        latency_ms=beat.latency_ms,
        phases=beat.phases,
        excerpt=record.evidence or "",
    )
    return Event(record.monitor_id, record.location, change, record.verdict.state.since or change.at, seen)


def _keys(monitor_id: int, location: str, start: int, span: int, hour: int) -> tuple[str, ...]:
    day = hour // 24
    state, chunks, rollups, locations = _lasting_keys(monitor_id, location)
    return (
        state,
        keys.chunk(monitor_id, location, start, span),
        chunks,
        keys.hour_counts(monitor_id, location, hour),
        keys.day_counts(monitor_id, location, day),
        keys.hour_latencies(monitor_id, location, hour),
        keys.day_latencies(monitor_id, location, day),
        rollups,
        locations,
    )


# Every monitor comes by once in each interval, so a cache smaller than their number would never hit.
@lru_cache(maxsize=32_768)
def _lasting_keys(monitor_id: int, location: str) -> tuple[str, str, str, str]:
    place = monitor_id, location
    return keys.state(*place), keys.chunks(*place), keys.rollups(*place), keys.locations(monitor_id)


def _rare_keys(monitor_id: int, location: str) -> tuple[str, ...]:
    named = (keys.evidence, keys.changes, keys.outages, keys.tokens, keys.certificate)
    return (*(name(monitor_id, location) for name in named), keys.outbox(monitor_id))
