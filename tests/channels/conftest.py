"""A way out that may reach loopback, and one that loses patience soon."""

from ipaddress import ip_network
from typing import Any

import pytest

from uptime.config import Settings
from uptime.outbound import Answer, Outbound

HERE = Settings(secret_key="x" * 32, outbound_allow=(ip_network("127.0.0.0/8"),))


class Impatient(Outbound):
    """Gives a request little time, whatever the channel says."""

    def send(self, method: str, url: str, **options: Any) -> Answer:
        return super().send(method, url, **{**options, "timeout": 0.2})


@pytest.fixture
def out() -> Outbound:
    return Outbound(HERE)


@pytest.fixture
def impatient() -> Outbound:
    return Impatient(HERE)
