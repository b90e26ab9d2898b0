"""Nouns to JSON and back: any frozen dataclass of the domain, by a plan made once for each class."""

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from uptime.domain.schedule import from_ms, to_ms

Noun = TypeVar("Noun")
Turn = Callable[[Any], Any]

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode(noun: Any) -> bytes:
    """Compact JSON of a noun. Moments become whole milliseconds since 1970, times on a clock on the wall text."""
    # Texts of others may hold half a surrogate pair, which json.loads takes back as it is.
    return _json(plain(noun)).encode("utf-8", "surrogatepass")


def decode(kind: type[Noun], raw: bytes | str) -> Noun:
    """The noun in some JSON. Unknown keys are ignored, missing ones take their defaults."""
    return made(kind, json.loads(raw))


def plain(noun: Any) -> Any:
    """A noun as what JSON can hold."""
    kind: Any = type(noun)
    return _writer(kind)(noun)


def made(kind: type[Noun], values: Any) -> Noun:
    """The noun of which `plain` made these values."""
    found: Noun = _reader(typing.cast(Any, kind))(values)
    return found


@cache
def _writer(kind: Any) -> Turn:
    """What makes plain values of a noun."""
    turns = _turns(kind, _written)

    def write(noun: Any) -> dict[str, Any]:
        return {name: turn(getattr(noun, name)) if turn else getattr(noun, name) for name, turn in turns}

    return write


@cache
def _reader(kind: Any) -> Turn:
    """What makes a noun of plain values."""
    turns = _turns(kind, _read)

    def read(raw: Mapping[str, Any]) -> Any:
        return kind(**{name: turn(raw[name]) if turn else raw[name] for name, turn in turns if name in raw})

    return read


def _turns(kind: type, leaf: Callable[[Any], Turn | None]) -> tuple[tuple[str, Turn | None], ...]:
    """For each field of a noun what has to be done to its value; None: nothing."""
    hints = typing.get_type_hints(kind)
    return tuple((field.name, leaf(hints[field.name])) for field in dataclasses.fields(kind))


def _written(hint: Any) -> Turn | None:
    if isinstance(hint, type) and issubclass(hint, datetime):
        return _written_moment
    if isinstance(hint, type) and issubclass(hint, date | time):
        return hint.isoformat
    return _composed(hint, _written, _writer)


def _read(hint: Any) -> Turn | None:
    if isinstance(hint, type) and issubclass(hint, datetime):
        return _read_moment
    if isinstance(hint, type) and issubclass(hint, date | time):
        return hint.fromisoformat
    # A word is written as the text it is, and so only has to be known again.
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return _composed(hint, _read, _reader)


def _written_moment(at: datetime) -> int | str:
    return at.isoformat() if at.tzinfo is None else to_ms(at)


def _read_moment(raw: int | str) -> datetime:
    return datetime.fromisoformat(raw) if isinstance(raw, str) else from_ms(raw)


def _composed(hint: Any, leaf: Callable[[Any], Turn | None], noun: Callable[[Any], Turn]) -> Turn | None:
    """What has to be done to a noun, an optional value, or a sequence."""
    if dataclasses.is_dataclass(hint):
        return noun(hint)
    origin = get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        parts = [part for part in get_args(hint) if part is not types.NoneType]
        inner = leaf(parts[0]) if len(parts) == 1 else None
        return _optional(inner) if inner else None
    if origin is tuple:
        inner = leaf(get_args(hint)[0])
        return (lambda values: tuple(map(inner, values))) if inner else tuple
    return None


def _optional(inner: Turn) -> Turn:
    return lambda value: None if value is None else inner(value)
