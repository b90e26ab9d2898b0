"""Where the time of one check goes."""

from enum import IntEnum
from time import monotonic

from uptime.domain.result import Phases


class Step(IntEnum):
    """What a check is doing. `ENGINE`: something that times itself."""

    NAME = 0
    CONNECT = 1
    TLS = 2
    WAIT = 3
    RECEIVE = 4
    ENGINE = 5


class Stopwatch:
    """Times the steps of one check. One step is always under way, waiting at first; entering another ends it.

    So nothing is lost when a check is broken off: the step that hung has the time.
    """

    __slots__ = ("_since", "_spent", "step")

    def __init__(self, began: float) -> None:
        self.step = Step.WAIT
        self._since = began
        self._spent = [0.0] * len(Step)

    def enter(self, step: Step) -> None:
        """End the step under way and begin another, or the same one a second time."""
        now = monotonic()
        self._spent[self.step] += now - self._since
        self.step, self._since = step, now

    def forget(self) -> None:
        """Let the time since the step under way began count for nothing: it was not the target's."""
        self._since = monotonic()

    def measured(self, phases: Phases) -> None:
        """End the step under way and count these phases instead of the time it took here."""
        spent = self._spent
        spent[Step.NAME] += phases.name_ms / 1000
        spent[Step.CONNECT] += phases.connect_ms / 1000
        spent[Step.TLS] += phases.tls_ms / 1000
        spent[Step.WAIT] += phases.wait_ms / 1000
        spent[Step.RECEIVE] += phases.receive_ms / 1000
        self.step, self._since = Step.WAIT, monotonic()

    def phases(self) -> Phases:
        """The durations so far. An engine that was broken off counts as waiting."""
        self.enter(self.step)
        name, connect, tls, wait, receive, engine = self._spent
        return Phases(name * 1000, connect * 1000, tls * 1000, (wait + engine) * 1000, receive * 1000)
