"""The rules of incidents: what was said decides where they stand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conftest import NOW
from uptime.domain import incident as rules
from uptime.domain.errors import Invalid, NotFound
from uptime.domain.incident import Component, Impact, Incident, IncidentDraft, IncidentStatus

MINUTE = timedelta(minutes=1)
N, D, M, R = (
    IncidentStatus.INVESTIGATING,
    IncidentStatus.IDENTIFIED,
    IncidentStatus.MONITORING,
    IncidentStatus.RESOLVED,
)


def begun(**fields: object) -> Incident:
    return rules.begun(IncidentDraft("Checkout is slow", **fields), N, "Looking", "alice", NOW, None)  # type: ignore[arg-type]


def told(*statuses: IncidentStatus) -> Incident:
    """An incident with one update a minute after the first."""
    incident = begun()
    for number, status in enumerate(statuses, 1):
        incident = rules.update(incident, status, f"said {number}", "bob", NOW + number * MINUTE)
    return incident


def test_a_new_one_says_when_it_began_and_what_is_known() -> None:
    incident = begun()
    assert (incident.status, incident.started_at, incident.resolved_at) == (N, NOW, None)
    [first] = incident.updates
    assert (first.id, first.at, first.body, first.author) == (1, NOW, "Looking", "alice")


@pytest.mark.parametrize(
    ("statuses", "status", "ended"),
    [
        ((), N, None),
        ((D, M), M, None),
        ((R,), R, 1),
        ((D, R), R, 2),
        ((R, R), R, 1),
        ((R, N), N, None),
        ((R, M, R), R, 3),
    ],
)
def test_the_last_update_says_where_it_stands(statuses, status, ended) -> None:  # type: ignore[no-untyped-def]
    incident = told(*statuses)
    assert incident.status is status
    assert incident.resolved is (status is R)
    assert incident.resolved_at == (None if ended is None else NOW + ended * MINUTE)


def test_resolving_twice_says_nothing_twice() -> None:
    once = rules.resolve(begun(), "", "alice", NOW + MINUTE)
    assert rules.resolve(once, "", "alice", NOW + 2 * MINUTE) == once
    assert len(rules.resolve(once, "Here is more", "alice", NOW + 2 * MINUTE).updates) == 3


def test_reopening_begins_anew_and_forgets_the_end() -> None:
    over = rules.resolve(begun(), "Done", "alice", NOW + MINUTE)
    again = rules.reopen(over, "Not done", "alice", NOW + 2 * MINUTE)
    assert (again.status, again.resolved_at) == (N, None)
    assert rules.reopen(again, "", "alice", NOW + 3 * MINUTE) == again


def test_a_correction_changes_what_was_said_and_not_when() -> None:
    incident = told(D, R)
    corrected = rules.rewritten(incident, 3, M, "not over", NOW + 9 * MINUTE)
    assert (corrected.status, corrected.resolved_at) == (M, None)
    assert [said.at for said in corrected.updates] == [said.at for said in incident.updates]
    assert corrected.updates[2].author == "bob"
    with pytest.raises(NotFound):
        rules.rewritten(incident, 9, M, "x", NOW)


def test_the_only_update_stays_and_a_new_one_gets_an_id_of_its_own() -> None:
    incident = rules.without(told(D, R), 2, NOW)
    assert [said.id for said in incident.updates] == [1, 3]
    assert rules.update(incident, M, "x", "", NOW + 5 * MINUTE).updates[-1].id == 4
    with pytest.raises(Invalid):
        rules.without(begun(), 1, NOW)


def test_an_update_of_an_earlier_time_takes_its_place() -> None:
    incident = rules.update(told(R), D, "earlier", "", NOW + MINUTE / 2)
    assert [said.status for said in incident.updates] == [N, D, R]
    assert incident.resolved


@pytest.mark.parametrize(
    ("impacts", "expected"),
    [
        ((), Impact.NONE),
        ((Impact.NONE, Impact.DEGRADED), Impact.DEGRADED),
        ((Impact.PARTIAL_OUTAGE, Impact.MAJOR_OUTAGE, Impact.DEGRADED), Impact.MAJOR_OUTAGE),
    ],
)
def test_the_impact_is_the_worst(impacts: tuple[Impact, ...], expected: Impact) -> None:
    components = tuple(Component(number, impact) for number, impact in enumerate(impacts, 1))
    assert begun(components=components).impact is expected


def test_a_monitor_named_twice_counts_once_with_the_worse_impact() -> None:
    twice = (Component(1, Impact.DEGRADED), Component(2, Impact.NONE), Component(1, Impact.MAJOR_OUTAGE))
    assert begun(components=twice).components == (Component(1, Impact.MAJOR_OUTAGE), Component(2, Impact.NONE))


@pytest.mark.parametrize(
    ("fields", "page", "shown"),
    [({}, 7, True), ({"pages": (7,)}, 7, True), ({"pages": (8,)}, 7, False), ({"draft": True}, 7, False)],
)
def test_it_is_shown_on_its_pages_and_a_draft_nowhere(fields, page, shown) -> None:  # type: ignore[no-untyped-def]
    assert begun(**fields).on_page(page) is shown


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"postmortem": "x" * 20_001}, "postmortem"),
        ({"components": tuple(Component(n, Impact.NONE) for n in range(501))}, "components"),
        ({"pages": tuple(range(101))}, "pages"),
    ],
)
def test_what_is_out_of_bounds_is_named(fields, field) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Invalid) as refused:
        rules.checked(replace(IncidentDraft("x"), **fields))
    assert refused.value.field == field


def test_texts_and_their_number_are_bounded_and_nothing_begins_in_the_future() -> None:
    for body in ("x" * 20_001, "a\0b"):
        with pytest.raises(Invalid):
            rules.update(begun(), D, body, "", NOW)
    full = replace(begun(), updates=begun().updates * rules.UPDATES_LIMIT)
    with pytest.raises(Invalid):
        rules.update(full, D, "x", "", NOW)
    with pytest.raises(Invalid):
        rules.begun(IncidentDraft("x"), N, "", "", NOW, NOW + MINUTE)
