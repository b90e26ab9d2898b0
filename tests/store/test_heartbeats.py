"""One heartbeat is one call: all of it is on record or none, and twice is once."""

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.conftest import Writer
from uptime.domain.errors import Unavailable
from uptime.domain.heartbeat import UNCHECKED, Heartbeat, Slot, State, Status, Tolerance, judge
from uptime.domain.result import Certificate, Phases, Reason, Result
from uptime.domain.schedule import chunk_span, to_ms
from uptime.store import chunks, keys, records
from uptime.store.client import Client, connect
from uptime.store.heartbeats import Heartbeats, Outcome

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = 86_400


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def planned(found: list[Heartbeat]) -> list[float]:
    """Seconds after NOW of the planned times."""
    return [(heartbeat.slot.planned - NOW).total_seconds() for heartbeat in found]


def everything(client: redis.Redis) -> dict[bytes, Any]:
    """All keys and what is in them."""
    return {key: client.dump(key) for key in sorted(client.scan_iter())}


# Written, repeated, overtaken


def test_a_heartbeat_is_on_record_with_all_its_facts(writer: Writer) -> None:
    phases = Phases(1.0, 2.0, 3.0, 4.0, 40.0)
    assert writer.write(NOW, status_code=200, phases=phases) is Outcome.WRITTEN
    [found] = writer.heartbeats.recent(1, "local", after(60), DAY)
    assert (found.status, found.latency_ms, found.status_code, found.changed) == (Status.UP, 50.0, 200, True)
    assert found.slot.planned == NOW
    assert found.at == after(0.05)
    assert found.phases is not None
    assert found.phases.receive_ms == pytest.approx(40.0, abs=0.05)


def test_the_state_comes_back_as_it_was_judged(writer: Writer) -> None:
    record = writer.judged(NOW, status_code=200, phases=Phases(1.5, 2.5, 3.5, 4.5, 38.0))
    writer.heartbeats.record([record])
    assert writer.heartbeats.states([(1, "local"), (2, "local")]) == [record.verdict.state, UNCHECKED]
    assert writer.heartbeats.states([]) == []


def test_a_write_made_again_changes_nothing(writer: Writer, any_client: Client) -> None:
    record = writer.judged(NOW, ok=False)
    assert writer.heartbeats.record([record]) == [Outcome.WRITTEN]
    before = everything(any_client)
    assert writer.heartbeats.record([record, record]) == [Outcome.REPEATED] * 2
    assert everything(any_client) == before


def test_a_write_made_again_much_later_changes_nothing(writer: Writer, any_client: Client) -> None:
    record = writer.judged(NOW, ok=False)
    writer.heartbeats.record([record])
    for minute in range(1, 5):
        writer.write(after(60 * minute), ok=minute % 2 == 0)
    before = everything(any_client)
    assert writer.heartbeats.record([record]) == [Outcome.REPEATED]
    assert everything(any_client) == before


def test_of_two_results_for_one_planned_time_the_first_is_kept(writer: Writer) -> None:
    writer.write(NOW, latency_ms=10.0)
    assert writer.write(NOW, latency_ms=20.0, ok=False) is Outcome.REPEATED
    assert [found.latency_ms for found in writer.heartbeats.recent(1, "local", NOW, DAY)] == [10.0]


def test_a_result_judged_from_an_old_state_is_refused_whole(writer: Writer, any_client: Client) -> None:
    stale = writer.judged(after(60))
    writer.write(NOW, ok=False)
    before = everything(any_client)
    assert writer.heartbeats.record([stale]) == [Outcome.CONFLICT]
    assert everything(any_client) == before
    assert writer.write(after(60)) is Outcome.WRITTEN


def test_records_of_one_call_build_on_each_other(writer: Writer) -> None:
    first = writer.judged(NOW)
    second = replace(writer.judged(after(60)), before_version=first.verdict.state.version)
    assert writer.heartbeats.record([first, second]) == [Outcome.WRITTEN] * 2
    assert writer.heartbeats.record([]) == []


