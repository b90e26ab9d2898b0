"""Both kinds of server the store must run on, and a writer of heartbeats that judges as the worker does."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.servers.store import serving
from uptime.domain.heartbeat import Slot, Tolerance, judge
from uptime.domain.result import Phases, Reason, Result
from uptime.store.client import Client, Patience, connect
from uptime.store.heartbeats import Heartbeats, Outcome, Record

SERVERS = ["embedded", *(["redis-server"] if shutil.which("redis-server") else [])]


@pytest.fixture(scope="session")
def redis_server_url() -> Iterator[str]:
    """The URL of the distribution's redis-server, which lives as long as the test session."""
    with serving("redis-server") as url:
        yield url


@pytest.fixture(params=SERVERS)
def any_client(request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of an empty store, once for each kind of server."""
    name = "store_url" if request.param == "embedded" else "redis_server_url"
    client = connect(request.getfixturevalue(name), patience=Patience.WORKER)
    client.flushall()
    yield client
    client.close()


class Writer:
    """Puts heartbeats of one monitor on record, each judged from the state that is stored."""

    def __init__(self, heartbeats: Heartbeats, monitor_id: int = 1, **settings: Any) -> None:
        self.heartbeats = heartbeats
        self.monitor_id = monitor_id
        self.location = settings.get("location", "local")
        self.interval = settings.get("interval", 60)
        self.ttl = settings.get("ttl", 86_400)
        self.tolerance = settings.get("tolerance", Tolerance())

    def judged(
        self,
        planned: datetime,
        ok: bool = True,
        *,
        latency_ms: float = 50.0,
        token: str | None = None,
        reason: Reason | None = None,
        message: str | None = None,
        status_code: int | None = None,
        phases: Phases | None = None,
        missed_ms: Sequence[int] = (),
        evidence: str | None = None,
    ) -> Record:
        """A record that would follow what is stored now; the check begins at its planned time."""
        before = self.heartbeats.states([(self.monitor_id, self.location)])[0]
        reason = reason or (None if ok else Reason.CONNECT)
        said = message if message is not None else ("OK" if ok else "Connection refused")
        result = Result(ok, said, latency_ms, reason, status_code, phases)
        at = planned + timedelta(milliseconds=latency_ms)
        name = f"{self.monitor_id}-{self.location}"
        return Record(
            self.monitor_id,
            self.location,
            self.interval,
            self.ttl,
            judge(result, before, self.tolerance, Slot(planned, token), at, name),
            before.version,
            before.status,
            missed_ms,
            evidence=evidence,
        )

    def write(self, planned: datetime, ok: bool = True, **facts: Any) -> Outcome:
        """Put one heartbeat on record."""
        return self.heartbeats.record([self.judged(planned, ok, **facts)])[0]


@pytest.fixture
def writer(any_client: Client) -> Writer:
    """A writer for monitor 1."""
    return Writer(Heartbeats(any_client))
