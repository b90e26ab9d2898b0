"""Projects: made, changed, put in order, removed; their monitors stay."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core.audit import Audit
from uptime.core.monitors import Monitors
from uptime.core.places import without_project
from uptime.domain.errors import Conflict, Invalid, NotFound
from uptime.domain.project import (
    PROJECTS_AN_ACCOUNT,
    Project,
    ProjectDraft,
    checked_project,
    in_order,
    rearranged,
)

if TYPE_CHECKING:
    from uptime.store import Store

TAKEN = "There is a project of this name already."


class Projects:
    """The projects of all accounts. Within an account their names differ."""

    def __init__(self, store: "Store", monitors: Monitors, audit: Audit) -> None:
        self._store = store
        self._audit = audit
        self._monitors = monitors

    def add(self, account: int, draft: ProjectDraft, now: datetime) -> Project:
        """A new project. Invalid, Conflict."""
        made = _made(draft, Project("", id=self._store.projects.new_id(), account=account, created_at=now), now)

        def alter(there: Sequence[Project]) -> list[Project]:
            if len(there) >= PROJECTS_AN_ACCOUNT:
                raise Invalid("", f"There are {PROJECTS_AN_ACCOUNT} projects already. Remove some first.")
            return [_free(made, there)]

        [project] = self._changed(account, alter, now)
        return project

    def replace(self, account: int, project_id: int, draft: ProjectDraft, now: datetime) -> Project:
        """Make a project what the draft says. NotFound, Invalid, Conflict."""

        def alter(there: Sequence[Project]) -> list[Project]:
            return [_free(_made(draft, _found(there, project_id), now), there)]

        [project] = self._changed(account, alter, now)
        return project

    def _changed(self, account: int, alter: Callable[[list[Project]], list[Project]], now: datetime) -> "list[Project]":
        found = self._store.projects.change(account, alter)
        for before, after in found:
            self._audit.note("project", before, after, now)
        return [after for _, after in found]

    def arrange(self, account: int, first: Sequence[int], now: datetime) -> list[Project]:
        """Put projects in order: those named first, the rest behind them as it was. Invalid: nothing changes."""

        def alter(there: Sequence[Project]) -> list[Project]:
            return [replace(project, updated_at=now) for project in rearranged(there, first)]

        return self._changed(account, alter, now)

    def set_order(self, account: int, orders: Mapping[int, int], now: datetime) -> list[Project]:
        """Give projects these orders; all of them as they are listed then. Invalid: nothing changes."""

        def alter(there: Sequence[Project]) -> list[Project]:
            if not orders.keys() <= {project.id for project in there}:
                raise Invalid("projects", "One of the projects is not there.")
            return [_made(replace(each, order=orders.get(each.id, each.order)), each, now) for each in there]

        return in_order(self._changed(account, alter, now))

    def remove(self, account: int, project_id: int, now: datetime) -> None:
        """Remove a project; its monitors stay, in none. NotFound."""
        gone = self.get(account, project_id)
        self._store.projects.remove(account, project_id)
        self._audit.note("project", gone, None, now)
        self._monitors.forget(account, lambda monitor: without_project(monitor, project_id), now)

    def get(self, account: int, project_id: int) -> Project:
        """One project. NotFound."""
        return _found(self.list(account), project_id)

    def list(self, account: int) -> list[Project]:
        """The projects of an account in their order."""
        return self._store.projects.many(account)


def _made(draft: ProjectDraft, before: Project, now: datetime) -> Project:
    draft = checked_project(draft)
    fields = {name: getattr(draft, name) for name in ProjectDraft.__dataclass_fields__}
    return replace(before, **fields, updated_at=now)


def _found(there: Sequence[Project], project_id: int) -> Project:
    for project in there:
        if project.id == project_id:
            return project
    raise NotFound("project")


def _free(project: Project, there: Sequence[Project]) -> Project:
    if any(other.name == project.name and other.id != project.id for other in there):
        raise Conflict(TAKEN)
    return project
