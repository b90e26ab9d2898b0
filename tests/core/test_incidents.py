"""Incidents through the core: kept, found, drafted from outages, and nobody else's."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.core.conftest import at_once, draft, fill
from uptime.core import Core
from uptime.core.incidents import Query
from uptime.domain.errors import Invalid, NotFound
from uptime.domain.incident import Component, Impact, Incident, IncidentDraft, IncidentStatus
from uptime.store import Store

HOUR = timedelta(hours=1)
N, D, R = IncidentStatus.INVESTIGATING, IncidentStatus.IDENTIFIED, IncidentStatus.RESOLVED


def begin(core: Core, title: str = "Slow", at: datetime = NOW, account: int = 1, **fields: Any) -> Incident:
    return core.incidents.begin(account, IncidentDraft(title, **fields), N, "Looking", "alice", at)


def titles(core: Core, **query: Any) -> list[str]:
    return [incident.title for incident in core.incidents.find(1, Query(**query))[0]]


def test_what_is_written_is_kept(core: Core) -> None:
    monitor = core.monitors.add(1, draft(), NOW)
    made = begin(core, components=(Component(monitor.id, Impact.DEGRADED),))
    core.incidents.update(1, made.id, D, "It is the **cache**", "bob", NOW + HOUR)
    found = core.incidents.get(1, made.id)
    assert [(said.status, said.body, said.author) for said in found.updates] == [
        (N, "Looking", "alice"),
        (D, "It is the **cache**", "bob"),
    ]
    assert found.components == (Component(monitor.id, Impact.DEGRADED),)
    assert found.updated_at == NOW + HOUR


def test_an_update_may_change_the_impact(core: Core) -> None:
    monitor = core.monitors.add(1, draft(), NOW)
    made = begin(core, components=(Component(monitor.id, Impact.DEGRADED),))
    worse = (Component(monitor.id, Impact.MAJOR_OUTAGE),)
    assert core.incidents.update(1, made.id, D, "", "bob", NOW, components=worse).impact is Impact.MAJOR_OUTAGE
    assert core.incidents.update(1, made.id, D, "", "bob", NOW).impact is Impact.MAJOR_OUTAGE


def test_its_life_goes_from_beginning_to_postmortem(core: Core) -> None:
    made = begin(core)
    assert [each.id for each in core.incidents.open(1)] == [made.id]
    assert core.incidents.resolve(1, made.id, "Done", "alice", NOW + HOUR).resolved_at == NOW + HOUR
    assert core.incidents.open(1) == []
    assert not core.incidents.reopen(1, made.id, "", "alice", NOW + 2 * HOUR).resolved
    assert len(core.incidents.open(1)) == 1
    core.incidents.resolve(1, made.id, "", "alice", NOW + 3 * HOUR)
    assert core.incidents.explain(1, made.id, "We learned.", NOW + 4 * HOUR).postmortem == "We learned."
    assert core.incidents.rewrite(1, made.id, 1, N, "Looking closely", NOW).updates[0].body == "Looking closely"
    assert len(core.incidents.unsay(1, made.id, 2, NOW).updates) == 3
    core.incidents.remove(1, made.id, NOW)
    with pytest.raises(NotFound):
        core.incidents.get(1, made.id)
    assert core.incidents.find(1, Query()) == ([], 0)


def test_they_are_found_by_what_they_are(core: Core) -> None:
    monitor = core.monitors.add(1, draft(), NOW)
    begin(core, "old", NOW - 48 * HOUR)
    begin(core, "hit", NOW - HOUR, components=(Component(monitor.id, Impact.DEGRADED),))
    begin(core, "unfinished", NOW, draft=True)
    begin(core, "theirs", NOW, account=2)
    core.incidents.resolve(1, 1, "", "", NOW)
    assert titles(core) == ["unfinished", "hit", "old"]
    assert titles(core, resolved=True) == ["old"]
    assert titles(core, resolved=False) == ["unfinished", "hit"]
    assert titles(core, draft=False) == ["hit", "old"]
    assert titles(core, monitor_id=monitor.id) == ["hit"]
    assert titles(core, since=NOW - 2 * HOUR) == ["unfinished", "hit"]
    assert titles(core, until=NOW - 2 * HOUR) == ["old"]
    assert [each.title for each in core.incidents.open(1)] == ["hit"]
    found, total = core.incidents.find(1, Query(), offset=1, limit=1)
    assert ([each.title for each in found], total) == (["hit"], 3)


def test_an_outage_becomes_a_draft_once(core: Core, store: Store) -> None:
    monitor = core.monitors.add(1, draft("Shop"), NOW - 3 * HOUR)
    fill(store, monitor, NOW - 2 * HOUR, NOW, lambda at: NOW - HOUR <= at < NOW - HOUR / 2)
    [outage] = core.history.outages(monitor)
    made = core.incidents.draft(1, monitor.id, None, "alice", NOW)
    assert (made.title, made.draft, made.started_at, made.resolved_at) == (
        "Shop was down",
        True,
        outage.start,
        outage.end,
    )
    assert made.components == (Component(monitor.id, Impact.MAJOR_OUTAGE),)
    assert core.incidents.draft(1, monitor.id, outage.start, "bob", NOW) == made
    published = core.incidents.change(1, made.id, lambda before: replace(before, draft=False), NOW)
    assert not published.draft
    assert published.outage == made.outage
    core.incidents.remove(1, made.id, NOW)
    assert core.incidents.draft(1, monitor.id, None, "alice", NOW).id != made.id


def test_a_draft_of_an_outage_that_goes_on_is_open(core: Core, store: Store) -> None:
    monitor = core.monitors.add(1, draft("Shop"), NOW - 3 * HOUR)
    fill(store, monitor, NOW - 2 * HOUR, NOW, lambda at: at >= NOW - HOUR)
    made = core.incidents.draft(1, monitor.id, None, "alice", NOW)
    assert (made.title, made.resolved) == ("Shop is down", False)
    with pytest.raises(NotFound):
        core.incidents.draft(1, monitor.id, NOW, "alice", NOW)


def test_drafts_asked_for_at_once_are_one(cores: list[Core], store: Store) -> None:
    monitor = cores[0].monitors.add(1, draft("Shop"), NOW - 3 * HOUR)
    fill(store, monitor, NOW - 2 * HOUR, NOW, lambda at: at >= NOW - HOUR)
    made = at_once(*(lambda core=core: core.incidents.draft(1, monitor.id, None, "a", NOW) for core in cores))
    assert len({incident.id for incident in made}) == 1


def test_updates_at_once_are_all_kept(cores: list[Core]) -> None:
    made = begin(cores[0])
    at_once(*(lambda core=core: core.incidents.update(1, made.id, D, "x", "a", NOW) for core in cores))
    found = cores[0].incidents.get(1, made.id)
    assert [said.id for said in found.updates] == list(range(1, len(cores) + 2))


def test_a_strangers_incident_does_not_exist(core: Core) -> None:
    made = begin(core)
    for attempt in (
        lambda: core.incidents.get(2, made.id),
        lambda: core.incidents.change(2, made.id, lambda before: before, NOW),
        lambda: core.incidents.update(2, made.id, D, "x", "eve", NOW),
        lambda: core.incidents.resolve(2, made.id, "x", "eve", NOW),
        lambda: core.incidents.explain(2, made.id, "x", NOW),
        lambda: core.incidents.remove(2, made.id, NOW),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert core.incidents.find(2, Query()) == ([], 0)


def test_only_ones_own_monitors_can_be_affected_and_one_that_is_gone_may_stay(core: Core) -> None:
    mine, theirs = core.monitors.add(1, draft(), NOW), core.monitors.add(2, draft(), NOW)
    for monitor_id in (theirs.id, 99):
        with pytest.raises(Invalid):
            begin(core, components=(Component(monitor_id, Impact.DEGRADED),))
    made = begin(core, components=(Component(mine.id, Impact.DEGRADED),))
    core.monitors.remove(1, mine.id, NOW, keep_history=False)
    assert (
        core.incidents.change(1, made.id, lambda before: replace(before, title="Gone"), NOW).components
        == made.components
    )
    with pytest.raises(NotFound):
        core.incidents.draft(1, mine.id, None, "a", NOW)