def test_an_extra_stands_beside_the_scheduled_one(writer: Writer) -> None:
    writer.write(NOW)
    extra = writer.judged(NOW, token="ping-1")
    assert writer.heartbeats.record([extra, extra]) == [Outcome.WRITTEN, Outcome.REPEATED]
    assert writer.write(NOW, token="ping-2") is Outcome.WRITTEN
    assert writer.write(after(60)) is Outcome.WRITTEN
    assert writer.heartbeats.record([extra]) == [Outcome.REPEATED]
    found = writer.heartbeats.recent(1, "local", after(60), DAY)
    assert sorted((at, beat.slot.token is not None) for at, beat in zip(planned(found), found, strict=True)) == [
        (0, False), (0, True), (0, True), (60, False),
    ]  # fmt: skip


def test_extras_alike_to_the_bit_are_both_kept(writer: Writer) -> None:
    for number in range(5):
        assert writer.write(NOW, token=f"ping-{number}", latency_ms=10.0) is Outcome.WRITTEN
    assert len(writer.heartbeats.recent(1, "local", NOW, DAY)) == 5


def test_planned_times_that_share_a_slot_of_a_long_chunk_are_all_kept(any_client: Client) -> None:
    writer = Writer(Heartbeats(any_client), interval=30 * DAY, ttl=0)
    for second in range(4):
        assert writer.write(after(second), latency_ms=10.0) is Outcome.WRITTEN
    assert planned(writer.heartbeats.recent(1, "local", NOW, 0)) == [3, 2, 1, 0]


def test_a_late_heartbeat_joins_the_history_and_leaves_the_state_alone(writer: Writer) -> None:
    late = writer.judged(NOW, ok=False)
    writer.write(after(60))
    [state] = writer.heartbeats.states([(1, "local")])
    late = replace(late, before_version=state.version)
    assert writer.heartbeats.record([late]) == [Outcome.WRITTEN]
    assert writer.heartbeats.states([(1, "local")]) == [state]
    assert len(writer.heartbeats.changes(1, "local")) == 1
    found = writer.heartbeats.recent(1, "local", after(60), DAY)
    assert planned(found) == [60, 0]
    assert (found[1].status, found[1].changed, found[1].message) == (Status.DOWN, False, "Connection refused")


def test_a_store_that_forgot_the_script_is_told_again(writer: Writer, any_client: Client) -> None:
    writer.write(NOW)
    any_client.script_flush()
    assert writer.write(after(60)) is Outcome.WRITTEN


def test_a_store_out_of_memory_writes_nothing_and_says_so(writer: Writer, any_client: Client) -> None:
    writer.write(NOW)
    before = everything(any_client)
    records = [writer.judged(after(60), ok=False), writer.judged(after(60), token="x")]
    any_client.config_set("maxmemory", 1)
    try:
        with pytest.raises(Unavailable, match="out of memory"):
            writer.heartbeats.record(records)
        assert len(writer.heartbeats.recent(1, "local", NOW, DAY)) == 1
    finally:
        any_client.config_set("maxmemory", 0)
    assert everything(any_client) == before
    assert writer.write(after(60)) is Outcome.WRITTEN


def test_a_broken_connection_is_made_anew(writer: Writer, any_client: Client) -> None:
    writer.write(NOW)
    any_client.client_kill_filter(_type="normal", skipme=False)
    assert writer.write(after(60)) is Outcome.WRITTEN


def test_a_store_that_is_away_is_unavailable() -> None:
    nowhere = Heartbeats(connect("unix:///nowhere/store.sock"))
    record = Writer(nowhere)
    with pytest.raises(Unavailable):
        record.judged(NOW)
    with pytest.raises(Unavailable):
        nowhere.record([made()])


def test_a_record_that_cannot_be_packed_leaves_the_connection_in_order(writer: Writer) -> None:
    good = [made(monitor_id) for monitor_id in range(1, 101)]
    with pytest.raises(struct.error):
        writer.heartbeats.record([*good, replace(good[0], interval=-1)])
    assert writer.heartbeats.states([(500, "local")]) == [UNCHECKED]
    assert set(writer.heartbeats.record(good[96:])) == {Outcome.WRITTEN}


def made(monitor_id: int = 1) -> records.Record:
    """A first heartbeat that needs no store to be judged."""
    verdict = judge(Result(True, "OK", 5.0), UNCHECKED, Tolerance(), Slot(NOW), NOW, str(monitor_id))
    return records.Record(monitor_id, "local", 60, DAY, verdict, 0, Status.UNKNOWN)


# Changes, outages, evidence, certificates


