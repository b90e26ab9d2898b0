"""The feed tells every listener what happens, in its order."""

import threading
from collections.abc import Iterator
from itertools import islice

import pytest

from tests.conftest import NOW
from tests.store.refusing import server
from uptime.domain.errors import Unavailable
from uptime.domain.feed import AccessChanged, Beat, Event, MaintenanceChanged, MonitorRemoved, MonitorSaved
from uptime.domain.heartbeat import Status
from uptime.store import Store

EVENTS: list[Event] = [
    Beat(1, 2, "local", NOW, Status.DOWN, 12.5, "half \ud800 a pair", True),
    MonitorSaved(1, 2),
    MonitorRemoved(1, 2),
    AccessChanged(1),
    MaintenanceChanged(1, 2),
]


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store(redis_url)
    yield made
    made.close()


def test_every_listener_hears_everything(store: Store) -> None:
    listeners = [store.feed.listen(0.05) for _ in range(3)]
    for heard in listeners:
        assert next(heard) == []
    store.feed.publish(EVENTS)
    store.feed.publish([])
    for heard in listeners:
        assert next(events for events in heard if events) == EVENTS
        heard.close()  # type: ignore[attr-defined]


def test_what_a_newer_version_tells_is_passed_over(store: Store) -> None:
    heard = store.feed.listen(0.05)
    assert next(heard) == []
    store.client.publish("up:feed", b'[["party",{}],["saved",{"account":1,"monitor_id":2,"colour":"red"}]]')
    assert next(events for events in heard if events) == [MonitorSaved(1, 2)]
    heard.close()  # type: ignore[attr-defined]


def test_a_listener_learns_that_the_store_went_away() -> None:
    with server() as private:
        store = Store(private.url)
        heard = store.feed.listen(0.2)
        assert next(heard) == []
        threading.Timer(0.3, private.kill).start()
        with pytest.raises(Unavailable):
            list(islice(heard, 20))
        store.close()
