"""Planned times lie on a grid, and gaps are counted by arithmetic."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.domain import schedule

IDS = st.integers(1, 10**9)
INTERVALS = st.integers(schedule.SHORTEST_INTERVAL, schedule.LONGEST_INTERVAL)
MOMENTS = st.integers(0, 4_102_444_800_000)


@given(IDS, INTERVALS, MOMENTS)
def test_a_slot_is_at_or_before_and_the_next_one_after(monitor_id: int, interval: int, at_ms: int) -> None:
    slot = schedule.slot_at_ms(monitor_id, interval, at_ms)
    after = schedule.slot_after_ms(monitor_id, interval, at_ms)
    assert slot <= at_ms < after
    assert after - slot == interval * 1000


@given(IDS, INTERVALS, MOMENTS)
def test_slots_of_any_moment_lie_on_one_grid(monitor_id: int, interval: int, at_ms: int) -> None:
    slot = schedule.slot_at_ms(monitor_id, interval, at_ms)
    assert slot % (interval * 1000) == schedule.phase_ms(monitor_id, interval)
    assert schedule.slot_at_ms(monitor_id, interval, slot) == slot


def test_monitors_of_one_interval_are_spread() -> None:
    phases = [schedule.phase_ms(monitor_id, 20) for monitor_id in range(1, 1001)]
    busiest = max(sum(1 for phase in phases if phase // 1000 == second) for second in range(20))
    assert busiest <= 80


def test_neighbouring_slots_miss_nothing() -> None:
    slot = schedule.slot_at_ms(7, 60, 1_000_000_000)
    assert len(schedule.missed_slots_ms(7, 60, slot, slot + 60_000)) == 0


def test_a_gap_of_an_hour_misses_every_slot_but_its_ends() -> None:
    slot = schedule.slot_at_ms(7, 60, 1_000_000_000)
    assert len(schedule.missed_slots_ms(7, 60, slot, slot + 3_600_000)) == 59


def test_a_retry_between_slots_is_no_gap() -> None:
    slot = schedule.slot_at_ms(7, 60, 1_000_000_000)
    assert len(schedule.missed_slots_ms(7, 60, slot, slot + 20_000)) == 0
    assert len(schedule.missed_slots_ms(7, 60, slot + 20_000, slot + 60_000)) == 0


@pytest.mark.parametrize(("interval", "span"), [(5, 300), (10, 600), (20, 1200), (60, 4800), (300, 19_200)])
def test_a_chunk_covers(interval: int, span: int) -> None:
    assert schedule.chunk_span(interval) == span


@given(INTERVALS)
def test_a_chunk_holds_60_to_120_heartbeats(interval: int) -> None:
    assert 60 <= schedule.chunk_span(interval) / interval <= 120


def test_milliseconds_and_moments_are_two_spellings() -> None:
    at = datetime(2026, 3, 2, 10, 0, 0, 123_000, tzinfo=UTC)
    assert schedule.from_ms(schedule.to_ms(at)) == at
    assert schedule.to_ms(at) % 1000 == 123
