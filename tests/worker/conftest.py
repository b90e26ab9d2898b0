"""Real processes, targets and stores that end with the test."""

from collections.abc import Iterator

import pytest

from tests.worker.processes import OwnStore, Processes, Target
from uptime.store import Store


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    made = Store(redis_url)
    yield made
    made.close()


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


@pytest.fixture
def processes(redis_url: str) -> Iterator[Processes]:
    made = Processes(redis_url)
    yield made
    made.close()


@pytest.fixture
def own_store() -> Iterator[OwnStore]:
    made = OwnStore()
    yield made
    made.close()