def test_an_outage_begins_at_its_first_failed_check_and_ends_with_the_change(any_client: Client) -> None:
    writer = Writer(Heartbeats(any_client), tolerance=Tolerance(retries=1))
    writer.write(NOW)
    writer.write(after(60), ok=False)
    assert writer.heartbeats.outages(1, "local") == []
    writer.write(after(80), ok=False)
    [lasting] = writer.heartbeats.outages(1, "local")
    assert (lasting.start, lasting.end, lasting.reason) == (after(60), None, Reason.CONNECT)
    writer.write(after(120), ok=False)
    writer.write(after(180))
    [ended] = writer.heartbeats.outages(1, "local")
    assert ended == replace(lasting, end=after(180.05))


def test_changes_are_kept_newest_first_with_their_reasons(writer: Writer) -> None:
    for minute, ok in enumerate([True, True, False, False, True]):
        writer.write(after(60 * minute), ok)
    changes = writer.heartbeats.changes(1, "local")
    assert [change.after for change in changes] == [Status.UP, Status.DOWN, Status.UP]
    assert [change.id for change in changes] == ["1-local-5", "1-local-3", "1-local-1"]
    assert changes[1].reason is Reason.CONNECT
    assert changes[1].trace
    assert writer.heartbeats.changes(1, "local", limit=1) == changes[:1]
    assert writer.heartbeats.changes(1, "local", since=after(120)) == changes[:2]


def test_outages_that_ended_before_a_moment_are_left_out(writer: Writer) -> None:
    for minute in range(0, 8, 2):
        writer.write(after(60 * minute), ok=False)
        writer.write(after(60 * minute + 60))
    writer.write(after(480), ok=False)
    found = writer.heartbeats.outages(1, "local", since=after(200))
    assert [(outage.start - NOW).total_seconds() for outage in found] == [480, 360, 240]
    assert len(writer.heartbeats.outages(1, "local", limit=2)) == 2


def test_an_outage_left_open_by_a_lost_state_ends_where_the_next_begins(writer: Writer, any_client: Client) -> None:
    writer.write(NOW, ok=False)
    any_client.delete(keys.state(1, "local"))
    writer.write(after(60), ok=False)
    assert [outage.end for outage in writer.heartbeats.outages(1, "local")] == [None, after(60)]


def test_failures_that_are_alike_share_one_text(writer: Writer, any_client: Client) -> None:
    writer.write(NOW)
    for minute in range(1, 61):
        writer.write(after(60 * minute), ok=False, evidence=f"page {minute}")
    writer.write(after(61 * 60), ok=False, reason=Reason.DNS, message="No such name")
    assert [text.excerpt for text in writer.heartbeats.evidence(1, "local")] == ["", "page 1"]
    found = writer.heartbeats.recent(1, "local", after(61 * 60), DAY)
    assert [beat.message for beat in found] == ["No such name", *["Connection refused"] * 60, ""]


def test_the_text_of_a_failure_is_written_again_after_an_hour(writer: Writer) -> None:
    for minute in range(0, 130, 10):
        writer.write(after(60 * minute), ok=False)
    assert len(writer.heartbeats.evidence(1, "local")) == 3


def test_a_reader_that_sees_only_the_end_of_a_long_failure_finds_its_text(writer: Writer) -> None:
    for minute in range(200):
        writer.write(after(60 * minute), ok=False, latency_ms=10.0)
    found = writer.heartbeats.recent(1, "local", after(12_000), DAY, limit=1)
    assert [beat.message for beat in found] == ["Connection refused"]


def test_texts_of_failures_are_limited_in_number(writer: Writer, any_client: Client) -> None:
    name = keys.evidence(1, "local")
    old = {number.to_bytes(8, "big"): to_ms(NOW) - 10_000 + number for number in range(records.EVIDENCES)}
    any_client.zadd(name, old)
    writer.write(NOW, ok=False)
    assert any_client.zcard(name) == records.EVIDENCES
    assert any_client.zscore(name, (0).to_bytes(8, "big")) is None


def test_the_newest_certificate_is_kept(writer: Writer) -> None:
    shown = Certificate("CN=a", "CN=ca", ("a", "b"), NOW, after(DAY), "ab" * 32, ("CN=a", "CN=ca"))
    assert writer.heartbeats.certificate(1, "local") is None
    for minute, certificate in enumerate([shown, None, replace(shown, subject="CN=b")]):
        writer.heartbeats.record([replace(writer.judged(after(60 * minute)), certificate=certificate)])
    assert writer.heartbeats.certificate(1, "local") == replace(shown, subject="CN=b")


