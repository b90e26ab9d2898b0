"""A core over the real store, and several at once, as several processes have them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest

from uptime.config import Settings
from uptime.core import Core
from uptime.domain.errors import UptimeError
from uptime.domain.heartbeat import Slot, judge
from uptime.domain.monitor import LOCAL, Monitor, MonitorDraft
from uptime.domain.result import Reason, Result
from uptime.domain.schedule import from_ms, slot_at_ms, to_ms
from uptime.store import Store
from uptime.store.heartbeats import Record

PASSWORD = "correct horse battery"


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store(redis_url)
    yield made
    made.close()


@pytest.fixture
def core(store: Store) -> Core:
    return Core(store, Settings(secret_key="x" * 32))


@pytest.fixture
def cores(redis_url: str) -> Iterator[list[Core]]:
    stores = [Store(redis_url) for _ in range(8)]
    yield [Core(store, Settings(secret_key="x" * 32)) for store in stores]
    for store in stores:
        store.close()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned or was refused with, all begun at the same moment."""
    barrier = Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except UptimeError as refused:
            return refused

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def accepted(results: list[Any]) -> list[Any]:
    """Those that were not refused."""
    return [result for result in results if not isinstance(result, UptimeError)]


def draft(name: str = "a", **fields: Any) -> MonitorDraft:
    target = fields.pop("target", {"url": "http://127.0.0.1:9/"})
    return MonitorDraft(name, "http", target, **fields)


def never(at: datetime) -> bool:
    return False


def fill(
    store: Store,
    monitor: Monitor,
    first: datetime,
    last: datetime,
    fails: Callable[[datetime], bool] = never,
    took_ms: int = 100,
    ttl: int = 86_400,
) -> list[tuple[datetime, bool]]:
    """A heartbeat in each slot between two moments: when they were planned, and whether they were good."""
    state, made, records = store.heartbeats.states([(monitor.id, LOCAL)])[0], [], []
    step = monitor.interval * 1000
    for planned in range(slot_at_ms(monitor.id, monitor.interval, to_ms(first)) + step, to_ms(last) + 1, step):
        slot = Slot(from_ms(planned))
        failing = fails(slot.planned)
        result = Result(not failing, "x", took_ms, Reason.STATUS if failing else None)
        verdict = judge(result, state, monitor.tolerance, slot, from_ms(planned + took_ms), "x")
        records.append(Record(monitor.id, LOCAL, monitor.interval, ttl, verdict, state.version, state.status))
        state = verdict.state
        made.append((slot.planned, not failing))
    store.heartbeats.record(records)
    return made
