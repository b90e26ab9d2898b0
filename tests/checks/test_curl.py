"""The engine itself: vetted addresses only, times that are right, and nothing left behind."""

import asyncio
import gc
import os
import selectors
import threading
import time
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pycurl
import pytest

from tests.servers.certificates import good, issue
from tests.servers.checking import PUNCTUAL_MS, SHORT_MS, checking
from tests.servers.deaf import deaf
from tests.servers.dns import name_server, zone
from tests.servers.http import OK, Answer, Request, drips, falls_silent, resets, says, serving
from tests.servers.tls import listening
from uptime.addresses import Policy
from uptime.checks._body import Kept, Memory
from uptime.checks._curl import CurlEngine
from uptime.checks._http_message import HttpAnswer, HttpRequest
from uptime.checks._loop import EngineSettings
from uptime.checks._place import Place, place_of
from uptime.domain.result import Reason, Result

SETTINGS = EngineSettings(concurrency=8)


async def started(**settings: Any) -> CurlEngine:
    engine = CurlEngine(replace(SETTINGS, **settings))
    await engine.start()
    return engine


def soon(seconds: float = 3.0) -> float:
    return time.monotonic() + seconds


def here(port: int, host: str = "127.0.0.1") -> HttpRequest:
    return HttpRequest(Place("http", host, port))


def test_only_the_given_addresses_are_connected_to() -> None:
    async def scenario() -> tuple[HttpAnswer, str]:
        async with serving(says(OK)) as server:
            engine = await started()
            answer = await engine.fetch(here(server.port, "site.invalid"), ["127.0.0.1"], soon())
            await engine.close()
            return answer, server.requests[0].headers["host"].partition(":")[0]

    answer, host = asyncio.run(scenario())
    assert (answer.failure, answer.status, answer.address, host) == (None, 200, "127.0.0.1", "site.invalid")


def test_libcurl_is_forbidden_to_look_up_names() -> None:
    async def scenario() -> None:
        engine = await started()
        assert engine._public is not None
        handle = engine._public.take().handle
        handle.setopt(pycurl.URL, "http://localhost:1/")
        with pytest.raises(pycurl.error) as failed:
            handle.perform()
        assert failed.value.args[0] == 42
        await engine.close()

    asyncio.run(scenario())


def test_two_checks_of_one_name_keep_their_own_addresses() -> None:
    async def scenario() -> list[str | None]:
        async with serving(says(OK), host="0.0.0.0") as server:
            engine = await started()
            addresses = [f"127.0.0.{1 + number % 3}" for number in range(30)]
            request = here(server.port, "site.test")
            answers = await asyncio.gather(*(engine.fetch(request, [address], soon()) for address in addresses))
            await engine.close()
            return [answer.address for answer in answers]

    assert asyncio.run(scenario()) == [f"127.0.0.{1 + number % 3}" for number in range(30)]


def named(addresses: str, path: str = "/", timeout_ms: int = 3_000, host: str = "127.0.0.1", **settings: Any) -> Result:
    async def scenario() -> Result:
        async with (
            serving(says(OK), host=host) as server,
            name_server(zone(site__test=addresses)) as names,
            checking(resolvers=(names.address,)) as checker,
        ):
            with deaf("127.0.0.2", server.port), deaf("127.0.0.3", server.port):
                return await checker.look(f"http://SITE.test:{server.port}/", timeout_ms)

    return asyncio.run(scenario())


def test_a_name_is_looked_up_and_timed() -> None:
    found = named("127.0.0.1")
    assert (found.ok, found.address) == (True, "127.0.0.1")
    assert found.phases is not None
    assert found.phases.name_ms > 0


@pytest.mark.parametrize(
    "addresses",
    ["127.0.0.2 127.0.0.1", "127.0.0.2 127.0.0.3 127.0.0.1", "127.0.0.4 127.0.0.1", "2001:db8::1 127.0.0.1"],
)
def test_dead_addresses_do_not_make_a_name_down(addresses: str) -> None:
    found = named(addresses)
    assert (found.ok, found.address) == (True, "127.0.0.1"), found.message


def test_a_dead_ipv4_does_not_make_a_name_down() -> None:
    assert named("127.0.0.2 ::1", host="::1").ok


def test_a_name_whose_addresses_are_all_dead_times_out() -> None:
    found = named("127.0.0.2 127.0.0.3", timeout_ms=PUNCTUAL_MS)
    assert found.reason is Reason.TIMEOUT
    assert "the connection was not established" in found.message
    assert found.latency_ms <= PUNCTUAL_MS * 1.1


