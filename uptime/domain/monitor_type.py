"""What every kind of monitor is made of: a word, a dataclass of settings, and one line that says what is watched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from uptime.domain import fields
from uptime.domain.monitor import JsonValue


class MonitorType:
    """A kind of monitor: a check type, which has a function that looks, or a rule over what is on record.

    `address(target)` is one line that says what is watched: the `url` of the native wire.
    `parse(url)` makes the raw settings from such a line; `schemes` are those it understands.
    """

    __slots__ = ()

    word: str
    label: str
    target: type
    address: Callable[[Any], str]
    parse: Callable[[str], dict[str, JsonValue]]
    schemes: tuple[str, ...]

    def build(self, raw: Mapping[str, JsonValue]) -> Any:
        """The target made of plain values. Invalid, naming the field, where one is missing or out of bounds.

        Keys that are no setting of this type are ignored.
        """
        return fields.build(self.target, raw)

    def dump(self, target: Any) -> dict[str, JsonValue]:
        """The target as plain values, defaults included: what is stored."""
        return fields.dump(target)

    def secrets(self) -> frozenset[str]:
        """The names of the settings that hold secrets."""
        return fields.secrets(self.target)


@dataclass(frozen=True, slots=True)
class RuleType(MonitorType):
    """A kind of monitor for which nothing is run: a rule judges what is on record. Its URL says its word alone."""

    word: str
    label: str
    target: type
    address: Callable[[Any], str]
    parse: Callable[[str], dict[str, JsonValue]]
    schemes: tuple[str, ...]


def rule_type(word: str, label: str, target: type) -> RuleType:
    """The type of a rule."""
    return RuleType(word, label, target, lambda _: f"{word}://", lambda _: {}, (word,))
