"""Manual monitors: what a person says is on record at once, and again in each interval."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.core.conftest import draft
from uptime.core import Core
from uptime.core.monitor_types import built
from uptime.core.recording import Entry, Recording
from uptime.core.runner import Finished, Task
from uptime.domain.errors import Conflict, Invalid, NotFound
from uptime.domain.heartbeat import Slot, Status
from uptime.domain.monitor import LOCAL, Monitor, MonitorDraft
from uptime.domain.schedule import from_ms, slot_after_ms, to_ms
from uptime.store import Store


@pytest.fixture
def river(core: Core) -> Monitor:
    return core.monitors.add(1, MonitorDraft("river", "manual", {}), NOW)


def look(store: Store, monitor: Monitor, minutes: int) -> Status:
    """A planned look some minutes later."""
    at = from_ms(slot_after_ms(monitor.id, 60, to_ms(NOW + timedelta(minutes=minutes))))
    Recording(store).write([Entry(Finished(Task(monitor, *built(monitor), Slot(at)), None, at))])
    [newest, *_] = store.heartbeats.recent(monitor.id, LOCAL, at, 0)
    return newest.status


def test_until_somebody_speaks_nothing_is_known(store: Store, river: Monitor) -> None:
    assert look(store, river, 0) is Status.UNKNOWN


@pytest.mark.parametrize("status", [Status.UP, Status.DEGRADED, Status.DOWN])
def test_what_was_said_stands_until_something_else_is_said(
    core: Core, store: Store, river: Monitor, status: Status
) -> None:
    heartbeat = core.manual.say(1, river.id, status, "two metres", "anna", NOW)
    assert (heartbeat.status, heartbeat.message, heartbeat.at) == (status, "two metres", NOW)
    assert core.manual.stance(1, river.id).by == "anna"
    assert [look(store, river, minutes) for minutes in (1, 2)] == [status, status]


def test_who_says_nothing_more_is_named(core: Core, river: Monitor) -> None:
    assert core.manual.say(1, river.id, Status.DOWN, "", "anna", NOW).message == "Set to down by anna"


@pytest.mark.parametrize(
    ("status", "message"), [(Status.PENDING, ""), (Status.UNKNOWN, ""), (Status.UP, "x" * 201), (Status.UP, "a\nb")]
)
def test_what_cannot_be_said_is_refused(core: Core, river: Monitor, status: Status, message: str) -> None:
    with pytest.raises(Invalid):
        core.manual.say(1, river.id, status, message, "anna", NOW)
    assert core.manual.stance(1, river.id).status is Status.UNKNOWN


def test_a_stranger_cannot_speak_of_it_and_nobody_of_what_is_checked_or_paused(core: Core, river: Monitor) -> None:
    with pytest.raises(NotFound):
        core.manual.say(2, river.id, Status.UP, "", "eve", NOW)
    with pytest.raises(NotFound):
        core.manual.stance(2, river.id)
    with pytest.raises(Conflict):
        core.manual.say(1, core.monitors.add(1, draft("b"), NOW).id, Status.UP, "", "anna", NOW)
    core.monitors.pause(1, river.id, NOW)
    with pytest.raises(Conflict):
        core.manual.say(1, river.id, Status.UP, "", "anna", NOW)


def test_its_stance_goes_with_the_history(core: Core, store: Store, river: Monitor) -> None:
    core.manual.say(1, river.id, Status.UP, "", "anna", NOW)
    core.monitors.remove(1, river.id, NOW, keep_history=False)
    assert store.client.keys("up:{m*") == []