# Read back


def test_heartbeats_come_newest_first_over_several_chunks(writer: Writer) -> None:
    for minute in range(200):
        writer.write(after(60 * minute))
    recent, late = writer.heartbeats.recent, after(12_000)
    assert planned(recent(1, "local", late, DAY)) == [60 * minute for minute in range(199, -1, -1)]
    assert planned(recent(1, "local", late, DAY, limit=150)) == [60 * minute for minute in range(199, 49, -1)]
    assert planned(recent(1, "local", late, DAY, limit=1)) == [199 * 60]
    assert recent(1, "local", late, DAY, limit=0) == []
    part = recent(1, "local", late, DAY, since=after(6_000.05), until=after(6_600))
    assert planned(part) == [60 * minute for minute in range(109, 99, -1)]
    assert planned(recent(1, "local", late, DAY, until=after(600), limit=3)) == [540, 480, 420]


def test_heartbeats_vanish_one_by_one(writer: Writer) -> None:
    writer.ttl = 600
    for minute in range(20):
        writer.write(after(60 * minute))
    for second in (1_140, 1_141, 1_199, 1_200, 1_201, 1_740, 1_741):
        left = [60 * minute for minute in range(19, -1, -1) if 60 * minute + 0.05 >= second - 600]
        assert planned(writer.heartbeats.recent(1, "local", after(second), 600)) == left
        assert writer.heartbeats.count(1, "local", after(second), 600) == len(left)


def test_without_a_limit_of_age_all_are_there(writer: Writer, any_client: Client) -> None:
    writer.ttl = 0
    writer.write(NOW - timedelta(days=3000))
    writer.write(NOW)
    assert writer.heartbeats.count(1, "local", NOW, 0) == 2
    assert len(writer.heartbeats.recent(1, "local", NOW, 0)) == 2
    assert len(writer.heartbeats.recent(1, "local", NOW, DAY)) == 1
    start = to_ms(NOW) // 1000 // chunk_span(60) * chunk_span(60)
    assert any_client.ttl(keys.chunk(1, "local", start, chunk_span(60))) == -1


def test_heartbeats_of_another_interval_stay_readable(writer: Writer) -> None:
    for minute in range(10):
        writer.write(after(60 * minute))
    writer.interval = 20
    for third in range(31, 60):
        writer.write(after(20 * third))
    wanted = [20 * third for third in range(59, 30, -1)] + [60 * minute for minute in range(9, -1, -1)]
    assert planned(writer.heartbeats.recent(1, "local", after(1200), DAY)) == wanted
    assert planned(writer.heartbeats.recent(1, "local", after(1200), DAY, limit=32)) == wanted[:32]
    assert writer.heartbeats.count(1, "local", after(1200), DAY) == len(wanted)


class Counting(Client):
    """A client that counts how often it asks."""

    asked = 0

    def execute_command(self, *args: Any, **options: Any) -> Any:
        Counting.asked += 1
        return super().execute_command(*args, **options)

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Any:
        Counting.asked += 1
        return super().pipeline(transaction, shard_hint)


def test_many_monitors_are_read_in_three_round_trips(any_client: Client) -> None:
    heartbeats = Heartbeats(any_client)
    for monitor_id in range(1, 6):
        writer = Writer(heartbeats, monitor_id)
        for minute in range(30 * monitor_id):
            writer.write(after(60 * minute))
    counting = Heartbeats(Counting(connection_pool=any_client.connection_pool))
    Counting.asked = 0
    found = counting.recent_many([1, 2, 3, 4, 5, 6, 3], "local", after(9_000), DAY, 100)
    assert Counting.asked <= 3
    assert {id_: len(beats) for id_, beats in found.items()} == {1: 30, 2: 60, 3: 90, 4: 100, 5: 100, 6: 0}
    assert planned(found[5]) == [60 * minute for minute in range(149, 49, -1)]
    assert heartbeats.recent_many([], "local", NOW, DAY, 10) == {}


