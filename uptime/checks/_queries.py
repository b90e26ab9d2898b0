"""Queries on documents, run by a few processes that are killed when a query does not end."""

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

from uptime.checks import _query_process
from uptime.checks._kind import CheckFailed
from uptime.domain.result import Reason

PROCESSES = 2
ATTEMPTS = PROCESSES + 1
REST_S = 300.0
"""How long a query is not tried again that took too much."""

RESTING_LIMIT = 1_000
LINKING = ("LD_LIBRARY_PATH",)
"""Without these variables some platforms do not find their Python's libraries."""


class Queries:
    """The processes, made when they are first needed."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(PROCESSES)
        self._idle: list[Process] = []
        self._ending: set[asyncio.Task[Any]] = set()
        self._resting: dict[tuple[str, str], tuple[float, str]] = {}

    async def ask(self, language: str, query: str, text: str) -> dict[str, Any]:
        """What `evaluate` answers. CheckFailed: it took more time or memory than a query may."""
        until, why = self._resting.get((language, query), (0.0, ""))
        if time.monotonic() < until:
            raise CheckFailed(Reason.CONTENT, why)
        async with self._places:
            process, whole = await self._begun(language, query, text), False
            try:
                reply = await _reply(process)
                whole = True
            except EOFError:
                why = await _why_ended(process)
                self._rest(language, query, why)
                raise CheckFailed(Reason.CONTENT, why) from None
            finally:
                self._idle.append(process) if whole else self._kill(process)
        return reply

    async def _begun(self, language: str, query: str, text: str) -> Process:
        """A process that evaluates this by now. One that has died meanwhile is replaced."""
        for _ in range(ATTEMPTS):
            process, waiting = await self._taken(), True
            try:
                await _hand_over(process, language, query, text)
                waiting = False
                return process
            except (EOFError, ConnectionError):
                self._end(process)
                waiting = False
            finally:
                if waiting:
                    self._kill(process)
        raise RuntimeError("The process that evaluates queries does not start.")

    async def _taken(self) -> Process:
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
        # Nothing else of the environment goes along: it holds secrets, and the queries are anybody's. The folder of the
        # script must not come first where modules are looked for (-P): some are named like those of the library.
        environment = {name: os.environ[name] for name in LINKING if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        script = str(Path(_query_process.__file__))
        return await asyncio.create_subprocess_exec(
            sys.executable, "-sP", script, stdin=PIPE, stdout=PIPE, env=environment
        )

    def _rest(self, language: str, query: str, why: str) -> None:
        if len(self._resting) >= RESTING_LIMIT:
            self._resting.clear()
        self._resting[language, query] = time.monotonic() + REST_S, why

    def _kill(self, process: Process) -> None:
        if process.returncode is None:
            process.kill()
        self._end(process)

    def _end(self, process: Process) -> None:
        """Let go of a process that ends or is dead."""
        assert process.stdin is not None  # noqa: S101 - narrows the type
        process.stdin.close()
        # Until there is nothing more to read: the pipes must be closed before the loop is.
        task = asyncio.ensure_future(process.communicate())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """End the processes."""
        for process in self._idle:
            self._end(process)
        self._idle.clear()
        if self._ending:
            await asyncio.wait(self._ending)


async def _hand_over(process: Process, language: str, query: str, text: str) -> None:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - narrows the types
    for part in (json.dumps({"language": language, "query": query}).encode(), text.encode(errors="replace")):
        process.stdin.write(len(part).to_bytes(4, "big") + part)
    await process.stdin.drain()
    await process.stdout.readexactly(len(_query_process.BEGUN))


async def _reply(process: Process) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 - narrows the type
    size = int.from_bytes(await process.stdout.readexactly(4), "big")
    reply: dict[str, Any] = json.loads(await process.stdout.readexactly(size))
    return reply


async def _why_ended(process: Process) -> str:
    if await process.wait() == -signal.SIGPROF:
        return f"The query takes more than {_query_process.SECONDS:g} s of processor time: make it simpler."
    return "The query needs too much memory or nests too deeply: make it simpler."
