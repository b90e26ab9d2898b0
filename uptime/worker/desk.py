"""The check loop on a thread of its own, and the way in for other threads."""

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from uptime.core.runner import Runner, Task

T = TypeVar("T")


class Desk:
    """Takes checks for a runner from any thread. What the runner calls runs on the thread of the loop."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="checks", daemon=True)

    def start(self) -> None:
        """Start the thread. Only after every fork: the loop and curl do not survive one."""
        self._thread.start()
        self._ask(self._runner.start())

    @property
    def full(self) -> bool:
        """Whether every place is taken, so that more would only wait."""
        return self._runner.load >= self._runner.places

    @property
    def answering(self) -> bool | None:
        """Whether our own line is in order; None where nobody has looked."""
        return self._runner.answering

    def submit(self, tasks: Iterable[Task]) -> None:
        """Take checks on."""
        self._loop.call_soon_threadsafe(self._runner.submit, tasks)

    def tasks(self) -> list[Task]:
        """Every check that was taken on and has not ended."""
        return self._ask(self._tasks())

    def drop(self, tasks: Iterable[Task]) -> None:
        """Forget checks that have not begun."""
        self._loop.call_soon_threadsafe(self._runner.drop, tasks)

    def hold(self) -> None:
        """Start nothing more."""
        self._loop.call_soon_threadsafe(self._runner.hold)

    def stop(self, grace: float) -> list[Task]:
        """Give running checks `grace` seconds, end the thread, and return the checks that were not made."""
        unmade = self._ask(self._runner.stop(grace))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        return unmade

    async def _tasks(self) -> list[Task]:
        return self._runner.tasks()

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result()
