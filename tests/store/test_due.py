"""What is due is claimed by one at a time, comes back when its claimant dies, and survives a jumping clock."""

import multiprocessing
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from uptime.domain.errors import Unavailable
from uptime.domain.schedule import from_ms, slot_after_ms, slot_at_ms, to_ms
from uptime.store import keys
from uptime.store.client import Client, Patience, connect
from uptime.store.due import Claim, Due

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NOW_MS = to_ms(NOW)
TIMEOUT_MS = 10_000
LEASE = timedelta(milliseconds=TIMEOUT_MS) + timedelta(seconds=15)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def due(any_client: Client) -> Due:
    return Due(any_client)


def put(due: Due, monitor_id: int, planned_ms: int, interval: int = 60, location: str = "local") -> None:
    due.put(monitor_id, location, interval, TIMEOUT_MS, planned_ms)


def ids(claims: list[Claim]) -> list[int]:
    return [claim.monitor_id for claim in claims]


def test_what_falls_due_within_a_second_is_claimed_once(due: Due) -> None:
    for monitor_id, offset in [(1, -500), (2, 0), (3, 1_000), (4, 1_001)]:
        put(due, monitor_id, NOW_MS + offset)
    claims = due.claim(NOW, 10)
    assert ids(claims) == [1, 2, 3]
    assert [claim.planned_ms - NOW_MS for claim in claims] == [-500, 0, 1_000]
    assert {(claim.location, claim.timeout_ms) for claim in claims} == {("local", TIMEOUT_MS)}
    assert due.claim(NOW, 10) == []


def test_no_more_than_the_limit_are_claimed_the_longest_waiting_first(due: Due) -> None:
    for monitor_id in range(1, 6):
        put(due, monitor_id, NOW_MS - monitor_id)
    assert ids(due.claim(NOW, 2)) == [5, 4]
    assert ids(due.claim(NOW, 9)) == [3, 2, 1]


def test_a_planned_time_is_moved_forward_and_never_back(due: Due) -> None:
    put(due, 1, NOW_MS + 60_000)
    due.hasten(1, "local", NOW_MS + 90_000)
    due.hasten(1, "local", NOW_MS + 30_000)
    due.hasten(1, "local", NOW_MS + 45_000)
    due.hasten(2, "local", NOW_MS)
    assert due.claim(from_ms(NOW_MS + 28_999), 10) == []
    [claim] = due.claim(from_ms(NOW_MS + 30_000), 10)
    assert (claim.monitor_id, claim.planned_ms) == (1, NOW_MS + 30_000)


def test_a_claim_under_way_is_not_moved(due: Due) -> None:
    put(due, 1, NOW_MS)
    [claim] = due.claim(NOW, 10)
    due.hasten(1, "local", NOW_MS - 5_000)
    assert due.claim(NOW, 10) == []
    assert due.finish([(claim, NOW_MS + 60_000)]) == 1


def test_locations_are_claimed_apart(due: Due) -> None:
    put(due, 1, NOW_MS)
    put(due, 1, NOW_MS, location="paris")
    assert ids(due.claim(NOW, 9, "paris")) == [1]
    assert ids(due.claim(NOW, 9)) == [1]


def claim_all(url: str, limit: int, found: Any) -> None:
    due = Due(connect(url, patience=Patience.WORKER))
    mine: list[int] = []
    while claims := due.claim(NOW, limit):
        mine += ids(claims)
    found.put(mine)


@pytest.mark.parametrize("limit", [1, 7])
def test_several_processes_claim_everything_exactly_once(redis_url: str, limit: int) -> None:
    due = Due(connect(redis_url, patience=Patience.WORKER))
    for monitor_id in range(1, 301):
        put(due, monitor_id, NOW_MS)
    context = multiprocessing.get_context("fork")
    found = context.Queue()
    workers = [context.Process(target=claim_all, args=(redis_url, limit, found)) for _ in range(3)]
    for worker in workers:
        worker.start()
    claimed = [monitor_id for _ in workers for monitor_id in found.get(timeout=30)]
    for worker in workers:
        worker.join(30)
    assert Counter(claimed) == Counter(range(1, 301))


def test_several_threads_claim_everything_exactly_once(any_client: Client, due: Due) -> None:
    for monitor_id in range(1, 301):
        put(due, monitor_id, NOW_MS)
    claimed: list[int] = []

    def claim() -> None:
        own = Due(any_client)
        while claims := own.claim(NOW, 5):
            claimed.extend(ids(claims))

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Counter(claimed) == Counter(range(1, 301))


# Leases