def test_locations_are_apart(any_client: Client) -> None:
    heartbeats = Heartbeats(any_client)
    Writer(heartbeats).write(NOW)
    Writer(heartbeats, location="paris").write(NOW, ok=False)
    assert [state.status for state in heartbeats.states([(1, "local"), (1, "paris")])] == [Status.UP, Status.DOWN]
    assert heartbeats.count(1, "paris", NOW, DAY) == 1


# Lifetimes


def chunk_keys(client: redis.Redis) -> list[bytes]:
    return sorted(client.scan_iter(match="up:*:beats:*"))


def test_a_chunk_lives_until_its_last_heartbeat_has_aged(writer: Writer, any_client: Client) -> None:
    writer.write(NOW)
    start = to_ms(NOW) // 1000 // chunk_span(60) * chunk_span(60)
    lives = start + chunk_span(60) + 60 + records.SLACK + DAY - to_ms(NOW) // 1000
    assert any_client.ttl(chunk_keys(any_client)[0]) == pytest.approx(lives, abs=2)


def test_chunks_past_their_age_leave_the_index(writer: Writer, any_client: Client) -> None:
    for hour in range(0, 100, 10):
        writer.write(after(3600 * hour))
    names = any_client.zrange(keys.chunks(1, "local"), 0, -1)
    assert 2 <= len(names) <= 4


def test_a_changed_ttl_reaches_the_chunks_there_are(writer: Writer, any_client: Client) -> None:
    for minute in range(200):
        writer.write(after(60 * minute))
    now = after(12_000)
    assert len(chunk_keys(any_client)) == 3
    writer.heartbeats.retime(1, 10 * DAY, now)
    assert all(any_client.ttl(key) > 9 * DAY for key in chunk_keys(any_client))
    writer.heartbeats.retime(1, 0, now)
    assert all(any_client.ttl(key) == -1 for key in chunk_keys(any_client))
    writer.heartbeats.retime(1, 3_600, now)
    assert len(chunk_keys(any_client)) == 1
    assert all(0 < any_client.ttl(key) < 3 * 3_600 for key in chunk_keys(any_client))
    assert writer.heartbeats.count(1, "local", now, 3_600) == 60
    writer.heartbeats.retime(7, 60, now)


def test_clearing_forgets_the_history_and_keeps_the_state(writer: Writer, any_client: Client) -> None:
    for minute in range(100):
        writer.write(after(60 * minute), ok=minute % 7 > 0)
    [state] = writer.heartbeats.states([(1, "local")])
    writer.heartbeats.clear(1)
    assert writer.heartbeats.states([(1, "local")]) == [state]
    assert {key.split(b":")[2] for key in any_client.scan_iter()} == {b"state", b"locations", b"outbox"}
    assert writer.heartbeats.recent(1, "local", after(6_000), DAY) == []
    assert writer.write(after(99 * 60)) is Outcome.REPEATED
    assert writer.write(after(6_000)) is Outcome.WRITTEN


def test_purging_leaves_no_key(any_client: Client) -> None:
    heartbeats = Heartbeats(any_client)
    Writer(heartbeats, 11).write(NOW)
    untouched = everything(any_client)
    for location in ("local", "paris"):
        writer = Writer(heartbeats, location=location)
        for minute in range(100):
            writer.write(after(60 * minute), ok=minute % 7 > 0, token="x" if minute == 3 else None)
    heartbeats.purge(1)
    assert everything(any_client) == untouched
    heartbeats.purge(1)


def test_a_pause_forgets_the_newest_planned_time_and_nothing_else(writer: Writer) -> None:
    writer.heartbeats.resume(1, "local")
    assert writer.heartbeats.states([(1, "local")]) == [UNCHECKED]
    writer.write(NOW)
    [state] = writer.heartbeats.states([(1, "local")])
    writer.heartbeats.resume(1, "local")
    assert writer.heartbeats.states([(1, "local")]) == [replace(state, planned=None, version=2)]
    assert writer.write(after(600)) is Outcome.WRITTEN


def test_after_the_clock_was_set_back_and_forgotten_slots_are_written_again(writer: Writer) -> None:
    for minute in range(60):
        writer.write(after(60 * minute))
    overtaken = writer.judged(NOW, latency_ms=70.0)
    writer.heartbeats.resume(1, "local")
    assert writer.heartbeats.record([overtaken]) == [Outcome.CONFLICT]
    twice = writer.judged(NOW, latency_ms=70.0)
    assert writer.heartbeats.record([twice, twice]) == [Outcome.WRITTEN, Outcome.REPEATED]
    assert writer.write(after(60), ok=False) is Outcome.WRITTEN
    assert writer.heartbeats.states([(1, "local")])[0].status is Status.DOWN
    assert writer.heartbeats.count(1, "local", after(3_600), DAY) == 62


