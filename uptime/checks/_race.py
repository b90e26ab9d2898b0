"""Several ways to the same goal at once: the first that gets there wins."""

import asyncio
import errno
import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, TypeVar

STAGGER_S = 0.2
"""How long an attempt is alone before the next one begins beside it."""

Way = TypeVar("Way")
Goal = TypeVar("Goal")


async def race(
    ways: Sequence[Way],
    attempt: Callable[[Way], Coroutine[Any, Any, Goal]],
    *,
    stagger: float = STAGGER_S,
    release: Callable[[Goal], object] | None = None,
) -> Goal:
    """What the first attempt to succeed comes back with.

    The next attempt begins `stagger` seconds after the one before, or at once when one fails. When all have
    failed the first failure is raised. `release` is given what an attempt that comes second has come back with.
    """
    if len(ways) == 1:
        return await attempt(ways[0])
    running: set[asyncio.Task[Goal]] = set()
    ended: list[asyncio.Task[Goal]] = []
    try:
        for left in range(len(ways) - 1, -1, -1):
            running.add(asyncio.ensure_future(attempt(ways[-1 - left])))
            while running:
                done, running = await asyncio.wait(
                    running, timeout=stagger if left else None, return_when=asyncio.FIRST_COMPLETED
                )
                ended += done
                if winner := next((task for task in done if task.exception() is None), None):
                    ended.remove(winner)
                    return winner.result()
                if left:
                    break
        raise ended[0].exception() or AssertionError
    finally:
        for task in (*ended, *running):
            task.cancel()
            task.add_done_callback(partial(_dispose, release))


def _dispose(release: Callable[[Goal], object] | None, second: asyncio.Task[Goal]) -> None:
    if not second.cancelled() and second.exception() is None and release is not None:
        release(second.result())


async def connected(address: str, port: int) -> socket.socket:
    """A socket that is connected. OSError: it could not be."""
    with ExitStack() as unless_connected:
        found = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        unless_connected.callback(found.close)
        found.setblocking(False)
        await asyncio.get_running_loop().sock_connect(found, (address, port))
        if found.getsockname()[:2] == (address, port):
            # A connection to a closed port of this machine can meet itself, by chance of its own port.
            raise ConnectionRefusedError(errno.ECONNREFUSED, "connected to itself")
        unless_connected.pop_all()
        return found
