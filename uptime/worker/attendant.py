"""An RQ worker that does not fork, goes on when the store was away, and stops when asked."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import redis
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.serializers import JSONSerializer

from uptime.store.queue import queue
from uptime.worker.stopping import Penalty, Stop

log = logging.getLogger(__name__)

WORKER_TTL = 16
"""RQ waits for a job 15 s less than this, so the wish to stop is seen within a second."""

FULL_PAUSE = 0.01
PAUSE_LOW, PAUSE_HIGH = 0.1, 1.0


class Attendant(SimpleWorker):
    """Takes jobs while there is room. RQ's own loop gives up when the store goes away; this one does not."""

    death_penalty_class = Penalty

    def __init__(
        self,
        names: Sequence[str],
        connection: redis.Redis,
        stop: Stop,
        *,
        is_full: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(
            [queue(name, connection) for name in names],
            connection=connection,
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL,
            log_job_description=False,
        )
        self._stop = stop
        self._is_full = is_full

    def attend(self) -> None:
        """Do jobs until asked to stop. Raises what redis raises; then make a new one."""
        # After a restart of the store our own entry may still be there.
        with suppress(ValueError):
            self.register_birth()  # type: ignore[no-untyped-call]
        while (found := self._next()) is not None:
            self.execute_job(*found)
        self.register_death()  # type: ignore[no-untyped-call]

    def _next(self) -> tuple[Job, Queue] | None:
        while not self._stop.asked:
            if self._is_full():
                self._stop.wait(FULL_PAUSE)
                continue
            self.heartbeat()
            if self.should_run_maintenance_tasks:
                self.run_maintenance_tasks()  # type: ignore[no-untyped-call]
            with suppress(DequeueTimeout):
                found: tuple[Job, Queue] | None = self.queue_class.dequeue_any(
                    self.queues,
                    self.dequeue_timeout,
                    connection=self.connection,
                    job_class=self.job_class,
                    serializer=self.serializer,
                    death_penalty_class=self.death_penalty_class,
                )
                return found
        return None


def attend(
    names: Sequence[str], connect: Callable[[], Any], stop: Stop, is_full: Callable[[], bool] = lambda: False
) -> None:
    """Do the jobs of some queues until asked to stop, however often the store goes away."""
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    pause, away = PAUSE_LOW, False
    while not stop.asked:
        try:
            attendant = Attendant(names, connect(), stop, is_full=is_full)
            if away:
                log.warning("The job queue is back.")
            pause, away = PAUSE_LOW, False
            attendant.attend()
        except redis.RedisError as error:
            if not away:
                log.warning("The job queue is away (%s); trying again every second.", type(error).__name__)
            away = True
            stop.wait(pause)
            pause = min(pause * 2, PAUSE_HIGH)
