"""Counts and latencies by hour and day are those of the heartbeats, written in the same call."""

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.conftest import Writer
from uptime.domain.heartbeat import Tolerance
from uptime.domain.ratio import Counts, add
from uptime.domain.result import Reason
from uptime.domain.schedule import from_ms, missed_slots_ms, slot_at_ms, to_ms
from uptime.store import keys, rollups
from uptime.store.client import Client
from uptime.store.heartbeats import Heartbeats, Outcome
from uptime.store.rollups import Rollups, by_bucket

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TODAY = NOW.date()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def counted(any_client: Client) -> Rollups:
    return Rollups(any_client)


def test_every_status_is_counted_in_its_hour_and_day(any_client: Client, counted: Rollups) -> None:
    writer = Writer(Heartbeats(any_client), tolerance=Tolerance(retries=1, slow_ms=500))
    for minute, (ok, latency) in enumerate([(True, 50), (True, 600), (False, 10), (False, 10), (True, 50)]):
        writer.write(NOW + minute * MINUTE, ok, latency_ms=float(latency))
    writer.write(NOW + 5 * MINUTE, ok=False, reason=Reason.INTERNAL)
    expected = Counts(up=2, degraded=2, down=1, unknown=1)
    assert counted.hours([1], "local", NOW, 1) == {1: [expected]}
    assert counted.days([1], "local", TODAY, 1) == {1: [expected]}


def test_a_pending_heartbeat_counts_as_what_it_stands_on(any_client: Client, counted: Rollups) -> None:
    writer = Writer(Heartbeats(any_client), tolerance=Tolerance(retries=5))
    writer.write(NOW, ok=False)
    writer.write(NOW + MINUTE)
    writer.write(NOW + 2 * MINUTE, ok=False)
    assert counted.hours([1], "local", NOW, 1)[1] == [Counts(up=2, unknown=1)]


def test_extras_are_counted_by_status_and_as_extras(writer: Writer, counted: Rollups) -> None:
    writer.write(NOW)
    writer.write(NOW, token="a")
    writer.write(NOW, ok=False, token="b")
    assert counted.hours([1], "local", NOW, 1)[1] == [Counts(up=2, down=1, extra=2)]


def test_a_repeat_and_a_conflict_count_nothing(writer: Writer, counted: Rollups) -> None:
    first = writer.judged(NOW)
    stale = replace(writer.judged(NOW + MINUTE), before_version=7)
    outcomes = writer.heartbeats.record([first, first, stale])
    assert outcomes == [Outcome.WRITTEN, Outcome.REPEATED, Outcome.CONFLICT]
    assert counted.days([1], "local", TODAY, 1)[1] == [Counts(up=1)]


