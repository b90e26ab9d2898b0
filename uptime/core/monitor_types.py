"""Every type a monitor can be of, and how a monitor of one is looked at."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from uptime.checks import check_types
from uptime.checks._kind import CheckType, down
from uptime.domain.errors import Invalid
from uptime.domain.group import GROUP
from uptime.domain.manual import MANUAL
from uptime.domain.monitor import Monitor
from uptime.domain.monitor_type import MonitorType
from uptime.domain.push import PUSH
from uptime.domain.result import Reason, Result

RULES = (PUSH, GROUP, MANUAL)


@cache
def monitor_types() -> Mapping[str, MonitorType]:
    """The check types and the rules, by their words."""
    return {**check_types(), **{rule.word: rule for rule in RULES}}


def built(monitor: Monitor) -> tuple[MonitorType, Any]:
    """How a monitor is looked at. A type or target that this version does not know fails as our own fault."""
    kind = monitor_types().get(monitor.type)
    if kind is None:
        return NOT_LOOKED_AT, f"This version cannot check monitors of the type {monitor.type}."
    try:
        return kind, kind.build(monitor.target)
    except Invalid as error:
        return NOT_LOOKED_AT, f"The settings of this monitor cannot be used: {error.message}"


async def _cannot(target: str, net: object) -> Result:
    return down(Reason.INTERNAL, target)


NOT_LOOKED_AT = CheckType("unknown", "Unknown", str, _cannot, str, lambda url: {}, ())
"""What is not looked at, for the reason that its target says; nothing is learned of it."""
