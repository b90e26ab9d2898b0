"""Monitors: added, changed, paused, removed, revived, and shown without their secrets."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest

from tests.conftest import NOW
from tests.core.conftest import accepted, at_once, draft
from uptime.core import Core
from uptime.core.monitors import MASK
from uptime.domain.errors import Conflict, Invalid, NotFound
from uptime.domain.feed import Event, MonitorRemoved, MonitorSaved
from uptime.domain.monitor import MonitorDraft
from uptime.domain.schedule import slot_at_ms, to_ms
from uptime.store import Store

SECRET = {"url": "http://bob:hunter2@127.0.0.1:9/", "bearer": "open sesame"}


def due(store: Store, at: Any = NOW) -> list[int]:
    return [claim.monitor_id for claim in store.due.claim(at, 100)]


def test_a_new_monitor_is_due_at_once(core: Core, store: Store) -> None:
    made = core.monitors.add(1, draft(interval=3600), NOW)
    [claim] = store.due.claim(NOW, 10)
    assert (claim.monitor_id, claim.planned_ms) == (made.id, slot_at_ms(made.id, 3600, to_ms(NOW)))
    assert core.monitors.list(1) == [core.monitors.get(1, made.id)] == [made]


def test_a_paused_one_is_due_when_it_is_resumed(core: Core, store: Store) -> None:
    made = core.monitors.add(1, draft(paused=True), NOW)
    assert due(store) == []
    core.monitors.resume(1, made.id, NOW)
    assert due(store) == [made.id]
    core.monitors.pause(1, made.id, NOW)
    assert due(store, NOW + timedelta(hours=1)) == []


def test_a_shorter_interval_takes_hold_at_once(core: Core, store: Store) -> None:
    made = core.monitors.add(1, draft(interval=86_400), NOW)
    claims = store.due.claim(NOW, 10)
    store.due.finish([(claims[0], to_ms(NOW + timedelta(days=1)))])
    core.monitors.replace(1, made.id, draft(interval=5), NOW)
    assert due(store, NOW + timedelta(seconds=10)) == [made.id]


def test_a_change_of_words_leaves_the_plan_alone(core: Core, store: Store) -> None:
    made = core.monitors.add(1, draft(interval=600), NOW)
    claims = store.due.claim(NOW, 10)
    store.due.finish([(claims[0], to_ms(NOW + timedelta(minutes=10)))])
    core.monitors.replace(1, made.id, draft("b", interval=600), NOW)
    assert due(store, NOW + timedelta(minutes=5)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        draft(" "),
        draft("a\nb"),
        draft(interval=4),
        draft(timeout_ms=99),
        draft(target={}),
        draft(target={"url": "gopher://x"}),
        draft(target={"url": 5}),
    ],
)
def test_a_draft_that_makes_no_sense_changes_nothing(core: Core, store: Store, wrong: Any) -> None:
    with pytest.raises(Invalid):
        core.monitors.add(1, wrong, NOW)
    made = core.monitors.add(1, draft(), NOW)
    with pytest.raises(Invalid):
        core.monitors.replace(1, made.id, wrong, NOW)
    assert core.monitors.list(1) == [made]


def test_a_type_that_is_not_there_is_refused_by_name(core: Core) -> None:
    with pytest.raises(Invalid, match="telepathy"):
        core.monitors.add(1, replace(draft(), type="telepathy"), NOW)


UNKNOWN = {"brokers": ["a.test:9092"], "password": "hunter2", "name": "x", "url": "kafka://u:p@a.test", "status": 5}


def test_a_type_that_is_not_there_is_stored_where_that_is_asked_for(core: Core, store: Store) -> None:
    wanted = replace(draft(), type="kafka-producer", target=UNKNOWN)
    made = core.monitors.add(1, wanted, NOW, any_type=True)
    assert core.monitors.get(1, made.id).target == UNKNOWN
    assert due(store) == [made.id]
    later = replace(wanted, type="telepathy", target={"n": 1})
    assert core.monitors.replace(1, made.id, later, NOW, any_type=True).type == "telepathy"
    with pytest.raises(Invalid, match="telepathy"):
        core.monitors.replace(1, made.id, later, NOW)


@pytest.mark.parametrize(
    ("kind", "target"), [("", {}), ("a b", {}), ("x" * 65, {}), ("x", {"a": "b" * 300_000}), ("x", {"a": float("nan")})]
)
def test_what_is_no_type_or_too_much_is_stored_by_nobody(core: Core, kind: str, target: Any) -> None:
    with pytest.raises(Invalid):
        core.monitors.add(1, replace(draft(), type=kind, target=target), NOW, any_type=True)


def test_a_known_type_is_checked_as_ever_where_any_would_do(core: Core) -> None:
    with pytest.raises(Invalid, match="URL"):
        core.monitors.add(1, draft(target={"url": "gopher://x"}), NOW, any_type=True)


def test_masked_settings_of_a_type_that_is_not_there_go_nowhere_else(core: Core) -> None:
    wanted = replace(draft(), type="kafka-producer", target=UNKNOWN)
    made = core.monitors.add(1, wanted, NOW, any_type=True)
    shown = core.monitors.shown_target(made)
    assert set(shown.values()) == {MASK}
    again = replace(wanted, name="b", target=shown)
    assert core.monitors.replace(1, made.id, again, NOW, any_type=True).target == UNKNOWN
    with pytest.raises(Invalid, match="masked"):
        core.monitors.replace(1, made.id, replace(wanted, target=shown | {"url": "kafka://c"}), NOW, any_type=True)


def test_names_are_only_unique_where_that_is_asked_for(core: Core) -> None:
    first = core.monitors.add(1, draft("a"), NOW, unique_name=True)
    second = core.monitors.add(1, draft("a"), NOW)
    assert core.monitors.by_name(1, "a").id == first.id
    with pytest.raises(Conflict):
        core.monitors.add(1, draft(" a "), NOW, unique_name=True)
    with pytest.raises(Conflict):
        core.monitors.replace(1, second.id, draft("a"), NOW, unique_name=True)
    core.monitors.replace(1, second.id, draft("b"), NOW, unique_name=True)
    core.monitors.replace(1, second.id, draft("b"), NOW, unique_name=True)


def test_what_is_replaced_keeps_its_identity(core: Core) -> None:
    made = core.monitors.add(1, draft("a"), NOW)
    later = NOW + timedelta(days=1)
    core.monitors.replace(1, made.id, draft("b"), later)
    found = core.monitors.by_name(1, "b")
    assert (found.id, found.created_at, found.updated_at) == (made.id, NOW, later)


def test_a_removed_name_is_revived_with_its_id(core: Core, store: Store) -> None:
    made = core.monitors.add(1, draft("a"), NOW, unique_name=True)
    core.monitors.remove(1, made.id, NOW, keep_history=True)
    assert core.monitors.list(1) == []
    [gone] = core.monitors.removed(1)
    assert (gone.id, gone.name, gone.removed_at) == (made.id, "a", NOW)
    assert due(store, NOW + timedelta(hours=1)) == []
    with pytest.raises(NotFound):
        core.monitors.get(1, made.id)
    other = core.monitors.add(1, draft("a"), NOW)
    assert other.id != made.id
    core.monitors.remove(1, other.id, NOW, keep_history=False)
    back = core.monitors.add(1, draft("a", interval=30), NOW, unique_name=True)
    assert (back.id, back.interval, back.removed_at) == (made.id, 30, None)
    assert core.monitors.removed(1) == []
    assert core.monitors.by_name(1, "a") == back
    assert due(store, NOW) == [made.id]


def test_a_purge_leaves_nothing_of_a_monitor(core: Core, store: Store) -> None:
    made = core.monitors.add(1, draft("a"), NOW)
    core.monitors.remove(1, made.id, NOW, keep_history=False)
    assert core.monitors.removed(1) == []
    left = {key.decode() for key in store.client.scan_iter("*")}
    assert not {key for key in left if f"{{m{made.id}}}" in key}
    assert not {key for key in left if "names" in key or key.endswith(":monitors")}


def test_nobody_reaches_what_is_another_accounts(core: Core) -> None:
    made = core.monitors.add(2, draft("a"), NOW)
    for reach in (
        lambda: core.monitors.get(1, made.id),
        lambda: core.monitors.by_name(1, "a"),
        lambda: core.monitors.pause(1, made.id, NOW),
        lambda: core.monitors.replace(1, made.id, draft("b"), NOW),
        lambda: core.monitors.remove(1, made.id, NOW, keep_history=False),
    ):
        with pytest.raises(NotFound):
            reach()
    assert core.monitors.get(2, made.id) == made


def test_secrets_are_shown_as_asterisks_and_survive_their_return(core: Core) -> None:
    made = core.monitors.add(1, draft(target=SECRET), NOW)
    shown = core.monitors.shown_target(made)
    assert "hunter2" not in str(shown) + core.monitors.address(made)
    assert "sesame" not in str(shown)
    back = core.monitors.replace(1, made.id, draft(target=shown), NOW)
    assert back.target == made.target
    other = core.monitors.replace(1, made.id, draft(target=shown | {"bearer": "new"}), NOW)
    assert other.target["bearer"] == "new"
    assert core.monitors.replace(1, made.id, draft(), NOW).target["bearer"] == ""


def test_a_target_of_another_version_can_still_be_listed(core: Core, store: Store) -> None:
    made = core.monitors.add(1, draft(), NOW)
    for target, kind in (({"url": 5}, "http"), ({"x": "secret"}, "telepathy")):
        before = core.monitors.get(1, made.id)
        store.monitors.save(replace(before, target=target, type=kind), before, unique_name=False)
        found = core.monitors.get(1, made.id)
        assert core.monitors.address(found) == f"{kind}:"
        assert "secret" not in str(core.monitors.shown_target(found))


def test_whoever_listens_hears_of_each_change(core: Core, store: Store) -> None:
    heard: list[Event] = []
    feed = core.live.listen()

    def listen() -> None:
        for events in feed:
            heard.extend(events)
            if any(isinstance(event, MonitorRemoved) for event in events):
                return

    listener = Thread(target=listen)
    listener.start()
    while not store.client.pubsub_numsub("up:feed")[0][1]:
        pass
    made = core.monitors.add(1, draft(), NOW)
    core.monitors.pause(1, made.id, NOW)
    core.monitors.remove(1, made.id, NOW, keep_history=True)
    listener.join(5)
    assert heard == [MonitorSaved(1, made.id)] * 2 + [MonitorRemoved(1, made.id)]


def test_one_of_many_gets_a_name(cores: list[Core]) -> None:
    for turn in range(5):
        name = f"n{turn}"
        results = at_once(*(partial(c.monitors.add, 1, draft(name), NOW, unique_name=True) for c in cores))
        assert len(accepted(results)) == 1
        assert [m.name for m in cores[0].monitors.list(1)].count(name) == 1


def test_one_of_many_revives_what_was_removed(cores: list[Core]) -> None:
    for turn in range(5):
        made = cores[0].monitors.add(1, draft(f"n{turn}"), NOW, unique_name=True)
        cores[0].monitors.remove(1, made.id, NOW, keep_history=True)
        results = at_once(*(partial(c.monitors.add, 1, draft(made.name), NOW, unique_name=True) for c in cores))
        assert [monitor.id for monitor in accepted(results)] == [made.id]


def test_a_rename_and_an_addition_cannot_both_have_a_name(cores: list[Core]) -> None:
    for turn in range(5):
        made = cores[0].monitors.add(1, draft(f"old{turn}"), NOW, unique_name=True)
        new = draft(f"new{turn}")
        results = at_once(
            partial(cores[0].monitors.replace, 1, made.id, new, NOW, unique_name=True),
            partial(cores[1].monitors.add, 1, new, NOW, unique_name=True),
        )
        assert len(accepted(results)) == 1
        assert [m.name for m in cores[0].monitors.list(1)].count(new.name) == 1


def test_edits_at_the_same_moment_all_take_hold(cores: list[Core]) -> None:
    made = cores[0].monitors.add(1, draft("a"), NOW)
    for turn in range(10):
        new = draft("a", description=f"d{turn}", interval=60 + turn)
        at_once(
            partial(cores[0].monitors.replace, 1, made.id, new, NOW),
            *(partial(c.monitors.pause, 1, made.id, NOW) for c in cores[1:4]),
        )
        assert cores[0].monitors.get(1, made.id).description == f"d{turn}"
        cores[0].monitors.resume(1, made.id, NOW)


def test_a_masked_secret_is_not_sent_to_another_place(core: Core) -> None:
    target = {"url": "https://one.example/", "username": "u", "password": "hidden"}
    made = core.monitors.add(1, MonitorDraft("a", "http", target), NOW)
    same_place = {**target, "url": "https://one.example/elsewhere", "password": MASK}
    assert core.monitors.replace(1, made.id, MonitorDraft("a", "http", same_place), NOW).target["password"] == "hidden"
    with pytest.raises(Invalid) as refused:
        core.monitors.replace(
            1, made.id, MonitorDraft("a", "http", {**same_place, "url": "https://evil.example/"}), NOW
        )
    assert refused.value.field == "password"
