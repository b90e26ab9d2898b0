"""What a channel type is made of: its settings, written once, and the function that sends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from uptime.domain import fields
from uptime.domain.fields import setting as setting
from uptime.domain.monitor import JsonValue
from uptime.domain.notification import Notification
from uptime.outbound import Outbound

Send = Callable[[Any, Notification, Outbound], None]
"""Settings, message, and the way out. DeliveryFailed: it was not accepted."""


@dataclass(frozen=True, slots=True)
class ChannelType:
    """A word for the type, its name for people, the dataclass of its settings, and the function that sends.

    `place(settings)` is one line without secrets that says where messages go. `grouped`: many changes may be told in
    one message; not where each opens and closes an alert of its own, which a message about several cannot do.
    """

    word: str
    label: str
    settings: type
    send: Send
    place: Callable[[Any], str]
    grouped: bool = True

    def build(self, raw: Mapping[str, JsonValue]) -> Any:
        """The settings made of plain values. Invalid, naming the field, where one is missing or out of bounds."""
        return fields.build(self.settings, raw)

    def dump(self, settings: Any) -> dict[str, JsonValue]:
        """The settings as plain values, defaults included: what is stored."""
        return fields.dump(settings)

    def secrets(self) -> frozenset[str]:
        """The names of the settings that hold secrets."""
        return fields.secrets(self.settings)
