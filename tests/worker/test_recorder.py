"""The recorder: what was found while the store was away is on record soon after its return."""

import time
from datetime import UTC, datetime

from tests.conftest import NOW
from tests.worker.making import add, bad, entry, good
from tests.worker.processes import OwnStore, until
from uptime.core.recording import Recording
from uptime.core.runner import Finished
from uptime.domain.heartbeat import Status
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.result import Result
from uptime.domain.schedule import to_ms
from uptime.store import Store
from uptime.worker.recorder import Recorder


def found(monitor: Monitor, turn: int, result: Result) -> Finished:
    return entry(monitor, to_ms(NOW) + turn * 60_000, result).finished


def on_record(store: Store, monitor: Monitor) -> list[Status]:
    return [beat.status for beat in store.heartbeats.recent(monitor.id, LOCAL, datetime.now(UTC), 0)]


def test_results_are_written_in_their_order_and_all_before_the_end(store: Store) -> None:
    monitor = add(store, planned=NOW)
    recorder = Recorder(Recording(store))
    recorder.start()
    for turn in range(300):
        recorder.put(found(monitor, turn, good() if turn % 3 else bad()))
    recorder.stop(10)
    assert recorder.backlog == 0
    statuses = on_record(store, monitor)
    assert statuses == [Status.UP if turn % 3 else Status.DOWN for turn in reversed(range(300))]


def test_while_the_store_is_away_results_wait_and_none_is_lost_or_doubled(own_store: OwnStore) -> None:
    store = Store(own_store.url)
    monitor = add(store, planned=NOW)
    recorder = Recorder(Recording(store))
    recorder.start()
    recorder.put(found(monitor, 0, good()))
    until(lambda: on_record(store, monitor) == [Status.UP], 5)
    own_store.kill()
    for turn in range(1, 50):
        recorder.put(found(monitor, turn, good()))
    time.sleep(0.8)
    own_store.start()
    until(lambda: len(on_record(store, monitor)) == 50, 5)
    recorder.stop(1)
    assert len(on_record(store, monitor)) == 50
    store.close()


def test_the_recorder_gives_up_when_the_store_stays_away(own_store: OwnStore) -> None:
    store = Store(own_store.url)
    monitor = add(store, planned=NOW)
    own_store.kill()
    recorder = Recorder(Recording(store))
    recorder.start()
    recorder.put(found(monitor, 0, good()))
    began = time.monotonic()
    recorder.stop(0.3)
    assert time.monotonic() - began < 2
    store.close()


def test_one_result_that_cannot_be_written_does_not_take_others_with_it(store: Store) -> None:
    monitor = add(store, planned=NOW)
    recorder = Recorder(Recording(store))
    store.client.set(f"up:{{m{monitor.id + 1}}}:state:local", "nonsense")
    broken = add(store, planned=NOW)
    for turn in range(3):
        recorder.put(found(broken, turn, good()))
        recorder.put(found(monitor, turn, good()))
    recorder.start()
    recorder.stop(5)
    assert on_record(store, monitor) == [Status.UP] * 3
