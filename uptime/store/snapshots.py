"""The stored snapshot of the public status, and who may rebuild it."""

from dataclasses import dataclass

from uptime.domain.status_page import StatusView
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode

TURN_MS = 700
"""Nobody rebuilds a snapshot within this time of the last rebuilding; with the age of a copy it makes a second."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A snapshot as the store has it. `mark` is what it was built from; `newest` what there is now."""

    view: StatusView | None
    mark: int
    newest: int

    @property
    def current(self) -> bool:
        return self.view is not None and self.mark == self.newest


class Snapshots:
    """The snapshots of all accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def mark_dirty(self, account: int) -> None:
        """Say that readers would see something new."""
        self._client.incr(keys.snapshot_mark(account))

    def read(self, account: int) -> Stored:
        """What is stored, and whether it is current: one round trip."""
        pipe = self._client.pipeline(transaction=False)
        pipe.hmget(keys.snapshot(account), "view", "mark")
        pipe.get(keys.snapshot_mark(account))
        (raw, mark), newest = pipe.execute()
        return Stored(decode(StatusView, raw) if raw else None, int(mark or -1), int(newest or 0))

    def take_turn(self, account: int, *, urgent: bool = False) -> bool:
        """Whether the caller is to rebuild now: at most one a second, but for what is urgent."""
        return bool(self._client.set(keys.snapshot_turn(account), "1", nx=not urgent, px=TURN_MS))

    def write(self, account: int, view: StatusView, mark: int) -> None:
        """Store what was built from the state of that mark."""
        self._client.hset(keys.snapshot(account), mapping={"view": encode(view), "mark": mark})