def test_a_lease_that_ends_gives_the_same_planned_time_back(due: Due) -> None:
    put(due, 1, NOW_MS - 300)
    [first] = due.claim(NOW, 9)
    assert due.claim(NOW + LEASE - timedelta(milliseconds=1), 9) == []
    [second] = due.claim(NOW + LEASE, 9)
    assert second.planned_ms == first.planned_ms
    assert second.fence > first.fence


def test_a_lease_counts_from_the_planned_time_when_that_lies_ahead(due: Due) -> None:
    put(due, 1, NOW_MS + 900)
    due.claim(NOW, 9)
    assert due.claim(NOW + LEASE, 9) == []
    assert len(due.claim(NOW + LEASE + SECOND, 9)) == 1


def test_taking_renews_what_is_held_and_drops_what_is_not(due: Due) -> None:
    put(due, 1, NOW_MS)
    put(due, 2, NOW_MS)
    put(due, 3, NOW_MS, location="paris")
    old = due.claim(NOW, 9) + due.claim(NOW, 9, "paris")
    [again] = [claim for claim in due.claim(NOW + LEASE, 1) if claim.monitor_id == 1]
    assert due.take([*old, again], NOW + LEASE) == [old[1], old[2], again]
    assert due.claim(NOW + LEASE + LEASE - SECOND, 9) == []
    assert ids(due.claim(NOW + LEASE + LEASE, 9)) == [1, 2]
    assert due.take([], NOW) == []


def test_finishing_sets_the_next_planned_time(due: Due) -> None:
    put(due, 1, NOW_MS)
    [claim] = due.claim(NOW, 9)
    assert due.finish([(claim, NOW_MS + 60_000)]) == 1
    assert due.claim(NOW + 58 * SECOND, 9) == []
    assert [found.planned_ms for found in due.claim(NOW + 59 * SECOND, 9)] == [NOW_MS + 60_000]


def test_whoever_lost_a_claim_cannot_finish_or_release_it(due: Due) -> None:
    put(due, 1, NOW_MS)
    [lost] = due.claim(NOW, 9)
    [held] = due.claim(NOW + LEASE, 9)
    assert due.finish([(lost, NOW_MS + 60_000)]) == 0
    assert due.release([lost]) == 0
    assert due.take([held], NOW + LEASE) == [held]
    assert due.finish([(held, NOW_MS + 60_000)]) == 1
    assert due.finish([(held, NOW_MS + 120_000)]) == 0
    assert due.finish([]) == 0


def test_what_is_released_is_due_at_its_planned_time_again(due: Due) -> None:
    put(due, 1, NOW_MS)
    [claim] = due.claim(NOW, 9)
    assert due.release([claim]) == 1
    [again] = due.claim(NOW, 9)
    assert (again.planned_ms, again.fence > claim.fence) == (claim.planned_ms, True)


def test_a_dropped_monitor_is_gone_and_its_claim_with_it(due: Due, any_client: Client) -> None:
    put(due, 1, NOW_MS)
    put(due, 1, NOW_MS, location="paris")
    [claim] = due.claim(NOW, 9)
    due.drop(1)
    assert due.finish([(claim, NOW_MS)]) == 0
    assert due.claim(NOW + HOUR, 9) + due.claim(NOW + HOUR, 9, "paris") == []
    put(due, 1, NOW_MS)
    assert due.take([claim], NOW) == []
    due.drop(2)


# What was late, and the grid


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    monitor_id=st.integers(1, 10**6), interval=st.integers(5, 30 * 86_400), late_ms=st.integers(0, 10**11),
    at_ms=st.integers(10**12, 4 * 10**12),
)  # fmt: skip
def test_what_is_late_by_an_interval_and_a_lease_comes_at_the_newest_slot(
    any_client: Client, monitor_id: int, interval: int, late_ms: int, at_ms: int
) -> None:
    any_client.flushall()
    due = Due(any_client)
    put(due, monitor_id, at_ms - late_ms, interval)
    [claim] = due.claim(from_ms(at_ms), 1)
    too_late = late_ms > interval * 1000 + TIMEOUT_MS + 15_000
    assert claim.planned_ms == (slot_at_ms(monitor_id, interval, at_ms) if too_late else at_ms - late_ms)


# put


def test_a_monitor_that_is_put_again_moves(due: Due) -> None:
    put(due, 1, NOW_MS + 60_000)
    put(due, 1, NOW_MS)
    assert [claim.planned_ms for claim in due.claim(NOW, 9)] == [NOW_MS]


def test_a_claim_under_way_survives_a_put_that_changes_nothing(due: Due) -> None:
    put(due, 1, NOW_MS)
    [claim] = due.claim(NOW, 9)
    put(due, 1, NOW_MS + 5_000)
    assert due.claim(NOW + 10 * SECOND, 9) == []
    assert due.take([claim], NOW) == [claim]


