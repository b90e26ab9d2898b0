"""Heartbeats, states, outages and texts of failures as few bytes as they need, and back.

A heartbeat is 12 bytes, or 18 with phases: 3 its place in the chunk (only to keep members unique),
1 status, reason and whether it changed the status, 3 the time from its planned time to its end,
2 the status code plus one, 3 the latency in hundredths of a millisecond, and four times 12 bits,
each a phase as its share of the latency; the fifth phase is what remains.
"""

from dataclasses import dataclass
from datetime import datetime
from math import log2
from struct import Struct

from uptime.domain.heartbeat import UNCHECKED, Heartbeat, Slot, State, Status
from uptime.domain.outage import Outage
from uptime.domain.result import Phases, Reason
from uptime.domain.schedule import from_ms, to_ms

STATUSES = (Status.UP, Status.DEGRADED, Status.DOWN, Status.MAINTENANCE, Status.UNKNOWN, Status.PENDING)
"""The first five in the order in which rollups count them."""

REASONS: tuple[Reason | None, ...] = (
    None, Reason.DNS, Reason.CONNECT, Reason.TLS, Reason.TIMEOUT, Reason.PROTOCOL, Reason.REDIRECT, Reason.STATUS,
    Reason.CONTENT, Reason.BLOCKED, Reason.INTERNAL,
)  # fmt: skip

STATUS_NUMBER = {status: number for number, status in enumerate(STATUSES)}
REASON_NUMBER = {reason: number for number, reason in enumerate(REASONS)}

EXTRA = "extra"
"""The token of an extra that was read back from its chunk, which does not keep it."""

MOST = (1 << 24) - 1
SECONDS = 1 << 23
CODE_LIMIT = (1 << 16) - 2
SHARES = (1 << 12) - 1

BINS_AN_OCTAVE = 4
"""A bin of the latency histogram is 19 % wide, so its middle is right within 10 %."""

NO_BIN = 255


# One heartbeat


