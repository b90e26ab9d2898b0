"""Tags and projects."""

from collections.abc import Iterable, Mapping
from typing import Literal

from uptime.dialects.native.write import Wire
from uptime.domain.project import Project
from uptime.domain.tag import Tag


class ShownTag(Wire):
    """A tag."""

    id: int
    name: str
    color: str


class Tags(Wire):
    """All tags, the oldest first."""

    tags: list[ShownTag]


class TagSaved(Wire):
    """The tag as it is now."""

    success: Literal[True]
    tag: ShownTag


class ShownProject(Wire):
    """A project; `services` counts those in it."""

    id: int
    name: str
    description: str
    color: str
    icon: str
    order: int
    services: int


class Projects(Wire):
    """All projects in their order."""

    projects: list[ShownProject]


class ProjectSaved(Wire):
    """The project as it is now."""

    success: Literal[True]
    project: ShownProject


def tag(tag: Tag) -> ShownTag:
    return ShownTag(id=tag.id, name=tag.name, color=tag.color)


def tags(found: Iterable[Tag]) -> Tags:
    return Tags(tags=[tag(each) for each in found])


def tag_saved(saved: Tag) -> TagSaved:
    return TagSaved(success=True, tag=tag(saved))


def project(project: Project, counts: Mapping[int, int]) -> ShownProject:
    return ShownProject(
        id=project.id,
        name=project.name,
        description=project.description,
        color=project.color,
        icon=project.icon,
        order=project.order,
        services=counts.get(project.id, 0),
    )


def projects(found: Iterable[Project], counts: Mapping[int, int]) -> Projects:
    return Projects(projects=[project(each, counts) for each in found])


def project_saved(saved: Project, counts: Mapping[int, int]) -> ProjectSaved:
    return ProjectSaved(success=True, project=project(saved, counts))