@pytest.mark.parametrize(("interval", "timeout_ms"), [(30, TIMEOUT_MS), (60, 5_000)])
def test_a_claim_under_way_ends_with_another_interval_or_timeout(due: Due, interval: int, timeout_ms: int) -> None:
    put(due, 1, NOW_MS)
    [old] = due.claim(NOW, 9)
    due.put(1, "local", interval, timeout_ms, NOW_MS + 5_000)
    assert due.take([old], NOW) == []
    [claim] = due.claim(NOW + 5 * SECOND, 9)
    assert (claim.planned_ms, claim.timeout_ms) == (NOW_MS + 5_000, timeout_ms)
    assert due.finish([(old, NOW_MS)]) == 0


# seize


def test_an_open_slot_is_seized_and_the_next_one_stays_where_it_is(due: Due) -> None:
    slot = slot_at_ms(1, 60, NOW_MS)
    put(due, 1, slot)
    [claim] = due.seize([(1, "local")], NOW)
    assert claim is not None
    assert claim.planned_ms == slot
    assert due.claim(NOW, 9) == []
    assert due.seize([(1, "local")], NOW) == [None]
    due.finish([(claim, slot + 60_000)])
    assert due.seize([(1, "local")], NOW) == [None]


def test_a_sweep_after_a_long_silence_takes_the_newest_slot(due: Due) -> None:
    slot = slot_at_ms(1, 60, NOW_MS)
    put(due, 1, slot - 600_000)
    [claim] = due.seize([(1, "local")], NOW)
    assert claim is not None
    assert claim.planned_ms == slot


def test_a_retry_that_is_due_is_seized_at_its_own_time(due: Due) -> None:
    slot = slot_at_ms(1, 60, NOW_MS)
    put(due, 1, slot + 5_000)
    moment = from_ms(slot + 6_000)
    assert due.seize([(1, "local")], from_ms(slot + 4_999)) == [None]
    [claim] = due.seize([(1, "local")], moment)
    assert claim is not None
    assert claim.planned_ms == slot + 5_000


def test_the_claim_of_a_dead_worker_can_be_seized(due: Due) -> None:
    put(due, 1, slot_at_ms(1, 600, NOW_MS), interval=600)
    [dead] = due.claim(NOW, 9)
    assert due.seize([(1, "local")], NOW + LEASE - SECOND) == [None]
    [claim] = due.seize([(1, "local")], NOW + LEASE)
    assert claim is not None
    assert claim.planned_ms == dead.planned_ms
    assert due.finish([(dead, NOW_MS)]) == 0


def test_seizing_answers_in_the_order_of_the_places(due: Due) -> None:
    put(due, 1, NOW_MS - 1)
    put(due, 2, NOW_MS + 60_000)
    put(due, 3, NOW_MS - 1, location="paris")
    found = due.seize([(3, "paris"), (2, "local"), (9, "local"), (1, "local")], NOW)
    assert [claim and (claim.monitor_id, claim.location) for claim in found] == [(3, "paris"), None, None, (1, "local")]
    assert due.seize([], NOW) == []


# size and repair


def test_the_size_names_what_is_overdue(due: Due) -> None:
    assert due.size(NOW) == (0, 0, None)
    put(due, 1, NOW_MS + 1)
    assert due.size(NOW) == (1, 0, None)
    put(due, 2, NOW_MS - 5_000)
    put(due, 3, NOW_MS - 3_000)
    assert due.size(NOW) == (3, 2, NOW_MS - 5_000)


def members(*wanted: int, interval: int = 60) -> dict[tuple[int, str], tuple[int, int]]:
    return {(monitor_id, "local"): (interval, TIMEOUT_MS) for monitor_id in wanted}


def test_repair_adds_what_is_missing_at_its_next_slot(due: Due) -> None:
    assert due.repair(members(1, 2), NOW) == []
    assert due.size(NOW)[0] == 2
    slots = sorted(slot_after_ms(monitor_id, 60, NOW_MS) for monitor_id in (1, 2))
    assert [claim.planned_ms for claim in due.claim(NOW + MINUTE, 9)] == slots


def test_repair_leaves_alone_what_is_right(due: Due, any_client: Client) -> None:
    put(due, 1, NOW_MS + 20_000)
    put(due, 2, NOW_MS)
    claims = due.claim(NOW, 9)
    before = {key: any_client.dump(key) for key in any_client.scan_iter()}
    assert due.repair(members(1, 2), NOW) == []
    assert {key: any_client.dump(key) for key in any_client.scan_iter()} == before
    assert due.take(claims, NOW) == claims


