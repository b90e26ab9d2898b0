"""A copy of something the store keeps: at most a second old, the same everywhere, there while the store is away."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from uptime.domain.errors import Unavailable

if TYPE_CHECKING:
    from uptime.store.snapshots import Shelf, Stored

FRESH = 1.0
"""Seconds for which a process believes its own copy."""

WAITS, WAIT = 10, 0.02
"""How often, and after how many seconds each time, a process looks for what another builds for the first time."""


class Dated(Protocol):
    """What says when it was built."""

    @property
    def built_at(self) -> datetime: ...


View = TypeVar("View", bound=Dated)


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[View]):
    """What is shown as it was built. `version` differs where the content may; `stale_s` is 0 while it is current.

    `stale_s` counts the seconds since the store could last be asked.
    """

    view: View
    version: str
    stale_s: float = 0.0


class Mirror(Generic[View]):
    """The copy of one process. Safe to use from many threads."""

    def __init__(self, shelf: "Shelf[View]", build: Callable[[datetime], View]) -> None:
        self._shelf = shelf
        self._build = build
        self._refreshing = Lock()
        self._copy: Snapshot[View] | None = None
        self._asked = float("-inf")
        self._reached = float("-inf")
        self._expired = False

    def peek(self) -> Snapshot[View] | None:
        """The copy while it is fresh; never asks the store."""
        fresh = time.monotonic() - self._asked < FRESH and not self._expired
        return self._copy if fresh else None

    def snapshot(self, now: datetime) -> Snapshot[View]:
        """What is shown, at most a second old; the last known copy while the store is away.

        Unavailable when it is away and nothing is known.
        """
        found = self.peek()
        if found is not None:
            return found
        # One asks, the others take what there is rather than wait; after a change of ours everybody waits.
        wait = self._copy is None or self._expired
        if not self._refreshing.acquire(blocking=wait):
            return self._copy or self._refresh(now)
        try:
            return self.peek() or self._refresh(now)
        finally:
            self._refreshing.release()

    @property
    def age(self) -> float:
        """Seconds since the store was last asked for the copy."""
        return time.monotonic() - self._asked

    def renew(self, now: datetime) -> None:
        """Ask the store before the copy has grown old, unless somebody is asking already."""
        if self._refreshing.acquire(blocking=False):
            try:
                self._refresh(now)
            finally:
                self._refreshing.release()

    def expire(self) -> None:
        """Something has changed that is to be seen here at once."""
        self._expired = True

    def _refresh(self, now: datetime) -> Snapshot[View]:
        urgent, self._expired = self._expired, False
        try:
            self._copy = self._current(now, urgent=urgent)
            self._reached = time.monotonic()
        except Unavailable:
            if self._copy is None:
                raise
            self._copy = replace(self._copy, stale_s=time.monotonic() - self._reached)
        self._asked = time.monotonic()
        return self._copy

    def _current(self, now: datetime, *, urgent: bool) -> Snapshot[View]:
        stored = self._shelf.read()
        ours = not stored.current and self._is_ours(urgent=urgent)
        if stored.view is None and not ours:
            stored = self._first_of_another()
        view, mark = stored.view, stored.mark
        if view is None or ours:
            view, mark = self._build(now), stored.newest
            with suppress(Unavailable):
                self._shelf.write(view, mark)
        known = self._copy
        version = f"{mark}-{view.built_at.timestamp():.3f}"
        return (
            known if known is not None and known.version == version and not known.stale_s else Snapshot(view, version)
        )

    def _first_of_another(self) -> "Stored[View]":
        """What somebody else is building for the first time; without a view where that takes too long."""
        for _ in range(WAITS):
            time.sleep(WAIT)
            stored = self._shelf.read()
            if stored.view is not None:
                break
        return stored

    def _is_ours(self, *, urgent: bool) -> bool:
        """Whether to rebuild here. Where the store is full or read-only each process does so for itself."""
        try:
            return self._shelf.take_turn(urgent=urgent)
        except Unavailable:
            return True
