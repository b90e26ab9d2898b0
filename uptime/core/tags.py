"""Tags: made, changed, removed, and taken off the monitors that carried them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core.audit import Audit
from uptime.core.monitors import Monitors
from uptime.core.places import without_tag
from uptime.domain.errors import Conflict, Invalid, NotFound
from uptime.domain.tag import TAGS_AN_ACCOUNT, Tag, checked_tag

if TYPE_CHECKING:
    from uptime.store import Store

TAKEN = "There is a tag of this name already."


class Tags:
    """The tags of all accounts. What belongs to another account does not exist."""

    def __init__(self, store: "Store", monitors: Monitors, audit: Audit) -> None:
        self._store = store
        self._audit = audit
        self._monitors = monitors

    def add(self, account: int, name: str, color: str, now: datetime, *, unique_name: bool = False) -> Tag:
        """A new tag. Invalid; Conflict: the name must be free and is taken."""
        tag = checked_tag(Tag(self._store.tags.new_id(), account, name, color, now))

        def alter(there: Sequence[Tag]) -> Tag:
            if len(there) >= TAGS_AN_ACCOUNT:
                raise Invalid("", f"There are {TAGS_AN_ACCOUNT} tags already. Remove some first.")
            return _free(tag, there, unique_name=unique_name)

        return self._changed(account, alter, now)

    def change(
        self,
        account: int,
        tag_id: int,
        now: datetime,
        *,
        name: str | None = None,
        color: str | None = None,
        unique_name: bool = False,
    ) -> Tag:
        """Change what is not None, on all monitors at once. NotFound, Invalid, Conflict."""

        def alter(there: Sequence[Tag]) -> Tag:
            before = _found(there, tag_id)
            changed = replace(
                before, name=before.name if name is None else name, color=before.color if color is None else color
            )
            return _free(checked_tag(changed), there, unique_name=unique_name)

        return self._changed(account, alter, now)

    def _changed(self, account: int, alter: Callable[[list[Tag]], Tag], now: datetime) -> Tag:
        before, after = self._store.tags.change(account, alter)
        self._audit.note("tag", before, after, now)
        return after

    def remove(self, account: int, tag_id: int, now: datetime) -> None:
        """Remove a tag, from the monitors that carry it too. NotFound."""
        gone = self.get(account, tag_id)
        self._store.tags.remove(account, tag_id)
        self._audit.note("tag", gone, None, now)
        self._monitors.forget(account, lambda monitor: without_tag(monitor, tag_id), now)

    def get(self, account: int, tag_id: int) -> Tag:
        """One tag. NotFound."""
        return _found(self.list(account), tag_id)

    def list(self, account: int) -> list[Tag]:
        """The tags of an account, the oldest first."""
        return self._store.tags.many(account)


def _found(there: Sequence[Tag], tag_id: int) -> Tag:
    for tag in there:
        if tag.id == tag_id:
            return tag
    raise NotFound("tag")


def _free(tag: Tag, there: Sequence[Tag], *, unique_name: bool) -> Tag:
    if unique_name and any(other.name == tag.name and other.id != tag.id for other in there):
        raise Conflict(TAKEN)
    return tag