def test_repair_drops_a_stranger_when_it_meets_it_twice(due: Due) -> None:
    put(due, 1, NOW_MS)
    put(due, 2, NOW_MS, location="paris")
    due.repair(members(3), NOW)
    put(due, 4, NOW_MS)
    assert due.size(NOW)[0] == 3
    due.repair(members(3, 4), NOW)
    assert ids(due.claim(NOW + MINUTE, 9)) == [4, 3]
    assert due.claim(NOW + MINUTE, 9, "paris") == []


def test_repair_mends_what_a_crash_left_half_done(due: Due, any_client: Client) -> None:
    put(due, 1, NOW_MS)
    put(due, 2, NOW_MS)
    any_client.hdel(keys.due_facts("local"), "1")
    any_client.zrem(keys.due("local"), 2)
    due.repair(members(1, 2), NOW)
    assert sorted(ids(due.claim(NOW + MINUTE, 9))) == [1, 2]


def test_a_member_without_facts_leaves_the_set_when_it_is_claimed(due: Due, any_client: Client) -> None:
    any_client.zadd(keys.due("local"), {"1": NOW_MS})
    assert due.claim(NOW, 9) == []
    assert due.size(NOW)[0] == 0


def test_repair_applies_an_interval_that_was_saved_and_not_put(due: Due) -> None:
    put(due, 1, NOW_MS + 500_000, interval=600)
    assert due.repair(members(1, interval=20), NOW) == []
    assert [claim.planned_ms for claim in due.claim(NOW + 20 * SECOND, 9)] == [slot_after_ms(1, 20, NOW_MS)]


def test_a_clock_set_back_by_an_hour_silences_nobody_longer_than_an_interval(due: Due) -> None:
    put(due, 1, slot_after_ms(1, 60, NOW_MS))
    put(due, 2, NOW_MS)
    [claim] = due.claim(NOW, 9)
    back = NOW - HOUR
    assert due.repair(members(1, 2), back) == [(1, "local"), (2, "local")]
    assert due.finish([(claim, NOW_MS + 60_000)]) == 0
    assert sorted(ids(due.claim(back + MINUTE, 9))) == [1, 2]
    assert due.repair(members(1, 2), back) == []


def test_a_clock_set_forward_by_an_hour_causes_one_sweep(due: Due) -> None:
    put(due, 1, slot_after_ms(1, 60, NOW_MS))
    put(due, 2, NOW_MS)
    due.claim(NOW, 9)
    ahead = NOW + HOUR
    claims = due.claim(ahead, 9)
    assert {claim.planned_ms for claim in claims} == {slot_at_ms(id_, 60, to_ms(ahead)) for id_ in (1, 2)}
    due.finish([(claim, slot_after_ms(claim.monitor_id, 60, to_ms(ahead))) for claim in claims])
    assert [claim for claim in due.claim(ahead, 9) if claim.planned_ms <= to_ms(ahead)] == []


def test_a_thousand_monitors_are_repaired_in_a_few_calls(due: Due) -> None:
    wanted = members(*range(1, 2_502))
    due.repair(wanted, NOW)
    assert due.size(NOW)[0] == 2_501


def test_a_store_that_forgot_the_scripts_is_told_again(due: Due, any_client: Client) -> None:
    put(due, 1, NOW_MS)
    any_client.script_flush()
    assert len(due.claim(NOW, 9)) == 1


class LostAnswers(Client):
    """A client whose next answer is lost on the way back, though the store has done what was asked."""

    losing = False

    def execute_command(self, *args: Any, **options: Any) -> Any:
        answer = super().execute_command(*args, **options)
        if self.losing:
            raise Unavailable("The answer was lost.")
        return answer


def test_claims_whose_answer_was_lost_are_answered_again(any_client: Client) -> None:
    client = LostAnswers(connection_pool=any_client.connection_pool)
    due = Due(client)
    for monitor_id in (1, 2, 3):
        due.put(monitor_id, "local", 60, 1_000, to_ms(NOW))
    assert ids(due.claim(NOW, 1)) == [1]
    client.losing = True
    for _ in range(2):
        with pytest.raises(Unavailable):
            due.claim(NOW, 1)
    client.losing = False
    found = due.claim(NOW + timedelta(seconds=5), 9)
    assert ids(found) == [2]
    assert due.take(found, NOW + timedelta(seconds=5)) == found
    assert ids(due.claim(NOW, 9)) == [3]


def test_each_asker_has_answers_of_its_own(any_client: Client) -> None:
    Due(any_client).put(1, "local", 60, 1_000, to_ms(NOW))
    assert ids(Due(any_client).claim(NOW, 9)) == [1]
    assert Due(any_client).claim(NOW, 9) == []
