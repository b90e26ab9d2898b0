"""Libraries that are missing, threads that are all taken, and the address policy where libraries connect themselves."""

import asyncio
import gc
import re
import socket
import sys
import threading
import time
import tomllib
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.checks.test_loop import OF_DATABASES_AND_MORE, descriptors
from tests.servers.certificates import good
from tests.servers.checking import TIMEOUT_MS, Checker, Watch, checking
from tests.servers.deaf import deaf
from tests.servers.grpc import PROTO
from tests.servers.tcp import begins, closed_port, closes, drips, port, resets, says_nothing
from uptime.addresses import Policy
from uptime.checks import _optional, check_types
from uptime.checks._kind import CheckFailed
from uptime.checks._optional import GROUPS, MODULES, command
from uptime.checks._threads import Threads
from uptime.domain.result import MESSAGE_LIMIT, Reason

ROOT = Path(__file__).parent.parent.parent
INTERNAL = Reason.INTERNAL
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
    monkeypatch.setattr(_optional, "_loaded", set())
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


def hostile(numbers: list[int]) -> list[tuple[str, dict[str, object]]]:
    """Targets of all these types on each of these ports, in the open and with TLS."""
    targets: list[tuple[str, dict[str, object]]] = []
    for number in numbers:
        place = f"127.0.0.1:{number}"
        targets.append(("domain", {"domain": "a.test", "rdap_url": f"http://{place}/", "whois_server": place}))
        for word in OF_DATABASES_AND_MORE - {"domain"}:
            settings = {"host": "127.0.0.1", "port": number, "tls": number % 2 == 0}
            targets.append((word, settings | (CLERK if word == "grpc-keyword" else {})))
    return targets


def test_hostile_targets_of_these_types_end_on_time_and_leave_nothing_behind() -> None:
    timeout_ms = 800
    tls, kinds = good().context(), check_types()

    async def sweep(checker: Checker, targets: list[tuple[str, dict[str, object]]]) -> None:
        began = time.monotonic()
        looks = [checker.loop.look(kinds[word], kinds[word].build(raw), timeout_ms) for word, raw in targets]
        results = await asyncio.gather(*looks)
        assert time.monotonic() - began < timeout_ms / 1000 * 1.1 + 1
        assert max(found.latency_ms for found in results) < timeout_ms * 1.2
        odd = [each for each in zip(targets, results, strict=True) if each[1].reason in (None, INTERNAL)]
        assert odd == []
        assert checker.loop.free == 128

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            plain = [says_nothing, closes, resets, drips(b"x"), begins(b"HTTP/1.1 200"), begins(b"R\0\0\0\x08\0\0\0\0")]
            secret = [says_nothing, closes, drips(b"x")]
            ports = [await stack.enter_async_context(port(each)) for each in plain]
            ports += [await stack.enter_async_context(port(each, tls=tls)) for each in secret]
            numbers = [each.number for each in ports]
            targets = hostile([*numbers, stack.enter_context(deaf("127.0.0.1")), closed_port()])
            async with checking(concurrency=128) as checker:
                for word, raw in hostile([closed_port()]):
                    # The first look loads the library.
                    await checker.loop.look(kinds[word], kinds[word].build(raw), 20_000)
                await sweep(checker, targets)
                await settled(len(ports))
                # What gRPC keeps for a loop belongs to the process, which has one loop.
                before, threads = descriptors(), threading.active_count()
                for _ in range(2):
                    await sweep(checker, targets)
                await settled(len(ports))
                async with asyncio.timeout(5):
                    while descriptors() - before:
                        await asyncio.sleep(0.05)
                        gc.collect()
                assert threading.active_count() <= threads

    asyncio.run(scenario())


async def settled(servers: int) -> None:
    """No more tasks than those of the servers, and nothing that waits to be collected."""
    async with asyncio.timeout(3):
        while len(asyncio.all_tasks()) > 1 + servers:
            await asyncio.sleep(0.02)
    gc.collect()
