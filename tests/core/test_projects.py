"""Projects: their names, their order, their monitors."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.core.conftest import accepted, at_once, draft
from uptime.core import Core
from uptime.domain.errors import Conflict, Invalid, NotFound
from uptime.domain.project import Project, ProjectDraft


@pytest.fixture
def projects(core: Core) -> list[Project]:
    return [
        core.projects.add(1, ProjectDraft(name, order=order), NOW) for name, order in (("a", 1), ("b", 0), ("c", 1))
    ]


def names(core: Core) -> list[str]:
    return [project.name for project in core.projects.list(1)]


def test_they_are_listed_by_order_and_then_by_age(core: Core, projects: list[Project]) -> None:
    assert names(core) == ["b", "a", "c"]
    assert core.projects.list(2) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 129), ("description", "x" * 501), ("description", "\x00"), ("color", "red"),
     ("icon", "x" * 65), ("icon", "a\n"), ("order", -1), ("order", 10**10)],
)  # fmt: skip
def test_a_value_out_of_bounds_is_refused(core: Core, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        core.projects.add(1, replace(ProjectDraft("a"), **{field: value}), NOW)
    assert refusal.value.field == field
    assert core.projects.list(1) == []


def test_names_differ_within_an_account(core: Core, projects: list[Project]) -> None:
    with pytest.raises(Conflict):
        core.projects.add(1, ProjectDraft(" a "), NOW)
    with pytest.raises(Conflict):
        core.projects.replace(1, projects[1].id, ProjectDraft("a"), NOW)
    assert core.projects.add(2, ProjectDraft("a"), NOW).name == "a"


def test_of_many_who_take_a_name_at_once_one_gets_it(cores: list[Core]) -> None:
    calls = [lambda core=core: core.projects.add(1, ProjectDraft("a"), NOW) for core in cores]  # type: ignore[misc]
    assert len(accepted(at_once(*calls))) == 1


def test_a_project_is_replaced_whole(core: Core, projects: list[Project]) -> None:
    later = NOW + timedelta(hours=1)
    changed = core.projects.replace(1, projects[0].id, ProjectDraft("A", "text", "#000000", "cloud", 7), later)
    assert core.projects.get(1, projects[0].id) == changed
    assert (changed.created_at, changed.updated_at, changed.order) == (NOW, later, 7)


def test_those_named_come_first_and_the_rest_follows_as_it_was(core: Core, projects: list[Project]) -> None:
    assert [each.name for each in core.projects.arrange(1, [projects[2].id], NOW)] == ["c", "b", "a"]
    assert names(core) == ["c", "b", "a"]


def test_a_bad_order_changes_nothing(core: Core, projects: list[Project]) -> None:
    a, b, _ = (project.id for project in projects)
    theirs = core.projects.add(2, ProjectDraft("x"), NOW)
    for wrong in ([a, a], [a, 999], [a, theirs.id]):
        with pytest.raises(Invalid):
            core.projects.arrange(1, wrong, NOW)
    for orders in ({a: 5, 999: 1}, {a: 5, theirs.id: 1}, {a: 5, b: -1}):
        with pytest.raises(Invalid):
            core.projects.set_order(1, orders, NOW)
    assert names(core) == ["b", "a", "c"]


def test_orders_may_be_set_one_by_one(core: Core, projects: list[Project]) -> None:
    assert [each.name for each in core.projects.set_order(1, {projects[1].id: 9}, NOW)] == ["a", "c", "b"]


def test_monitors_stay_when_their_project_goes(core: Core, projects: list[Project]) -> None:
    inside = core.monitors.add(1, draft("in", project=projects[0].id), NOW)
    other = core.monitors.add(1, draft("other", project=projects[1].id), NOW)
    core.projects.remove(1, projects[0].id, NOW)
    assert core.monitors.get(1, inside.id).project is None
    assert core.monitors.get(1, other.id).project == projects[1].id


def test_a_project_of_another_account_or_of_nobody_takes_no_monitor(core: Core) -> None:
    theirs = core.projects.add(2, ProjectDraft("x"), NOW)
    for project in (theirs.id, 999):
        with pytest.raises(Invalid) as refusal:
            core.monitors.add(1, draft(project=project), NOW)
        assert refusal.value.field == "project"


def test_a_stranger_finds_no_project(core: Core, projects: list[Project]) -> None:
    for attempt in (
        lambda: core.projects.get(2, projects[0].id),
        lambda: core.projects.replace(2, projects[0].id, ProjectDraft("x"), NOW),
        lambda: core.projects.remove(2, projects[0].id, NOW),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_lighter_monitors_are_listed_first(core: Core) -> None:
    for name, weight in (("a", 2_000), ("b", 1), ("c", 2_000)):
        core.monitors.add(1, draft(name, weight=weight), NOW)
    assert [monitor.name for monitor in core.monitors.list(1)] == ["b", "a", "c"]
    with pytest.raises(Invalid):
        core.monitors.add(1, draft("d", weight=-1), NOW)
