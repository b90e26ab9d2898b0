"""The RQ jobs: the functions that `store/queue.py` names, and what their process has ready for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from uptime.core import Core
from uptime.store.due import Claim
from uptime.worker.continuity import Continuity
from uptime.worker.desk import Desk


@dataclass(slots=True)
class Place:
    """What a process has ready for its jobs; filled once, before it takes any."""

    core: Core | None = None
    desk: Desk | None = None
    continuity: Continuity | None = None


HERE = Place()


def check_batch(claims: Sequence[Sequence[Any]]) -> None:
    """Check claimed monitors; back as soon as the loop has them."""
    core, desk, continuity = _checks()
    tasks = core.checking.take([Claim(*claim) for claim in claims], datetime.now(UTC))
    continuity.remember(tasks)
    desk.submit(tasks)


def check_sweep(account: int, sweep: str, at_ms: int, items: Sequence[tuple[int, Sequence[Any] | None]]) -> None:
    """Check monitors of a sweep; back as soon as the loop has them."""
    core, desk, continuity = _checks()
    wanted = [(monitor_id, Claim(*claim) if claim else None) for monitor_id, claim in items]
    tasks = core.checking.take_sweep(account, sweep, at_ms, wanted, datetime.now(UTC))
    continuity.remember(tasks)
    desk.submit(tasks)


def run_cron_job(account: int, job_id: str) -> None:
    """Do what a cron job is for, and write down how it went."""
    if HERE.core is None:
        raise RuntimeError("This process does no chores; its queue must not be chores.")
    HERE.core.cron_jobs.run(account, job_id, datetime.now(UTC))


def _checks() -> tuple[Core, Desk, Continuity]:
    if HERE.core is None or HERE.desk is None or HERE.continuity is None:
        raise RuntimeError("This process makes no checks; its queue must not be checks.")
    return HERE.core, HERE.desk, HERE.continuity