@pytest.mark.parametrize("boundary", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_hours_and_days_end_on_the_millisecond_in_utc(writer: Writer, counted: Rollups, boundary: datetime) -> None:
    writer.ttl = 0
    for offset in (-1, 0, 3_599_999):
        writer.write(boundary + timedelta(milliseconds=offset))
    assert counted.hours([1], "local", boundary - HOUR, 3)[1] == [Counts(up=1), Counts(up=2), Counts()]
    days = counted.days([1], "local", boundary.date() - DAY, 3)[1]
    assert [day.up for day in days] == ([0, 3, 0] if boundary.hour else [1, 2, 0])


def test_a_span_of_days_crosses_the_strings_that_hold_them(writer: Writer, counted: Rollups) -> None:
    edge = datetime(1970, 1, 1, tzinfo=UTC) + keys.DAYS_A_STRING * 161 * DAY
    for day in range(-3, 4):
        for minute in range(day + 4):
            writer.write(edge + day * DAY + minute * MINUTE)
    found = counted.days([1], "local", (edge - 5 * DAY).date(), 10)[1]
    assert [counts.up for counts in found] == [0, 0, 1, 2, 3, 4, 5, 6, 7, 0]
    assert counted.days([1], "local", (edge - 3 * DAY).date(), 2)[1] == found[2:4]


def test_a_span_of_hours_crosses_the_strings_that_hold_them(writer: Writer, counted: Rollups) -> None:
    edge = datetime(1970, 1, 1, tzinfo=UTC) + keys.HOURS_A_STRING * 2052 * HOUR
    for hour in range(-3, 4):
        for minute in range(hour + 4):
            writer.write(edge + hour * HOUR + minute * MINUTE)
    found = counted.hours([1], "local", edge - 5 * HOUR, 10)[1]
    assert [counts.up for counts in found] == [0, 0, 1, 2, 3, 4, 5, 6, 7, 0]


def test_counters_stop_at_their_greatest_number(writer: Writer, counted: Rollups, any_client: Client) -> None:
    writer.write(NOW)
    day = to_ms(NOW) // keys.DAY_MS
    any_client.setrange(keys.day_counts(1, "local", day), day % keys.DAYS_A_STRING * 12, b"\xff\xff")
    writer.write(NOW + MINUTE)
    assert counted.days([1], "local", TODAY, 1)[1] == [Counts(up=65_535)]


def test_what_was_never_written_counts_nothing(counted: Rollups) -> None:
    assert counted.days([1, 2], "local", TODAY, 2) == {1: [Counts()] * 2, 2: [Counts()] * 2}
    assert counted.days([], "local", TODAY, 2) == {}
    assert counted.days([1], "local", TODAY, 0) == {1: []}
    assert counted.latencies(1, "local", "hour", NOW, 2) == [None, None]


# Planned times nobody measured


def test_missed_times_count_as_unknown_in_their_own_hour_and_day(writer: Writer, counted: Rollups) -> None:
    first = from_ms(slot_at_ms(1, 60, to_ms(NOW)))
    writer.write(first)
    back = from_ms(slot_at_ms(1, 60, to_ms(NOW + 20 * HOUR)))
    writer.write(back, missed_ms=missed_slots_ms(1, 60, to_ms(first), to_ms(back)))
    hours = counted.hours([1], "local", NOW - HOUR, 22)[1]
    assert add(hours) == Counts(up=2, unknown=1199)
    assert [hour.unknown for hour in hours[2:-2]] == [60] * 18
    assert [day.unknown for day in counted.days([1], "local", TODAY, 2)[1]] == [
        sum(hour.unknown for hour in hours[:15]),
        sum(hour.unknown for hour in hours[15:]),
    ]


def test_a_gap_of_a_year_is_counted_as_far_as_it_is_kept(writer: Writer, counted: Rollups) -> None:
    writer.interval = 5
    first, back = slot_at_ms(1, 5, to_ms(NOW)), slot_at_ms(1, 5, to_ms(NOW + 365 * DAY))
    writer.write(from_ms(first))
    began = time.perf_counter()
    writer.write(from_ms(back), missed_ms=missed_slots_ms(1, 5, first, back))
    assert time.perf_counter() - began < 1
    days = counted.days([1], "local", TODAY, 366)[1]
    assert sum(day.unknown for day in days) == 365 * 17_280 - 1
    hours = counted.hours([1], "local", NOW, 366 * 24)[1]
    assert {hour.unknown for hour in hours[-89 * 24 : -26]} == {720}
    assert sum(hour.unknown for hour in hours[: 274 * 24]) == 0


@given(
    st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 10**5), st.sampled_from([1000, 3_600, 86_400]),
    st.integers(0, 2000), st.booleans(),
)  # fmt: skip
def test_slots_are_counted_by_bucket_as_by_hand(
    start: int, length: int, step: int, size: int, oldest: int, listed: bool
) -> None:
    slots = range(start, start + min(length, step * 500), step)
    by_hand: dict[int, int] = {}
    for slot in slots:
        if slot // size >= oldest:
            by_hand[slot // size] = by_hand.get(slot // size, 0) + 1
    assert dict(by_bucket(list(slots) if listed else slots, size, oldest)) == by_hand


# Latencies


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(latencies=st.lists(st.floats(0.02, 60_000), min_size=1, max_size=40))
def test_percentiles_are_right_within_ten_percent(any_client: Client, latencies: list[float]) -> None:
    any_client.flushall()
    writer = Writer(Heartbeats(any_client))
    for minute, latency in enumerate(latencies):
        writer.write(NOW + minute * MINUTE, latency_ms=latency)
    [hour] = Rollups(any_client).latencies(1, "local", "hour", NOW, 1)
    [day] = Rollups(any_client).latencies(1, "local", "day", TODAY, 1)
    assert hour == day
    assert hour is not None
    ordered = sorted(round(latency, 2) for latency in latencies)
    assert (hour.count, hour.low_ms, hour.high_ms) == (len(ordered), ordered[0], ordered[-1])
    assert hour.mean_ms == pytest.approx(sum(ordered) / len(ordered))
    for part, found in ((0.5, hour.p50_ms), (0.9, hour.p90_ms), (0.99, hour.p99_ms)):
        assert found == pytest.approx(ordered[ceil(part * len(ordered)) - 1], rel=0.1, abs=0.01)


def test_only_answers_have_latencies(writer: Writer, counted: Rollups) -> None:
    writer.write(NOW, ok=False, latency_ms=9_000.0)
    writer.write(NOW + MINUTE, latency_ms=20.0)
    writer.write(NOW + HOUR, latency_ms=30.0)
    first, second, third = counted.latencies(1, "local", "hour", NOW, 3)
    assert first is not None
    assert second is not None
    assert (first.count, first.high_ms, second.mean_ms, third) == (1, 20.0, 30.0, None)
    [day] = counted.latencies(1, "local", "day", NOW, 1)
    assert day is not None
    assert day.count == 2


def test_latencies_cross_the_hashes_that_hold_them(writer: Writer, counted: Rollups) -> None:
    midnight = datetime(1970, 1, 1, tzinfo=UTC) + keys.DAYS_A_HASH * 642 * DAY
    for hour in range(-2, 3):
        writer.write(midnight + hour * HOUR, latency_ms=100.0 + hour)
    found = counted.latencies(1, "local", "hour", midnight - 3 * HOUR, 7)
    assert [latency and latency.mean_ms for latency in found] == [None, 98, 99, 100, 101, 102, None]
    days = counted.latencies(1, "local", "day", midnight.date() - DAY, 2)
    assert [latency and latency.count for latency in days] == [2, 3]


def test_latencies_of_many_monitors_are_read_at_once(any_client: Client, counted: Rollups) -> None:
    heartbeats = Heartbeats(any_client)
    for monitor_id in (1, 2):
        Writer(heartbeats, monitor_id).write(NOW, latency_ms=10.0 * monitor_id)
    found = counted.latencies_many([2, 1, 3], "local", "hour", TODAY, 11)
    assert [latency and latency.mean_ms for id_ in (1, 2, 3) for latency in found[id_][-1:]] == [10, 20, None]


# Lifetimes and speed


def test_rollups_live_as_long_as_they_are_kept(any_client: Client) -> None:
    heartbeats = Heartbeats(any_client, keys.Retention(hour_days=3, day_days=5))
    Writer(heartbeats).write(NOW)
    hour, day = to_ms(NOW) // keys.HOUR_MS, to_ms(NOW) // keys.DAY_MS
    after = {
        keys.hour_counts(1, "local", hour): (hour // 240 + 1) * 240 * 3600 + 3 * 86_400,
        keys.day_counts(1, "local", day): (day // 128 + 1) * 128 * 86_400 + 5 * 86_400,
        keys.hour_latencies(1, "local", hour): (day + 1) * 86_400 + 3 * 86_400,
        keys.day_latencies(1, "local", day): (day // 32 + 1) * 32 * 86_400 + 5 * 86_400,
    }
    now_s = to_ms(NOW) // 1000
    assert {key: any_client.ttl(key) for key in after} == {
        key: pytest.approx(expiry - now_s, abs=2) for key, expiry in after.items()
    }


def test_the_strings_of_counts_have_their_full_length_from_the_start(writer: Writer, any_client: Client) -> None:
    writer.write(NOW)
    hour, day = to_ms(NOW) // keys.HOUR_MS, to_ms(NOW) // keys.DAY_MS
    assert any_client.strlen(keys.hour_counts(1, "local", hour)) == 240 * rollups.BUCKET_BYTES
    assert any_client.strlen(keys.day_counts(1, "local", day)) == 128 * rollups.BUCKET_BYTES


def test_ninety_days_of_a_thousand_monitors_are_read_in_a_moment(any_client: Client, counted: Rollups) -> None:
    first = date(2026, 1, 1)
    day = (first - date(1970, 1, 1)).days
    pipe = any_client.pipeline(transaction=False)
    for monitor_id in range(1, 1001):
        for period in (day, day + keys.DAYS_A_STRING):
            packed = b"".join((1440 - (monitor_id + at) % 40).to_bytes(2, "big") + bytes(10) for at in range(128))
            pipe.set(keys.day_counts(monitor_id, "local", period), packed)
    pipe.execute()
    began = time.perf_counter()
    found = counted.days(range(1, 1001), "local", first, 90)
    assert time.perf_counter() - began < 1
    assert len(found) == 1000
    assert {counts.up > 1400 for counts in found[1000]} == {True}
