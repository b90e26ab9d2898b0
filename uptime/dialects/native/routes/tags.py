"""Tags and projects: list, make, change, remove, put in order."""

from collections import Counter

from uptime.current import core, now
from uptime.dialects.native.read import tags as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import tags as write
from uptime.domain.user import Caller, Scope


def _counts(caller: Caller) -> Counter[int]:
    """How many monitors each project has."""
    return Counter(each.project for each in core().monitors.list(caller.account) if each.project is not None)


@operation("GET", "/tags", tag="tags", needs=Scope.READ, whole=True, answers={200: write.Tags})
def list_tags(caller: Caller) -> Answer:
    """All tags."""
    return write.tags(core().tags.list(caller.account))


@operation("POST", "/tags", tag="tags", needs=Scope.WRITE, whole=True, refuses=(409,), answers={201: write.TagSaved})
def add_tag(caller: Caller, body: read.TagBody) -> Answer:
    """Makes a tag, which services may carry then."""
    return write.tag_saved(core().tags.add(caller.account, body.name, body.color, now(), unique_name=True)), 201


@operation("PUT", "/tags", tag="tags", needs=Scope.WRITE, whole=True, refuses=(404, 409), answers={200: write.TagSaved})
def change_tag(caller: Caller, query: read.WhichTag, body: read.TagChange) -> Answer:
    """Changes name or colour of a tag on all services that carry it."""
    changed = core().tags.change(caller.account, query.id, now(), name=body.name, color=body.color, unique_name=True)
    return write.tag_saved(changed)


@operation("DELETE", "/tags", tag="tags", needs=Scope.WRITE, whole=True, refuses=(404,), answers={200: Done})
def remove_tag(caller: Caller, query: read.WhichTag) -> Answer:
    """Removes a tag, from all services too."""
    core().tags.remove(caller.account, query.id, now())
    return Done(success=True, message="Tag deleted")


@operation("GET", "/projects", tag="projects", needs=Scope.READ, whole=True, answers={200: write.Projects})
def list_projects(caller: Caller) -> Answer:
    """All projects in their order."""
    return write.projects(core().projects.list(caller.account), _counts(caller))


@operation(
    "POST",
    "/projects",
    tag="projects",
    needs=Scope.WRITE,
    whole=True,
    refuses=(409,),
    answers={201: write.ProjectSaved},
)
def add_project(caller: Caller, body: read.ProjectBody) -> Answer:
    """Makes a project."""
    made = core().projects.add(caller.account, read.project(body), now())
    return write.project_saved(made, {}), 201


@operation(
    "PUT",
    "/projects",
    tag="projects",
    needs=Scope.WRITE,
    whole=True,
    refuses=(404, 409),
    answers={200: write.ProjectSaved},
)
def replace_project(caller: Caller, query: read.WhichProject, body: read.ProjectBody) -> Answer:
    """Replaces a project whole; its services stay in it."""
    made = core().projects.replace(caller.account, query.id, read.project(body), now())
    return write.project_saved(made, _counts(caller))


@operation("DELETE", "/projects", tag="projects", needs=Scope.WRITE, whole=True, refuses=(404,), answers={200: Done})
def remove_project(caller: Caller, query: read.WhichProject) -> Answer:
    """Removes a project; its services stay, in none."""
    core().projects.remove(caller.account, query.id, now())
    return Done(success=True, message="Project deleted")


@operation("POST", "/projects/order", tag="projects", needs=Scope.WRITE, whole=True, answers={200: write.Projects})
def arrange_projects(caller: Caller, body: read.OrderBody) -> Answer:
    """Puts projects in order: those named come first. An id that is not there changes nothing."""
    return write.projects(core().projects.arrange(caller.account, body.ids, now()), _counts(caller))