@pytest.mark.parametrize("addresses", ["169.254.169.254", "127.0.0.1 169.254.169.254", "127.0.0.1 fd00:ec2::254"])
def test_one_denied_address_blocks_the_name_before_any_connection(addresses: str) -> None:
    async def scenario() -> tuple[Result, int]:
        async with (
            serving(says(OK)) as server,
            name_server(zone(site__test=addresses)) as names,
            checking(resolvers=(names.address,)) as checker,
        ):
            return await checker.look(f"http://site.test:{server.port}/"), server.connections

    found, connections = asyncio.run(scenario())
    assert (found.ok, found.reason, connections) == (False, Reason.BLOCKED, 0)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "0x7f.1", "2130706433", "localhost", "[::1]", "[::ffff:7f00:1]", "0.0.0.0"]
)
def test_no_spelling_gets_past_the_policy(host: str) -> None:
    async def scenario() -> tuple[Result, int]:
        everywhere = "::" if host == "[::1]" else "0.0.0.0"
        policy = Policy(allow_private=False)
        async with serving(says(OK), host=everywhere) as server, checking(policy=policy) as checker:
            return await checker.look(f"http://{host}:{server.port}/"), server.connections

    found, connections = asyncio.run(scenario())
    assert (found.reason, connections) == (Reason.BLOCKED, 0)


def test_an_allowed_network_opens_a_private_address() -> None:
    async def scenario() -> Result:
        policy = Policy(allow_private=False, allow=[ip_network("127.0.0.1/32")])
        async with serving(says(OK)) as server, checking(policy=policy) as checker:
            return await checker.look(server.url)

    assert asyncio.run(scenario()).ok


def test_a_deadline_in_the_past_fails_without_a_connection() -> None:
    async def scenario() -> tuple[HttpAnswer, int]:
        async with serving(says(OK)) as server:
            engine = await started()
            answer = await engine.fetch(here(server.port), ["127.0.0.1"], time.monotonic())
            await engine.close()
            return answer, server.connections

    answer, connections = asyncio.run(scenario())
    assert answer.failure is not None
    assert (answer.failure.result.reason, connections) == (Reason.TIMEOUT, 0)


