"""The job queues: RQ with JSON, a few batches at a time, never a job per check."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import redis
import rq
from rq.serializers import JSONSerializer

from uptime.store.client import Patience, plainly, raw_connection
from uptime.store.due import Claim

BATCH = 200
"""Monitors in one job."""

CHECKS, NOTIFY, CHORES = "checks", "notify", "chores"

JOBS = "uptime.worker.jobs"
"""Where the functions live that the jobs name."""

STALE = 120
"""Seconds after which a batch that nobody took is dropped: its leases have ended, and others hold the monitors."""

LOOKED_AT = 100
"""Waiting jobs among which the oldest is looked for."""

JOB_TIMEOUT = {CHECKS: 60, NOTIFY: 60, CHORES: 600}
FAILURE_TTL = 600

PlainClaim = tuple[int, str, int, int, int]


def plain(claim: Claim) -> PlainClaim:
    """A claim as it stands in a job."""
    return claim.monitor_id, claim.location, claim.planned_ms, claim.fence, claim.timeout_ms


class Queue:
    """What is put into the queues. Unavailable: the store that holds them is away."""

    def __init__(self, url: str, patience: Patience) -> None:
        self._url = url
        self._connection = raw_connection(url, patience=patience)
        self._queues = {name: queue(name, self._connection) for name in (CHECKS, NOTIFY, CHORES)}

    def connect(self) -> redis.Redis:
        """A connection for an RQ worker, which waits on it for jobs. It raises what redis raises."""
        return raw_connection(self._url)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def enqueue_batch(self, claims: Sequence[Claim], *, front: bool = False) -> None:
        """Hand claimed monitors to the check workers, in jobs of up to 200."""
        for start in range(0, len(claims), BATCH):
            self._put(CHECKS, "check_batch", [[plain(claim) for claim in claims[start : start + BATCH]]], front=front)

    def enqueue_sweep(self, account: int, sweep: str, at_ms: int, items: Sequence[tuple[int, Claim | None]]) -> None:
        """Hand the monitors of a sweep to the check workers, ahead of the schedule, the first items first.

        A monitor without a claim is an extra check, which has the time of the sweep.
        """
        for start in reversed(range(0, len(items), BATCH)):
            batch = [
                [monitor_id, plain(claim) if claim else None] for monitor_id, claim in items[start : start + BATCH]
            ]
            self._put(CHECKS, "check_sweep", [account, sweep, at_ms, batch], front=True)

    def enqueue_chore(self, name: str, args: Sequence[Any]) -> None:
        """Have a function of the jobs module done by the notifier."""
        self._put(CHORES, name, list(args))

    def enqueue_notify(self) -> None:
        """Have the notifier look at what there is to tell, unless it has been told so and has not begun."""
        with plainly():
            if not self._queues[NOTIFY].count:
                self._put(NOTIFY, "notify", [])

    def waiting(self) -> int:
        """How many jobs wait for a check worker."""
        with plainly():
            return int(self._queues[CHECKS].count)

    def waits_since(self) -> datetime | None:
        """When the job was put there that has waited longest for a check worker; None where none waits."""
        with plainly():
            found = self._queues[CHECKS].get_jobs(0, LOOKED_AT)
        return min((job.enqueued_at for job in found if job.enqueued_at is not None), default=None)

    def _put(self, name: str, job: str, args: list[Any], *, front: bool = False) -> None:
        with plainly():
            self._queues[name].enqueue_call(
                f"{JOBS}.{job}",
                args=args,
                timeout=JOB_TIMEOUT[name],
                ttl=None if name == CHORES else STALE,
                result_ttl=0,
                failure_ttl=FAILURE_TTL,
                description=job,
                at_front=front,
            )


def queue(name: str, connection: redis.Redis) -> rq.Queue:
    """One RQ queue, as everybody who puts or takes must see it."""
    return rq.Queue(name, connection=connection, serializer=JSONSerializer)
