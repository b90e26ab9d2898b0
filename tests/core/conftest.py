"""A core over the real store, and several at once, as several processes have them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from uptime.config import Settings
from uptime.core import Core
from uptime.domain.errors import UptimeError
from uptime.domain.monitor import MonitorDraft
from uptime.store import Store

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
