"""The audit log: every change by its actor with what it was before, kept for whoever has to find out."""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from uptime.domain.audit import KEPT, KEPT_ENTRIES, SYSTEM, Actor, Entry, Verb, Wanted, changes
from uptime.domain.errors import Unavailable

if TYPE_CHECKING:
    from uptime.store import Store

log = logging.getLogger(__name__)

EVERYTHING = Wanted()
READ_AT_ONCE = 500
REFUSALS_KEPT, REFUSALS_WINDOW = 10, timedelta(hours=1)
"""More refused logins than that stand in the log of the process alone: they would push the changes out."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some entries, newest first; `following` is what to ask for next, None at the end."""

    entries: list[Entry]
    following: int | None


class Audit:
    """The audit logs of all accounts. `actor` tells who is acting at this moment."""

    def __init__(self, store: "Store", actor: Callable[[], Actor]) -> None:
        self._store = store
        self._actor = actor

    def note(
        self,
        noun: str,
        before: Any,
        after: Any,
        now: datetime,
        *,
        account: int | None = None,
        hidden: Collection[str] = (),
        by: Actor | None = None,
    ) -> None:
        """Write down what became of a noun: added where `before` is None, removed where `after` is.

        `hidden` are the fields that hold secrets. Nothing is written where nothing differs.
        """
        is_there = after if after is not None else before
        found = changes(before, after, hidden)
        if before is not None and after is not None and not found:
            return
        verb = Verb.ADDED if before is None else Verb.REMOVED if after is None else Verb.CHANGED
        place = is_there.account if account is None else account
        self._write(_entry(place, by or self._actor(), verb, noun, is_there, now, found))

    def logged_in(self, user: Any, address: str, now: datetime, *, out: bool = False) -> None:
        """Write down that somebody came, or went."""
        verb = Verb.LOGGED_OUT if out else Verb.LOGGED_IN
        self._write(_entry(user.account, Actor(user.name, user.id, None, address), verb, "user", user, now))

    def refused(self, account: int, user: Any, address: str, now: datetime) -> None:
        """Write down that a login was refused; `user` None: nobody of that name."""
        # Known and unknown names take the same way, and so the same time. What was typed is not kept: people
        # type their password where the name belongs.
        wait = self._store.throttles.hit(f"audit:{account}", REFUSALS_KEPT, REFUSALS_WINDOW, now)
        entry = _entry(account, Actor("stranger", address=address), Verb.REFUSED, "user", user, now)
        if wait:
            _tell(entry)
        else:
            self._write(entry)

    def read(
        self,
        account: int,
        now: datetime,
        wanted: Wanted = EVERYTHING,
        *,
        before: int | None = None,
        limit: int = 50,
    ) -> AuditPage:
        """Entries that fit, newest first, older than the one of the id `before`."""
        entries: list[Entry] = []
        for _ in range(-(-KEPT_ENTRIES // READ_AT_ONCE)):
            batch = self._store.audit.read(account, before, READ_AT_ONCE)
            for entry in batch:
                if len(entries) == limit:
                    return AuditPage(entries, entries[-1].id)
                if wanted.fits(entry) and entry.at > now - KEPT:
                    entries.append(entry)
            if len(batch) < READ_AT_ONCE:
                break
            before = batch[-1].id
        return AuditPage(entries, None)

    def _write(self, entry: Entry) -> None:
        _tell(entry)
        try:
            self._store.audit.append(entry)
        except Unavailable as error:
            # What was done is done: whoever did it is not told that it failed.
            log.warning("The entry above is missing from the audit log: %s", error.message)


def _entry(account: int, actor: Actor, verb: Verb, noun: str, thing: Any, now: datetime, found: Any = ()) -> Entry:
    named = (getattr(thing, field, "") for field in ("name", "title", "email"))
    object_id, name = str(getattr(thing, "id", "")), next(filter(None, named), "")
    return Entry(0, now, account, actor, verb, noun, object_id, name, found)


def _tell(entry: Entry) -> None:
    log.info(
        "account %s: %s %s %s %s%s by %s from %s",
        entry.account,
        entry.noun,
        entry.object_id or "-",
        repr(entry.object_name),
        entry.verb,
        "".join(f" {change.field}" for change in entry.changes),
        repr(entry.actor.name),
        entry.actor.address or "here",
    )


def nobody() -> Actor:
    """The actor where nobody said who acts."""
    return SYSTEM
