"""Projects of all accounts."""

from collections.abc import Callable, Iterable

from uptime.domain.errors import NotFound
from uptime.domain.project import Project, in_order
from uptime.store import keys
from uptime.store.changing import change, read
from uptime.store.client import Client, Commands
from uptime.store.codec import decode, encode


class Projects:
    """The projects, all of an account in one hash, so that they can be put in order at once."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def new_id(self) -> int:
        return int(self._client.incr(keys.project_ids()))

    def many(self, account: int) -> list[Project]:
        """The projects of an account in their order."""
        return _read(self._client.hvals(keys.projects(account)))

    def change(
        self, account: int, alter: Callable[[list[Project]], list[Project]]
    ) -> list[tuple[Project | None, Project]]:
        """Add or replace the projects that `alter` makes, seeing all there are, whoever else does so meanwhile.

        What each was before, and what it is now.
        """

        def attempt(pipe: Commands) -> list[tuple[Project | None, Project]]:
            there = _read(read(pipe, "HVALS", keys.projects(account)))
            before = {project.id: project for project in there}
            altered = alter(there)
            pipe.multi()
            for project in altered:
                pipe.hset(keys.projects(account), str(project.id), encode(project))
            return [(before.get(project.id), project) for project in altered]

        return change(self._client, keys.projects(account), attempt)

    def remove(self, account: int, project_id: int) -> None:
        """Delete a project. NotFound."""
        if not self._client.hdel(keys.projects(account), str(project_id)):
            raise NotFound("project")


def _read(raw: Iterable[bytes | str]) -> list[Project]:
    return in_order(decode(Project, each) for each in raw)
