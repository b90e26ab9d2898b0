"""Groups in the core: judged at once when a member changes, never in a circle, and tidy when something goes."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.core.conftest import at_once, draft
from tests.worker.making import settings
from uptime.core import Core
from uptime.core.monitor_types import built
from uptime.core.recording import Entry, Recording
from uptime.core.runner import Finished, Task
from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import Heartbeat, Slot, Status
from uptime.domain.monitor import LOCAL, Monitor, MonitorDraft
from uptime.domain.result import Reason, Result
from uptime.store import Store


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def group_draft(name: str = "group", parent: int | None = None, **target: Any) -> MonitorDraft:
    return MonitorDraft(name, "group", target, parent=parent)


def results(*checks: tuple[Monitor, bool], seconds: float) -> list[Entry]:
    """What checks found, all planned and made at one time."""
    at = after(seconds)
    return [Entry(Finished(Task(monitor, *built(monitor), Slot(at)), found(ok), at)) for monitor, ok in checks]


def found(ok: bool) -> Result:
    return Result(ok, "x", 5.0, None if ok else Reason.STATUS)


def beats(store: Store, monitor: Monitor) -> list[Heartbeat]:
    return list(reversed(store.heartbeats.recent(monitor.id, LOCAL, after(86_400), 0)))


def status(store: Store, monitor: Monitor) -> Status:
    return store.heartbeats.states([(monitor.id, LOCAL)])[0].status


@pytest.fixture
def shop(core: Core) -> Monitor:
    return core.monitors.add(1, group_draft("shop"), NOW)


@pytest.fixture
def parts(core: Core, shop: Monitor) -> list[Monitor]:
    return [core.monitors.add(1, draft(name, parent=shop.id), NOW) for name in ("web", "db")]


def test_a_group_follows_its_members_the_moment_they_change(store: Store, shop: Monitor, parts: list[Monitor]) -> None:
    web, db = parts
    recording = Recording(store)
    recording.write(results((web, True), seconds=1))
    assert status(store, shop) is Status.UNKNOWN, "nothing is known of the other"
    recording.write(results((db, True), seconds=2))
    assert status(store, shop) is Status.UP
    recording.write(results((web, True), (db, False), seconds=60))
    assert status(store, shop) is Status.DOWN
    last = beats(store, shop)[-1]
    assert (last.message, last.reason, last.at) == ("Members down: db", Reason.STATUS, after(60))
    assert last.slot.token is not None, "beside the expected ones"
    recording.write(results((db, True), seconds=120))
    [outage] = store.heartbeats.outages(shop.id, LOCAL)
    assert (outage.start, outage.end) == (after(60), after(120))


def test_a_member_that_stays_what_it_is_moves_nothing(store: Store, shop: Monitor, parts: list[Monitor]) -> None:
    recording = Recording(store)
    for seconds in (1, 61, 121):
        recording.write(results(*((part, True) for part in parts), seconds=seconds))
    assert len(beats(store, shop)) == 1


def test_many_changes_at_once_are_one_look_at_the_group(store: Store, shop: Monitor, parts: list[Monitor]) -> None:
    batch = results(*((part, False) for part in parts), seconds=1)
    recording = Recording(store)
    recording.write(batch)
    recording.write(batch)
    assert [beat.message for beat in beats(store, shop)] == ["Members down: web, db"]


def test_a_change_climbs_through_groups_of_groups(core: Core, store: Store) -> None:
    top = core.monitors.add(1, group_draft("top"), NOW)
    middle = core.monitors.add(1, group_draft("middle", parent=top.id), NOW)
    leaf = core.monitors.add(1, draft("leaf", parent=middle.id), NOW)
    Recording(store).write(results((leaf, False), seconds=1))
    assert (status(store, middle), status(store, top)) == (Status.DOWN, Status.DOWN)
    Recording(store).write(results((leaf, True), seconds=2))
    assert (status(store, middle), status(store, top)) == (Status.UP, Status.UP)


def test_a_monitor_may_be_in_several_groups_by_name_and_by_tag(core: Core, store: Store) -> None:
    tag = core.tags.add(1, "eu", "#0000ff", NOW)
    leaf = core.monitors.add(1, draft("leaf", tags=(tag.carried("x"),)), NOW)
    named = core.monitors.add(1, group_draft("named", members=[leaf.id]), NOW)
    tagged = core.monitors.add(1, group_draft("tagged", member_tags=[tag.id]), NOW)
    Recording(store).write(results((leaf, False), seconds=1))
    assert (status(store, named), status(store, tagged)) == (Status.DOWN, Status.DOWN)


def test_retries_hold_for_groups_too(core: Core, store: Store) -> None:
    patient = core.monitors.add(1, replace(group_draft(), retries=1), NOW)
    leaf = core.monitors.add(1, draft("leaf", parent=patient.id), NOW)
    Recording(store).write(results((leaf, True), seconds=1))
    Recording(store).write(results((leaf, False), seconds=2))
    assert (status(store, patient), beats(store, patient)[-1].status) == (Status.UP, Status.PENDING)


def test_a_paused_group_is_not_judged_and_paused_members_do_not_count(
    core: Core, store: Store, shop: Monitor, parts: list[Monitor]
) -> None:
    web, db = parts
    core.monitors.pause(1, db.id, NOW)
    Recording(store).write(results((web, True), seconds=1))
    assert status(store, shop) is Status.UP
    core.monitors.pause(1, shop.id, NOW)
    Recording(store).write(results((web, False), seconds=2))
    assert status(store, shop) is Status.UP


def test_its_own_look_finds_what_nobody_told_it(
    core: Core, store: Store, shop: Monitor, parts: list[Monitor], redis_url: str
) -> None:
    Recording(store).write(results(*((part, True) for part in parts), seconds=1))
    core.monitors.pause(1, parts[0].id, NOW)
    core.monitors.pause(1, parts[1].id, NOW)
    made = Core(store, settings(redis_url))
    heartbeat = made.checking.check_now(1, shop.id, datetime.now(NOW.tzinfo))
    assert (heartbeat.status, heartbeat.message) == (Status.UNKNOWN, "All members are paused or in maintenance")
    assert status(store, shop) is Status.UP, "what was known stands"


def test_two_workers_that_see_members_change_agree_on_the_group(
    cores: list[Core], store: Store, shop: Monitor, parts: list[Monitor]
) -> None:
    for turn in range(5):
        ok = bool(turn % 2)
        stores = [each._store for each in cores[:2]]
        calls = [
            lambda own=own, part=part, turn=turn, ok=ok: Recording(own).write(results((part, ok), seconds=turn * 60))  # type: ignore[misc]
            for own, part in zip(stores, parts, strict=True)
        ]
        at_once(*calls)
        assert status(store, shop) is (Status.UP if ok else Status.DOWN)


def test_nothing_stands_above_itself(core: Core) -> None:
    top = core.monitors.add(1, group_draft("top"), NOW)
    middle = core.monitors.add(1, group_draft("middle", parent=top.id), NOW)
    leaf = core.monitors.add(1, draft("leaf", parent=middle.id), NOW)
    for below in (top, middle, leaf):
        with pytest.raises(Invalid) as refusal:
            core.monitors.replace(1, top.id, group_draft("top", parent=below.id), NOW)
        assert refusal.value.field == "parent"
    with pytest.raises(Invalid):
        core.monitors.replace(1, middle.id, group_draft("middle", parent=top.id, members=[top.id]), NOW)
    assert [each.name for each in core.monitors.places.ancestors(leaf)] == ["middle", "top"]
    assert [each.name for each in core.monitors.places.children(top)] == ["middle"]


def test_a_circle_that_two_people_made_at_once_ends_by_itself(core: Core, store: Store) -> None:
    """The check of each sees the other's change too late; nothing runs for ever."""
    one = core.monitors.add(1, replace(group_draft("one"), upside_down=True), NOW)
    two = core.monitors.add(1, group_draft("two", parent=one.id), NOW)
    store.monitors.save(replace(one, parent=two.id), one, unique_name=False)
    leaf = core.monitors.add(1, draft("leaf"), NOW)
    store.monitors.save(replace(leaf, parent=two.id), leaf, unique_name=False)
    [leaf] = [each for each in core.monitors.list(1) if each.id == leaf.id]
    Recording(store).write(results((leaf, False), seconds=1))
    Recording(store).write(results((leaf, True), seconds=2))
    assert len(core.monitors.places.ancestors(leaf)) == 2


