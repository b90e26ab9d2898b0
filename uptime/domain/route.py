"""The ways from one monitor to people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """One way from a monitor to people: a channel, or all channels of a contact; the other is 0.

    `delay` and `repeat` in seconds stand in for those of the channel; None leaves them.
    """

    channel: int = 0
    contact: int = 0
    delay: int | None = None
    repeat: int | None = None
