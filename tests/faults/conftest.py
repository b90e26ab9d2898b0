"""What the fault tests stand on: a Redis, a deployment over it, and a target."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.deployment import Deployment, RedisServer, Target


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    if server.process:
        server.kill()


@pytest.fixture
def deployment(tmp_path: Path, redis_server: RedisServer) -> Iterator[Deployment]:
    made = Deployment(tmp_path, redis_server.url)
    yield made
    made.close()


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()
