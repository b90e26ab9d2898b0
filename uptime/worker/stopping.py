"""Stopping a process: SIGTERM and SIGINT set a flag, and whoever works looks at it."""

import signal
import threading
import time
from types import FrameType

from rq.timeouts import UnixSignalDeathPenalty

GRACE = 8.0
"""Seconds that work under way gets after the signal."""


class Stop:
    """The wish to stop."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._at = 0.0

    @classmethod
    def installed(cls) -> "Stop":
        """One that SIGTERM and SIGINT of this process set."""
        stop = cls()
        signal.signal(signal.SIGTERM, stop._on_signal)
        signal.signal(signal.SIGINT, stop._on_signal)
        return stop

    def ask(self) -> None:
        """Ask to stop."""
        if not self.asked:
            self._at = time.monotonic()
            self._asked.set()
            Penalty.shorten()

    @property
    def asked(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep, but no longer than until somebody asks to stop; whether somebody did."""
        return self._asked.wait(max(seconds, 0.0))

    def left(self) -> float:
        """Seconds of the grace that are left."""
        return max(self._at + GRACE - time.monotonic(), 0.0) if self.asked else GRACE

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.ask()


class Penalty(UnixSignalDeathPenalty):
    """RQ's time limit of a job. A job that runs when the process shall stop gets the grace at most."""

    current: "Penalty | None" = None

    def setup_death_penalty(self) -> None:
        super().setup_death_penalty()  # type: ignore[no-untyped-call]
        Penalty.current = self

    def cancel_death_penalty(self) -> None:
        Penalty.current = None
        super().cancel_death_penalty()  # type: ignore[no-untyped-call]

    @staticmethod
    def shorten() -> None:
        # Without a job, SIGALRM has its default action, which would end the process at once.
        if Penalty.current is not None and threading.current_thread() is threading.main_thread():
            signal.alarm(int(GRACE) - 1)
