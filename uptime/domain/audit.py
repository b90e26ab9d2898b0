"""Who changed what, from where, and what it was before."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any

from uptime.domain.masking import MASK, masked_url
from uptime.domain.monitor import JsonValue
from uptime.domain.user import Caller

KEPT, KEPT_ENTRIES = timedelta(days=400), 10_000
TEXT_SHOWN, CHANGES_SHOWN = 300, 100

BOOKKEEPING = frozenset(
    {
        "id", "account", "digest", "anti_forgery", "created_at", "updated_at", "modified_at", "removed_at", "seen_at",
        "last_login_at", "last_used_at", "password_changed_at", "last_step", "next_at", "last_at", "last_duration_ms",
        "last_ok", "last_error", "last_success_at", "intervals_reset_at", "edge_at",
        "activated_at", "site_zone",
    }
)  # fmt: skip
"""Fields that follow from a change, or that nobody changes."""


class Verb(StrEnum):
    """What was done."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    LOGGED_IN = "logged in"
    LOGGED_OUT = "logged out"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a user, perhaps by a key, or a part of the program; and from where."""

    name: str
    user_id: int | None = None
    key_id: int | None = None
    address: str = ""


SYSTEM = Actor("system")
"""Nobody in particular: what happens by itself, by the environment or by the clock."""


def actor_of(caller: Caller | None, address: str) -> Actor:
    """The actor behind a request."""
    if caller is None:
        return Actor("stranger", address=address)
    return Actor(caller.user_name or caller.name, caller.user_id, caller.key_id, address)


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after; None where it was not or is not there."""

    field: str
    before: JsonValue
    after: JsonValue


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed. `noun` and `object_id` say to what; `object_name` is what it was called then."""

    id: int
    at: datetime
    account: int
    actor: Actor
    verb: Verb
    noun: str
    object_id: str
    object_name: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are asked for: those that fit whatever is said."""

    noun: str | None = None
    verb: Verb | None = None
    user_id: int | None = None
    object_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, entry: Entry) -> bool:
        return (
            self.noun in (None, entry.noun)
            and self.verb in (None, entry.verb)
            and self.user_id in (None, entry.actor.user_id)
            and self.object_id in (None, entry.object_id)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at <= self.until)
        )


def changes(before: Any, after: Any, hidden: Collection[str] = ()) -> tuple[Change, ...]:
    """The fields in which two states of a noun differ; None for a noun that was not or is not there.

    Fields of fields are named with dots. `hidden` names those whose values are secrets, each with all below it;
    passwords in URLs are masked wherever they stand.
    """
    old, new = dict(_fields(before)), dict(_fields(after))
    found = []
    for name in [*old, *(name for name in new if name not in old)]:
        left, right = old.get(name), new.get(name)
        if left != right and not (_is_empty(left) and _is_empty(right)):
            secret = any(name == one or name.startswith(f"{one}.") for one in hidden)
            found.append(Change(name, _shown(left, secret), _shown(right, secret)))
    return tuple(found[:CHANGES_SHOWN])


def _fields(noun: Any, prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    """The fields of a noun, those of its parts by a dotted name."""
    for name, value in _items(noun):
        if name in BOOKKEEPING:
            continue
        if dataclasses.is_dataclass(value) or isinstance(value, Mapping):
            yield from _fields(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _plain(value)


def _items(noun: Any) -> Iterator[tuple[str, Any]]:
    if noun is None:
        return
    if isinstance(noun, Mapping):
        yield from ((str(key), value) for key, value in noun.items())
    else:
        yield from ((field.name, getattr(noun, field.name)) for field in dataclasses.fields(noun))


def _plain(value: Any) -> JsonValue:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if dataclasses.is_dataclass(value) or isinstance(value, Mapping):
        return dict(_fields(value))
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _is_empty(value: JsonValue) -> bool:
    return value is None or value is False or value == "" or value == [] or value == {}


def _shown(value: JsonValue, secret: bool) -> JsonValue:
    if secret:
        return None if _is_empty(value) else MASK
    if isinstance(value, list):
        return [_shown(part, False) for part in value[:CHANGES_SHOWN]]
    if isinstance(value, dict):
        return {name: _shown(part, False) for name, part in value.items()}
    if not isinstance(value, str):
        return value
    text = masked_url(value) if "://" in value else value
    return text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN]}…"
