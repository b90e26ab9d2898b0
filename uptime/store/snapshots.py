"""The stored snapshots of what the public sees, and who may rebuild them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from uptime.domain.page_view import PageView
from uptime.domain.status_page import StatusView
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode

TURN_MS = 700
"""Nobody rebuilds a snapshot within this time of the last rebuilding; with the age of a copy it makes a second."""

PAGE_KEPT = timedelta(days=7)

View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class Stored(Generic[View]):
    """A snapshot as the store has it. `mark` is what it was built from; `newest` what there is now."""

    view: View | None
    mark: int
    newest: int

    @property
    def current(self) -> bool:
        return self.view is not None and self.mark == self.newest


class Shelf(Generic[View]):
    """The place of one snapshot."""

    def __init__(
        self, client: Client, kind: type[View], key: str, turn: str, mark: str, kept: timedelta | None = None
    ) -> None:
        self._client, self._kind = client, kind
        self._key, self._turn, self._mark = key, turn, mark
        self._kept = kept

    def read(self) -> Stored[View]:
        """What is stored, and whether it is current: one round trip."""
        pipe = self._client.pipeline(transaction=False)
        pipe.hmget(self._key, "view", "mark")
        pipe.get(self._mark)
        (raw, mark), newest = pipe.execute()
        return Stored(decode(self._kind, raw) if raw else None, int(mark or -1), int(newest or 0))

    def take_turn(self, *, urgent: bool = False) -> bool:
        """Whether the caller is to rebuild now: at most one a second, but for what is urgent."""
        return bool(self._client.set(self._turn, "1", nx=not urgent, px=TURN_MS))

    def write(self, view: View, mark: int) -> None:
        """Store what was built from the state of that mark."""
        pipe = self._client.pipeline(transaction=False)
        pipe.hset(self._key, mapping={"view": encode(view), "mark": mark})
        if self._kept is not None:
            pipe.expire(self._key, self._kept)
        pipe.execute()


class Snapshots:
    """The snapshots of all accounts and pages."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def mark_dirty(self, account: int) -> None:
        """Say that readers would see something new."""
        self._client.incr(keys.snapshot_mark(account))

    def status(self, account: int) -> Shelf[StatusView]:
        """Where the public status of an account lies."""
        place = keys.snapshot(account), keys.snapshot_turn(account), keys.snapshot_mark(account)
        return Shelf(self._client, StatusView, *place)

    def page(self, account: int, page_id: int) -> Shelf[PageView]:
        """Where a page lies."""
        place = keys.page_snapshot(account, page_id), keys.page_snapshot_turn(account, page_id)
        return Shelf(self._client, PageView, *place, keys.snapshot_mark(account), PAGE_KEPT)
