"""Claims become checks; sweeps and single checks fill an empty slot or stand on their own."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.worker.making import add, settings
from tests.worker.processes import Target
from uptime.core.checking import Checking
from uptime.core.sweeping import Sweep
from uptime.domain.errors import NotFound
from uptime.domain.heartbeat import Heartbeat, Status
from uptime.domain.monitor import LOCAL
from uptime.domain.result import Reason
from uptime.domain.schedule import slot_at_ms, to_ms
from uptime.store import Store


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store(redis_url)
    yield made
    made.close()


@pytest.fixture
def checking(store: Store, redis_url: str) -> Checking:
    return Checking(store, settings(redis_url, ping_budget=5.0))


def now() -> datetime:
    return datetime.now(UTC)


def on_record(store: Store, monitor_id: int) -> list[Heartbeat]:
    return store.heartbeats.recent(monitor_id, LOCAL, now(), 0)


def test_a_batch_becomes_checks_and_what_is_gone_or_paused_leaves_the_schedule(
    checking: Checking, store: Store
) -> None:
    kept, gone, paused = (add(store, name=name) for name in ("kept", "gone", "paused"))
    claims = checking.claim_due(now(), 10)
    store.monitors.remove(gone, now(), keep_history=False)
    store.monitors.save(replace(paused, paused=True), paused, unique_name=False)
    assert [task.monitor.id for task in checking.take(claims, now())] == [kept.id]
    assert store.due.size(now())[0] == 1


def test_a_batch_that_somebody_else_holds_by_now_is_dropped(checking: Checking, store: Store) -> None:
    add(store)
    claims = checking.claim_due(now(), 10)
    checking.claim_due(now() + timedelta(minutes=1), 10)
    assert checking.take(claims, now()) == []


def test_an_edited_target_is_the_one_that_is_checked(checking: Checking, store: Store) -> None:
    monitor = add(store)
    checking.take(checking.claim_due(now(), 10), now())
    edited = replace(monitor, target={"url": "http://127.0.0.1:10/"}, updated_at=now())
    store.monitors.save(edited, monitor, unique_name=False)
    [task] = checking.take(checking.claim_due(now() + timedelta(minutes=2), 10), now())
    assert task.target.url == "http://127.0.0.1:10/"


def test_a_sweep_without_a_worker_runs_inline_and_leaves_no_thread(
    checking: Checking, store: Store, target: Target
) -> None:
    good, bad = add(store, f"{target.url}/a"), add(store, f"{target.url}/down")
    add(store, f"{target.url}/b", paused=True)
    before = threading.active_count()
    sweep = checking.sweep(1, now())
    assert threading.active_count() == before
    assert (sweep.via, sweep.left, sweep.skipped) == ("inline", 0, False)
    assert [(item.monitor.id, item.heartbeat.status) for item in sweep.items] == [
        (good.id, Status.UP), (bad.id, Status.DOWN)
    ]  # fmt: skip
    assert [beat.slot for beat in on_record(store, good.id)] == [sweep.items[0].heartbeat.slot]


def test_a_sweep_fills_the_empty_slot_and_the_next_one_is_an_extra(
    checking: Checking, store: Store, target: Target
) -> None:
    monitor = add(store, f"{target.url}/slot", interval=3600)
    first = checking.sweep(1, now()).items[0].heartbeat
    second = checking.sweep(1, now()).items[0].heartbeat
    assert first.slot.token is None
    assert to_ms(first.slot.planned) == slot_at_ms(monitor.id, 3600, to_ms(first.at))
    assert second.slot.token is not None
    assert len(on_record(store, monitor.id)) == 2
    assert store.due.claim(now(), 10) == [], "the sweep moved the schedule on"


def test_a_sweep_beside_a_claim_of_the_scheduler_is_an_extra(checking: Checking, store: Store, target: Target) -> None:
    monitor = add(store, f"{target.url}/claimed")
    [claim] = checking.claim_due(now(), 10)
    assert checking.sweep(1, now()).items[0].heartbeat.slot.token is not None
    assert checking.take([claim], now()) != []
    assert checking.check_now(1, monitor.id, now()).slot.token is not None


def test_within_its_budget_a_sweep_begins_with_what_was_checked_longest_ago(
    store: Store, redis_url: str, target: Target
) -> None:
    checking = Checking(store, settings(redis_url, ping_budget=1.0, check_concurrency=1))
    monitors = [add(store, f"{target.url}/slow/0.3/{index}", timeout_ms=450) for index in range(4)]
    first, second, third = (checking.sweep(1, now()) for _ in range(3))
    assert first.left + len(first.items) == second.left + len(second.items) == 4
    assert first.left >= 1
    seen = [item.monitor.id for sweep in (first, second, third) for item in sweep.items]
    assert set(seen) == {monitor.id for monitor in monitors}, "nobody waits for more than a few calls"
    assert not {item.monitor.id for item in first.items} & {item.monitor.id for item in second.items}
    assert {claim.monitor_id for claim in store.due.claim(now(), 10)} <= set(seen)


def test_of_two_sweeps_the_second_waits_for_the_first_or_takes_what_is_known(
    checking: Checking, store: Store, redis_url: str, target: Target
) -> None:
    add(store, f"{target.url}/slow/0.8")
    found: list[Sweep] = []
    first = threading.Thread(target=lambda: found.append(checking.sweep(1, now())))
    first.start()
    time.sleep(0.3)
    began = time.monotonic()
    skipped = checking.sweep(1, now(), wait=False)
    assert time.monotonic() - began < 0.3
    assert skipped.skipped
    joined = Checking(store, settings(redis_url)).sweep(1, now())
    first.join()
    assert joined.items == found[0].items
    assert (joined.at, joined.via, joined.skipped) == (found[0].at, "inline", False)
    assert len(target.asked("/slow/0.8")) == 1


def test_a_sweep_whose_owner_died_is_taken_over(checking: Checking, store: Store, target: Target) -> None:
    add(store, f"{target.url}/orphan")
    assert store.sweeps.begin(1, "dead") is None
    taker = threading.Thread(target=checking.sweep, args=(1, now()))
    taker.start()
    time.sleep(0.2)
    store.sweeps.finish(1, "dead", None)
    taker.join(5)
    assert len(target.asked("/orphan")) == 1


def test_sweeps_are_logged_unless_told_otherwise(checking: Checking, store: Store, target: Target) -> None:
    add(store, f"{target.url}/logged")
    checking.sweep(1, now(), source="cli", run_id="7")
    checking.sweep(1, now(), log_run=False)
    [run] = store.runs.recent(1, 10)
    assert (run.checked, run.source, run.run_id, run.error) == (1, "cli", "7", None)


def test_a_sweep_over_nothing_is_empty(checking: Checking) -> None:
    assert checking.sweep(1, now()).items == ()


def test_one_monitor_is_checked_now_even_while_it_is_paused(checking: Checking, store: Store, target: Target) -> None:
    monitor = add(store, f"{target.url}/now", paused=True)
    assert checking.check_now(1, monitor.id, now()).status is Status.UP
    assert len(on_record(store, monitor.id)) == 1


def test_nobody_checks_the_monitor_of_another_account(checking: Checking, store: Store) -> None:
    monitor = add(store)
    with pytest.raises(NotFound):
        checking.check_now(2, monitor.id, now())


def test_a_monitor_of_an_unknown_type_is_our_fault_and_no_outage(checking: Checking, store: Store) -> None:
    monitor = add(store)
    store.monitors.save(replace(monitor, type="telepathy"), monitor, unique_name=False)
    beat = checking.check_now(1, monitor.id, now())
    assert (beat.status, beat.reason) == (Status.UNKNOWN, Reason.INTERNAL)
    assert beat.message == "This version cannot check monitors of the type telepathy."


def test_a_worker_that_is_alive_but_does_nothing_is_given_up(checking: Checking, store: Store, target: Target) -> None:
    monitor = add(store, f"{target.url}/lost", timeout_ms=500)
    store.workers.seen("checks", "ghost", now())
    began = time.monotonic()
    sweep = checking.sweep(1, now())
    assert time.monotonic() - began < 5
    assert sweep.via == "inline"
    assert len(on_record(store, monitor.id)) == 1
