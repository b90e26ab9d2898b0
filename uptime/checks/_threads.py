"""Work that blocks, done beside the loop by a few threads, for which nobody waits longer than they want to."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from uptime.checks._kind import CheckFailed
from uptime.domain.result import Reason

LIMIT = 16

NO_PLACE = "Not checked: all threads for checks of this kind are held by targets that do not answer."

Done = TypeVar("Done")


class Threads:
    """At most `limit` threads, started as they are needed. What begins holds its thread until it ends."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._executor = ThreadPoolExecutor(limit, thread_name_prefix="check")
        self.loading = asyncio.Lock()
        """For imports, which wait for each other anyway: one thread at a time is enough for them."""

    async def run(self, work: Callable[[], Done], patience: float) -> Done:
        """What the work comes to. CheckFailed, as a fault of ours: no thread was free within `patience` seconds.

        Whoever is cancelled leaves the work behind; the work must see to it that it ends then.
        """
        begun = self._executor.submit(work)
        ours = asyncio.wrap_future(begun)
        try:
            await asyncio.wait([ours], timeout=patience)
            if begun.cancel():
                raise CheckFailed(Reason.INTERNAL, NO_PLACE)
            return await ours
        finally:
            if not ours.cancel() and not ours.cancelled():
                ours.exception()  # what nobody waits for any more is nobody's surprise

    def close(self) -> None:
        """Begin nothing more."""
        self._executor.shutdown(wait=False, cancel_futures=True)
