"""The RQ jobs: the functions that `store/queue.py` names, and what their process has ready for them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from uptime.core import Core
from uptime.core.runner import Task
from uptime.domain.errors import Unavailable
from uptime.store.due import Claim
from uptime.worker.continuity import Continuity
from uptime.worker.desk import Desk
from uptime.worker.dispatcher import Dispatcher


@dataclass(slots=True)
class Place:
    """What a process has ready for its jobs; filled once, before it takes any."""

    core: Core | None = None
    desk: Desk | None = None
    continuity: Continuity | None = None
    dispatcher: Dispatcher | None = None


HERE = Place()

TRIES, PAUSE = 20, 0.25

ANNOUNCE_SECONDS = 20.0
"""How long telling subscribers may keep other chores waiting."""


def check_batch(claims: Sequence[Sequence[Any]]) -> None:
    """Check claimed monitors; back as soon as the loop has them."""
    held = [Claim(*claim) for claim in claims]
    _submit(lambda core: core.checking.take(held, datetime.now(UTC)))


def check_sweep(account: int, sweep: str, at_ms: int, items: Sequence[tuple[int, Sequence[Any] | None]]) -> None:
    """Check monitors of a sweep; back as soon as the loop has them."""
    wanted = [(monitor_id, Claim(*claim) if claim else None) for monitor_id, claim in items]
    _submit(lambda core: core.checking.take_sweep(account, sweep, at_ms, wanted, datetime.now(UTC)))


def notify() -> None:
    """Look at what there is to tell; back at once."""
    if HERE.dispatcher is None:
        raise RuntimeError("This process tells nobody; its queue must not be notify.")
    HERE.dispatcher.wake()


def run_cron_job(account: int, job_id: str) -> None:
    """Do what a cron job is for, and write down how it went."""
    if HERE.core is None:
        raise RuntimeError("This process does no chores; its queue must not be chores.")
    HERE.core.cron_jobs.run(account, job_id, datetime.now(UTC))


def announce() -> None:
    """Tell subscribers what there is to tell."""
    if HERE.core is None:
        raise RuntimeError("This process does no chores; its queue must not be chores.")
    HERE.core.announcing.drain(datetime.now(UTC), ANNOUNCE_SECONDS)


def call_deadman() -> None:
    """Tell whoever expects it that the checks are in time."""
    if HERE.core is None:
        raise RuntimeError("This process does no chores; its queue must not be chores.")
    HERE.core.checking.deadman.call()


def send_reset(user_id: int) -> None:
    """Send whoever has forgotten the password a link for a new one."""
    if HERE.core is None:
        raise RuntimeError("This process does no chores; its queue must not be chores.")
    HERE.core.resets.send(user_id, datetime.now(UTC))


def _submit(take: Callable[[Core], list[Task]]) -> None:
    core, desk, continuity = HERE.core, HERE.desk, HERE.continuity
    if core is None or desk is None or continuity is None:
        raise RuntimeError("This process makes no checks; its queue must not be checks.")
    tasks = _patiently(lambda: take(core))
    continuity.remember(tasks)
    desk.submit(tasks)


def _patiently(take: Callable[[], list[Task]]) -> list[Task]:
    """A batch that is given up is late by a whole lease, so a moment without the store is waited out."""
    for _ in range(TRIES):
        try:
            return take()
        except Unavailable:
            time.sleep(PAUSE)
    return take()
