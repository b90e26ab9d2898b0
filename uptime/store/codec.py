"""Nouns to JSON and back: any frozen dataclass of the domain, written once for all of them."""

import dataclasses
import json
import types
import typing
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from uptime.domain.schedule import from_ms, to_ms

Noun = TypeVar("Noun")


def encode(noun: Any) -> bytes:
    """Compact JSON of a noun. Moments become whole milliseconds since 1970."""
    return json.dumps(plain(noun), ensure_ascii=False, separators=(",", ":")).encode()


def decode(kind: type[Noun], raw: bytes | str) -> Noun:
    """The noun in some JSON. Unknown keys are ignored, missing ones take their defaults."""
    made: Noun = _reader(typing.cast(Any, kind))(json.loads(raw))
    return made


def plain(value: Any) -> Any:
    """A noun as what JSON can hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | frozenset | set):
        return [plain(entry) for entry in value]
    return value


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of this type of its JSON."""
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind):
        return _noun_reader(typing.cast(type, kind))
    if origin in (types.UnionType, typing.Union):
        return _optional_reader(kind)
    if origin in (tuple, frozenset, list):
        inner = _reader(get_args(kind)[0])
        return lambda raw: origin(inner(entry) for entry in raw)
    if kind is datetime:
        return from_ms
    if kind is date:
        return date.fromisoformat
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return lambda raw: raw


def _optional_reader(kind: Any) -> Callable[[Any], Any]:
    parts = [part for part in get_args(kind) if part is not types.NoneType]
    if len(parts) > 1:
        return lambda raw: raw
    inner = _reader(parts[0])
    return lambda raw: None if raw is None else inner(raw)


def _noun_reader(kind: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind)
    readers: dict[str, Callable[[Any], Any]] = {}

    def read(raw: Any) -> Any:
        if not readers:
            # Filled at the first reading, since a type may hold itself.
            readers.update({name: _reader(hints[name]) for name in _names(kind)})
        return kind(**{name: reader(raw[name]) for name, reader in readers.items() if name in raw})

    return read
