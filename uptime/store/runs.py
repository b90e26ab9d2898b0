"""The run log: one record for each sweep."""

from uptime.domain.cron_job import RUN_LOG_LIMIT, Run
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode


class Runs:
    """The run logs of all accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def append(self, account: int, run: Run) -> None:
        pipe = self._client.pipeline(transaction=False)
        pipe.lpush(keys.runs(account), encode(run))
        pipe.ltrim(keys.runs(account), 0, RUN_LOG_LIMIT - 1)
        pipe.execute()

    def recent(self, account: int, limit: int) -> list[Run]:
        """The newest records, newest first."""
        return [decode(Run, raw) for raw in self._client.lrange(keys.runs(account), 0, limit - 1)]

    def clear(self, account: int) -> None:
        self._client.delete(keys.runs(account))
