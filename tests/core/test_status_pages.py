"""The public status is a second old at most, the same everywhere, and there even when the store is not."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.core.conftest import draft, fill
from tests.store.refusing import Server, server
from uptime.config import Settings
from uptime.core import Core
from uptime.domain.errors import Unavailable
from uptime.domain.heartbeat import Status
from uptime.domain.monitor import Monitor
from uptime.store import Store

HOUR = timedelta(hours=1)


@pytest.fixture
def private() -> Iterator[Server]:
    with server() as made:
        yield made


@pytest.fixture
def refused(private: Server) -> Iterator[Core]:
    """A core whose store can be ill-treated."""
    store = Store(private.url)
    yield Core(store, Settings(secret_key="x" * 32))
    store.close()


def add(core: Core, name: str = "a", **fields: Any) -> Monitor:
    return core.monitors.add(1, draft(name, **fields), NOW - 3 * HOUR)


def names(core: Core) -> list[str]:
    return [line.name for line in core.status_pages.snapshot(NOW).view.lines]


def until(core: Core, expected: list[str], seconds: float) -> float:
    """How long it took until the page showed these monitors."""
    began = time.monotonic()
    while names(core) != expected:
        assert time.monotonic() - began < seconds
        time.sleep(0.01)
    return time.monotonic() - began


def test_without_monitors_nothing_is_known(core: Core) -> None:
    view = core.status_pages.snapshot(NOW).view
    assert (view.overall, view.updated_at, view.lines, view.built_at) == (Status.UNKNOWN, None, (), NOW)


def test_a_line_tells_what_was_seen_last(core: Core, store: Store) -> None:
    monitor = add(core, description="d", target={"url": "http://bob:secret@127.0.0.1:9/x"})
    add(core, "never")
    [(_, _), *_, (planned, _)] = fill(store, monitor, NOW - HOUR, NOW)
    view = core.status_pages.view(1, NOW)
    line, never = view.lines
    assert (line.id, line.name, line.description, line.status, line.latency_ms) == (1, "a", "d", Status.UP, 100)
    assert line.checked_at == view.updated_at == planned + timedelta(milliseconds=100)
    assert "secret" not in line.url
    assert (never.status, never.checked_at, never.latency_ms) == (Status.UNKNOWN, None, None)
    assert view.overall is Status.UP


def test_one_that_is_down_makes_the_whole_down(core: Core, store: Store) -> None:
    for name in ("a", "b"):
        fill(store, add(core, name), NOW - HOUR, NOW, lambda at, name=name: name == "b")
    assert core.status_pages.view(1, NOW).overall is Status.DOWN


def test_one_that_failed_too_often_in_a_day_makes_it_degraded(core: Core, store: Store) -> None:
    monitor = add(core)
    fill(store, monitor, NOW - 2 * HOUR, NOW, lambda at: at.minute in range(10, 20))
    assert core.status_pages.view(1, NOW).overall is Status.DEGRADED
    assert core.status_pages.view(1, NOW + timedelta(days=2)).overall is Status.UP


def test_a_hiccup_shows_the_settled_status(core: Core, store: Store) -> None:
    monitor = add(core, retries=3)
    made = fill(store, monitor, NOW - HOUR, NOW)
    last = made[-1][0]
    fill(store, monitor, last, last + timedelta(seconds=90), lambda at: True)
    [line] = core.status_pages.view(1, NOW).lines
    assert line.status is Status.UP
    assert line.checked_at > last


def test_what_is_paused_is_not_known_and_spoils_nothing(core: Core, store: Store) -> None:
    for name in ("a", "b"):
        fill(store, add(core, name), NOW - HOUR, NOW, lambda at, name=name: name == "b")
    core.monitors.pause(1, 2, NOW)
    view = core.status_pages.view(1, NOW)
    assert [line.status for line in view.lines] == [Status.UP, Status.UNKNOWN]
    assert view.overall is Status.UP


def test_hidden_ones_and_an_unpublished_page_show_nothing(core: Core) -> None:
    add(core, "hidden", visible=False)
    add(core, "shown", visible=True)
    add(core, "said nothing")
    assert names(core) == ["shown", "said nothing"]
    core.sites.update(1, lambda site: replace(site, page=replace(site.page, enabled=False)))
    assert names(core) == []
    assert core.monitors.add(2, draft("another account"), NOW)


def test_a_change_of_ones_own_is_seen_at_once_and_elsewhere_within_a_second(cores: list[Core]) -> None:
    for turn in range(3):
        expected = [f"n{number}" for number in range(turn + 1)]
        assert all(names(core) == expected[:-1] for core in cores)
        add(cores[0], f"n{turn}")
        assert names(cores[0]) == expected
        for core in cores:
            assert until(core, expected, 1.2) < 1.2


def test_heartbeats_are_seen_within_a_second_under_load(cores: list[Core], store: Store) -> None:
    monitor, reader = add(cores[0]), cores[1]
    for turn in range(3):
        assert reader.status_pages.snapshot(NOW)
        made = fill(store, monitor, NOW + turn * HOUR, NOW + turn * HOUR + timedelta(minutes=1))
        store.snapshots.mark_dirty(1)
        began = time.monotonic()
        while reader.status_pages.snapshot(NOW).view.updated_at != made[-1][0] + timedelta(milliseconds=100):
            assert time.monotonic() - began < 1.5
            if reader.status_pages.age > 0.25:
                reader.status_pages.renew(NOW)
            time.sleep(0.005)
        assert time.monotonic() - began < 1.1


def test_a_fresh_copy_asks_nobody(private: Server, refused: Core) -> None:
    assert refused.status_pages.peek() is None
    first = refused.status_pages.snapshot(NOW)
    private.freeze()
    began = time.perf_counter()
    assert all(refused.status_pages.snapshot(NOW) is first for _ in range(10_000))
    assert refused.status_pages.peek() is first
    assert time.perf_counter() - began < 0.5


def test_an_unchanged_page_keeps_its_version_and_a_changed_one_does_not(cores: list[Core]) -> None:
    first = cores[0].status_pages.snapshot(NOW)
    time.sleep(1.0)
    assert cores[0].status_pages.snapshot(NOW) is first
    assert cores[1].status_pages.snapshot(NOW).version == first.version
    add(cores[0])
    assert cores[0].status_pages.snapshot(NOW).version != first.version


def test_many_readers_rebuild_it_rarely(cores: list[Core], store: Store) -> None:
    add(cores[0])
    built = set()

    def read(core: Core) -> None:
        until_ = time.monotonic() + 1.5
        while time.monotonic() < until_:
            store.snapshots.mark_dirty(1)
            built.add(core.status_pages.snapshot(NOW).version)
            time.sleep(0.005)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(read, cores * 2))
    assert len(built) <= 5


def test_the_last_copy_is_shown_with_its_age_while_the_store_is_away(private: Server, refused: Core) -> None:
    add(refused)
    refused.status_pages.snapshot(NOW)
    private.freeze()
    time.sleep(1.1)
    with ThreadPoolExecutor(16) as pool:
        began = time.monotonic()
        ages = list(pool.map(lambda _: refused.status_pages.snapshot(NOW).stale_s, range(64)))
        assert time.monotonic() - began < 2.0
    assert max(ages) >= 1.1
    assert names(refused) == ["a"]
    private.thaw()
    time.sleep(1.1)
    assert refused.status_pages.snapshot(NOW).stale_s == 0


def test_a_process_that_knows_nothing_says_so(private: Server) -> None:
    private.kill()
    store = Store(private.url)
    with pytest.raises(Unavailable):
        Core(store, Settings(secret_key="x" * 32)).status_pages.snapshot(NOW)
    store.close()


@pytest.mark.parametrize("refuse", [Server.fill, Server.follow])
def test_a_store_that_takes_no_writes_is_still_read(private: Server, refused: Core, refuse: Any) -> None:
    add(refused)
    refuse(private)
    assert refused.status_pages.snapshot(NOW).stale_s == 0
    assert names(refused) == ["a"]
