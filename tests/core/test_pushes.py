"""Push monitors in the core: tokens, what is recorded, when it is looked at, and who may be told."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.conftest import NOW
from tests.core.conftest import accepted, at_once, draft
from tests.worker.making import settings
from uptime.core import Core
from uptime.core.recording import Entry, Recording
from uptime.core.runner import Finished
from uptime.domain.errors import Conflict, Invalid, NotFound
from uptime.domain.heartbeat import Heartbeat, State, Status
from uptime.domain.monitor import LOCAL, Monitor, MonitorDraft
from uptime.domain.push import SILENCE, WAITING, Push, Signal
from uptime.domain.schedule import from_ms, to_ms
from uptime.store import Store
from uptime.worker.tick import Scheduler


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def push_draft(name: str = "backup", **target: Any) -> MonitorDraft:
    return MonitorDraft(name, "push", target)


@pytest.fixture
def backup(core: Core) -> Monitor:
    return core.monitors.add(1, push_draft(), NOW)


def token(monitor: Monitor) -> str:
    return str(monitor.target["token"])


def send(core: Core, monitor: Monitor, seconds: float, signal: Signal = Signal.SUCCESS, **more: Any) -> Any:
    return core.pushes.receive(token(monitor), Push(signal, after(seconds), **more))


def state(store: Store, monitor: Monitor) -> State:
    return store.heartbeats.states([(monitor.id, LOCAL)])[0]


def beats(store: Store, monitor: Monitor) -> list[Heartbeat]:
    return list(reversed(store.heartbeats.recent(monitor.id, LOCAL, after(86_400), 0)))


def next_due(store: Store, monitor: Monitor) -> datetime:
    """When the monitor is looked at next; whoever asks has it claimed far in the future."""
    found: Any = store.client.zscore("up:{due}:at:local", monitor.id)
    return from_ms(int(found))


def look(core: Core, store: Store, monitor: Monitor) -> datetime:
    """The planned look that is next, made at its time; when that was."""
    at = next_due(store, monitor)
    tasks = core.checking.take(core.checking.claim_due(at, 10), at)
    Recording(store).write([Entry(Finished(task, None, at)) for task in tasks if task.monitor.id == monitor.id])
    return at


def test_a_push_monitor_gets_a_token_that_nobody_guesses(core: Core) -> None:
    made = {token(core.monitors.add(1, push_draft(str(number)), NOW)) for number in range(20)}
    assert len(made) == 20
    assert all(len(each) == 32 for each in made), "24 random bytes"


def test_a_token_that_is_chosen_opens_one_monitor_alone(core: Core) -> None:
    mine = core.monitors.add(1, push_draft(token="chosen-by-the-client"), NOW)
    assert token(mine) == "chosen-by-the-client"
    for account, wanted in ((2, "chosen-by-the-client"), (1, "too bad")):
        with pytest.raises(Invalid) as refusal:
            core.monitors.add(account, push_draft(token=wanted), NOW)
        assert refusal.value.field == "token"


def test_the_token_is_a_secret_that_an_edit_leaves_alone(core: Core, backup: Monitor) -> None:
    assert core.monitors.shown_target(backup)["token"] == "********"
    for target in ({}, {"token": "********"}, {"token": ""}):
        edited = core.monitors.replace(1, backup.id, push_draft(**target), NOW)
        assert token(edited) == token(backup)
    assert core.pushes.receive(token(backup), Push(Signal.SUCCESS, NOW)).heartbeat is not None


def test_a_new_token_ends_the_old_one(core: Core, backup: Monitor) -> None:
    renewed = core.monitors.renew_token(1, backup.id, NOW)
    assert token(renewed) != token(backup)
    with pytest.raises(NotFound):
        send(core, backup, 1)
    assert send(core, renewed, 1).heartbeat.status is Status.UP
    with pytest.raises(NotFound):
        core.monitors.renew_token(2, backup.id, NOW)
    other = core.monitors.add(1, draft("b"), NOW)
    with pytest.raises(Conflict):
        core.monitors.renew_token(1, other.id, NOW)


@pytest.mark.parametrize("keep_history", [True, False])
def test_the_token_of_a_removed_monitor_opens_nothing(core: Core, backup: Monitor, keep_history: bool) -> None:
    core.monitors.remove(1, backup.id, NOW, keep_history=keep_history)
    with pytest.raises(NotFound):
        send(core, backup, 1)


def test_a_monitor_that_became_another_type_takes_no_pushes(core: Core, backup: Monitor) -> None:
    core.monitors.replace(1, backup.id, draft("backup"), NOW)
    with pytest.raises(NotFound):
        send(core, backup, 1)


@pytest.mark.parametrize("wrong", ["", "x", "x" * 5_000, "ü\ud800", "../x"])
def test_a_token_of_nobody_opens_nothing(core: Core, backup: Monitor, wrong: str) -> None:
    with pytest.raises(NotFound):
        core.pushes.receive(wrong, Push(Signal.SUCCESS, NOW))


def test_a_crash_between_saving_and_claiming_is_made_good(core: Core, store: Store, backup: Monitor) -> None:
    store.client.delete(*store.client.keys("up:push:*"))
    with pytest.raises(NotFound):
        send(core, backup, 1)
    Scheduler("s", core, store).tick(NOW, 0.0)
    assert send(core, backup, 1).heartbeat is not None


def test_a_push_is_a_heartbeat_beside_the_expected_ones(core: Core, store: Store, backup: Monitor) -> None:
    received = send(core, backup, 5, message="all 12 files", latency_ms=840)
    assert received.heartbeat.slot.token is not None
    [beat] = beats(store, backup)
    assert (received.heartbeat.message, beat.status, beat.latency_ms) == ("all 12 files", Status.UP, 840)
    [counts] = store.rollups.days([backup.id], LOCAL, NOW.date(), 1)[backup.id]
    assert (counts.up, counts.extra) == (1, 1)


def test_a_failure_is_an_outage_with_its_output_and_a_success_ends_it(
    core: Core, store: Store, backup: Monitor
) -> None:
    send(core, backup, 1)
    send(core, backup, 2, Signal.FAIL, message="disk full", body="line 1\nline 2")
    assert state(store, backup).status is Status.DOWN
    assert store.heartbeats.evidence(backup.id, LOCAL)[0].excerpt == "line 1\nline 2"
    send(core, backup, 3)
    assert state(store, backup).status is Status.UP
    [outage] = store.heartbeats.outages(backup.id, LOCAL)
    assert (outage.start, outage.end, outage.message) == (after(2), after(3), "disk full")


def test_retries_are_granted_to_jobs_too(core: Core, store: Store) -> None:
    patient = core.monitors.add(1, replace(push_draft(), retries=1), NOW)
    send(core, patient, 1)
    send(core, patient, 2, Signal.FAIL)
    assert [beat.status for beat in beats(store, patient)] == [Status.UP, Status.PENDING]
    send(core, patient, 3, Signal.FAIL)
    assert state(store, patient).status is Status.DOWN


def test_the_end_of_a_named_run_is_on_record_once(core: Core, store: Store, backup: Monitor) -> None:
    first = send(core, backup, 1, run="r1")
    again = send(core, backup, 9, Signal.FAIL, run="r1")
    assert (first.repeated, again.repeated) == (False, True)
    assert len(beats(store, backup)) == 1
    assert len(core.pushes.log(backup, 100)) == 1


def test_a_named_run_whose_heartbeat_a_crash_swallowed_is_recorded_when_it_is_sent_again(
    core: Core, store: Store, backup: Monitor
) -> None:
    send(core, backup, 1, run="r1")
    store.heartbeats.purge(backup.id)
    assert send(core, backup, 9, run="r1").repeated
    assert [beat.at for beat in beats(store, backup)] == [after(1)]


def test_two_that_report_the_same_run_at_once_leave_one_heartbeat(
    cores: list[Core], store: Store, backup: Monitor
) -> None:
    calls = [
        lambda core=core: core.pushes.receive(token(backup), Push(Signal.SUCCESS, NOW, "r1"))  # type: ignore[misc]
        for core in cores
    ]
    assert len(accepted(at_once(*calls))) == len(cores)
    assert len(beats(store, backup)) == 1


def test_many_that_report_at_once_are_all_on_record(cores: list[Core], store: Store, backup: Monitor) -> None:
    calls = [
        lambda core=core, number=number: core.pushes.receive(  # type: ignore[misc]
            token(backup), Push(Signal.SUCCESS, after(number), f"r{number}")
        )
        for number, core in enumerate(cores)
    ]
    assert len(accepted(at_once(*calls))) == len(cores)
    assert len(beats(store, backup)) == len(cores)
    assert state(store, backup).version == len(cores)


def test_the_log_holds_the_last_pushes_with_what_they_brought(core: Core, backup: Monitor) -> None:
    for number in range(105):
        send(core, backup, number, Signal.LOG, body=f"line {number}")
    log = core.pushes.log(backup, 100)
    assert (len(log), log[0].body, log[-1].body) == (100, "line 104", "line 5")


def test_a_paused_monitor_records_nothing(core: Core, store: Store, backup: Monitor) -> None:
    core.monitors.pause(1, backup.id, NOW)
    received = send(core, backup, 1)
    assert (received.monitor.paused, received.heartbeat) == (True, None)
    assert beats(store, backup) == []


def test_looks_come_at_the_deadline_and_once_in_each_interval(core: Core, store: Store, backup: Monitor) -> None:
    look(core, store, backup)
    assert beats(store, backup)[0].message == WAITING
    for minute in range(5):
        send(core, backup, 20 + 60 * minute)
        assert look(core, store, backup) <= after(20 + 60 * minute + 90)
    planned = [beat for beat in beats(store, backup) if beat.slot.token is None]
    assert [beat.status for beat in planned[1:]] == [Status.UP] * 5
    gaps = {(late.slot.planned - early.slot.planned).total_seconds() for early, late in pairwise(planned[1:])}
    assert gaps <= {60.0}, "one look for each interval, and no slot missed"


def test_silence_is_found_at_the_deadline_and_not_an_interval_later(core: Core, store: Store, backup: Monitor) -> None:
    send(core, backup, 0)
    while state(store, backup).status is Status.UP:
        at = look(core, store, backup)
    assert after(90) <= at < after(90.01)
    assert state(store, backup).last is not None
    assert beats(store, backup)[-1].message == SILENCE
    send(core, backup, 200)
    assert state(store, backup).status is Status.UP


def test_a_silent_job_gets_its_retries(core: Core, store: Store) -> None:
    patient = core.monitors.add(1, replace(push_draft(), retries=2, retry_interval=20), NOW)
    send(core, patient, 0)
    while state(store, patient).status is Status.UP:
        at = look(core, store, patient)
    assert after(130) <= at < after(131)


def test_a_start_with_a_limit_brings_the_look_forward(core: Core, store: Store) -> None:
    nightly = core.monitors.add(1, replace(push_draft(run_limit=10), interval=3600), NOW)
    send(core, nightly, 0)
    look(core, store, nightly)
    send(core, nightly, 100, Signal.START)
    assert look(core, store, nightly) == after(110.001)
    assert state(store, nightly).status is Status.DOWN
    assert beats(store, nightly)[-1].message == "A run that may take 10 s has not ended in time"


def test_after_we_were_off_a_job_gets_a_whole_window(core: Core, store: Store, backup: Monitor) -> None:
    send(core, backup, 0)
    Scheduler("s", core, store).tick(after(3_600), 0.0)
    store.due.put(backup.id, LOCAL, 60, 10_000, to_ms(after(3_601)))
    look(core, store, backup)
    assert beats(store, backup)[-1].message == WAITING
    assert state(store, backup).status is Status.UP
    while state(store, backup).status is Status.UP:
        at = look(core, store, backup)
    assert after(3_690) <= at < after(3_691)


def test_an_upside_down_push_monitor_is_down_while_it_is_fed(core: Core, store: Store) -> None:
    alarm = core.monitors.add(1, replace(push_draft(), upside_down=True), NOW)
    send(core, alarm, 0)
    assert state(store, alarm).status is Status.DOWN


def test_a_run_slower_than_its_limit_for_slow_is_degraded(core: Core, store: Store) -> None:
    slow = core.monitors.add(1, replace(push_draft(), slow_ms=500), NOW)
    send(core, slow, 0, latency_ms=501)
    assert state(store, slow).status is Status.DEGRADED


def test_what_was_heard_goes_with_the_history(core: Core, store: Store, backup: Monitor) -> None:
    send(core, backup, 0, body="x")
    core.monitors.remove(1, backup.id, NOW, keep_history=False)
    left = [key for key in store.client.keys("up:*") if b"{m" in key or b"push" in key]
    assert left == []


def test_check_now_looks_at_the_record(core: Core, redis_url: str) -> None:
    made = Core(core._store, settings(redis_url))
    monitor = made.monitors.add(1, push_draft(), NOW)
    made.pushes.receive(token(monitor), Push(Signal.SUCCESS, datetime.now(NOW.tzinfo)))
    assert made.checking.check_now(1, monitor.id, datetime.now(NOW.tzinfo)).status is Status.UP
