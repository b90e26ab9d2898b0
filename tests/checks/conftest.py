"""A check loop for all tests that need nothing of it but its looks."""

from collections.abc import Iterator

import pytest

from tests.servers.checking import Watch, watching


@pytest.fixture(scope="session")
def watch() -> Iterator[Watch]:
    with watching() as found:
        yield found
