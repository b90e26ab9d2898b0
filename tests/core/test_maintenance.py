"""Maintenance: planned, begun, ended; what it does to checks on record, to the public status, and when it turns."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.core.conftest import accepted, at_once, draft, fill
from tests.worker.making import bad, entry, good
from uptime.config import Settings
from uptime.core import Core
from uptime.core import maintenance as core_maintenance
from uptime.core.checking import Checking
from uptime.core.recording import Recording
from uptime.core.under_maintenance import KEPT, UnderMaintenance
from uptime.domain.errors import Conflict, Invalid, NotFound
from uptime.domain.feed import Event, MaintenanceChanged
from uptime.domain.heartbeat import Status
from uptime.domain.maintenance import Maintenance, MaintenanceDraft, Standing, Strategy, running, standing
from uptime.domain.monitor import LOCAL, Monitor, MonitorDraft
from uptime.domain.ratio import add as sum_of
from uptime.domain.result import Result
from uptime.domain.schedule import slot_after_ms, slot_at_ms, to_ms
from uptime.store import Store

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WALL = NOW.replace(tzinfo=None)


def plan(**fields: Any) -> MaintenanceDraft:
    """Work every day from ten to eleven in UTC, which begins NOW."""
    made = MaintenanceDraft("Work", Strategy.INTERVAL, zone="UTC", time_of_day=WALL.time(), all_monitors=True)
    return replace(made, **fields)


def manual(**fields: Any) -> MaintenanceDraft:
    return plan(strategy=Strategy.MANUAL, **fields)


def monitor_of(core: Core, name: str = "a", account: int = 1, **fields: Any) -> Monitor:
    return core.monitors.add(account, draft(name, **fields), NOW - 3 * HOUR)


@contextmanager
def heard(core: Core) -> Iterator[list[Event]]:
    """What is told on the feed meanwhile, that of monitors left out."""
    events: list[Event] = []
    listening = core.live.listen()
    next(listening)
    yield events
    core.live.publish([MaintenanceChanged(0, 0)])
    for told in listening:
        events += told
        if MaintenanceChanged(0, 0) in told:
            break
    events[:] = [event for event in events if isinstance(event, MaintenanceChanged) and event.account]


# The verbs


def test_a_maintenance_is_made_changed_and_removed(core: Core) -> None:
    monitor = monitor_of(core)
    with heard(core) as events:
        made = core.maintenances.add(1, plan(all_monitors=False, monitors=(monitor.id,)), NOW)
        changed = core.maintenances.replace(1, made.id, plan(title="More", monitors=(monitor.id,)), NOW + MINUTE)
        assert core.maintenances.list(1) == [core.maintenances.get(1, made.id)] == [changed]
        core.maintenances.remove(1, made.id, NOW)
    assert (changed.title, changed.created_at, changed.updated_at) == ("More", NOW, NOW + MINUTE)
    assert core.maintenances.list(1) == []
    assert events == [MaintenanceChanged(1, made.id)] * 3


def test_what_makes_no_sense_is_refused(core: Core) -> None:
    with pytest.raises(Invalid):
        core.maintenances.add(1, plan(strategy=Strategy.CRON), NOW)
    made = core.maintenances.add(1, plan(), NOW)
    with pytest.raises(Invalid):
        core.maintenances.replace(1, made.id, plan(title=""), NOW)
    for seconds in (0, -5, 10**9):
        with pytest.raises(Invalid):
            core.maintenances.start(1, seconds, NOW, all_monitors=True)
    assert core.maintenances.list(1) == [made]


def test_what_belongs_to_another_account_does_not_exist(core: Core) -> None:
    ours, theirs = monitor_of(core), monitor_of(core, account=2)
    made = core.maintenances.add(1, plan(), NOW)
    verbs = core.maintenances
    calls: list[Callable[[], object]] = [
        lambda: verbs.get(2, made.id),
        lambda: verbs.replace(2, made.id, plan(), NOW),
        lambda: verbs.pause(2, made.id, NOW),
        lambda: verbs.resume(2, made.id, NOW),
        lambda: verbs.end(2, made.id, NOW),
        lambda: verbs.remove(2, made.id, NOW),
        lambda: verbs.add(1, plan(monitors=(ours.id, theirs.id)), NOW),
        lambda: verbs.start(1, 60, NOW, monitors=[theirs.id]),
        lambda: verbs.replace(1, made.id, plan(monitors=(99,)), NOW),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    assert (verbs.list(2), verbs.list(1)) == ([], [made])


def test_there_is_an_end_to_how_many_one_may_have(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_maintenance, "LIMIT", 2)
    for _ in range(2):
        core.maintenances.add(1, plan(), NOW)
    with pytest.raises(Conflict):
        core.maintenances.start(1, 60, NOW, all_monitors=True)
    core.maintenances.add(2, plan(), NOW)


def test_changes_at_the_same_time_do_not_lose_each_other(cores: list[Core]) -> None:
    first = cores[0]
    monitors = [monitor_of(first, str(number)) for number in range(6)]
    made = first.maintenances.add(1, plan(monitors=tuple(monitor.id for monitor in monitors)), NOW)
    removals = [
        lambda core=core, monitor=monitor: core.monitors.remove(1, monitor.id, NOW, keep_history=False)
        for core, monitor in zip(cores, monitors, strict=False)
    ]
    assert len(accepted(at_once(*removals))) == 6
    assert first.maintenances.get(1, made.id).monitors == ()


def test_a_monitor_that_is_gone_leaves_its_maintenances(core: Core) -> None:
    kept, gone = monitor_of(core, "a"), monitor_of(core, "b")
    made = core.maintenances.add(1, plan(monitors=(gone.id, kept.id)), NOW)
    core.monitors.remove(1, gone.id, NOW, keep_history=True)
    assert core.maintenances.get(1, made.id).monitors == (kept.id,)


def test_paused_it_has_no_windows_and_resumed_one_that_is_open_goes_on(core: Core) -> None:
    made = core.maintenances.add(1, plan(), NOW)
    paused = core.maintenances.pause(1, made.id, NOW + MINUTE)
    assert (standing(paused, NOW + MINUTE), paused.edge_at) == (Standing.INACTIVE, None)
    resumed = core.maintenances.resume(1, made.id, NOW + 2 * MINUTE)
    assert (standing(resumed, NOW + 2 * MINUTE), resumed.edge_at) == (Standing.UNDER_MAINTENANCE, NOW + HOUR)


def test_a_manual_one_runs_from_its_resumption(core: Core) -> None:
    made = core.maintenances.add(1, manual(active=False), NOW)
    assert standing(made, NOW) is Standing.INACTIVE
    resumed = core.maintenances.resume(1, made.id, NOW + HOUR)
    window = running(resumed, NOW + HOUR)
    assert window is not None
    assert (window.start, window.end) == (NOW + HOUR, None)
    replaced = core.maintenances.replace(1, made.id, manual(title="B"), NOW + 2 * HOUR)
    assert running(replaced, NOW + 2 * HOUR) == window


def test_ended_early_it_comes_again_as_planned(core: Core) -> None:
    made = core.maintenances.add(1, plan(), NOW)
    early = core.maintenances.end(1, made.id, NOW + 10 * MINUTE)
    assert (standing(early, NOW + 10 * MINUTE), early.edge_at) == (Standing.SCHEDULED, NOW + DAY)
    assert core.maintenances.end(1, made.id, NOW + 20 * MINUTE).ended_at == NOW + 10 * MINUTE
    resumed = core.maintenances.resume(1, made.id, NOW + 20 * MINUTE)
    assert standing(resumed, NOW + 20 * MINUTE) is Standing.UNDER_MAINTENANCE


def test_one_that_is_begun_by_a_call_ends_by_itself_and_is_forgotten_in_time(core: Core) -> None:
    monitor = monitor_of(core)
    made = core.maintenances.start(1, 600, NOW, title="Deploy", monitors=[monitor.id])
    assert standing(made, NOW) is Standing.UNDER_MAINTENANCE
    assert core.maintenances.under(1, [monitor.id, 99], NOW) == {monitor.id}
    assert core.maintenances.under(1, [monitor.id], NOW + 10 * MINUTE) == frozenset()
    for later in (10 * MINUTE, 29 * DAY):
        core.maintenances.turn_due(NOW + later)
        assert core.maintenances.list(1) != []
    core.maintenances.turn_due(NOW + 10 * MINUTE + 30 * DAY)
    assert core.maintenances.list(1) == []


def test_where_no_zone_is_named_that_of_the_site_counts(core: Core) -> None:
    made = core.maintenances.add(1, plan(zone=None, time_of_day=WALL.time().replace(hour=20)), NOW)
    assert made.edge_at == NOW + 10 * HOUR
    core.sites.update(1, lambda site: replace(site, timezone="Asia/Tokyo"))
    core.maintenances.repair(NOW)
    assert core.maintenances.get(1, made.id).edge_at == NOW + HOUR
    core.sites.update(1, lambda site: replace(site, timezone="Nowhere/At_All"))
    core.maintenances.repair(NOW)
    assert core.maintenances.list(1)[0].edge_at == NOW + 10 * HOUR


# When a window begins or ends


def test_an_edge_is_told_once_and_the_next_one_follows(cores: list[Core], store: Store) -> None:
    one, other = cores[:2]
    made = one.maintenances.add(1, plan(duration=600), NOW - HOUR)
    before = store.snapshots.status(1).read().newest
    assert one.maintenances.turn_due(NOW - MINUTE) == []
    with heard(one) as events:
        turned = one.maintenances.turn_due(NOW)
        assert other.maintenances.turn_due(NOW) == []
    assert [found.id for found in turned] == [made.id]
    assert events == [MaintenanceChanged(1, made.id)]
    assert store.snapshots.status(1).read().newest == before + 1
    edges = []
    for minutes in range(1, 3 * 24 * 60):
        edges += [minutes for _ in other.maintenances.turn_due(NOW + minutes * MINUTE)]
    assert edges == [10, 1440, 1450, 2880, 2890]


def test_an_edge_whose_taker_died_comes_again(core: Core, store: Store) -> None:
    made = core.maintenances.add(1, plan(), NOW - HOUR)
    assert store.maintenances.claim_edges(NOW) == [(1, made.id)]
    assert core.maintenances.turn_due(NOW + timedelta(seconds=9)) == []
    assert [found.id for found in core.maintenances.turn_due(NOW + timedelta(seconds=10))] == [made.id]


def test_edges_that_passed_unseen_are_one_turn(core: Core) -> None:
    core.maintenances.add(1, plan(duration=60), NOW - HOUR)
    assert len(core.maintenances.turn_due(NOW + 10 * DAY)) == 1
    assert core.maintenances.turn_due(NOW + 10 * DAY) == []


def test_a_sweep_sees_to_the_edges_where_no_scheduler_lives(core: Core) -> None:
    made = core.maintenances.add(1, plan(), NOW - HOUR)
    core.checking.sweep(1, NOW)
    assert core.maintenances.get(1, made.id).edge_at == NOW + HOUR


def test_repair_leaves_alone_what_is_right(core: Core) -> None:
    made = core.maintenances.add(1, plan(), NOW - HOUR)
    with heard(core) as events:
        core.maintenances.repair(NOW - MINUTE)
        core.maintenances.repair(NOW + MINUTE)
    assert (core.maintenances.get(1, made.id), events) == (made, [])


# What it does to checks


class Watch:
    """Records a result a minute for a monitor."""

    def __init__(self, store: Store, monitor: Monitor) -> None:
        self.store, self.monitor = store, monitor
        self.first = slot_at_ms(monitor.id, monitor.interval, to_ms(NOW))

    def write(self, minutes: range, result: Result, recording: Recording | None = None) -> None:
        entries = [entry(self.monitor, self.first + minute * 60_000, result) for minute in minutes]
        (recording or Recording(self.store)).write(entries)

    @property
    def statuses(self) -> list[Status]:
        beats = self.store.heartbeats.recent(self.monitor.id, LOCAL, NOW + DAY, 0)
        return [beat.status for beat in reversed(beats)]


@pytest.fixture
def watch(core: Core, store: Store) -> Watch:
    """A monitor whose slots begin NOW, or up to a minute before."""
    return Watch(store, monitor_of(core, interval=60))


U, D, M = Status.UP, Status.DOWN, Status.MAINTENANCE


def test_checks_during_a_window_are_on_record_as_maintenance_and_count_for_nothing(
    core: Core, store: Store, watch: Watch
) -> None:
    core.maintenances.start(1, 180, NOW + 2 * MINUTE, monitors=[watch.monitor.id])
    watch.write(range(2), good())
    watch.write(range(3, 5), bad())
    watch.write(range(6, 8), good())
    assert watch.statuses == [U, U, M, M, U, U]
    counts = sum_of(store.rollups.hours([watch.monitor.id], LOCAL, NOW - HOUR, 3)[watch.monitor.id])
    assert (counts.up, counts.down, counts.maintenance, counts.ratio) == (4, 0, 2, 1.0)
    latency = core.history.uptime([watch.monitor], NOW + HOUR, 2 * HOUR)[watch.monitor.id].latency
    assert (latency.count, latency.high_ms) == (4, 12.0)
    assert store.heartbeats.evidence(watch.monitor.id, LOCAL) == []
    changes = store.heartbeats.changes(watch.monitor.id, LOCAL)
    assert [(change.before, change.after, change.interrupted) for change in reversed(changes)] == [
        (Status.UNKNOWN, U, None), (U, M, None), (M, U, U)
    ]  # fmt: skip


def test_an_outage_ends_with_the_maintenance_and_a_new_one_follows_what_still_fails(
    core: Core, store: Store, watch: Watch
) -> None:
    watch.write(range(2), bad())
    core.maintenances.start(1, 180, NOW + 2 * MINUTE, all_monitors=True)
    watch.write(range(3, 5), bad())
    watch.write(range(6, 8), bad())
    assert watch.statuses == [D, D, M, M, D, D]
    newest, oldest = store.heartbeats.outages(watch.monitor.id, LOCAL)
    beats = store.heartbeats.recent(watch.monitor.id, LOCAL, NOW + DAY, 0)[::-1]
    assert oldest.end == beats[2].at
    assert (newest.end, newest.start) == (None, beats[4].at - timedelta(milliseconds=20))
    assert store.heartbeats.changes(watch.monitor.id, LOCAL)[0].interrupted is D


def test_retries_begin_anew_after_it(core: Core, store: Store) -> None:
    watch = Watch(store, monitor_of(core, interval=60, retries=2))
    watch.write(range(2), bad())
    made = core.maintenances.start(1, 60, NOW + 2 * MINUTE, all_monitors=True)
    assert running(made, NOW + 2 * MINUTE) is not None
    watch.write(range(3, 4), bad())
    watch.write(range(4, 7), bad())
    assert watch.statuses == [Status.PENDING, Status.PENDING, M, Status.PENDING, Status.PENDING, D]


def test_a_check_that_reaches_into_a_window_is_part_of_it(core: Core, store: Store, watch: Watch) -> None:
    """Nobody is woken by a check that began a second before the end of the work and failed a second after it."""
    slot = slot_after_ms(watch.monitor.id, 60, to_ms(NOW))
    under = UnderMaintenance(store)
    begun = NOW + timedelta(milliseconds=slot - to_ms(NOW))
    core.maintenances.add(1, plan(strategy=Strategy.SINGLE, start=WALL, end=begun.replace(tzinfo=None)), NOW - HOUR)
    ended = begun + timedelta(seconds=2)
    assert under.covers(watch.monitor, ended, 2_001)
    assert not under.covers(watch.monitor, ended, 2_000)
    assert under.covers(watch.monitor, NOW, 5)
    assert not under.covers(watch.monitor, NOW - timedelta(milliseconds=1), 5)


def test_results_that_waited_for_the_store_are_judged_by_their_own_time(core: Core, store: Store, watch: Watch) -> None:
    core.maintenances.add(1, plan(duration=600), NOW - DAY)
    recording = Recording(store)
    watch.write(range(120, 121), good(), recording)
    watch.write(range(1441, 1442), bad(), recording)
    assert watch.statuses == [U, M]


def test_a_maintenance_is_known_to_a_process_a_second_later(core: Core, watch: Watch, store: Store) -> None:
    under = UnderMaintenance(store)
    assert not under.covers(watch.monitor, NOW, 5)
    core.maintenances.add(1, manual(), NOW)
    assert not under.covers(watch.monitor, NOW, 5)
    began = time.monotonic()
    while not under.covers(watch.monitor, NOW, 5):
        assert time.monotonic() - began < KEPT + 1
        time.sleep(0.01)


def test_a_maintenance_concerns_the_monitors_it_names_and_those_of_its_account(core: Core, store: Store) -> None:
    named, other, theirs = monitor_of(core, "a"), monitor_of(core, "b"), monitor_of(core, "c", account=2)
    core.maintenances.add(1, manual(all_monitors=False, monitors=(named.id,)), NOW)
    under = UnderMaintenance(store)
    assert [under.covers(monitor, NOW, 5) for monitor in (named, other, theirs)] == [True, False, False]
    core.maintenances.add(1, manual(), NOW)
    under = UnderMaintenance(store)
    assert [under.covers(monitor, NOW, 5) for monitor in (named, other, theirs)] == [True, True, False]


def test_one_that_names_a_group_concerns_its_members_and_those_of_groups_in_it(core: Core, store: Store) -> None:
    group = core.monitors.add(1, MonitorDraft("Site", "group", {}), NOW)
    inner = core.monitors.add(1, MonitorDraft("Rack", "group", {}, parent=group.id), NOW)
    child, grandchild = (monitor_of(core, name, parent=each.id) for name, each in (("a", group), ("b", inner)))
    other, router = monitor_of(core, "c"), monitor_of(core, "router")
    behind = monitor_of(core, "behind", parent=router.id)
    everybody = [group, inner, child, grandchild, other, router, behind]
    core.maintenances.add(1, manual(all_monitors=False, monitors=(group.id, router.id)), NOW)
    under = UnderMaintenance(store)
    concerned = [group.id, inner.id, child.id, grandchild.id, router.id]
    assert [each.id for each in everybody if under.covers(each, NOW, 5)] == concerned
    assert core.maintenances.under(1, [each.id for each in everybody], NOW) == set(concerned)
    core.monitors.replace(1, other.id, draft("c", parent=inner.id), NOW)
    assert core.maintenances.under(1, [other.id], NOW) == {other.id}


def test_one_that_pauses_the_checks_lets_nobody_be_asked(core: Core, store: Store, settings: Settings) -> None:
    monitor, other = monitor_of(core, "a"), monitor_of(core, "b")
    now = datetime.now(NOW.tzinfo)
    core.maintenances.start(1, 600, now, monitors=[monitor.id], pause_checks=True)
    checking = Checking(store, settings)
    found = checking.check_now(1, monitor.id, now)
    assert (found.status, found.message) == (M, "Its maintenance pauses the checks.")
    assert checking.check_now(1, other.id, now).status is D


@pytest.fixture
def settings(redis_url: str) -> Settings:
    return Settings(secret_key="x" * 32, redis_url=redis_url, ping_budget=5.0)


def test_asking_costs_next_to_nothing_while_nothing_is_planned(store: Store, watch: Watch) -> None:
    under = UnderMaintenance(store)
    under.covers(watch.monitor, NOW, 5)
    began = time.process_time()
    for _ in range(10_000):
        under.covers(watch.monitor, NOW, 5)
    assert time.process_time() - began < 0.1


# What readers see


def test_the_public_status_shows_it_from_the_first_moment_to_the_first_check_after_it(core: Core, store: Store) -> None:
    one, other = monitor_of(core, "one"), monitor_of(core, "other")
    for monitor in (one, other):
        fill(store, monitor, NOW - HOUR, NOW)
    core.maintenances.add(1, plan(all_monitors=False, monitors=(one.id,), duration=600), NOW - HOUR)

    def shown(at: datetime) -> tuple[Status, list[Status], list[Status]]:
        view = core.status_pages.view(1, at)
        return view.overall, [line.status for line in view.lines], [line.settled for line in view.lines]

    assert shown(NOW - MINUTE) == (U, [U, U], [U, U])
    assert shown(NOW) == (M, [M, U], [U, U])
    assert shown(NOW + 11 * MINUTE) == (U, [U, U], [U, U])
    Watch(store, one).write(range(2, 3), bad())
    assert shown(NOW + 11 * MINUTE) == (M, [M, U], [U, U])
    Watch(store, one).write(range(12, 13), good())
    assert shown(NOW + 13 * MINUTE) == (U, [U, U], [U, U])


def test_what_is_worse_than_maintenance_is_said_first(core: Core, store: Store) -> None:
    one, other = monitor_of(core, "one"), monitor_of(core, "other")
    fill(store, one, NOW - HOUR, NOW)
    fill(store, other, NOW - HOUR, NOW, lambda at: True)
    made = core.maintenances.add(1, manual(all_monitors=False, monitors=(one.id,)), NOW - HOUR)
    assert core.status_pages.view(1, NOW).overall is D
    core.maintenances.replace(1, made.id, manual(), NOW)
    view = core.status_pages.view(1, NOW)
    assert (view.overall, view.settled) == (M, D)


def test_readers_see_a_change_at_once(core: Core, store: Store) -> None:
    fill(store, monitor_of(core), NOW - HOUR, NOW)
    assert core.status_pages.snapshot(NOW).view.overall is U
    made = core.maintenances.start(1, 600, NOW, all_monitors=True)
    assert core.status_pages.snapshot(NOW).view.overall is M
    core.maintenances.end(1, made.id, NOW + MINUTE)
    assert core.status_pages.snapshot(NOW + MINUTE).view.overall is U


def test_the_fields_of_a_stored_one_follow_from_its_draft() -> None:
    assert set(MaintenanceDraft.__dataclass_fields__) < set(Maintenance.__dataclass_fields__)
