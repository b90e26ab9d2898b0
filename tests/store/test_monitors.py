"""Monitors keep their order and names, and what a crash left half done is mended."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conftest import NOW
from uptime.domain.errors import Conflict, NotFound
from uptime.domain.monitor import Monitor
from uptime.store import Store, keys

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store(redis_url)
    yield made
    made.close()


def add(store: Store, name: str, account: int = 1, *, unique_name: bool = False) -> Monitor:
    monitor = Monitor(name, "http", {"url": "http://x/"}, account=account, created_at=NOW, updated_at=NOW)
    return store.monitors.add(monitor, unique_name=unique_name)


def named(store: Store, name: str) -> int | None:
    try:
        return store.monitors.by_name(1, name).id
    except NotFound:
        return None


def test_ids_are_never_given_twice_and_the_order_is_that_of_making(store: Store) -> None:
    made = [add(store, name).id for name in "cab"]
    store.monitors.remove(store.monitors.get(1, made[2]), NOW, keep_history=False)
    made[2] = add(store, "b").id
    assert made == [1, 2, 4]
    assert [monitor.name for monitor in store.monitors.many(1)] == ["c", "a", "b"]


@pytest.mark.parametrize("name", ["a b/c", "ü🙂", "%00\\x", "a" * 255, "12", "[", "\xff"])
def test_any_name_is_found_again_and_no_longer_one_in_its_place(store: Store, name: str) -> None:
    add(store, f"{name}x")
    made = add(store, name)
    assert named(store, name) == made.id
    with pytest.raises(Conflict):
        add(store, name, unique_name=True)


def test_of_two_with_one_name_the_lowest_id_is_meant(store: Store) -> None:
    ids = [add(store, "same").id for _ in range(12)]
    assert named(store, "same") == ids[0]
    store.monitors.remove(store.monitors.get(1, ids[0]), NOW, keep_history=True)
    assert named(store, "same") == ids[1]


def test_what_is_another_accounts_does_not_exist(store: Store) -> None:
    other = add(store, "a", account=2)
    assert store.monitors.many(1) == []
    assert named(store, "a") is None
    with pytest.raises(NotFound):
        store.monitors.get(1, other.id)
    add(store, "a", unique_name=True)
    assert {monitor.account for monitor in store.monitors.all_active()} == {1, 2}


def test_a_save_from_an_old_copy_is_refused(store: Store) -> None:
    before = add(store, "a")
    assert store.monitors.save(replace(before, paused=True), before, unique_name=False)
    assert not store.monitors.save(replace(before, description="x"), before, unique_name=False)
    assert store.monitors.get(1, before.id).paused


def test_a_renamed_monitor_leaves_its_old_name(store: Store) -> None:
    before, other = add(store, "a"), add(store, "b")
    with pytest.raises(Conflict):
        store.monitors.save(replace(before, name="b"), before, unique_name=True)
    store.monitors.save(replace(before, name="c"), before, unique_name=True)
    assert (named(store, "a"), named(store, "b"), named(store, "c")) == (None, other.id, before.id)
    add(store, "a", unique_name=True)


def test_the_same_bytes_are_the_same_monitor(store: Store) -> None:
    made = add(store, "a")
    first, second = store.monitors.by_ids([made.id, made.id])
    assert first is second
    store.monitors.save(replace(made, interval=5), made, unique_name=False)
    assert store.monitors.by_ids([made.id, 99])[0] is not first


def test_a_place_without_a_monitor_is_given_up(store: Store) -> None:
    made = add(store, "a")
    store.client.delete(keys.monitor(made.id))
    store.monitors.repair(NOW + timedelta(seconds=30))
    assert store.client.zcard(keys.monitors(1)) == 1
    store.monitors.repair(LATER)
    assert store.client.zcard(keys.monitors(1)) == 0
    add(store, "a", unique_name=True)


def test_a_rename_that_was_cut_short_is_undone(store: Store) -> None:
    made = add(store, "a")
    store.client.delete(keys.monitor_names(1))
    store.client.zadd(keys.monitor_names(1), {f"b\0{made.id}": 0})
    store.monitors.repair(LATER)
    assert (named(store, "a"), named(store, "b")) == (made.id, None)
    add(store, "b", unique_name=True)


def test_a_removal_that_was_cut_short_is_completed(store: Store) -> None:
    made = add(store, "a")
    place = store.client.dump(keys.monitors(1)), store.client.dump(keys.monitor_names(1))
    store.monitors.remove(made, NOW, keep_history=True)
    store.client.delete(keys.removed_monitors(1))
    store.client.restore(keys.monitors(1), 0, place[0])
    store.client.restore(keys.monitor_names(1), 0, place[1])
    assert store.monitors.many(1) == []
    store.monitors.repair(LATER)
    assert [monitor.id for monitor in store.monitors.removed(1)] == [made.id]
    assert store.client.zcard(keys.monitor_names(1)) == 0


def test_a_repair_leaves_alone_what_is_right(store: Store) -> None:
    for name in ("a", "b", "a"):
        add(store, name)
    store.monitors.remove(store.monitors.get(1, 2), NOW, keep_history=True)
    before = [store.client.dump(key) for key in (keys.monitors(1), keys.monitor_names(1), keys.removed_monitors(1))]
    store.monitors.repair(LATER)
    assert before == [
        store.client.dump(key) for key in (keys.monitors(1), keys.monitor_names(1), keys.removed_monitors(1))
    ]
