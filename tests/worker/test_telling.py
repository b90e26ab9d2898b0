"""Whatever is killed, and whenever, everybody hears of every change: in order, and again only under the same id."""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.servers.recording import Service, recording
from tests.worker.making import add, bad, entry, good
from tests.worker.processes import OwnStore, Processes, until
from uptime.config import Settings
from uptime.core import Core
from uptime.core.recording import Recording
from uptime.domain.channel import ChannelDraft
from uptime.domain.errors import Unavailable
from uptime.domain.heartbeat import Status
from uptime.domain.monitor import LOCAL, Monitor
from uptime.domain.schedule import to_ms
from uptime.store import Store

SETTLED = (Status.UP, Status.DOWN)


@pytest.fixture
def own_store() -> Iterator[OwnStore]:
    made = OwnStore()
    yield made
    made.close()


class Flipping:
    """Puts changes of monitors on record, one after the other, until told to stop; waits where the store is away."""

    def __init__(self, store: Store, monitors: list[Monitor], every: float) -> None:
        self._recording = Recording(store)
        self._monitors, self._every = monitors, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        turn = 0
        while not self._over.wait(self._every) or turn % len(self._monitors):
            monitor, result = self._monitors[turn % len(self._monitors)], (bad, good)[turn // len(self._monitors) % 2]()
            entries = [entry(monitor, to_ms(datetime.now(UTC)), result)]
            while True:
                try:
                    self._recording.write(entries)
                    break
                except Unavailable:
                    time.sleep(0.05)
            turn += 1


def heard(service: Service) -> dict[str, list[tuple[str, str]]]:
    """For each monitor the event ids and statuses it was told of, in order and without repeats."""
    told: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for asked in list(service.asked):
        body: Any = asked.json
        lines = body["lines"] or [{"event": body["event"], "name": body["monitor"]["name"], "status": body["status"]}]
        for line in lines:
            if (line["event"], line["status"]) not in told[line["name"]]:
                told[line["name"]].append((line["event"], line["status"]))
    return told


def on_record(store: Store, monitor: Monitor) -> list[tuple[str, str]]:
    """The changes that there were to tell."""
    changes = reversed(store.heartbeats.changes(monitor.id, LOCAL, 10_000))
    return [(c.id, c.after.value) for c in changes if not (c.before is Status.UNKNOWN and c.after is Status.UP)]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_no_change_is_missed_over_two_hundred_kills(own_store: OwnStore) -> None:
    chance, store = random.Random(11), Store(own_store.url)
    core, processes = Core(store, Settings(secret_key="x" * 32)), Processes(own_store.url)
    monitors = [add(store, name=f"m{index}", interval=5, paused=True) for index in range(30)]
    try:
        with recording() as service:
            core.channels.add(1, ChannelDraft("hook", "webhook", {"url": service.url}), datetime.now(UTC))
            flipping = Flipping(store, monitors, every=0.35)
            running = [processes.start("notifier") for _ in range(3)]
            for kill in range(200):
                time.sleep(chance.uniform(0.05, 1.0))
                if kill % 40 == 39:
                    own_store.kill()
                    own_store.start()
                victim = chance.randrange(len(running))
                running[victim].kill()
                running[victim].wait()
                running[victim] = processes.start("notifier")
            flipping.stop()
            processes.start("scheduler")
            wanted = {monitor.name: on_record(store, monitor) for monitor in monitors}
            until(lambda: all(set(wanted[name]) <= set(heard(service)[name]) for name in wanted), 120)
            for name, events in heard(service).items():
                assert events == wanted[name], "a change was told out of order, or was none"
                assert all(before[1] != after[1] for before, after in pairwise(events)), "two of a kind in a row"
            assert sum(map(len, wanted.values())) > 200
    finally:
        processes.close()
        store.close()


@pytest.mark.long
def test_a_channel_that_hangs_delays_no_other(own_store: OwnStore) -> None:
    from tests.servers.recording import Reply

    store = Store(own_store.url)
    core, processes = Core(store, Settings(secret_key="x" * 32)), Processes(own_store.url)
    try:
        with recording(Reply(silent=True)) as hanging, recording() as quick:
            for name, service in (("a", hanging), ("b", quick)):
                core.channels.add(1, ChannelDraft(name, "webhook", {"url": service.url}), datetime.now(UTC))
            processes.start("notifier")
            until(lambda: store.workers.alive("notifier", datetime.now(UTC)), 15)
            began = time.monotonic()
            for index in range(3):
                monitor = add(store, name=f"m{index}", paused=True)
                Recording(store).write([entry(monitor, to_ms(datetime.now(UTC)), bad())])
            until(lambda: len(quick.asked) == 3, 4)
            assert time.monotonic() - began < 4
            assert hanging.asked
    finally:
        processes.close()
        store.close()
