"""A check loop for the tests of a module that need nothing of it but its looks."""

from collections.abc import Iterator

import pytest

from tests.servers.checking import Watch, watching


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    with watching() as found:
        yield found
