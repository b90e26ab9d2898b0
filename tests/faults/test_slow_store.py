"""A store that takes 200 ms for each answer, and one that is found through Sentinel."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.deployment import Deployment, RedisServer, SlowRoad, Target, eventually, free_port
from uptime.config import Settings
from uptime.core import Core
from uptime.domain.monitor import MonitorDraft
from uptime.store import Patience, Store

pytestmark = pytest.mark.long

SERVICES = 1_000


@pytest.fixture
def road(redis_server: RedisServer) -> Iterator[SlowRoad]:
    made = SlowRoad(redis_server.port, delay=0.2)
    yield made
    made.close()


def test_a_sweep_writes_in_few_round_trips(redis_server: RedisServer, road: SlowRoad, target: Target) -> None:
    settings = Settings(secret_key="s" * 32, redis_url=redis_server.url)
    quick = Store(redis_server.url)
    core = Core(quick, settings)
    now = datetime.now(UTC)
    for index in range(SERVICES):
        core.monitors.add(1, MonitorDraft(f"s{index}", "http", {"url": target.url}), now)
    slow = Store(f"redis://127.0.0.1:{road.port}/0", patience=Patience.WORKER)
    before = road.trips
    swept = Core(slow, settings).checking.sweep(1, datetime.now(UTC), source="test")
    trips = road.trips - before
    assert len(swept.items) == SERVICES
    assert trips <= 10 * SERVICES / 100, f"{trips} round trips for {SERVICES} services"
    quick.close()
    slow.close()


@pytest.fixture
def sentinels(tmp_path: Path) -> Iterator[tuple[RedisServer, RedisServer, int]]:
    """A primary, its replica, and one sentinel that may decide alone."""
    binary = shutil.which("redis-server")
    assert binary
    primary = RedisServer(tmp_path / "primary")
    primary.start()
    replica = RedisServer(tmp_path / "replica", "--replicaof", "127.0.0.1", str(primary.port))
    replica.start()
    port, config = free_port(), tmp_path / "sentinel.conf"
    config.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {tmp_path}\n"
        f"sentinel monitor main 127.0.0.1 {primary.port} 1\n"
        "sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 5000\n"
    )
    process = subprocess.Popen(
        [binary, str(config), "--sentinel"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    client = replica.client()
    eventually(lambda: client.info("replication").get("master_link_status") == "up", 10, "the replica following")
    time.sleep(2)
    yield primary, replica, port
    process.kill()
    process.wait()
    for server in (primary, replica):
        if server.process:
            server.kill()


def test_the_client_follows_the_new_primary(
    sentinels: tuple[RedisServer, RedisServer, int], tmp_path: Path, target: Target
) -> None:
    primary, replica, port = sentinels
    deployment = Deployment(tmp_path, f"redis+sentinel://127.0.0.1:{port}/main/0")
    try:
        deployment.start("web", "worker", "scheduler")
        deployment.ready()
        body = {"name": "s", "url": target.url, "interval": 5}
        assert deployment.ask("POST", "/api/services", body).status == 201
        client = replica.client()
        eventually(lambda: client.dbsize() > 0, 5, "the replica caught up")
        time.sleep(1)
        primary.kill()
        eventually(lambda: client.info("replication")["role"] == "master", 30, "the replica promoted")
        deployment.ready(40)
        assert [s["name"] for s in deployment.get("/api/services").json["services"]] == ["s"]
        known = len(deployment.get("/api/history/s").json["history"])
        eventually(lambda: len(deployment.get("/api/history/s").json["history"]) > known, 15, "checks going on")
    finally:
        deployment.close()