def member(heartbeat: Heartbeat, planned_ms: int, at_ms: int, start_ms: int, span_ms: int) -> bytes:
    """The bytes of a heartbeat in the chunk that starts at start_ms."""
    took = max(0, at_ms - planned_ms)
    if took >= SECONDS:
        took = min(SECONDS | took // 1000, MOST)
    hundredths = latency_hundredths(heartbeat.latency_ms)
    packed = ((planned_ms - start_ms) << 24) // span_ms << 8 | _flags(heartbeat)
    packed = packed << 24 | took
    packed = packed << 16 | _code(heartbeat)
    packed = packed << 24 | hundredths
    if heartbeat.phases is None:
        return packed.to_bytes(12, "big")
    return (packed << 48 | _shares(heartbeat.phases, hundredths)).to_bytes(18, "big")


def latency_hundredths(latency_ms: float) -> int:
    """A latency in hundredths of a millisecond, at most what three bytes hold: 167 seconds."""
    return min(max(0, round(latency_ms * 100)), MOST)


def _flags(heartbeat: Heartbeat) -> int:
    return STATUS_NUMBER[heartbeat.status] << 5 | REASON_NUMBER[heartbeat.reason] << 1 | heartbeat.changed


def _code(heartbeat: Heartbeat) -> int:
    code = heartbeat.status_code
    return 0 if code is None or not 0 <= code <= CODE_LIMIT else code + 1


def _shares(phases: Phases, hundredths: int) -> int:
    scale = SHARES * 100 / hundredths if hundredths else 0.0
    packed = 0
    for duration in (phases.name_ms, phases.connect_ms, phases.tls_ms, phases.wait_ms):
        packed = packed << 12 | min(max(0, round(duration * scale)), SHARES)
    return packed


def heartbeat(packed: bytes, score: float, start_ms: int) -> Heartbeat:
    """The heartbeat of a member and its score. Texts are not in there, so `message` is empty."""
    number = int.from_bytes(packed[:12], "big")
    planned_ms = start_ms + int(score)
    took = number >> 40 & MOST
    if took & SECONDS:
        took = (took ^ SECONDS) * 1000
    flags = number >> 64 & 255
    code = number >> 24 & 0xFFFF
    hundredths = number & MOST
    return Heartbeat(
        slot=Slot(from_ms(planned_ms), EXTRA if score % 1 else None),
        at=from_ms(planned_ms + took),
        status=STATUSES[flags >> 5],
        latency_ms=hundredths / 100,
        status_code=code - 1 if code else None,
        reason=REASONS[flags >> 1 & 15],
        phases=_phases(packed, hundredths) if len(packed) > 12 else None,
        changed=bool(flags & 1),
    )


def end_ms(packed: bytes, score: float, start_ms: int) -> int:
    """When a heartbeat ended, without decoding the rest."""
    took = int.from_bytes(packed[4:7], "big")
    return start_ms + int(score) + ((took ^ SECONDS) * 1000 if took & SECONDS else took)


def _phases(packed: bytes, hundredths: int) -> Phases:
    shares, unit = int.from_bytes(packed[12:18], "big"), hundredths / 100 / SHARES
    name, connect, tls, wait = ((shares >> shift & SHARES) * unit for shift in (36, 24, 12, 0))
    return Phases(name, connect, tls, wait, max(0.0, hundredths / 100 - name - connect - tls - wait))


def latency_bin(hundredths: int) -> int:
    """The bin of the histogram in which a latency is counted, 0 to 96."""
    return int(log2(hundredths) * BINS_AN_OCTAVE) if hundredths > 1 else 0


# The state: version in 4 bytes, newest planned slot in 8 (zero: none), then what the scripts do not look at

_STATE = Struct(">IQQQBIIB")
_LAST = Struct(">QQdBBBHB5dH")


def packed_version(version: int) -> bytes:
    """The first four bytes of a state of this version."""
    return (version & 0xFFFFFFFF).to_bytes(4, "big")


def packed_state(state: State) -> bytes:
    """The bytes of a state."""
    head = _STATE.pack(
        state.version & 0xFFFFFFFF,
        _ms(state.planned),
        _ms(state.since),
        _ms(state.failing_since),
        _statuses(state),
        state.failures,
        state.successes,
        state.last is not None,
    )
    return head if state.last is None else head + _packed_last(state.last)


def _packed_last(last: Heartbeat) -> bytes:
    phases = last.phases
    token = _utf8(last.slot.token or "")
    return (
        _LAST.pack(
            to_ms(last.slot.planned),
            to_ms(last.at),
            last.latency_ms,
            STATUS_NUMBER[last.status],
            REASON_NUMBER[last.reason],
            last.changed,
            _code(last),
            phases is not None,
            *((0.0,) * 5 if phases is None else (phases.name_ms, phases.connect_ms, phases.tls_ms, phases.wait_ms,
                                                 phases.receive_ms)),
            0 if last.slot.token is None else len(token) + 1,
        )
        + token
        + _utf8(last.message)
    )  # fmt: skip


def state(packed: bytes | None) -> State:
    """The state of its bytes; UNCHECKED where there are none."""
    if packed is None:
        return UNCHECKED
    version, planned, since, failing_since, statuses, failures, successes, has_last = _STATE.unpack_from(packed)
    return State(
        version=version,
        status=STATUSES[statuses & 15],
        since=_moment(since),
        failures=failures,
        successes=successes,
        failing_since=_moment(failing_since),
        planned=_moment(planned),
        last=_last(packed) if has_last else None,
        interrupted=STATUSES[(statuses >> 4) - 1] if statuses >> 4 else None,
    )


def _statuses(state: State) -> int:
    """A byte: the status, and above it one more than the number of that which a maintenance interrupted."""
    number = STATUS_NUMBER[state.status]
    return number if state.interrupted is None else STATUS_NUMBER[state.interrupted] + 1 << 4 | number


def _last(packed: bytes) -> Heartbeat:
    planned, at, latency, status, reason, changed, code, *rest = _LAST.unpack_from(packed, _STATE.size)
    has_phases, *phases, token_size = rest
    texts = packed[_STATE.size + _LAST.size :]
    token_end = max(0, token_size - 1)
    return Heartbeat(
        slot=Slot(from_ms(planned), texts[:token_end].decode() if token_size else None),
        at=from_ms(at),
        status=STATUSES[status],
        latency_ms=latency,
        status_code=code - 1 if code else None,
        reason=REASONS[reason],
        message=texts[token_end:].decode(),
        phases=Phases(*phases) if has_phases else None,
        changed=bool(changed),
    )


def _ms(at: datetime | None) -> int:
    return 0 if at is None else to_ms(at)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _moment(ms: int) -> datetime | None:
    return from_ms(ms) if ms else None


# Outages: start, end (zero while it lasts), reason, message

_OUTAGE = Struct(">QQB")


def packed_moment(at: datetime) -> bytes:
    """A moment as outages hold it."""
    return to_ms(at).to_bytes(8, "big")


def packed_outage(outage: Outage) -> bytes:
    """The bytes of an outage."""
    return _OUTAGE.pack(to_ms(outage.start), _ms(outage.end), REASON_NUMBER[outage.reason]) + _utf8(outage.message)


def outage(packed: bytes) -> Outage:
    """The outage of its bytes."""
    start, end, reason = _OUTAGE.unpack_from(packed)
    return Outage(from_ms(start), _moment(end), REASONS[reason], packed[_OUTAGE.size :].decode())


# Texts of failures: planned time (put in front by the script), reason, length of the message, message, excerpt


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why heartbeats failed from a planned time on; `excerpt` is what was seen of the first one's answer."""

    planned: datetime
    reason: Reason | None
    message: str
    excerpt: str


def packed_text(heartbeat: Heartbeat) -> bytes:
    """What two failures have in common when they failed alike."""
    message = _utf8(heartbeat.message)[:65535]
    return REASON_NUMBER[heartbeat.reason].to_bytes(1, "big") + len(message).to_bytes(2, "big") + message


def packed_excerpt(excerpt: str | None) -> bytes:
    """What follows the text of a failure."""
    return _utf8(excerpt or "")


def evidence(packed: bytes) -> Evidence:
    """The evidence of its bytes."""
    planned, reason = int.from_bytes(packed[:8], "big"), REASONS[packed[8]]
    end = 11 + int.from_bytes(packed[9:11], "big")
    return Evidence(from_ms(planned), reason, packed[11:end].decode(errors="replace"), packed[end:].decode())
