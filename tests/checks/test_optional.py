"""Libraries that are missing, threads that are all taken, and the address policy where libraries connect themselves."""

import asyncio
import re
import socket
import sys
import threading
import tomllib
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.servers.checking import TIMEOUT_MS, Watch, checking
from tests.servers.grpc import PROTO
from uptime.addresses import Policy
from uptime.checks import check_types
from uptime.checks._kind import CheckFailed
from uptime.checks._optional import GROUPS, MODULES, command
from uptime.checks._threads import Threads
from uptime.domain.result import MESSAGE_LIMIT, Reason

ROOT = Path(__file__).parent.parent.parent
CLERK = {"proto": PROTO, "service": "Clerk", "method": "Greet", "keyword": "x"}
TYPES = {
    "grpc": ("grpc", "grpc", {}),
    "grpc-keyword": ("grpc", "google.protobuf", CLERK),
    "mqtt": ("mqtt", "paho.mqtt.client", {}),
    "mysql": ("mysql", "pymysql", {}),
    "postgres": ("postgres", "psycopg", {}),
}
"""The group of each type, one of the modules that are missing without it, and the settings beside host and port."""


@pytest.mark.parametrize("word", TYPES)
def test_without_its_library_a_check_is_unknown_and_says_what_to_install(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    group, library, more = TYPES[word]
    for module in [name for name in sys.modules if name == library or name.startswith(f"{library}.")]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, library, None)
    for module in MODULES[group]:
        monkeypatch.delitem(sys.modules, f"uptime.checks.{module}", raising=False)
    found = watch.look(check_types()[word], host="127.0.0.1", port=9, **more)
    assert found.reason is Reason.INTERNAL
    assert found.message == f"Not checked: a library is missing. Where the worker runs: {command(group)}"
    assert len(found.message) < MESSAGE_LIMIT


def test_the_groups_and_their_versions_are_the_same_everywhere() -> None:
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    tested = {line.split("#")[0].strip() for line in (ROOT / "requirements-dev.txt").read_text().splitlines()}
    docs = (ROOT / "docs" / "checks.md").read_text()
    for group, pins in GROUPS.items():
        assert set(pins) <= tested
        assert [re.split("[=<>]", each)[0] for each in offered[group]] == [pin.split("==")[0] for pin in pins]

        assert command(group) in docs


@pytest.mark.parametrize("word", [*TYPES, "redis"])
def test_the_address_policy_holds_where_a_library_speaks(word: str) -> None:
    async def scenario() -> None:
        policy = Policy(allow_private=True, deny=[ip_network("127.0.0.3/32")])
        with socket.create_server(("127.0.0.3", 0)) as listener:
            listener.setblocking(False)
            async with checking(policy=policy) as checker:
                kind, number = check_types()[word], listener.getsockname()[1]
                more = TYPES[word][2] if word in TYPES else {}
                found = await checker.loop.look(
                    kind, kind.build({"host": "127.0.0.3", "port": number} | more), TIMEOUT_MS
                )
            assert found.reason is Reason.BLOCKED
            with pytest.raises(BlockingIOError):
                listener.accept()

    asyncio.run(scenario())


def test_a_check_that_gets_no_thread_is_unknown_and_not_down() -> None:
    async def scenario() -> None:
        threads, end = Threads(1), threading.Event()
        first = asyncio.ensure_future(threads.run(lambda: end.wait(10), 5))
        await asyncio.sleep(0)
        with pytest.raises(CheckFailed) as refused:
            await threads.run(lambda: True, 0.05)
        assert refused.value.result.reason is Reason.INTERNAL
        end.set()
        assert await first
        assert await threads.run(lambda: True, 5)
        threads.close()

    asyncio.run(scenario())


def test_whoever_leaves_is_not_kept_waiting_by_a_thread() -> None:
    async def scenario() -> None:
        threads, end = Threads(2), threading.Event()
        task = asyncio.ensure_future(threads.run(lambda: end.wait(10), 5))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        queued = [asyncio.ensure_future(threads.run(lambda: end.wait(10), 5)) for _ in range(50)]
        await asyncio.sleep(0.01)
        assert sum(thread.name.startswith("check") for thread in threading.enumerate()) >= 2
        for each in queued:
            each.cancel()
        await asyncio.gather(*queued, return_exceptions=True)
        end.set()
        threads.close()

    before = threading.active_count()
    asyncio.run(scenario())
    assert threading.active_count() <= before + 2
