"""Groups: monitors made of monitors, by a rule over how many of their members are up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from uptime.domain.fields import setting
from uptime.domain.heartbeat import State, Status
from uptime.domain.monitor import Monitor
from uptime.domain.monitor_type import rule_type
from uptime.domain.result import MESSAGE_LIMIT, Reason, Result

NAMES_SHOWN, NAME_SHOWN = 5, 30
"""How many names a message holds, and how many characters of each."""


class Rule(StrEnum):
    """When a group is up. The last two count those that are down."""

    ALL = "all"
    ANY = "any"
    AT_LEAST = "at_least"
    WEIGHTED = "weighted"
    FEWER_DOWN = "fewer_down"
    LESS_DOWN = "less_down"


def _weights(weights: Mapping[str, float]) -> Mapping[str, float]:
    if not all(name.isascii() and name.isdecimal() for name in weights):
        raise ValueError("Weights are given by the ids of monitors.")
    return weights


@dataclass(frozen=True, slots=True)
class GroupTarget:
    """What the group asks of its members, which are its children and whatever else is named here."""

    rule: str = setting("Rule", default=Rule.ALL.value, choices=tuple(Rule), help="When the group is up.")
    count: int = setting(
        "Count", default=1, low=1, high=1_000,
        help="at_least: so many are up. fewer_down: fewer than so many are down.",
    )  # fmt: skip
    percent: float = setting("Percent", default=50.0, low=1, high=100, help="less_down: less than this is down.")
    threshold: float = setting("Threshold", default=1.0, low=0, help="weighted: the weights of those up reach it.")
    weights: dict[str, float] = setting(  # noqa: RUF009 - a field of its own
        "Weights", default={}, low=0, high=1_000_000, help="By the id of the monitor; 1 otherwise.", check=_weights
    )
    members: tuple[int, ...] = setting("Members", default=(), low=1, help="Ids of monitors beside the children.")
    member_tags: tuple[int, ...] = setting("Tags", default=(), low=1, help="Ids of tags whose monitors are members.")


GROUP = rule_type("group", "Group", GroupTarget)


@dataclass(frozen=True, slots=True)
class Member:
    """A member as a group sees it: its settled status, and whether it counts at all."""

    id: int
    name: str
    status: Status
    counts: bool = True


def belongs(monitor: Monitor, group: Monitor, target: GroupTarget) -> bool:
    """Whether a monitor is a member of a group. A tag makes no group a member: groups are named."""
    if monitor.id == group.id:
        return False
    if monitor.parent == group.id or monitor.id in target.members:
        return True
    return monitor.type != GROUP.word and any(tagged.tag in target.member_tags for tagged in monitor.tags)


def member(monitor: Monitor, state: State) -> Member:
    """A monitor and its state as a group sees them: paused or in maintenance it does not count."""
    resting = monitor.paused or Status.MAINTENANCE in (state.status, state.last.status if state.last else None)
    return Member(monitor.id, monitor.name, state.status, not resting)


def look(target: GroupTarget, members: Sequence[Member]) -> Result:
    """What the members amount to. Unknown, as long as it hangs on those of whom nothing is known."""
    if not members:
        return _unknown("The group has no members")
    counted = [each for each in members if each.counts]
    if not counted:
        return _unknown("All members are paused or in maintenance")
    down = [each for each in counted if each.status is Status.DOWN]
    unknown = [each for each in counted if each.status not in (Status.UP, Status.DEGRADED, Status.DOWN)]
    best, worst = _holds(target, counted, down), _holds(target, counted, [*down, *unknown])
    if best is not worst:
        return _unknown(f"Nothing is known yet of {_names(unknown)}")
    if not best:
        return Result(False, f"Members down: {_names(down)}"[:MESSAGE_LIMIT], 0.0, Reason.STATUS)
    degraded = [each for each in counted if each.status is Status.DEGRADED]
    return Result(True, _good(counted, down, degraded), 0.0, degraded=bool(degraded))


def _holds(target: GroupTarget, counted: Sequence[Member], down: Sequence[Member]) -> bool:
    """Whether the rule holds where just these are down."""
    gone = {each.id for each in down}
    match Rule(target.rule):
        case Rule.ALL:
            return not gone
        case Rule.ANY:
            return len(gone) < len(counted)
        case Rule.AT_LEAST:
            return len(counted) - len(gone) >= target.count
        case Rule.WEIGHTED:
            return sum(target.weights.get(str(each.id), 1.0) for each in counted if each.id not in gone) >= (
                target.threshold
            )
        case Rule.FEWER_DOWN:
            return len(gone) < target.count
        case Rule.LESS_DOWN:
            return len(gone) * 100 < target.percent * len(counted)


def _good(counted: Sequence[Member], down: Sequence[Member], degraded: Sequence[Member]) -> str:
    text = f"{len(counted) - len(down)} of {len(counted)} members up"
    if down:
        text += f"; down: {_names(down)}"
    if degraded:
        text += f"; degraded: {_names(degraded)}"
    return text[:MESSAGE_LIMIT]


def _names(members: Sequence[Member]) -> str:
    names = ", ".join(each.name[:NAME_SHOWN] for each in members[:NAMES_SHOWN])
    return names if len(members) <= NAMES_SHOWN else f"{names} and {len(members) - NAMES_SHOWN} more"


def _unknown(message: str) -> Result:
    return Result(False, message[:MESSAGE_LIMIT], 0.0, Reason.INTERNAL)


def in_circle(start: int, above: Mapping[int, Iterable[int]]) -> bool:
    """Whether following what stands above each monitor leads from one back to itself."""
    seen: set[int] = set()
    ahead = list(above.get(start, ()))
    while ahead:
        each = ahead.pop()
        if each == start:
            return True
        if each not in seen:
            seen.add(each)
            ahead += above.get(each, ())
    return False
