"""Projects: an ordered grouping of monitors, without a status of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from uptime.domain.errors import Invalid
from uptime.domain.monitor import checked_name, printable
from uptime.domain.tag import checked_color

PROJECT_NAME_LIMIT, PROJECT_DESCRIPTION_LIMIT, ICON_LIMIT = 128, 500, 64
ORDER_LIMIT = 1_000_000_000
PROJECTS_AN_ACCOUNT = 1_000
PROJECT_COLOR = "#3B82F6"


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """What a caller wants a project to be. `order`: the lower comes first, of two equals the older."""

    name: str
    description: str = ""
    color: str = PROJECT_COLOR
    icon: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True)
class Project(ProjectDraft):
    """A project of an account."""

    id: int = 0
    account: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None


def checked_project(draft: ProjectDraft) -> ProjectDraft:
    """The draft with its name trimmed. Invalid, naming the field, where a value is out of bounds."""
    name = checked_name(draft.name)
    if len(name) > PROJECT_NAME_LIMIT:
        raise Invalid("name", f"The name is longer than {PROJECT_NAME_LIMIT} characters.")
    if len(draft.description) > PROJECT_DESCRIPTION_LIMIT or not printable(draft.description, lines=True):
        raise Invalid(
            "description", f"The description holds control characters or more than {PROJECT_DESCRIPTION_LIMIT}."
        )
    if len(draft.icon) > ICON_LIMIT or not printable(draft.icon):
        raise Invalid("icon", f"The icon holds control characters or more than {ICON_LIMIT}.")
    if not 0 <= draft.order <= ORDER_LIMIT:
        raise Invalid("order", f"The order must be from 0 to {ORDER_LIMIT}.")
    return replace(draft, name=name, color=checked_color(draft.color))


def in_order(projects: Iterable[Project]) -> list[Project]:
    """Projects as they are listed."""
    return sorted(projects, key=lambda project: (project.order, project.id))


def rearranged(projects: Iterable[Project], first: Sequence[int]) -> list[Project]:
    """All projects in a new order: those named come first, the rest follows as it was. Invalid: one is not there."""
    known = {project.id: project for project in projects}
    if len(set(first)) != len(first) or not set(first) <= known.keys():
        raise Invalid("ids", "Each project is named once, and all of them are there.")
    named = [known[project_id] for project_id in first]
    rest = in_order(project for project in known.values() if project.id not in first)
    return [replace(project, order=place) for place, project in enumerate([*named, *rest])]
