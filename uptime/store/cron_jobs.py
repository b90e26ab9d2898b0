"""The built-in cron jobs, what is due of them, and what they did."""

from collections.abc import Callable
from datetime import datetime, timedelta

from uptime.domain.cron_job import HISTORY_LIMIT, CronJob, CronRun
from uptime.domain.errors import NotFound
from uptime.domain.schedule import to_ms
from uptime.store import keys
from uptime.store.changing import change, read
from uptime.store.client import Client, Commands
from uptime.store.codec import decode, encode
from uptime.store.scripts import Script

LEASE = timedelta(minutes=2)
"""How long a claimed job is nobody else's; one whose runner died fires again afterwards."""

CLAIM_LIMIT = 100

Place = tuple[int, str]
"""An account and the id of one of its jobs."""


class CronJobs:
    """The jobs of all accounts. The set of what is due follows from the jobs and is mended from them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._claim = Script("cron_claim")

    def add(self, job: CronJob) -> None:
        self._client.sadd(keys.accounts(), job.account)
        with self._client.pipeline() as pipe:
            _write(pipe, job)
            pipe.execute()

    def get(self, account: int, job_id: str) -> CronJob:
        """One job. NotFound."""
        raw = self._client.hget(keys.cron_jobs(account), job_id)
        if raw is None:
            raise NotFound("job")
        return decode(CronJob, raw)

    def many(self, account: int) -> list[CronJob]:
        """The jobs of an account, the oldest first."""
        found = [decode(CronJob, raw) for raw in self._client.hvals(keys.cron_jobs(account))]
        return sorted(found, key=lambda job: (job.created_at, job.id))

    def update(self, account: int, job_id: str, alter: Callable[[CronJob], CronJob]) -> CronJob:
        """Change a job, whoever else does so at the same time; returns it as it is now. NotFound."""

        def attempt(pipe: Commands) -> CronJob:
            raw = read(pipe, "HGET", keys.cron_jobs(account), job_id)
            if raw is None:
                raise NotFound("job")
            after = alter(decode(CronJob, raw))
            pipe.multi()
            _write(pipe, after)
            return after

        return change(self._client, keys.cron_jobs(account), attempt)

    def remove(self, account: int, job_id: str) -> None:
        """Delete a job with its record. NotFound."""
        with self._client.pipeline() as pipe:
            pipe.hdel(keys.cron_jobs(account), job_id)
            pipe.zrem(keys.cron_due(), f"{account}:{job_id}")
            pipe.delete(keys.cron_runs(account, job_id))
            existed, *_ = pipe.execute()
        if not existed:
            raise NotFound("job")

    def claim_due(self, now: datetime) -> list[Place]:
        """Jobs whose time has come; nobody else gets them until the lease ends."""
        arguments = [to_ms(now), to_ms(now + LEASE), CLAIM_LIMIT]
        members = self._claim.run(self._client, [keys.cron_due()], arguments)
        return [_place(member) for member in members]

    def forget(self, place: Place) -> None:
        """Take a job out of what is due."""
        self._client.zrem(keys.cron_due(), f"{place[0]}:{place[1]}")

    def record(self, account: int, job_id: str, run: CronRun) -> None:
        """Add an execution to the record of a job."""
        key = keys.cron_runs(account, job_id)
        pipe = self._client.pipeline(transaction=False)
        pipe.lpush(key, encode(run))
        pipe.ltrim(key, 0, HISTORY_LIMIT - 1)
        pipe.execute()

    def runs(self, account: int, job_id: str, limit: int) -> list[CronRun]:
        """The newest executions of a job."""
        return [decode(CronRun, raw) for raw in self._client.lrange(keys.cron_runs(account, job_id), 0, limit - 1)]

    def repair(self) -> None:
        """Put every job that is on back among what is due, should it be missing there."""
        for account in self._client.smembers(keys.accounts()):
            for job in self.many(int(account)):
                if job.enabled and job.next_at is not None:
                    member = {f"{job.account}:{job.id}": to_ms(job.next_at)}
                    self._client.zadd(keys.cron_due(), member, nx=True)


def _write(pipe: Commands, job: CronJob) -> None:
    """Both in one step, or a start and a stop at the same time could leave the job on and never due."""
    pipe.hset(keys.cron_jobs(job.account), job.id, encode(job))
    member = f"{job.account}:{job.id}"
    if job.enabled and job.next_at is not None:
        pipe.zadd(keys.cron_due(), {member: to_ms(job.next_at)})
    else:
        pipe.zrem(keys.cron_due(), member)


def _place(member: bytes) -> Place:
    account, _, job_id = member.decode().partition(":")
    return int(account), job_id
