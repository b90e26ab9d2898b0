"""Every noun comes back from the store as it went in, and from what another version wrote."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from tests.conftest import NOW
from uptime.domain.cron_job import CronJob, CronRun, Run
from uptime.domain.feed import AccessChanged, Beat, MaintenanceChanged, MonitorSaved
from uptime.domain.heartbeat import UNCHECKED, Change, Heartbeat, Slot, State, Status
from uptime.domain.maintenance import Maintenance, Strategy
from uptime.domain.monitor import Monitor
from uptime.domain.result import Certificate, Phases, Reason
from uptime.domain.settings import Appearance, GithubWorkflow, PublicPage, Site
from uptime.domain.status_page import ServiceLine, StatusView
from uptime.domain.user import ApiKey, KeyShape, Scope, Session, User
from uptime.store.codec import decode, encode, made, plain

HEARTBEAT = Heartbeat(
    Slot(NOW, "token"), NOW, Status.DOWN, 12.5, 500, Reason.STATUS, "500 ☠", Phases(1.0, 2.0, 3.0, 4.0, 5.0), True
)

NOUNS = [
    Monitor("grüße", "http", {"url": "http://x/", "expected_status": ["200"], "headers": {"a": "b"}}, id=3, account=2),
    Monitor("b", "dns", {}, retry_interval=20, visible=False, created_at=NOW, updated_at=NOW, removed_at=NOW),
    HEARTBEAT,
    UNCHECKED,
    State(3, Status.UP, NOW, 0, 2, None, NOW, HEARTBEAT),
    Change("1-local-3", NOW, Status.UP, Status.DOWN, None, Reason.DNS, "x", ("one", "two")),
    Certificate("a", "b", ("c", "d"), NOW, NOW, "ff"),
    Site("name", modified_at=NOW, page=PublicPage(False), appearance=Appearance(logo=None), github=GithubWorkflow()),
    CronJob("job_1_abcdefg", 1, "n", "", "* * * * *", True, NOW, NOW, NOW, NOW, 5, False, "error"),
    CronRun(NOW, 3, True),
    Run(NOW, 1, 2, 3, "internal"),
    User(1, 1, "admin", "a@b.c", "hash", NOW, NOW),
    ApiKey(1, 1, "k", Scope.PING, "d", "h", KeyShape.KUMA, NOW, None, NOW, NOW),
    Session("d", 1, 1, NOW, NOW, "f"),
    StatusView(Status.UP, NOW, (ServiceLine(1, "n", "", "http://x/", Status.UP, NOW, 3),), NOW),
    Beat(1, 2, "local", NOW, Status.UP, 1.5, "OK", False),
    MonitorSaved(1, 2),
    AccessChanged(1),
    MaintenanceChanged(1, 2),
    State(3, Status.MAINTENANCE, NOW, interrupted=Status.DOWN),
    Maintenance("m", Strategy.CRON, start=NOW.replace(tzinfo=None), time_of_day=time(2, 30), weekdays=(3, 0),
                days=(-1,), cron="0 3 * * *", monitors=(7, 5), id=3, created_at=NOW, edge_at=NOW),
    Maintenance("n", Strategy.MANUAL, zone="Europe/Berlin"),
]  # fmt: skip


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: type(noun).__name__)
def test_a_noun_comes_back_as_it_was(noun: Any) -> None:
    assert decode(type(noun), encode(noun)) == noun
    assert made(type(noun), plain(noun)) == noun


def test_words_and_moments_come_back_as_what_they_are() -> None:
    found = decode(Heartbeat, encode(HEARTBEAT))
    assert found.status is Status.DOWN
    assert found.reason is Reason.STATUS
    assert found.at.tzinfo is UTC
    assert isinstance(decode(Certificate, encode(NOUNS[6])).names, tuple)


def test_moments_are_whole_milliseconds() -> None:
    run = CronRun(datetime(2026, 3, 2, 10, 0, 0, 123_456, tzinfo=UTC), 1, True)
    assert json.loads(encode(run))["at"] == 1_772_445_600_123
    assert decode(CronRun, encode(run)).at.microsecond == 123_000


def test_what_is_unknown_is_ignored_and_what_is_missing_takes_its_default() -> None:
    raw = b'{"name":"a","type":"http","target":{},"colour":"red"}'
    assert decode(Monitor, raw) == Monitor("a", "http", {})


def test_it_is_compact_and_readable() -> None:
    assert encode(CronRun(NOW, 1, True)) == b'{"at":1772445600000,"duration_ms":1,"ok":true,"error":null}'


def test_half_a_surrogate_pair_in_what_a_target_said_breaks_nothing() -> None:
    odd = replace(HEARTBEAT, message="a\ud800b")
    assert decode(Heartbeat, encode(odd)) == odd
