"""Settings written once, as the fields of a dataclass: their names, bounds and secrets, checked in one place."""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from uptime.domain.errors import Invalid
from uptime.domain.monitor import JsonValue, printable

Kind = TypeVar("Kind")

MISSING = dataclasses.MISSING
TEXT_LIMIT = 8_192
ENTRIES_LIMIT = 100
WHOLE_LIMIT = 2**53
"""Beyond it JSON's numbers are not exact. Not a number and infinity lie outside too."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How one field of a target is named, bounded and shown."""

    label: str
    help: str = ""
    low: float | None = None
    high: float | None = None
    limit: int = TEXT_LIMIT
    choices: tuple[str, ...] = ()
    secret: bool = False
    lines: bool = False
    check: Callable[[Any], Any] | None = None


def setting(label: str, *, default: Any = MISSING, **bounds: Any) -> Any:
    """A field of a target's dataclass. `bounds` are those of `Setting`; `check` may normalise or raise ValueError."""
    metadata = {"setting": Setting(label, **bounds)}
    if isinstance(default, dict | list):
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def build(kind: type[Kind], raw: Mapping[str, JsonValue]) -> Kind:
    """The settings made of plain values. Invalid, naming the field, where one is missing or out of bounds.

    Keys that are no setting of this dataclass are ignored.
    """
    values = {}
    for field, expected in fields(cast(Any, kind)):
        if field.name in raw:
            values[field.name] = _checked(field.name, raw[field.name], expected, described(field))
        elif field.default is MISSING and field.default_factory is MISSING:
            raise Invalid(field.name, f"{described(field).label} is missing.")
    return kind(**values)


def dump(settings: Any) -> dict[str, JsonValue]:
    """Settings as plain values, defaults included: what is stored."""
    return {field.name: _plain(getattr(settings, field.name)) for field, _ in fields(cast(Any, type(settings)))}


def secrets(kind: type) -> frozenset[str]:
    """The names of the settings that hold secrets."""
    return frozenset(field.name for field, _ in fields(cast(Any, kind)) if described(field).secret)


@cache
def fields(target: type) -> tuple[tuple[dataclasses.Field[Any], Any], ...]:
    """The settings of a target's dataclass with their types, in the order they are written."""
    hints = typing.get_type_hints(target)
    return tuple((field, hints[field.name]) for field in dataclasses.fields(target))


def described(field: dataclasses.Field[Any]) -> Setting:
    """How a field is named, bounded and shown."""
    found = field.metadata["setting"]
    assert isinstance(found, Setting)  # noqa: S101 - narrows the type
    return found


def _checked(name: str, value: JsonValue, expected: Any, how: Setting) -> Any:
    if isinstance(expected, types.UnionType):
        if value is None:
            return None
        expected = next(part for part in typing.get_args(expected) if part is not types.NoneType)
    value = _typed(name, value, expected, how)
    if how.check is None:
        return value
    try:
        return how.check(value)
    except ValueError as error:
        raise Invalid(name, str(error)) from None


def _typed(name: str, value: JsonValue, expected: Any, how: Setting) -> Any:
    origin = typing.get_origin(expected) or expected
    if origin is bool and isinstance(value, bool):
        return value
    if origin in (int, float) and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(name, value, origin, how)
    if origin is str and isinstance(value, str):
        return _text(name, value, how)
    if origin is tuple and isinstance(value, list | tuple):
        _few(name, value, how)
        return tuple(_typed(name, entry, typing.get_args(expected)[0], how) for entry in value)
    if origin is dict and isinstance(value, Mapping):
        _few(name, value, how)
        kind = typing.get_args(expected)[1]
        return {_text(name, key, how): _typed(name, entry, kind, how) for key, entry in value.items()}
    raise Invalid(name, f"{how.label} is of the wrong type.")


def _few(name: str, entries: Sized, how: Setting) -> None:
    if len(entries) > ENTRIES_LIMIT:
        raise Invalid(name, f"{how.label} has more than {ENTRIES_LIMIT} entries.")


def _number(name: str, value: int | float, kind: type, how: Setting) -> Any:
    if not -WHOLE_LIMIT <= value <= WHOLE_LIMIT:
        raise Invalid(name, f"{how.label} is not a number that can be used.")
    if kind is int and value != int(value):
        raise Invalid(name, f"{how.label} must be a whole number.")
    if (how.low is not None and value < how.low) or (how.high is not None and value > how.high):
        raise Invalid(name, f"{how.label} must be {_bounds(how)}.")
    return kind(value)


def _bounds(how: Setting) -> str:
    if how.low is None:
        return f"at most {how.high}"
    return f"at least {how.low}" if how.high is None else f"from {how.low} to {how.high}"


def _text(name: str, value: str, how: Setting) -> str:
    if len(value) > how.limit:
        raise Invalid(name, f"{how.label} is longer than {how.limit} characters.")
    if not printable(value, lines=how.lines):
        raise Invalid(name, f"{how.label} holds control characters.")
    if how.choices and value not in how.choices:
        raise Invalid(name, f"{how.label} must be one of {', '.join(how.choices)}.")
    return value


def _plain(value: Any) -> JsonValue:
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return value  # type: ignore[no-any-return]
