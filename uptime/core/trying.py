"""Looking once at what somebody describes: nothing is stored, and nobody is told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from uptime.checks._kind import CheckType
from uptime.checks._loop import CheckLoop, EngineSettings
from uptime.config import Settings
from uptime.core.engine import engine_settings
from uptime.core.monitor_types import monitor_types
from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import UNCHECKED, Slot, Status, Tolerance, judge
from uptime.domain.masking import masked_url
from uptime.domain.monitor import MonitorDraft, checked
from uptime.domain.result import Result


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found. `status` is that of a monitor which forgives nothing; `address` is masked."""

    type: str
    address: str
    status: Status
    result: Result
    at: datetime
    trace: tuple[str, ...]


class Trying:
    """Needs no store. Each look has a check loop of its own."""

    def __init__(self, settings: Settings) -> None:
        self._budget_ms = int(settings.ping_budget * 1000)
        self._engine: Callable[[], EngineSettings] = cache(lambda: replace(engine_settings(settings), concurrency=1))

    def look(self, draft: MonitorDraft) -> Look:
        """Look at what a draft describes, within its timeout and the time budget. Invalid."""
        draft = checked(draft)
        kind = _check_type(draft.type)
        target = kind.build(draft.target)
        timeout_ms = min(draft.timeout_ms, self._budget_ms)
        result = asyncio.run(_looked(self._engine(), kind, target, timeout_ms))
        at = datetime.now(UTC)
        tolerance = Tolerance(upside_down=draft.upside_down, slow_ms=draft.slow_ms)
        verdict = judge(result, UNCHECKED, tolerance, Slot(at, "try"), at, "try")
        return Look(kind.word, masked_url(kind.address(target)), verdict.heartbeat.status, result, at, verdict.trace)


def _check_type(word: str) -> CheckType:
    kind = monitor_types().get(word)
    if isinstance(kind, CheckType):
        return kind
    if kind is not None:
        raise Invalid("type", f"There is nothing to try: a monitor of the type {word} runs no check.")
    known = sorted(word for word, kind in monitor_types().items() if isinstance(kind, CheckType))
    raise Invalid("type", f"There is no check type {word}. Known are {', '.join(known)}.")


async def _looked(engine: EngineSettings, kind: CheckType, target: Any, timeout_ms: int) -> Result:
    loop = CheckLoop(engine)
    await loop.start()
    try:
        return await loop.look(kind, target, timeout_ms, "what somebody tries")
    finally:
        await loop.close()