@pytest.mark.parametrize("parent", ["a stranger's", "nobody's"])
def test_a_parent_or_member_of_another_account_does_not_exist(core: Core, parent: str) -> None:
    theirs = core.monitors.add(2, draft("theirs"), NOW)
    wanted = theirs.id if parent == "a stranger's" else 999
    with pytest.raises(Invalid):
        core.monitors.add(1, draft("mine", parent=wanted), NOW)
    with pytest.raises(Invalid):
        core.monitors.add(1, group_draft(members=[wanted]), NOW)


@pytest.mark.parametrize("keep_history", [True, False])
def test_what_is_removed_leaves_no_trace_in_others(core: Core, shop: Monitor, keep_history: bool) -> None:
    child = core.monitors.add(1, draft("child", parent=shop.id), NOW)
    other = core.monitors.add(1, group_draft("other", members=[shop.id, child.id], weights={str(shop.id): 3}), NOW)
    core.monitors.remove(1, shop.id, NOW, keep_history=keep_history)
    assert core.monitors.get(1, child.id).parent is None
    kept = core.monitors.get(1, other.id).target
    assert (kept["members"], kept["weights"]) == ([child.id], {})


def test_the_index_of_groups_is_mended(core: Core, store: Store, shop: Monitor) -> None:
    plain = core.monitors.add(1, draft("plain"), NOW)
    store.client.delete("up:{a1}:groups")
    store.client.sadd("up:{a1}:groups", plain.id)
    assert store.monitors.groups(1) == []
    store.monitors.repair(NOW + timedelta(hours=1))
    assert store.client.smembers("up:{a1}:groups") == {str(shop.id).encode()}
    core.monitors.replace(1, shop.id, draft("shop"), NOW)
    assert store.monitors.groups(1) == []
