"""What a check type is made of: its settings, written once, and the function that looks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uptime.domain.fields import setting as setting
from uptime.domain.monitor import JsonValue
from uptime.domain.monitor_type import MonitorType
from uptime.domain.result import EVIDENCE_LIMIT, MESSAGE_LIMIT, Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

Run = Callable[[Any, "Net"], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class CheckType(MonitorType):
    """A word for the type, its name for people, the dataclass of its settings, and the function that looks.

    `address(target)` is one line that says what is watched: the `url` of the native wire.
    `parse(url)` makes the raw settings from such a line; `schemes` are those it understands.
    """

    word: str
    label: str
    target: type
    run: Run
    address: Callable[[Any], str]
    parse: Callable[[str], dict[str, JsonValue]]
    schemes: tuple[str, ...]


def up(message: str, **found: Any) -> Result:
    """The target answered as expected. The loop fills in times and phases."""
    return Result(True, message[:MESSAGE_LIMIT], 0.0, **found)


def down(reason: Reason, message: str, *, evidence: str | None = None, **found: Any) -> Result:
    """The target did not answer as expected. The loop fills in times and phases."""
    shown = evidence[:EVIDENCE_LIMIT] if evidence else None
    return Result(False, message[:MESSAGE_LIMIT], 0.0, reason, evidence=shown, **found)


class CheckFailed(Exception):
    """Raised inside a check for what the target did wrong; the loop turns it into a result."""

    def __init__(self, reason: Reason, message: str, **found: Any) -> None:
        super().__init__(message)
        self.result = down(reason, message, **found)
