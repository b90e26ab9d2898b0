"""Several ways to the same goal at once: the first that gets there wins."""

import asyncio
import errno
import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
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
    finished: list[asyncio.Task[Goal]] = []
    try:
        for index, way in enumerate(ways):
            running.add(asyncio.ensure_future(attempt(way)))
            last = index == len(ways) - 1
            while running:
                done, running = await asyncio.wait(
                    running, timeout=None if last else stagger, return_when=asyncio.FIRST_COMPLETED
                )
                finished += done
                if winner := next((task for task in done if task.exception() is None), None):
                    finished.remove(winner)
                    return winner.result()
                if not last:
                    break
        raise finished[0].exception() or AssertionError
    finally:
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        for task in (*finished, *running):
            if not task.cancelled() and task.exception() is None and release is not None:
                release(task.result())


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
