"""The scheduler: it claims no more than the workers have room for, and mends what a clock or a crash left."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.worker.making import add, settings
from tests.worker.processes import Processes, end, until
from uptime.core import Core
from uptime.domain.monitor import LOCAL
from uptime.domain.schedule import to_ms
from uptime.store import Store
from uptime.store.queue import BATCH
from uptime.worker.tick import Scheduler

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def scheduler(store: Store, redis_url: str) -> Scheduler:
    return Scheduler("a", Core(store, settings(redis_url)), store)


def second(number: float) -> datetime:
    return START + timedelta(seconds=number)


def test_what_is_due_is_handed_out_while_a_worker_lives(scheduler: Scheduler, store: Store) -> None:
    add(store, planned=START)
    store.workers.seen("checks", "w", START)
    assert scheduler.tick(START, 0.0) is False
    assert store.queue.waiting() == 1
    assert store.due.claim(START, 10) == []


def test_without_a_live_worker_nothing_is_claimed(scheduler: Scheduler, store: Store) -> None:
    add(store, planned=START)
    store.workers.seen("checks", "w", second(-4))
    assert scheduler.tick(START, 0.0) is False
    assert len(store.due.claim(START, 10)) == 1


def test_no_more_than_two_batches_wait_for_each_worker(scheduler: Scheduler, store: Store) -> None:
    for index in range(3 * BATCH):
        store.due.put(index, LOCAL, 60, 1_000, to_ms(START))
    store.workers.seen("checks", "w", START)
    assert scheduler.claim(START) is True
    assert store.queue.waiting() == 2
    assert scheduler.claim(START) is True
    assert store.queue.waiting() == 2
    store.workers.seen("checks", "w2", START)
    assert scheduler.claim(START) is False
    assert store.queue.waiting() == 3


def test_a_window_that_begins_or_ends_is_told_within_the_second(scheduler: Scheduler, store: Store) -> None:
    core = Core(store, settings("redis://unused"))
    core.maintenances.start(1, 60, START, all_monitors=True)
    marks = [store.snapshots.status(1).read().newest]
    for number in (59, 60, 61):
        scheduler.tick(second(number), float(number))
        marks.append(store.snapshots.status(1).read().newest - marks[0])
    assert marks[1:] == [0, 1, 1]


def test_two_schedulers_never_hand_out_the_same_check(store: Store, redis_url: str) -> None:
    for index in range(300):
        store.due.put(index, LOCAL, 60, 1_000, to_ms(START))
    store.workers.seen("checks", "w", START)
    core = Core(store, settings(redis_url))
    for name in ("a", "b"):
        Scheduler(name, core, store).claim(START)
    assert store.queue.waiting() == 2


def test_a_monitor_that_a_crash_left_out_of_the_schedule_is_put_back(scheduler: Scheduler, store: Store) -> None:
    monitor = add(store, planned=START)
    store.due.drop(monitor.id)
    scheduler.tick(START, 0.0)
    assert store.due.size(START)[0] == 1
    store.due.drop(monitor.id)
    scheduler.tick(second(1), 1.0)
    assert store.due.size(START)[0] == 0, "once a minute is enough"


@pytest.mark.parametrize("hours", [1, -1])
def test_a_jump_of_the_clock_silences_nobody(scheduler: Scheduler, store: Store, hours: int) -> None:
    add(store, planned=START)
    store.workers.seen("checks", "w", START)
    scheduler.tick(START, 0.0)
    store.workers.seen("checks", "w", second(1))
    scheduler.tick(second(1), 1.0)
    store.client.delete("rq:queue:checks")
    claims, monotonic = 0, 2.0
    after = START + timedelta(hours=hours, seconds=2)
    for _ in range(90):
        store.workers.seen("checks", "w", after)
        claims += bool(scheduler.tick(after, monotonic) or store.queue.waiting())
        store.client.delete("rq:queue:checks")
        after, monotonic = after + timedelta(seconds=1), monotonic + 1
    assert 1 <= claims <= 7, "claimed again within an interval, and only as often as its lease ends"


def test_a_scheduler_stops_at_once_and_signs_off(processes: Processes, store: Store) -> None:
    process = processes.start("scheduler")
    until(lambda: store.workers.alive("scheduler", datetime.now(UTC)) == 1, 15)
    seconds, code = end(process)
    assert (code, seconds < 1.5) == (0, True)
    assert store.workers.alive("scheduler", datetime.now(UTC)) == 0