def test_a_repeat_is_known_though_the_state_has_forgotten_it_and_gone_on_from_an_older_slot(writer: Writer) -> None:
    later = writer.judged(after(600))
    assert writer.heartbeats.record([later]) == [Outcome.WRITTEN]
    writer.heartbeats.resume(1, "local")
    assert writer.write(NOW) is Outcome.WRITTEN
    assert writer.heartbeats.record([later]) == [Outcome.REPEATED]


# Against a model


SLOTS = st.integers(0, 25)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("scheduled"), SLOTS, st.booleans()),
        st.tuples(st.just("extra"), SLOTS, st.booleans()),
        st.tuples(st.just("again"), st.integers(0, 50), st.booleans()),
        st.tuples(st.just("stale"), SLOTS, st.booleans()),
        st.tuples(st.just("resume"), SLOTS, st.booleans()),
    ),
    min_size=1,
    max_size=25,
)


class Model:
    """What a store has to hold, in the plainest form."""

    def __init__(self) -> None:
        self.held: list[Heartbeat] = []
        self.state = UNCHECKED

    def write(self, record: records.Record) -> Outcome:
        beat, newest = record.verdict.heartbeat, self.state.planned
        if self.repeats(beat):
            return Outcome.REPEATED
        if record.before_version != self.state.version:
            return Outcome.CONFLICT
        late = beat.slot.token is None and newest is not None and beat.slot.planned < newest
        self.held.append(replace(beat, changed=beat.changed and not late))
        if not late:
            self.state = record.verdict.state
        return Outcome.WRITTEN

    def repeats(self, beat: Heartbeat) -> bool:
        same = [held for held in self.held if held.slot == beat.slot]
        newest = self.state.planned
        if beat.slot.token is None and newest != beat.slot.planned and (newest is None or newest < beat.slot.planned):
            return beat in same
        return bool(same)


def resumed(state: State) -> State:
    return state if state == UNCHECKED else replace(state, planned=None, version=state.version + 1)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_the_store_agrees_with_its_model(any_client: Client, operations: list[tuple[str, int, bool]]) -> None:
    any_client.flushall()
    writer, model, made = Writer(Heartbeats(any_client)), Model(), list[records.Record]()
    for number, (kind, place, ok) in enumerate(operations):
        if kind == "resume":
            writer.heartbeats.resume(1, "local")
            model.state = resumed(model.state)
            continue
        if kind == "again" and made:
            record = made[place % len(made)]
        else:
            token = f"t{number}" if kind == "extra" else None
            record = writer.judged(after(60 * place), ok, token=token, latency_ms=10.0 + number)
            if kind == "stale":
                record = replace(record, before_version=record.before_version + 1)
            made.append(record)
        assert writer.heartbeats.record([record]) == [model.write(record)]
    assert writer.heartbeats.states([(1, "local")]) == [model.state]
    found = writer.heartbeats.recent(1, "local", after(3_600), DAY)
    assert sorted(map(seen, found)) == sorted(map(seen, model.held))
    assert writer.heartbeats.count(1, "local", after(3_600), DAY) == len(model.held)


def seen(heartbeat: Heartbeat) -> tuple[Any, ...]:
    """What is read back of a heartbeat, comparable and without the texts."""
    slot = heartbeat.slot
    return (slot.planned, slot.token is not None, heartbeat.at, heartbeat.status, heartbeat.latency_ms,
            heartbeat.changed)  # fmt: skip


def test_windows_are_cut_by_age_and_by_the_moments_asked_for() -> None:
    cases: list[tuple[Callable[[], chunks.Window], int | None]] = [
        (lambda: chunks.window(NOW, 0), None),
        (lambda: chunks.window(NOW, 60), to_ms(after(-60))),
        (lambda: chunks.window(NOW, 60, since=after(-90)), to_ms(after(-60))),
        (lambda: chunks.window(NOW, 60, since=after(-30)), to_ms(after(-30))),
    ]
    assert [make().earliest for make, _ in cases] == [earliest for _, earliest in cases]
