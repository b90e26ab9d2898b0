"""Attempts are counted within a window that moves."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.conftest import NOW
from uptime.store import Store

WINDOW = timedelta(minutes=15)


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store(redis_url)
    yield made
    made.close()


def hit(store: Store, seconds: float = 0, name: str = "a") -> int:
    return store.throttles.hit(name, 3, WINDOW, NOW + timedelta(seconds=seconds))


def test_beyond_the_limit_it_says_how_long_to_wait(store: Store) -> None:
    assert [hit(store, seconds) for seconds in (0, 100, 200, 300)] == [0, 0, 0, 600]
    assert hit(store, 899.5) == 1
    assert hit(store, 900) == 0
    assert hit(store, 901) == 99
    assert hit(store, 0, name="b") == 0


def test_who_goes_on_trying_does_not_wait_longer(store: Store) -> None:
    assert [hit(store) for _ in range(10)] == [0, 0, 0] + [900] * 7
    assert hit(store, 900) == 0


def test_attempts_side_by_side_all_count(store: Store) -> None:
    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(lambda _: hit(store), range(30)))[:4] == [0, 0, 0, 900]


def test_a_good_one_clears_it(store: Store) -> None:
    for _ in range(4):
        hit(store)
    store.throttles.clear("a")
    assert hit(store) == 0


def test_a_clock_that_was_set_back_locks_nobody_out_for_longer_than_the_window(store: Store) -> None:
    for _ in range(3):
        hit(store, 7200)
    assert hit(store) == 900


def test_nothing_is_left_behind(store: Store) -> None:
    hit(store)
    assert all(0 < store.client.ttl(key) <= 900 for key in store.client.keys("up:throttle:*"))
