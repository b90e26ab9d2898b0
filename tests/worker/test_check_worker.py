"""Real workers and schedulers: checks on time, sweeps through the worker, kills, stops, and a store that goes away."""

import os
import signal
import socket
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests.worker.making import add, settings
from tests.worker.processes import OwnStore, Processes, Target, end, until
from uptime.checks._line import BROKEN
from uptime.core.checking import Checking
from uptime.core.own_line import BACK
from uptime.domain.feed import LineChanged
from uptime.domain.heartbeat import Heartbeat, Status
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.schedule import from_ms, slot_at_ms, to_ms
from uptime.store import Store


def now() -> datetime:
    return datetime.now(UTC)


def on_record(store: Store, monitor: Monitor) -> list[Heartbeat]:
    return store.heartbeats.recent(monitor.id, LOCAL, now(), 0)


def ready(store: Store, workers: int = 1) -> None:
    until(lambda: store.workers.alive("checks", now()) == workers, 20)


def nobody_listens() -> int:
    """A port that is closed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_while_no_witness_answers_failures_are_unknown_and_one_message_says_so(
    store: Store, processes: Processes, redis_url: str
) -> None:
    witness = nobody_listens()
    own = {"witnesses": (("127.0.0.1", witness),), "check_resolvers": (f"127.0.0.1:{nobody_listens()}",)}
    monitor = add(store, "http://shop.test/", interval=5)
    listener = Store(redis_url)
    heard = (event for events in listener.feed.listen(0.5) for event in events if isinstance(event, LineChanged))
    for kind in ("check_worker", "check_worker", "scheduler"):
        processes.start(kind, **own)
    first = next(heard)
    assert (first.answering, first.message) == (False, BROKEN)
    until(lambda: on_record(store, monitor), 20)
    with socket.create_server(("127.0.0.1", witness)):
        second = next(heard)
        until(lambda: on_record(store, monitor)[0].status is Status.DOWN, 20)
    assert (second.answering, second.message) == (True, BACK)
    beats = list(reversed(on_record(store, monitor)))
    assert (beats[0].status, beats[0].message) == (Status.UNKNOWN, BROKEN)
    assert [outage.message for outage in store.heartbeats.outages(monitor.id, LOCAL)] == [beats[-1].message]
    heard.close()
    listener.close()


def slots(beats: list[Heartbeat]) -> list[int]:
    return sorted(to_ms(beat.slot.planned) for beat in beats if beat.slot.token is None)


def test_what_is_scheduled_is_checked_in_each_slot_once_and_on_time(
    store: Store, target: Target, processes: Processes
) -> None:
    monitors = [add(store, f"{target.url}/{index}", interval=5) for index in range(50)]
    for kind in ("check_worker", "check_worker", "scheduler", "scheduler"):
        processes.start(kind)
    ready(store, 2)
    began = time.time()
    time.sleep(7)
    for monitor in monitors:
        planned = [slot for slot in slots(on_record(store, monitor)) if slot > (began + 1) * 1000]
        assert len(planned) >= 1
        assert all(after - before == 5_000 for before, after in pairwise(planned))
        assert max(Counter(slots(on_record(store, monitor))).values()) == 1
        asked = [at for at in target.asked(f"/{monitor.target['url'].rpartition('/')[2]}") if at > began + 2]  # type: ignore[union-attr]
        late = [at - slot_at_ms(monitor.id, 5, int(at * 1000 + 100)) / 1000 for at in asked]
        assert all(-0.01 <= seconds < 1 for seconds in late), late


def test_a_sweep_goes_through_the_worker_and_ahead_of_what_waits(
    store: Store, target: Target, processes: Processes, redis_url: str
) -> None:
    monitors = [add(store, f"{target.url}/{index}", name=str(index)) for index in range(250)]
    processes.start("check_worker")
    ready(store)
    checking = Checking(store, settings(redis_url))
    sweep = checking.sweep(1, now())
    assert (sweep.via, len(sweep.items), sweep.left) == ("worker", 250, 0)
    assert {item.heartbeat.status for item in sweep.items} == {Status.UP}
    began = time.monotonic()
    beat = checking.check_now(1, monitors[3].id, now())
    assert time.monotonic() - began < 0.5
    assert beat.slot.token is not None
    assert len(on_record(store, monitors[3])) == 2


def test_when_the_worker_is_killed_in_a_sweep_the_rest_is_checked_inline(
    store: Store, target: Target, processes: Processes, redis_url: str
) -> None:
    worker = processes.start("check_worker")
    ready(store)
    monitors = [add(store, f"{target.url}/slow/1/{index}") for index in range(5)]
    checking = Checking(store, settings(redis_url))
    os.kill(worker.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        sweep = checking.sweep(1, now())
    finally:
        worker.kill()
    assert time.monotonic() - began < 8
    assert (sweep.via, len(sweep.items)) == ("inline", 5)
    assert [len(on_record(store, monitor)) for monitor in monitors] == [1] * 5


def test_a_stop_lets_running_checks_end_and_hands_back_those_that_wait_for_a_place(
    store: Store, target: Target, redis_url: str
) -> None:
    processes = Processes(redis_url, concurrency=1)
    began = slot_at_ms(1, 3600, to_ms(now()))
    first = add(store, f"{target.url}/slow/2/a", interval=3600, planned=from_ms(began - 1_000), timeout_ms=5_000)
    second = add(store, f"{target.url}/slow/2/b", interval=3600, planned=from_ms(began), timeout_ms=5_000)
    try:
        worker, scheduler = processes.start("check_worker"), processes.start("scheduler")
        until(lambda: target.asked("/slow/2/a"), 20)
        end(scheduler)
        seconds, code = end(worker)
    finally:
        processes.close()
    assert (code, 1 < seconds < 5) == (0, True)
    assert (len(on_record(store, first)), len(target.asked("/slow/2/b"))) == (1, 0)
    assert [claim.monitor_id for claim in store.due.claim(now(), 10)] == [second.id]


@pytest.mark.long
def test_a_check_that_does_not_end_in_the_grace_is_handed_back(
    store: Store, target: Target, processes: Processes
) -> None:
    short = add(store, f"{target.url}/slow/2/a", timeout_ms=5_000, interval=3600)
    long = add(store, f"{target.url}/slow/30/b", timeout_ms=40_000, interval=3600)
    worker, scheduler = processes.start("check_worker"), processes.start("scheduler")
    until(lambda: target.asked("/slow/30/b") and target.asked("/slow/2/a"), 20)
    end(scheduler)
    seconds, code = end(worker)
    assert (code, 7 < seconds < 10) == (0, True)
    assert len(on_record(store, short)) == 1
    assert on_record(store, long) == []
    assert store.workers.alive("checks", now()) == 0
    assert [claim.monitor_id for claim in store.due.claim(now(), 10)] == [long.id]


def test_an_idle_worker_stops_within_two_seconds(store: Store, processes: Processes) -> None:
    worker = processes.start("check_worker")
    ready(store)
    seconds, code = end(worker)
    assert (code, seconds < 2.5) == (0, True)


@pytest.mark.long
def test_what_a_killed_worker_had_begun_is_checked_by_another(
    store: Store, target: Target, processes: Processes
) -> None:
    first = processes.start("check_worker")
    processes.start("scheduler")
    ready(store)
    monitor = add(store, f"{target.url}/slow/1/x", timeout_ms=1_500, interval=3600)
    until(lambda: target.asked("/slow/1/x"), 10)
    first.kill()
    killed = time.time()
    processes.start("check_worker")
    until(lambda: on_record(store, monitor), 1.5 + 15 + 3)
    assert time.time() - killed < 1.5 + 15 + 3
    assert len(on_record(store, monitor)) == 1


@pytest.mark.parametrize("seconds", [5, pytest.param(25, marks=pytest.mark.long)])
def test_no_slot_is_lost_or_doubled_while_the_store_is_away(own_store: OwnStore, target: Target, seconds: int) -> None:
    processes, store = Processes(own_store.url), Store(own_store.url)
    monitors = [add(store, f"{target.url}/{index}", interval=5, timeout_ms=1_000) for index in range(20)]
    try:
        processes.start("check_worker")
        processes.start("scheduler")
        until(lambda: all(on_record(store, monitor) for monitor in monitors), 20)
        own_store.kill()
        gone = time.time()
        time.sleep(seconds)
        own_store.start()
        back = time.time()

        def lost() -> set[tuple[int, int]]:
            wanted = {m.id: range(slot_at_ms(m.id, 5, int(gone * 1000)), int(back * 1000), 5_000) for m in monitors}
            return {(m.id, slot) for m in monitors for slot in set(wanted[m.id]) - set(slots(on_record(store, m)))}

        # What waited is written within 5 s; a check that falls due at the very return takes its second, too.
        until(lambda: not lost(), 6)
        for monitor in monitors:
            planned = slots(on_record(store, monitor))
            assert len(planned) == len(set(planned)), "a slot was doubled"
    finally:
        processes.close()
        store.close()


@pytest.mark.long
def test_no_slot_is_lost_or_doubled_when_the_store_freezes(own_store: OwnStore, target: Target) -> None:
    """What a frozen store was asked it still carries out on waking, when nobody waits for the answer any more."""
    processes, store = Processes(own_store.url), Store(own_store.url)
    monitors = [add(store, f"{target.url}/{index}", interval=5, timeout_ms=1_000) for index in range(20)]
    try:
        processes.start("check_worker")
        processes.start("scheduler")
        until(lambda: all(on_record(store, monitor) for monitor in monitors), 20)
        froze = time.time()
        own_store.freeze()
        time.sleep(12)
        own_store.thaw()
        # The lease of a claim that nobody heard of, and the time after which a slot counts as stuck.
        time.sleep(1 + 15 + 10)
        end = time.time() - 10
        for monitor in monitors:
            planned = slots(on_record(store, monitor))
            assert len(planned) == len(set(planned)), "a slot was doubled"
            wanted = range(slot_at_ms(monitor.id, 5, int(froze * 1000)), int(end * 1000), 5_000)
            assert set(wanted) <= set(planned), "a slot was lost"
    finally:
        processes.close()
        store.close()


@pytest.mark.long
def test_while_workers_and_schedulers_are_killed_in_turn_no_slot_is_doubled_and_nobody_forgotten(
    store: Store, target: Target, processes: Processes
) -> None:
    monitors = [add(store, f"{target.url}/{index}", interval=5, timeout_ms=1_000) for index in range(100)]
    kinds = ["check_worker", "check_worker", "scheduler", "scheduler"]
    running = [processes.start(kind) for kind in kinds]
    ready(store, 2)
    began, victim = time.time(), 0
    while time.time() - began < 50:
        time.sleep(5)
        running[victim].kill()
        running[victim].wait()
        running[victim] = processes.start(kinds[victim])
        victim = (victim + 1) % len(kinds)
    time.sleep(20)
    for monitor in monitors:
        planned = slots(on_record(store, monitor))
        assert len(planned) == len(set(planned))
        assert max(after - before for before, after in pairwise(planned)) <= 25_000
