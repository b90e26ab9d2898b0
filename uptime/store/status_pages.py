"""Status pages, found by their account, their slug and their host names."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from uptime.domain.errors import Conflict, NotFound
from uptime.domain.status_page import FIRST_PAGE, StatusPage
from uptime.store import keys
from uptime.store.changing import change, read
from uptime.store.client import Client, Commands
from uptime.store.codec import decode, encode

Alter = Callable[[StatusPage | None], StatusPage]


class StatusPages:
    """The pages of all accounts as they are kept. Slugs and host names are nobody else's."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def new_id(self) -> int:
        """An id that no page has had; the first page has its own."""
        made = int(self._client.incr(keys.page_ids()))
        return made if made > FIRST_PAGE else int(self._client.incr(keys.page_ids()))

    def get(self, account: int, page_id: int) -> StatusPage | None:
        """A page as it is kept."""
        raw = self._client.hget(keys.pages(account), str(page_id))
        return decode(StatusPage, raw) if raw else None

    def many(self, account: int) -> list[StatusPage]:
        """The pages of an account in their order."""
        found = [decode(StatusPage, raw) for raw in self._client.hvals(keys.pages(account))]
        return sorted(found, key=lambda page: (page.position, page.id))

    def by_slug(self, slug: str) -> StatusPage | None:
        """The page of a slug, whosever it is."""
        return self._at(self._client.hget(keys.page_slugs(), slug))

    def by_host(self, host: str) -> StatusPage | None:
        """The page of a host name, whosever it is."""
        return self._at(self._client.hget(keys.page_hosts(), host))

    def save(self, account: int, page_id: int, alter: Alter) -> StatusPage:
        """Change a page, or make it where there is none, whoever else does so at the same time.

        Conflict: another page has its slug or one of its host names. `alter` is given what is kept.
        """

        def attempt(pipe: Commands) -> StatusPage:
            pipe.watch(keys.page_slugs(), keys.page_hosts())  # type: ignore[no-untyped-call]
            raw = read(pipe, "HGET", keys.pages(account), page_id)
            before = decode(StatusPage, raw) if raw else None
            after = alter(before)
            place = f"{account}:{page_id}"
            _claim(pipe, keys.page_slugs(), [after.slug], place, "There is a status page with this slug already.")
            _claim(pipe, keys.page_hosts(), after.hosts, place, "There is a status page with this host name already.")
            pipe.multi()
            if before is not None:
                _let_go(pipe, before)
            pipe.hset(keys.pages(account), str(page_id), encode(after))
            pipe.hset(keys.page_slugs(), after.slug, place)
            for host in after.hosts:
                pipe.hset(keys.page_hosts(), host, place)
            return after

        return change(self._client, keys.pages(account), attempt)

    def remove(self, account: int, page_id: int) -> StatusPage:
        """Delete a page and free its names; returns it as it was. NotFound."""

        def attempt(pipe: Commands) -> StatusPage:
            raw = read(pipe, "HGET", keys.pages(account), page_id)
            if raw is None:
                raise NotFound("status page")
            gone = decode(StatusPage, raw)
            pipe.multi()
            _let_go(pipe, gone)
            pipe.hdel(keys.pages(account), str(page_id))
            return gone

        removed = change(self._client, keys.pages(account), attempt)
        self._client.delete(keys.page_snapshot(account, page_id))
        return removed

    def place(self, account: int, page_ids: Iterable[int]) -> None:
        """Put pages into an order; those that are not kept are left out."""

        def attempt(pipe: Commands) -> None:
            found = {page_id: read(pipe, "HGET", keys.pages(account), page_id) for page_id in page_ids}
            pipe.multi()
            for position, (page_id, raw) in enumerate(found.items()):
                if raw is not None:
                    page = replace(decode(StatusPage, raw), position=position)
                    pipe.hset(keys.pages(account), str(page_id), encode(page))

        change(self._client, keys.pages(account), attempt)

    def _at(self, place: Any) -> StatusPage | None:
        if place is None:
            return None
        account, _, page_id = place.decode().partition(":")
        return self.get(int(account), int(page_id))


def _claim(pipe: Commands, key: str, names: Iterable[str], place: str, complaint: str) -> None:
    """Conflict where one of the names is another page's."""
    for name in names:
        if read(pipe, "HGET", key, name) not in (None, place.encode()):
            raise Conflict(complaint)


def _let_go(pipe: Commands, page: StatusPage) -> None:
    pipe.hdel(keys.page_slugs(), page.slug)
    for host in page.hosts:
        pipe.hdel(keys.page_hosts(), host)
