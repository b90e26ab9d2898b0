"""Forms as data: their fields, what was typed into them, and the plain values that makes."""

import dataclasses
import math
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from uptime.domain.monitor import JsonValue

Typed = Mapping[str, str]
Errors = dict[str, str]

TARGET = "target."
"""The prefix of the fields that belong to the check type."""


class Widget(StrEnum):
    """How a field is typed: the last three hold several values, one a line."""

    TEXT = "text"
    NUMBER = "number"
    CHECK = "check"
    CHOICE = "choice"
    SECRET = "secret"
    LINES = "lines"
    LIST = "list"
    PAIRS = "pairs"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `value` is text as a person types it; a ticked box is "on"."""

    name: str
    label: str
    widget: Widget = Widget.TEXT
    value: str = ""
    help: str = ""
    error: str = ""
    required: bool = False
    optional: bool = False
    """Left empty it means None, not an empty text."""
    whole: bool = True
    numbers: bool = False
    """Several values are numbers, each of them."""
    low: float | None = None
    high: float | None = None
    limit: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    input: str = "text"
    autocomplete: str = "off"

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-")


def target_fields(target: type) -> tuple[Field, ...]:
    """The fields of a check type's settings, filled with their defaults."""
    hints = typing.get_type_hints(target)
    return tuple(_target_field(field, hints[field.name]) for field in dataclasses.fields(target))


def _target_field(field: "dataclasses.Field[Any]", hint: Any) -> Field:
    how = field.metadata["setting"]
    expected, optional = _without_none(hint)
    origin = typing.get_origin(expected) or expected
    needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return Field(
        name=TARGET + field.name,
        label=how.label,
        widget=_widget(origin, how),
        value="" if needed else shown(_default(field)),
        help=how.help,
        required=needed and origin is not bool,
        optional=optional,
        whole=origin is not float and float not in typing.get_args(expected),
        numbers=bool({int, float} & set(typing.get_args(expected))),
        low=how.low,
        high=how.high,
        limit=how.limit,
        choices=tuple((choice, choice) for choice in how.choices),
    )


def _without_none(hint: Any) -> tuple[Any, bool]:
    if isinstance(hint, types.UnionType):
        return next(part for part in typing.get_args(hint) if part is not types.NoneType), True
    return hint, False


def _widget(origin: Any, how: Any) -> Widget:
    if origin in (int, float):
        return Widget.NUMBER
    if origin is str and (how.choices or how.secret or how.lines):
        return Widget.CHOICE if how.choices else Widget.SECRET if how.secret else Widget.LINES
    return {bool: Widget.CHECK, tuple: Widget.LIST, dict: Widget.PAIRS}.get(origin, Widget.TEXT)


def _default(field: "dataclasses.Field[Any]") -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def shown(value: Any) -> str:
    """A plain value as a person would type it."""
    if value is None or value is False:
        return ""
    if value is True:
        return "on"
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {entry}" for name, entry in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(str(entry) for entry in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def filled(fields: Iterable[Field], values: Mapping[str, Any], errors: Mapping[str, str] | None = None) -> list[Field]:
    """The fields with these values and complaints; a field nobody mentions keeps its own value."""
    return [
        replace(
            field,
            value=shown(values[field.name]) if field.name in values else field.value,
            error=(errors or {}).get(field.name, ""),
        )
        for field in fields
    ]


def typed(fields: Iterable[Field], form: Typed) -> dict[str, str]:
    """What was typed, so that it can be shown again. A box that is not ticked sends nothing."""
    return {field.name: form.get(field.name, "") for field in fields}


def read(fields: Sequence[Field], form: Typed) -> tuple[dict[str, JsonValue], Errors]:
    """The values of a form, and a sentence for each field that cannot be read."""
    values: dict[str, JsonValue] = {}
    errors: Errors = {}
    for field in fields:
        text = form.get(field.name, "").replace("\r\n", "\n")
        if field.widget is not Widget.SECRET:
            text = text.strip()
        try:
            _read(field, text, values)
        except ValueError as error:
            errors[field.name] = str(error)
    return values, errors


def _read(field: Field, text: str, values: dict[str, JsonValue]) -> None:
    """Puts the value of one field. ValueError, a sentence, where the text is not one of its kind."""
    if field.widget is Widget.CHECK:
        values[field.name] = bool(text)
    elif not text and field.required:
        raise ValueError(f"{field.label} is missing.")
    elif not text and field.optional:
        values[field.name] = None
    elif not text and field.widget in (Widget.NUMBER, Widget.CHOICE):
        return  # left out, it takes its default
    else:
        values[field.name] = _value(field, text)


def _value(field: Field, text: str) -> JsonValue:
    if field.widget is Widget.NUMBER:
        return _number(field, text)
    if field.widget is Widget.LIST:
        entries = [line.strip() for line in text.split("\n") if line.strip()]
        return [_number(field, entry) for entry in entries] if field.numbers else list(entries)
    if field.widget is Widget.PAIRS:
        pairs = dict(_pair(line) for line in text.split("\n") if line.strip())
        return {name: _number(field, value) for name, value in pairs.items()} if field.numbers else dict(pairs)
    if field.widget is Widget.CHOICE and text not in dict(field.choices):
        raise ValueError(f"{field.label}: choose one of the list.")
    return text


def _number(field: Field, text: str) -> int | float:
    try:
        number: int | float = int(text) if field.whole else float(text)
        if not math.isfinite(number):
            raise ValueError
    except ValueError:
        raise ValueError(f"{field.label} must be a {'whole ' if field.whole else ''}number.") from None
    low, high = field.low, field.high
    if (low is not None and number < low) or (high is not None and number > high):
        if low is None or high is None:
            raise ValueError(f"{field.label} must be {f'at least {low:g}' if high is None else f'at most {high:g}'}.")
        raise ValueError(f"{field.label} must be from {low:g} to {high:g}.")
    return number


def _pair(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise ValueError(f"Write each line as “Name: value”; “{line.strip()[:60]}” is not.")
    return name.strip(), value.strip()
