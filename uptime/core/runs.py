"""The run log: what the sweeps did."""

from typing import TYPE_CHECKING

from uptime.domain.cron_job import RUN_LOG_LIMIT, Run

if TYPE_CHECKING:
    from uptime.store import Store


class Runs:
    """The run logs of all accounts."""

    def __init__(self, store: "Store") -> None:
        self._store = store

    def recent(self, account: int, limit: int = RUN_LOG_LIMIT) -> list[Run]:
        """The newest records, newest first."""
        return self._store.runs.recent(account, max(1, min(limit, RUN_LOG_LIMIT)))

    def clear(self, account: int) -> None:
        """Forget all records; heartbeats stay."""
        self._store.runs.clear(account)
