"""The uptime bar: which shape a slot takes, and the SVG paths of all slots. Pure geometry, no markup."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from uptime.domain.heartbeat import Heartbeat, Status
from uptime.domain.ratio import Counts

SLOTS = 90
WIDTHS = (90, 45, 30)
"""How many slots a wide, a narrow and a very narrow screen shows."""

PITCH, HEIGHT = 7, 32


class Shape(StrEnum):
    """What a slot shows, from worst to nothing known."""

    DOWN = "down"
    DEGRADED = "degraded"
    MAINTENANCE = "maintenance"
    UP = "up"
    NONE = "none"


WORST_FIRST = tuple(Shape)

OUTLINES = {
    Shape.UP: ((8, "h5v24h-5z"),),
    Shape.DEGRADED: ((8, "h5v6h-5z"), (16, "h5v16h-5z")),
    Shape.DOWN: ((0, "h5v32h-5z"),),
    Shape.MAINTENANCE: ((8, "h5v6h-5z"), (17, "h5v6h-5z"), (26, "h5v6h-5z")),
    # The inner outline runs the other way round, which leaves it hollow.
    Shape.NONE: ((25, "h5v7h-5zm1 1v5h3v-5z"),),
}
"""The pieces of each shape: the top edge, and the outline drawn from the slot's upper left corner."""

SHAPES = {
    Status.UP: Shape.UP,
    Status.DEGRADED: Shape.DEGRADED,
    Status.DOWN: Shape.DOWN,
    Status.MAINTENANCE: Shape.MAINTENANCE,
    Status.UNKNOWN: Shape.NONE,
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One rendering of a bar: as many slots as fit one width of screen, one path per shape."""

    slots: int
    width: int
    paths: tuple[tuple[Shape, str], ...]


def shape_of(counts: Counts) -> Shape:
    """The worst that happened in a span of time."""
    present = {
        Shape.DOWN: counts.down,
        Shape.DEGRADED: counts.degraded,
        Shape.MAINTENANCE: counts.maintenance,
        Shape.UP: counts.up,
    }
    return next((shape for shape, number in present.items() if number), Shape.NONE)


def settled(newest_first: Iterable[Heartbeat]) -> list[Status]:
    """The statuses of heartbeats, oldest first; a pending one stands on the settled status before it."""
    statuses: list[Status] = []
    before = Status.UNKNOWN
    for heartbeat in reversed(list(newest_first)):
        before = before if heartbeat.status is Status.PENDING else heartbeat.status
        statuses.append(before)
    return statuses


def counted(heartbeats: Sequence[Heartbeat]) -> Counts:
    """The counts of heartbeats given newest first."""
    statuses = settled(heartbeats)
    return Counts(
        up=statuses.count(Status.UP),
        degraded=statuses.count(Status.DEGRADED),
        down=statuses.count(Status.DOWN),
        maintenance=statuses.count(Status.MAINTENANCE),
        unknown=statuses.count(Status.UNKNOWN),
        extra=sum(heartbeat.slot.token is not None for heartbeat in heartbeats),
    )


def padded(shapes: Sequence[Shape], slots: int = SLOTS) -> list[Shape]:
    """Exactly `slots` shapes, the newest last; what is missing at the front is not known."""
    newest = list(shapes)[-slots:]
    return [Shape.NONE] * (slots - len(newest)) + newest


def folded(shapes: Sequence[Shape], slots: int) -> list[Shape]:
    """The same span in fewer slots, each the worst of those it stands for."""
    size = len(shapes) // slots
    groups = (shapes[start : start + size] for start in range(0, len(shapes), size))
    return [min(group, key=WORST_FIRST.index) for group in groups]


def path(shapes: Sequence[Shape], wanted: Shape) -> str:
    """The path of all slots of one shape; empty where there is none."""
    return "".join(
        f"M{index * PITCH} {top}{outline}"
        for index, shape in enumerate(shapes)
        if shape is wanted
        for top, outline in OUTLINES[wanted]
    )


def drawing(shapes: Sequence[Shape]) -> Drawing:
    """The paths of a bar; the last slot has no gap after it."""
    paths = tuple((shape, path(shapes, shape)) for shape in Shape)
    return Drawing(len(shapes), len(shapes) * PITCH - 2, tuple(pair for pair in paths if pair[1]))


def drawings(shapes: Sequence[Shape]) -> tuple[Drawing, ...]:
    """The bar for each width of screen, widest first."""
    full = padded(shapes)
    return tuple(drawing(folded(full, slots)) for slots in WIDTHS)
