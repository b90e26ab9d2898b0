"""Somebody elsewhere is called after a complete sweep, and only then."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from tests.faults.deployment import Target
from uptime.config import Settings
from uptime.core import Core
from uptime.domain.monitor import MonitorDraft
from uptime.store import Store

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def switch() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


@pytest.fixture
def watching(store: Store, switch: Target) -> Core:
    return Core(store, Settings(secret_key="x" * 32, deadman_url=switch.url, outbound_allow=LOOPBACK))


def test_a_complete_sweep_is_told(watching: Core, switch: Target) -> None:
    target = Target()
    watching.monitors.add(1, MonitorDraft("a", "http", {"url": target.url}), datetime.now(UTC))
    watching.checking.sweep(1, datetime.now(UTC))
    assert switch.hits == 1
    target.close()


def test_a_sweep_that_left_something_is_not(store: Store, switch: Target) -> None:
    settings = Settings(secret_key="x" * 32, deadman_url=switch.url, outbound_allow=LOOPBACK, ping_budget=1.0)
    core = Core(store, replace(settings, check_concurrency=1))
    hanging = Target()
    hanging.delay = 0.8
    for name in "abc":
        core.monitors.add(1, MonitorDraft(name, "http", {"url": hanging.url}, timeout_ms=900), datetime.now(UTC))
    assert core.checking.sweep(1, datetime.now(UTC)).left > 0
    assert switch.hits == 0
    hanging.close()


def test_a_switch_that_does_not_answer_stops_nothing(watching: Core, switch: Target) -> None:
    switch.status = 500
    assert not watching.checking.deadman.call()
    assert watching.checking.sweep(1, datetime.now(UTC)).left == 0


def test_private_addresses_are_called_only_where_allowed(store: Store, switch: Target) -> None:
    core = Core(store, Settings(secret_key="x" * 32, deadman_url=switch.url))
    assert not core.checking.deadman.call()
    assert switch.hits == 0


def test_without_an_address_nobody_is_called(core: Core) -> None:
    assert not core.checking.deadman.wanted
    assert not core.checking.deadman.call()
