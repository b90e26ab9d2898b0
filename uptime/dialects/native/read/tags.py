"""Tags and projects as they are asked for."""

from typing import Annotated

from pydantic import Field, StringConstraints

from uptime.dialects.native.read import LARGEST_NUMBER, Body, Line, Lines, Query
from uptime.domain.project import PROJECT_COLOR, ProjectDraft

Id = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
Color = Annotated[str, StringConstraints(max_length=32)]


class WhichTag(Query):
    """A tag by its id."""

    id: Id


class TagBody(Body):
    """A new tag. The colour is `#` and six hexadecimal digits."""

    name: Line
    color: Color = PROJECT_COLOR


class TagChange(Body):
    """What is to be another on a tag."""

    name: Line | None = None
    color: Color | None = None


class WhichProject(Query):
    """A project by its id."""

    id: Id


class ProjectBody(Body):
    """A project; what is left out is the default."""

    name: Line
    description: Lines = ""
    color: Color = PROJECT_COLOR
    icon: Line = ""
    order: Annotated[int, Field(ge=0, le=LARGEST_NUMBER)] = 0


class OrderBody(Body):
    """Ids of projects in the order in which they come first; the rest follows as it was."""

    ids: Annotated[list[Id], Field(max_length=1_000)]


def project(body: ProjectBody) -> ProjectDraft:
    return ProjectDraft(body.name, body.description, body.color, body.icon, body.order)
