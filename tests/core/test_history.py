"""Figures agree with the heartbeats they are made of, and what was not measured is said to be unknown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.core.conftest import draft, fill
from uptime.core import Core
from uptime.domain.errors import Invalid
from uptime.domain.monitor import Monitor
from uptime.domain.ratio import Counts
from uptime.store import Store

NOW = datetime(2026, 3, 2, 10, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def add(core: Core, interval: int = 60, created: datetime = NOW - 5 * DAY, **fields: Any) -> Monitor:
    return core.monitors.add(1, draft(interval=interval, **fields), created)


@pytest.mark.parametrize("minutes", [7, 60, 61, 90, 119, 121, 180, 200, 24 * 60 - 3, 24 * 60])
@pytest.mark.parametrize("took_ms", [100, 45_000])
def test_a_window_counts_exactly_its_heartbeats(core: Core, store: Store, minutes: int, took_ms: int) -> None:
    monitor = add(core)
    made = fill(store, monitor, NOW - timedelta(hours=30), NOW - timedelta(minutes=1), lambda at: at.minute % 7 == 0,
                took_ms)  # fmt: skip
    expected = [ok for planned, ok in made if planned >= NOW - timedelta(minutes=minutes)]
    found = core.history.uptime([monitor], NOW, timedelta(minutes=minutes))[monitor.id]
    assert (found.counts.up, found.counts.down) == (expected.count(True), expected.count(False))
    assert found.latency.count == expected.count(True)
    assert found.latency.mean_ms == pytest.approx(took_ms)


def test_longer_windows_are_right_to_the_hour(core: Core, store: Store) -> None:
    monitor = add(core, interval=600, created=NOW - 40 * DAY)
    made = fill(store, monitor, NOW - 35 * DAY, NOW, lambda at: at.hour == 3)
    for days in (2, 3, 4, 7, 30):
        start = (NOW - days * DAY).replace(minute=0)
        inside = [ok for planned, ok in made if planned >= start]
        counts = core.history.uptime([monitor], NOW, days * DAY)[monitor.id].counts
        assert (counts.known, counts.down) == (len(inside), inside.count(False)), days


def test_without_a_window_all_that_is_kept_counts(core: Core, store: Store) -> None:
    monitor = add(core, interval=3600, created=NOW - 300 * DAY)
    made = fill(store, monitor, NOW - 200 * DAY, NOW, ttl=0)
    day = core.history.uptime([monitor], NOW, None)[monitor.id]
    assert (day.counts.known, day.kept) == (24, 24)
    core.history.set_ttl(1, 0, NOW)
    everything = core.history.uptime([monitor], NOW, None)[monitor.id]
    assert (everything.counts.known, everything.kept) == (len(made), len(made))


def test_a_monitor_without_history_has_empty_figures(core: Core) -> None:
    monitor = add(core)
    figures = core.history.uptime([monitor], NOW, DAY)[monitor.id]
    assert (figures.counts, figures.latency.count, figures.online_since, figures.kept) == (Counts(), 0, None, 0)
    assert core.history.uptime([], NOW, DAY) == {}
    assert core.history.recent_many([], NOW, limit=5) == {}


def test_one_never_checked_is_unknown_since_it_was_made(core: Core) -> None:
    monitor = add(core, interval=3600, created=NOW - 3 * DAY)
    unknown = [day.counts.unknown for day in core.history.days([monitor], NOW, count=7)[monitor.id]]
    assert unknown[:3] == [0, 0, 0]
    assert unknown[4:6] == [24, 24]
    assert sum(unknown) in (71, 72, 73)


def test_days_end_today_and_a_single_monitor_has_latencies(core: Core, store: Store) -> None:
    monitor = add(core)
    fill(store, monitor, NOW - 2 * DAY, NOW)
    days = core.history.days([monitor], NOW)[monitor.id]
    assert len(days) == 90
    assert days[-1].start == datetime(2026, 3, 2, tzinfo=UTC)
    assert days[-1].latency is not None
    assert days[-1].latency.mean_ms == 100
    assert days[0].latency is None
    assert days[-2].counts.up == 1440


def test_hours_end_with_the_one_that_is_asked_for(core: Core, store: Store) -> None:
    monitor = add(core)
    fill(store, monitor, NOW - DAY, NOW)
    hours = core.history.hours([monitor], NOW - timedelta(hours=2), count=5)[monitor.id]
    assert [hour.start.hour for hour in hours] == [4, 5, 6, 7, 8]
    assert {hour.counts.up for hour in hours} == {60}
    assert {hour.counts.unknown for hour in hours} == {0}


def test_a_gap_until_now_is_unknown(core: Core, store: Store) -> None:
    monitor = add(core, created=NOW - 3 * DAY)
    fill(store, monitor, NOW - 3 * DAY, NOW - DAY)
    yesterday, today = core.history.days([monitor], NOW, count=3)[monitor.id][-2:]
    assert today.counts.unknown in (620, 621)
    assert (today.counts.total, today.counts.coverage, today.latency) == (0, 0.0, None)
    assert 815 <= yesterday.counts.unknown <= 821
    last = core.history.hours([monitor], NOW, count=2)[monitor.id]
    assert [hour.counts.unknown for hour in last] in ([60, 20], [60, 21])


def test_a_monitor_that_is_checked_has_no_gap(core: Core, store: Store) -> None:
    monitor = add(core, created=NOW - 2 * DAY)
    fill(store, monitor, NOW - 2 * DAY, NOW - timedelta(seconds=60))
    assert [day.counts.unknown for day in core.history.days([monitor], NOW, count=3)[monitor.id]] == [0, 0, 0]


def test_a_pause_is_no_gap_neither_while_nor_after(core: Core, store: Store) -> None:
    monitor = add(core, created=NOW - 3 * DAY)
    fill(store, monitor, NOW - 3 * DAY, NOW - 2 * DAY)
    paused = core.monitors.pause(1, monitor.id, NOW - 2 * DAY)
    assert core.history.days([paused], NOW, count=2)[monitor.id][-1].counts.unknown == 0
    resumed = core.monitors.resume(1, monitor.id, NOW - timedelta(seconds=30))
    assert core.history.days([resumed], NOW, count=2)[monitor.id][-1].counts.unknown == 0


def test_online_since_is_the_start_of_the_unbroken_run(core: Core, store: Store) -> None:
    monitor = add(core, slow_ms=500)
    fill(store, monitor, NOW - timedelta(hours=5), NOW - timedelta(hours=4), lambda at: True)
    assert core.history.uptime([monitor], NOW, DAY)[monitor.id].online_since is None
    run = fill(store, monitor, NOW - timedelta(hours=4), NOW - timedelta(hours=3))
    fill(store, monitor, NOW - timedelta(hours=3), NOW - timedelta(hours=2), took_ms=800)
    fill(store, monitor, NOW - timedelta(hours=2), NOW)
    since = core.history.uptime([monitor], NOW, DAY)[monitor.id].online_since
    assert since == run[0][0] + timedelta(milliseconds=100)


def test_a_rename_keeps_the_history(core: Core, store: Store) -> None:
    monitor = add(core)
    made = fill(store, monitor, NOW - timedelta(hours=2), NOW)
    core.monitors.replace(1, monitor.id, draft("new name"), NOW)
    found = core.history.recent(core.monitors.by_name(1, "new name"), NOW)
    assert [heartbeat.slot.planned for heartbeat in found] == [planned for planned, _ in reversed(made)]


def test_a_removed_monitor_is_read_and_revived_with_its_history(core: Core, store: Store) -> None:
    monitor = add(core)
    made = fill(store, monitor, NOW - timedelta(hours=2), NOW)
    core.monitors.remove(1, monitor.id, NOW, keep_history=True)
    [gone] = core.monitors.removed(1)
    assert len(core.history.recent(gone, NOW)) == len(made)
    later = NOW + 7 * DAY
    assert core.history.days([gone], later, count=5)[gone.id][-1].counts.unknown == 0
    back = core.monitors.add(1, draft(), NOW + timedelta(hours=1), unique_name=True)
    assert len(core.history.recent(back, NOW)) == len(made)


def test_entries_vanish_one_by_one(core: Core, store: Store) -> None:
    monitor = add(core)
    made = fill(store, monitor, NOW - timedelta(hours=2), NOW, ttl=3600)
    core.history.set_ttl(1, 3600, NOW)
    for minutes in (0, 1, 2, 30):
        at = NOW + timedelta(minutes=minutes)
        expected = sum(planned > at - timedelta(hours=1) for planned, _ in made)
        assert len(core.history.recent(monitor, at)) in (expected, expected + 1)


def test_a_changed_ttl_reaches_what_is_on_record(core: Core, store: Store) -> None:
    kept, gone = add(core), core.monitors.add(1, draft("b"), NOW)
    for monitor in (kept, gone):
        fill(store, monitor, NOW - timedelta(hours=5), NOW)
    core.monitors.remove(1, gone.id, NOW, keep_history=True)
    core.history.set_ttl(1, 3600, NOW)
    for monitor in (kept, *core.monitors.removed(1)):
        assert len(core.history.recent(monitor, NOW)) in (60, 61)
        beats = list(store.client.scan_iter(f"up:{{m{monitor.id}}}:beats:*"))
        assert all(store.client.ttl(key) != -1 for key in beats)
    core.history.set_ttl(1, 0, NOW)
    assert core.history.ttl(1) == 0
    assert all(store.client.ttl(key) == -1 for key in store.client.scan_iter("up:*:beats:*"))


@pytest.mark.parametrize("seconds", [-1, 10**12])
def test_a_ttl_out_of_bounds_is_refused(core: Core, seconds: int) -> None:
    with pytest.raises(Invalid):
        core.history.set_ttl(1, seconds, NOW)
    assert core.history.ttl(1) == 86_400


def test_clearing_forgets_what_was_seen_and_not_where_monitors_stand(core: Core, store: Store) -> None:
    monitor = add(core)
    fill(store, monitor, NOW - timedelta(hours=5), NOW, lambda at: at.hour == 7)
    assert core.history.outages(monitor)
    assert core.history.changes(monitor)
    core.history.clear(1, NOW)
    assert core.history.recent(monitor, NOW) == core.history.outages(monitor) == core.history.changes(monitor) == []
    assert sum(day.counts.total for day in core.history.days([monitor], NOW)[monitor.id]) == 0
    assert core.history.states([monitor])[monitor.id].last is not None


def test_many_monitors_at_once_are_those_asked_one_by_one(core: Core, store: Store) -> None:
    monitors = [add(core, interval=interval) for interval in (60, 300)]
    for monitor in monitors:
        fill(store, monitor, NOW - timedelta(hours=5), NOW, lambda at: at.minute % 10 == 0)
    for ask in (
        lambda found: core.history.recent_many(found, NOW, limit=7),
        lambda found: core.history.uptime(found, NOW, DAY),
    ):
        together = ask(monitors)
        assert all(ask([monitor])[monitor.id] == together[monitor.id] for monitor in monitors)
    days = core.history.days(monitors, NOW)
    for monitor in monitors:
        alone = core.history.days([monitor], NOW)[monitor.id]
        assert [replace(day, latency=None) for day in alone] == days[monitor.id]
