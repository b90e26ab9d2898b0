"""Recording: judged once, written once, and the schedule moves on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import NOW
from tests.worker.making import add, bad, entry, good
from uptime.core.recording import Recording, next_planned_ms
from uptime.domain.heartbeat import Status
from uptime.domain.monitor import LOCAL
from uptime.domain.result import Certificate
from uptime.domain.schedule import from_ms, slot_after_ms, slot_at_ms, to_ms
from uptime.store import Store

CERTIFICATE = Certificate("CN=a", "CN=ca", ("a",), NOW, NOW + timedelta(days=30), "ab" * 32)


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store(redis_url)
    yield made
    made.close()


def heartbeats(store: Store, monitor_id: int) -> list[Status]:
    return [beat.status for beat in store.heartbeats.recent(monitor_id, LOCAL, NOW + timedelta(days=1), 0)]


def test_a_result_goes_on_record_and_the_next_slot_is_due(store: Store) -> None:
    monitor = add(store, planned=NOW)
    [claim] = store.due.claim(NOW, 10)
    Recording(store).write([entry(monitor, claim.planned_ms, good(), claim=claim)])
    assert heartbeats(store, monitor.id) == [Status.UP]
    after = slot_after_ms(monitor.id, monitor.interval, claim.planned_ms)
    assert store.due.claim(from_ms(after - 1_001), 10) == []
    assert [again.planned_ms for again in store.due.claim(from_ms(after), 10)] == [after]


def test_written_twice_it_is_on_record_once(store: Store) -> None:
    monitor = add(store, planned=NOW)
    first = entry(monitor, to_ms(NOW), good())
    recording = Recording(store)
    recording.write([first])
    recording.write([first])
    Recording(store).write([entry(monitor, to_ms(NOW), bad())])
    assert heartbeats(store, monitor.id) == [Status.UP]
    assert store.heartbeats.states([(monitor.id, LOCAL)])[0].status is Status.UP


def test_two_writers_that_know_old_states_agree_in_the_end(store: Store) -> None:
    monitor = add(store, planned=NOW, retries=3)
    first, second = Recording(store), Recording(store)
    for turn, recording in enumerate([first, second, first, second]):
        recording.write([entry(monitor, to_ms(NOW) + turn * 60_000, bad())])
    assert heartbeats(store, monitor.id) == [Status.DOWN, Status.PENDING, Status.PENDING, Status.PENDING]
    state = store.heartbeats.states([(monitor.id, LOCAL)])[0]
    assert (state.version, state.failures) == (4, 4)


def test_several_results_of_one_monitor_in_one_batch_are_judged_in_their_order(store: Store) -> None:
    monitor = add(store, planned=NOW)
    batch = [entry(monitor, to_ms(NOW) + turn * 60_000, result) for turn, result in enumerate([good(), bad(), good()])]
    Recording(store).write(batch)
    assert heartbeats(store, monitor.id) == [Status.UP, Status.DOWN, Status.UP]
    changes = store.heartbeats.changes(monitor.id, LOCAL)
    assert [change.after for change in changes] == [Status.UP, Status.DOWN, Status.UP]
    [outage] = store.heartbeats.outages(monitor.id, LOCAL)
    assert outage.end is not None


def test_a_pending_monitor_is_due_again_after_its_retry_interval(store: Store) -> None:
    monitor = add(store, planned=NOW, retries=2, retry_interval=20)
    [claim] = store.due.claim(NOW, 10)
    Recording(store).write([entry(monitor, claim.planned_ms, bad(), claim=claim)])
    assert [again.planned_ms for again in store.due.claim(NOW + timedelta(seconds=21), 10)] == [
        claim.planned_ms + 20_000
    ]


@pytest.mark.parametrize(
    ("took_ms", "retry", "expected_ms"), [(20.0, 20, 20_000), (30_000.0, 20, 30_000), (20.0, 300, 60_000)]
)
def test_a_retry_comes_neither_before_the_check_has_ended_nor_after_the_next_slot(
    store: Store, took_ms: float, retry: int, expected_ms: int
) -> None:
    monitor = add(store, planned=NOW, retries=2, retry_interval=retry)
    failed = entry(monitor, to_ms(NOW), replace(bad(), latency_ms=took_ms))
    Recording(store).write([failed])
    assert next_planned_ms(failed) == to_ms(NOW) + expected_ms


def test_slots_in_which_nothing_was_measured_count_as_unknown(store: Store) -> None:
    monitor = add(store, planned=NOW)
    start = slot_at_ms(monitor.id, 60, to_ms(NOW.replace(minute=5)))
    recording = Recording(store)
    recording.write([entry(monitor, start, good())])
    recording.write([entry(monitor, start + 60_000 * 4, good())])
    [counts] = store.rollups.days([monitor.id], LOCAL, NOW.date(), 1)[monitor.id]
    assert (counts.up, counts.unknown) == (2, 3)


def test_retries_and_edits_leave_no_unknown_time(store: Store) -> None:
    monitor = add(store, planned=NOW, retries=9, retry_interval=25)
    start = slot_at_ms(monitor.id, 60, to_ms(NOW.replace(minute=5)))
    recording = Recording(store)
    for turn in range(5):
        recording.write([entry(monitor, start + turn * 25_000, bad())])
    edited = replace(monitor, updated_at=from_ms(start + 600_000))
    recording.write([entry(edited, slot_after_ms(monitor.id, 60, start + 600_000), good())])
    [counts] = store.rollups.days([monitor.id], LOCAL, NOW.date(), 1)[monitor.id]
    assert counts.unknown == 5, "those that are pending from the start, and none besides"


def test_an_extra_stands_on_its_own_and_tells_its_sweep(store: Store) -> None:
    monitor = add(store, planned=NOW)
    recording = Recording(store)
    recording.write([entry(monitor, to_ms(NOW), good())])
    recording.write([entry(monitor, to_ms(NOW), bad(), token=f"abc:{monitor.id}")])
    recording.write([entry(monitor, to_ms(NOW), bad(), token=f"abc:{monitor.id}")])
    assert sorted(heartbeats(store, monitor.id)) == [Status.DOWN, Status.UP]
    [finding, again] = store.sweeps.read(monitor.account, "abc").found
    assert finding.heartbeat is not None
    assert finding.heartbeat.status is Status.DOWN
    assert again.monitor_id == monitor.id


def test_a_certificate_is_written_when_it_is_new_and_not_with_every_check(store: Store) -> None:
    monitor = add(store, planned=NOW)
    recording = Recording(store)
    recording.write([entry(monitor, to_ms(NOW), good(certificate=CERTIFICATE))])
    assert store.heartbeats.certificate(monitor.id, LOCAL) == CERTIFICATE
    store.heartbeats.purge(monitor.id)
    recording.write([entry(monitor, to_ms(NOW) + 60_000, good(certificate=CERTIFICATE))])
    assert store.heartbeats.certificate(monitor.id, LOCAL) is None
    newer = replace(CERTIFICATE, fingerprint="cd" * 32)
    recording.write([entry(monitor, to_ms(NOW) + 120_000, good(certificate=newer))])
    assert store.heartbeats.certificate(monitor.id, LOCAL) == newer


def test_those_who_listen_hear_of_what_was_written_and_not_of_repeats(store: Store, redis_url: str) -> None:
    monitor = add(store, planned=NOW)
    listener = Store(redis_url)
    events = listener.feed.listen(0.2)
    assert next(events) == []
    Recording(store).write([entry(monitor, to_ms(NOW), good())])
    Recording(store).write([entry(monitor, to_ms(NOW), bad())])
    Recording(store).write([entry(monitor, to_ms(NOW) + 60_000, bad())])
    heard = [*next(events), *next(events)]
    events.close()
    listener.close()
    assert [(beat.status, beat.changed) for beat in heard] == [(Status.UP, True), (Status.DOWN, True)]  # type: ignore[union-attr]


def test_what_a_failing_target_showed_is_kept(store: Store) -> None:
    monitor = add(store, planned=NOW)
    Recording(store).write([entry(monitor, to_ms(NOW), bad(evidence="<h1>No</h1>"))])
    [beat] = store.heartbeats.recent(monitor.id, LOCAL, datetime.now(UTC), 0)
    assert beat.message == "500 No"
    [evidence] = store.heartbeats.evidence(monitor.id, LOCAL)
    assert evidence.excerpt == "<h1>No</h1>"