def test_a_cancelled_check_closes_its_connection_at_once() -> None:
    gone = []

    async def until_closed(request: Request, writer: asyncio.StreamWriter) -> None:
        try:
            await drips(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")(request, writer)
        finally:
            gone.append(True)

    async def scenario() -> HttpAnswer:
        async with serving(until_closed) as server, serving(says(OK)) as other:
            engine = await started(concurrency=1)
            task = asyncio.create_task(engine.fetch(here(server.port), ["127.0.0.1"], soon(30)))
            while not server.requests:
                await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            async with asyncio.timeout(2):
                while not gone:
                    await asyncio.sleep(0.005)
            answer = await engine.fetch(here(other.port), ["127.0.0.1"], soon())
            await engine.close()
            return answer

    assert asyncio.run(scenario()).status == 200


def test_a_loop_that_is_busy_elsewhere_is_not_measured() -> None:
    """Time that passes before the engine begins, and after the answer is there, is not the target's."""

    async def scenario() -> HttpAnswer:
        async with serving(says(OK)) as server:
            engine = await started()
            fetch = asyncio.create_task(engine.fetch(here(server.port), ["127.0.0.1"], soon()))
            asyncio.get_running_loop().call_soon(time.sleep, 0.5)
            answer = await fetch
            await engine.close()
            return answer

    phases = asyncio.run(scenario()).phases
    assert phases.connect_ms + phases.wait_ms + phases.receive_ms < 400


def test_a_hundred_stalled_checks_do_not_delay_a_healthy_one() -> None:
    async def scenario() -> tuple[list[Result], list[Result]]:
        async with (
            serving(falls_silent()) as stalled,
            serving(says(OK)) as healthy,
            checking(concurrency=128) as checker,
        ):
            stalling = [asyncio.create_task(checker.look(stalled.url, 1_500)) for _ in range(100)]
            await asyncio.sleep(0.2)
            fine = [await checker.look(healthy.url) for _ in range(20)]
            return await asyncio.gather(*stalling), fine

    stalled, fine = asyncio.run(scenario())
    assert all(found.ok and found.latency_ms < 500 for found in fine)
    assert all(found.reason is Reason.TIMEOUT and 1_425 <= found.latency_ms <= 1_650 for found in stalled)


HOSTILE: list[Answer] = [
    falls_silent(),
    falls_silent(b"HTTP/1.1 200 OK\r\n"),
    falls_silent(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel"),
    drips(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    drips(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0),
    resets(),
    resets(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel"),
    says(b"nonsense"),
    says(OK),
]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_three_hundred_hostile_checks_leave_nothing_behind() -> None:
    async def hostile(answer: Answer, secure: bool, look: Any) -> Result:
        tls = good().context() if secure else None
        async with serving(answer, tls=tls) as server:
            return await look(server.url, SHORT_MS, verify_tls=not secure)

    async def scenario() -> tuple[int, int, int]:
        async with checking() as checker:
            before = descriptors()
            for _ in range(2):
                looks = [
                    hostile(answer, secure, checker.look)
                    for answer in HOSTILE
                    for secure in (True, False)
                    for _ in range(8)
                ]
                async with listening(close=False) as port:
                    await asyncio.gather(*looks, checker.look(f"https://127.0.0.1:{port}/", SHORT_MS))
            for _ in range(300):
                if descriptors() > before:
                    await asyncio.sleep(0.01)
            return before, descriptors(), len(asyncio.all_tasks())

    gc.collect()
    threads, outside = threading.active_count(), descriptors()
    before, after, tasks = asyncio.run(scenario())
    assert after <= before
    assert tasks == 1
    assert threading.active_count() == threads
    assert descriptors() <= outside


def test_without_epoll_the_loop_itself_watches() -> None:
    async def scenario() -> list[HttpAnswer]:
        async with serving(says(OK)) as server, serving(falls_silent()) as silent:
            engine = await started()
            ports = [server.port] * 20 + [silent.port] * 3
            answers = await asyncio.gather(
                *(engine.fetch(here(port), ["127.0.0.1"], soon(0.4)) for port in ports), return_exceptions=False
            )
            await engine.close()
            return answers

    def without_epoll() -> asyncio.AbstractEventLoop:
        return asyncio.SelectorEventLoop(selectors.SelectSelector())

    with pytest.MonkeyPatch.context() as patch, asyncio.Runner(loop_factory=without_epoll) as runner:
        patch.delattr("select.epoll")
        answers = runner.run(scenario())
    assert [answer.status for answer in answers] == [200] * 20 + [0] * 3


def test_a_fault_of_ours_is_raised_and_not_blamed_on_the_target(capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> tuple[HttpAnswer, str]:
        async with serving(says(OK)) as server:
            engine = await started(concurrency=1)
            broken = replace(here(server.port), body_for=5)  # type: ignore[arg-type]
            with pytest.raises(RuntimeError) as raised:
                await engine.fetch(broken, ["127.0.0.1"], soon())
            answer = await engine.fetch(here(server.port), ["127.0.0.1"], soon())
            await engine.close()
            return answer, str(raised.value)

    answer, words = asyncio.run(scenario())
    assert answer.status == 200
    assert "23" in words


def test_handles_are_used_again_after_every_kind_of_end() -> None:
    async def scenario() -> list[int]:
        async with serving(says(OK)) as server:
            engine = await started(concurrency=1)
            statuses = []
            for answer in HOSTILE:
                async with serving(answer) as hostile:
                    await engine.fetch(here(hostile.port), ["127.0.0.1"], soon(0.1))
                statuses.append((await engine.fetch(here(server.port), ["127.0.0.1"], soon())).status)
            assert engine._public is not None
            assert len(engine._public._transfers) == 1
            await engine.close()
            return statuses

    assert asyncio.run(scenario()) == [200] * len(HOSTILE)


def test_kept_bodies_go_to_a_file_beyond_the_bound_and_free_their_share() -> None:
    memory = Memory(10)
    first, second = Kept(memory), Kept(memory)
    first.add(b"12345678")
    second.add(b"ab")
    second.add(b"cdef")
    second.add(b"gh")
    assert (first.read(), second.read(), second.read()) == (b"12345678", b"abcdefgh", b"abcdefgh")
    assert not memory.take(1)
    del first
    assert memory.take(8)
    del second
    assert memory.take(2)


def test_a_certificate_of_another_name_is_not_accepted_for_an_address() -> None:
    async def scenario() -> HttpAnswer:
        tls = issue("site.test").context()
        async with serving(says(OK), tls=tls) as server:
            engine = await started()
            answer = await engine.fetch(HttpRequest(place_of(server.url)), ["127.0.0.1"], soon())
            await engine.close()
            return answer

    failure = asyncio.run(scenario()).failure
    assert failure is not None
    assert failure.result.reason is Reason.TLS
