"""Regular expressions of users: on an engine whose time is linear, and away from the loop where even that is long."""

import asyncio
import contextlib
import threading
import time
from functools import lru_cache
from typing import Any

import re2

from uptime.checks._kind import CheckFailed
from uptime.domain.result import Reason

MEMORY = 1 << 20
SIZE_LIMIT = 5_000
"""Instructions an expression may compile to."""

AT_ONCE = 100_000
"""Instructions times characters that take a few milliseconds at worst, so that no thread is worth it."""

SLOW_S = 0.25
"""Processor time that an expression may take: one that took more is not tried a second time."""

SLOW_LIMIT = 1_000
THREADS = 4
POLL_S = 0.01

_slow: set[str] = set()
_threads = threading.BoundedSemaphore(THREADS)


@lru_cache(maxsize=1_024)
def compiled(pattern: str) -> Any:
    """The expression, ready to search. ValueError, with a sentence: it is none, or far too large."""
    options = re2.Options()
    options.max_mem = MEMORY
    options.log_errors = False
    try:
        expression = re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else b""
        words = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise ValueError(f"The regular expression is not valid: {words[:100]}.") from None
    if expression.programsize > SIZE_LIMIT:
        raise ValueError("The regular expression is too large: repeat less, or shorter parts.")
    return expression


async def found_in(text: str, pattern: str) -> bool:
    """Whether the expression matches anywhere in the text. CheckFailed: it took too long the last time."""
    expression = compiled(pattern)
    if expression.programsize * len(text) <= AT_ONCE:
        return expression.search(text) is not None
    if pattern in _slow:
        raise CheckFailed(Reason.CONTENT, "The regular expression takes too long for such a text: make it simpler.")
    return await _in_a_thread(expression, text)


async def _in_a_thread(expression: Any, text: str) -> bool:
    """Search in a thread that is left to itself when nobody waits any more: RE2 cannot be stopped."""
    while not _threads.acquire(blocking=False):
        await asyncio.sleep(POLL_S)
    loop = asyncio.get_running_loop()
    found: asyncio.Future[bool] = loop.create_future()

    def search() -> None:
        try:
            matched = expression.search(text) is not None
            if time.thread_time() > SLOW_S:
                _remember(expression.pattern)
        finally:
            _threads.release()
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            loop.call_soon_threadsafe(_tell, found, matched)

    threading.Thread(target=search, name=f"regex {expression.pattern}", daemon=True).start()
    return await found


def _tell(found: asyncio.Future[bool], matched: bool) -> None:
    if not found.done():
        found.set_result(matched)


def _remember(pattern: str) -> None:
    if len(_slow) >= SLOW_LIMIT:
        _slow.clear()
    _slow.add(pattern)
