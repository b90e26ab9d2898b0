"""Heartbeats, states, outages and texts keep what they promise in a few bytes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.domain.heartbeat import UNCHECKED, Heartbeat, Slot, State, Status
from uptime.domain.outage import Outage
from uptime.domain.result import Phases, Reason
from uptime.domain.schedule import chunk_span, from_ms, to_ms
from uptime.store import heartbeat_codec as codec

MOMENTS = st.integers(1, 4_102_444_800_000).map(from_ms)
STATUSES, REASONS = st.sampled_from(list(Status)), st.none() | st.sampled_from(list(Reason))
DURATIONS = st.floats(0, 60_000)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@st.composite
def heartbeats(draw: st.DrawFn) -> Heartbeat:
    parts = draw(st.none() | st.lists(st.floats(0, 20_000), min_size=5, max_size=5))
    planned = draw(MOMENTS)
    return Heartbeat(
        slot=Slot(planned, draw(st.none() | TEXTS)),
        at=planned + timedelta(milliseconds=draw(st.integers(0, 8_000_000))),
        status=draw(STATUSES),
        latency_ms=sum(parts) if parts else draw(DURATIONS),
        status_code=draw(st.none() | st.integers(0, 999)),
        reason=draw(REASONS),
        message=draw(TEXTS),
        phases=Phases(*parts) if parts else None,
        changed=draw(st.booleans()),
    )


def there_and_back(heartbeat: Heartbeat, interval: int = 60) -> Heartbeat:
    planned_ms, span_ms = to_ms(heartbeat.slot.planned), chunk_span(interval) * 1000
    start_ms = planned_ms // span_ms * span_ms
    packed = codec.member(heartbeat, planned_ms, to_ms(heartbeat.at), start_ms, span_ms)
    assert len(packed) == (12 if heartbeat.phases is None else 18)
    score = planned_ms - start_ms + (0.5 if heartbeat.slot.token is not None else 0)
    assert codec.end_ms(packed, score, start_ms) == to_ms(codec.heartbeat(packed, score, start_ms).at)
    return codec.heartbeat(packed, score, start_ms)


@given(heartbeats(), st.integers(5, 30 * 86_400))
def test_a_heartbeat_keeps_its_facts(heartbeat: Heartbeat, interval: int) -> None:
    found = there_and_back(heartbeat, interval)
    assert found.latency_ms == pytest.approx(heartbeat.latency_ms, abs=0.0051)
    same = replace(heartbeat, latency_ms=0, phases=None, message="", slot=found.slot)
    assert replace(found, latency_ms=0, phases=None) == same
    assert found.slot.planned == heartbeat.slot.planned
    assert (found.slot.token is None) == (heartbeat.slot.token is None)


@given(heartbeats())
def test_phases_are_right_within_a_thousandth_of_the_latency_and_sum_to_it(heartbeat: Heartbeat) -> None:
    found = there_and_back(heartbeat)
    if heartbeat.phases is None:
        assert found.phases is None
        return
    assert found.phases is not None
    tolerance = 0.01 + heartbeat.latency_ms / 1000
    total = 0.0
    for name in Phases.__dataclass_fields__:
        assert getattr(found.phases, name) == pytest.approx(getattr(heartbeat.phases, name), abs=tolerance)
        total += getattr(found.phases, name)
    assert total == pytest.approx(found.latency_ms, abs=tolerance)


PLANNED = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
PLAIN = Heartbeat(Slot(PLANNED), PLANNED, Status.UP, 10.0)


@pytest.mark.parametrize(
    ("took", "kept"),
    [
        (timedelta(milliseconds=-5), timedelta(0)),
        (timedelta(milliseconds=8_388_607), timedelta(milliseconds=8_388_607)),
        (timedelta(milliseconds=8_388_608), timedelta(seconds=8_388)),
        (timedelta(days=97), timedelta(days=97)),
        (timedelta(days=400), timedelta(seconds=8_388_607)),
    ],
)
def test_the_end_of_a_check_is_exact_for_two_hours_and_never_before_its_beginning(
    took: timedelta, kept: timedelta
) -> None:
    assert there_and_back(replace(PLAIN, at=PLANNED + took)).at == PLANNED + kept


@pytest.mark.parametrize(("latency", "kept"), [(-1.0, 0.0), (0.004, 0.0), (167_772.15, 167_772.15), (1e9, 167_772.15)])
def test_latencies_out_of_bounds_stop_at_the_bound(latency: float, kept: float) -> None:
    assert there_and_back(replace(PLAIN, latency_ms=latency)).latency_ms == kept


@pytest.mark.parametrize(("code", "kept"), [(0, 0), (65_534, 65_534), (65_535, None), (-1, None), (None, None)])
def test_status_codes_out_of_bounds_are_none(code: int | None, kept: int | None) -> None:
    assert there_and_back(replace(PLAIN, status_code=code)).status_code == kept


def test_phases_that_exceed_the_latency_stop_at_it() -> None:
    found = there_and_back(replace(PLAIN, phases=Phases(50.0, 0.0, 0.0, 0.0, 0.0)))
    assert found.phases == Phases(10.0, 0.0, 0.0, 0.0, 0.0)


def test_phases_of_no_time_at_all_are_zero() -> None:
    found = there_and_back(replace(PLAIN, latency_ms=0.0, phases=Phases(1.0, 1.0, 1.0, 1.0, 1.0)))
    assert found.phases == Phases()


@st.composite
def states(draw: st.DrawFn) -> State:
    return State(
        version=draw(st.integers(0, 2**32 - 1)),
        status=draw(STATUSES),
        since=draw(st.none() | MOMENTS),
        failures=draw(st.integers(0, 10**9)),
        successes=draw(st.integers(0, 10**9)),
        failing_since=draw(st.none() | MOMENTS),
        planned=draw(st.none() | MOMENTS),
        last=draw(st.none() | heartbeats()),
        interrupted=draw(st.none() | STATUSES),
    )


@given(states())
def test_a_state_comes_back_as_it_was(state: State) -> None:
    packed = codec.packed_state(state)
    assert codec.state(packed) == state
    assert packed.startswith(codec.packed_version(state.version))


def test_no_state_means_unchecked() -> None:
    assert codec.state(None) is UNCHECKED
    assert codec.state(codec.packed_state(UNCHECKED)) == UNCHECKED


@given(MOMENTS, st.none() | MOMENTS, REASONS, TEXTS)
def test_an_outage_comes_back_as_it_was(
    start: datetime, end: datetime | None, reason: Reason | None, message: str
) -> None:
    outage = Outage(start, end, reason, message)
    assert codec.outage(codec.packed_outage(outage)) == outage


@given(MOMENTS, REASONS, TEXTS, TEXTS)
def test_evidence_comes_back_as_it_was(planned: datetime, reason: Reason | None, message: str, excerpt: str) -> None:
    text = codec.packed_text(replace(PLAIN, reason=reason, message=message))
    packed = to_ms(planned).to_bytes(8, "big") + text + codec.packed_excerpt(excerpt)
    assert codec.evidence(packed) == codec.Evidence(planned, reason, message, excerpt)


def test_text_that_is_no_unicode_does_not_stop_a_heartbeat() -> None:
    last = replace(PLAIN, message="bad \udc80 byte", status=Status.DOWN)
    assert codec.state(codec.packed_state(State(last=last))).last == replace(last, message="bad ? byte")


@given(st.integers(1, codec.MOST))
def test_the_middle_of_a_bin_is_within_ten_percent(hundredths: int) -> None:
    number = codec.latency_bin(hundredths)
    assert number < codec.NO_BIN
    assert 2 ** ((number + 0.5) / codec.BINS_AN_OCTAVE) == pytest.approx(hundredths, rel=0.1, abs=0.2)
