"""The check loop: runs checks side by side, each within one deadline, and turns whatever happens into a result."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uptime.addresses import Policy
from uptime.checks._curl import CurlEngine
from uptime.checks._kind import CheckFailed, CheckType, down
from uptime.checks._line import PATIENCE, Line
from uptime.checks._net import Net, Services
from uptime.checks._resolver import Resolver
from uptime.checks._stopwatch import Step, Stopwatch
from uptime.checks._threads import Threads
from uptime.checks._tls import TlsContexts
from uptime.domain.result import Reason, Result

log = logging.getLogger(__name__)

GRACE = 0.05
"""What share of its timeout an engine with a clock of its own gets beyond it, before it is broken off."""

TOO_LATE = {
    Step.NAME: "The name was not resolved",
    Step.CONNECT: "The connection was not established",
    Step.TLS: "The TLS handshake did not end",
}
"""What to say when the deadline passes, by the step under way."""

OUR_FAULT = "The check could not be made: a fault in Upspeak itself, not in the target. The worker's log says more."


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How checks are made, the same for all. `body_limit` in bytes after decoding."""

    concurrency: int = 256
    resolvers: tuple[str, ...] = ()
    """DNS servers as `host:port`; none means the system's."""
    ca_file: Path | None = None
    """Trusted root certificates beside the public ones."""
    policy: Policy = field(default_factory=lambda: Policy(allow_private=True))
    body_limit: int = 1 << 20
    witnesses: tuple[tuple[str, int], ...] = ()
    """Hosts and ports outside; while none of them answers, failures are our own line's."""
    watch_line: bool = False
    """Whether the witnesses are asked all the time, and not only when a check fails."""


class CheckLoop:
    """Looks at targets. Belongs to the event loop it is started in; made after any fork."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(settings.concurrency)
        self._looking: set[asyncio.Task[Any]] = set()
        self._services: Services | None = None
        self.line = Line(settings.witnesses, self._reach)

    async def start(self) -> None:
        """Make what checks share. To be awaited once, before the first look."""
        settings = self._settings
        resolver, contexts = Resolver(settings.resolvers), TlsContexts(settings.ca_file)
        resolver.start()
        engine = CurlEngine(settings)
        await engine.start()
        self._services = Services(settings.policy, resolver, engine, contexts, Threads())
        if settings.watch_line:
            self.line.watch()

    async def _reach(self, place: tuple[str, int]) -> bool:
        """Whether a host accepts a connection within the patience that there is for a witness."""
        if self._services is None:
            return False
        began = asyncio.get_running_loop().time()
        net = Net(self._services, began, began + PATIENCE)
        try:
            async with net.connect(*place):
                return True
        except (CheckFailed, OSError):
            return False
        except Exception:
            log.exception("The witness %s:%d could not be asked.", *place)
            return False

    @property
    def free(self) -> int:
        """How many further checks would begin at once."""
        return max(0, self._settings.concurrency - len(self._looking))

    async def look(self, kind: CheckType, target: Any, timeout_ms: int, name: str = "") -> Result:
        """Check a target once. Raises nothing: whatever goes wrong is a result with its reason.

        The deadline begins when there is a place for the check. One look per task; `name` is for the log.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - narrows the type
        self._looking.add(task)
        try:
            async with self._places:
                result = await self._look(task, kind, target, timeout_ms, name)
            return await self.line.vet(result)
        finally:
            self._looking.discard(task)

    async def _look(self, task: asyncio.Task[Any], kind: CheckType, target: Any, timeout_ms: int, name: str) -> Result:
        assert self._services is not None, "the check loop has not been started"  # noqa: S101
        loop = task.get_loop()
        began = loop.time()
        net = Net(self._services, began, began + timeout_ms / 1000)
        alarm = _Alarm(loop, task, net.phases, net.deadline, timeout_ms / 1000 * GRACE)
        try:
            try:
                result: Result = await kind.run(target, net)
            finally:
                in_time = alarm.stop()
        except CheckFailed as failed:
            result = failed.result
            if result.reason is Reason.INTERNAL:
                log.error("The check of %s failed inside.", name or kind.word, exc_info=failed)
        except asyncio.CancelledError:
            if in_time:
                raise
            result = _too_late(net, timeout_ms)
        except TimeoutError:
            result = _too_late(net, timeout_ms)
        except Exception:
            log.exception("The check of %s failed inside.", name or kind.word)
            result = down(Reason.INTERNAL, OUR_FAULT)
        return _finished(result, net)

    async def close(self) -> None:
        """Break off what is under way, whose callers see it cancelled, and let go of everything."""
        looking = self._looking - {asyncio.current_task()}
        for task in looking:
            task.cancel()
        if looking:
            await asyncio.wait(looking)
        await self.line.close()
        if self._services is not None:
            await self._services.close()
            self._services = None


class _Alarm:
    """Cancels a check at its deadline. An engine that keeps the deadline itself gets `grace` seconds more."""

    __slots__ = ("_cancelling", "_grace", "_handle", "_loop", "_phases", "_rang", "_task")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any], phases: Stopwatch, at: float, grace: float
    ) -> None:
        self._loop = loop
        self._task = task
        self._phases = phases
        self._grace = grace
        self._rang = False
        self._cancelling = task.cancelling()
        self._handle = loop.call_at(at, self._ring)

    def _ring(self) -> None:
        if self._phases.step is Step.ENGINE and self._grace:
            self._handle = self._loop.call_later(self._grace, self._ring)
            self._grace = 0.0
        else:
            self._rang = True
            self._task.cancel()

    def stop(self) -> bool:
        """Whether the check was left alone, or was cancelled by somebody else too."""
        self._handle.cancel()
        return not self._rang or self._task.uncancel() > self._cancelling


def _too_late(net: Net, timeout_ms: int) -> Result:
    what = net.silence or TOO_LATE.get(net.phases.step, "There was no answer")
    return down(Reason.TIMEOUT, f"{what} within {timeout_ms / 1000:g} s. {net.advice}".rstrip())


def _finished(result: Result, net: Net) -> Result:
    """The result with what was measured on the way. Built anew at once, since `replace` costs three times as much."""
    phases = net.phases.phases()
    return Result(
        result.ok,
        result.message,
        phases.name_ms + phases.connect_ms + phases.tls_ms + phases.wait_ms + phases.receive_ms,
        result.reason,
        result.status_code,
        phases,
        result.certificate or net.certificate,
        result.address or net.address,
        result.evidence,
        {**net.facts, **result.facts} if net.facts else result.facts,
    )
