"""Pings: by ICMP where this machine allows it, by TCP where it does not, and the packets themselves."""

import asyncio
import ctypes
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.servers.checking import SHORT_MS, TIMEOUT_MS, checking
from tests.servers.deaf import deaf
from tests.servers.dns import name_server, zone
from tests.servers.tcp import closed_port
from uptime.checks._icmp import KINDS, Conversation, checksum, number_of, request
from uptime.checks._kind import CheckType
from uptime.checks.ping import CHECK, PingTarget, by_tcp
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result

TCP_ONLY = CheckType("ping", "Ping", PingTarget, by_tcp, str, lambda url: {}, ())
"""A ping on a system that forbids ICMP."""


def look(kind: CheckType, timeout_ms: int = TIMEOUT_MS, **target: object) -> Result:
    async def scenario() -> Result:
        async with checking() as checker:
            return await checker.loop.look(kind, kind.build({"host": "127.0.0.1", **target}), timeout_ms)

    return asyncio.run(scenario())


def allowed(family: int, protocol: int) -> bool:
    """Whether this process may send ICMP, one way or the other."""
    for kind in KINDS:
        try:
            socket.socket(family, kind, protocol).close()
        except OSError:
            continue
        return True
    return False


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_host_that_is_there_answers(host: str) -> None:
    """By ICMP where this process may send it, else by TCP: a port that refuses is an answer too."""
    six = host == "::1"
    icmp = allowed(*((socket.AF_INET6, socket.IPPROTO_ICMPV6) if six else (socket.AF_INET, socket.IPPROTO_ICMP)))
    found = look(CHECK, host=host, count=5, ports=[closed_port(host if six else "127.0.0.1")])
    assert found.ok
    assert found.address == ("::1" if six else "127.0.0.1")
    assert ("ICMP is forbidden" in found.message) is not icmp
    if icmp:
        assert found.message.startswith("5 of 5 packets answered, ")
        assert found.facts == {"sent": "5", "answered": "5"}
    assert found.phases is not None
    assert 0 < found.latency_ms < 100


@pytest.mark.parametrize("accepting", [True, False])
def test_without_icmp_a_port_that_accepts_or_refuses_is_an_answer(accepting: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1] if accepting else closed_port()
        found = look(TCP_ONLY, ports=[number])
    assert found.ok
    assert found.message.startswith(f"TCP port {number} answered. ICMP is forbidden here, so TCP was tried: ")
    assert "net.ipv4.ping_group_range" in found.message
    assert found.message.endswith("grant CAP_NET_RAW.")
    assert found.phases is not None
    assert found.phases.connect_ms > 0


def test_without_icmp_one_answering_port_is_enough() -> None:
    with deaf("127.0.0.1") as silent:
        number = closed_port()
        found = look(TCP_ONLY, ports=[silent, number])
    assert found.ok
    assert f"TCP port {number} answered" in found.message


def test_without_icmp_silence_is_a_timeout_that_says_what_to_do() -> None:
    with deaf("127.0.0.1") as first, deaf("127.0.0.1") as second:
        found = look(TCP_ONLY, SHORT_MS, ports=[first, second])
    assert found.reason is Reason.TIMEOUT
    assert found.message.startswith(f"No answer on TCP port {first} or {second} within 0.3 s. ICMP is forbidden here")
    assert found.message.endswith("grant CAP_NET_RAW.")
    assert found.latency_ms < SHORT_MS * 1.1


def give_up_raw_sockets() -> None:
    """Drop CAP_NET_RAW from what the program started next may ever have; whoever may not do that has no such right."""
    ctypes.CDLL(None).prctl(24, 13, 0, 0, 0)


def test_a_process_without_rights_says_that_icmp_is_forbidden() -> None:
    """A child gives up every right to raw sockets; the system's group range alone decides what it may then do."""
    child = """
import asyncio, socket, sys
from uptime.checks._loop import CheckLoop, EngineSettings
from uptime.checks.ping import CHECK

async def main():
    loop = CheckLoop(EngineSettings(concurrency=1))
    await loop.start()
    found = await loop.look(CHECK, CHECK.build({"host": "127.0.0.1", "ports": [int(sys.argv[1])]}), 5000)
    await loop.close()
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP).close()
        print("allowed", found.ok, found.message)
    except PermissionError:
        print("forbidden", found.ok, found.message)

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", child, str(closed_port())],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=Path(__file__).parents[2],
        preexec_fn=give_up_raw_sockets,
    )
    assert done.returncode == 0, done.stderr
    word, ok, message = done.stdout.split(maxsplit=2)
    assert ok == "True"
    assert ("ICMP is forbidden here" in message) is (word == "forbidden")


@pytest.mark.parametrize("kind", [CHECK, TCP_ONLY], ids=["icmp", "tcp"])
def test_one_dead_address_does_not_make_a_host_down(kind: CheckType) -> None:
    async def scenario(number: int) -> Result:
        names = name_server(zone(two__test="127.0.0.2 127.0.0.1"))
        async with names as server, checking(resolvers=(server.address,)) as checker:
            return await checker.loop.look(kind, kind.build({"host": "two.test", "ports": [number]}), 2_000)

    with deaf("127.0.0.2") as number:
        found = asyncio.run(scenario(number))
    assert found.ok
    assert found.address == "127.0.0.1" or "packets" in found.message


def test_the_settings_are_bounded() -> None:
    for wrong in ({"count": 0}, {"count": 6}, {"ports": []}, {"ports": [0]}, {"ports": [1] * 6}, {"host": ""}):
        with pytest.raises(Invalid):
            CHECK.build({"host": "a", **wrong})


# The packets, against a peer that speaks ICMP over a pair of local datagram sockets.

TOKEN = bytes(range(32))


def reply_to(packet: bytes, version: int) -> bytes:
    return bytes([0 if version == 4 else 129]) + packet[1:]


@pytest.mark.parametrize("version", [4, 6])
def test_a_request_is_what_the_protocol_says(version: int) -> None:
    packet = request(version, 3, TOKEN)
    kind, code, _, _, number = struct.unpack("!BBHHH", packet[:8])
    assert (kind, code, number, packet[8:]) == (8 if version == 4 else 128, 0, 3, TOKEN)
    assert checksum(packet) == 0
    assert number_of(version, packet, TOKEN) is None
    assert number_of(version, reply_to(packet, version), TOKEN) == 3
    assert number_of(version, b"\x45" + bytes(19) + reply_to(packet, version), TOKEN) == 3
    assert number_of(version, reply_to(packet, version), bytes(32)) is None
    assert number_of(version, b"", TOKEN) is None


def test_the_checksum_is_the_one_of_the_internet() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D


Peer = Callable[[socket.socket, int], Awaitable[None]]


def converse(peer: Peer, count: int = 3, seconds: float = 4) -> list[float]:
    """The round trips of a conversation with a peer that receives and sends packets of its own choice."""

    async def scenario() -> list[float]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with ours, theirs:
            ours.setblocking(False)
            theirs.setblocking(False)
            answering = asyncio.ensure_future(peer(theirs, count))
            try:
                async with asyncio.timeout(seconds):
                    return await Conversation(ours, 4).held(count)
            finally:
                answering.cancel()
                await asyncio.wait([answering])

    return asyncio.run(scenario())


async def _packets(theirs: socket.socket, count: int) -> list[bytes]:
    return [await asyncio.get_running_loop().sock_recv(theirs, 2_048) for _ in range(count)]


async def faithful(theirs: socket.socket, count: int) -> None:
    for _ in range(count):
        [packet] = await _packets(theirs, 1)
        theirs.send(reply_to(packet, 4))


async def losing_the_first(theirs: socket.socket, count: int) -> None:
    await _packets(theirs, 1)
    await faithful(theirs, count - 1)


async def out_of_order(theirs: socket.socket, count: int) -> None:
    for packet in reversed(await _packets(theirs, count)):
        theirs.send(reply_to(packet, 4))


async def repeating(theirs: socket.socket, count: int) -> None:
    for _ in range(count):
        [packet] = await _packets(theirs, 1)
        for _ in range(3):
            theirs.send(reply_to(packet, 4))


async def lying(theirs: socket.socket, count: int) -> None:
    for _ in range(count):
        [packet] = await _packets(theirs, 1)
        theirs.send(packet)
        theirs.send(reply_to(packet, 4)[:8] + bytes(32))
        theirs.send(reply_to(packet, 4)[:6] + b"\x00\x63" + packet[8:])
        theirs.send(b"")


async def flooding(theirs: socket.socket, count: int) -> None:
    while True:
        try:
            theirs.send(bytes(64))
        except BlockingIOError:
            await asyncio.sleep(0)


def test_every_answer_is_counted_once() -> None:
    assert len(converse(faithful)) == 3
    assert len(converse(repeating)) == 3


def test_the_next_request_does_not_wait_for_a_lost_answer() -> None:
    began = time.monotonic()
    assert len(converse(losing_the_first)) == 2
    assert time.monotonic() - began < 2


def test_late_answers_are_taken_in_any_order() -> None:
    trips = converse(out_of_order)
    assert len(trips) == 3
    assert max(trips) > min(trips)


@pytest.mark.parametrize("peer", [lying, flooding])
def test_packets_that_are_no_answer_are_ignored(peer: Peer) -> None:
    with pytest.raises(TimeoutError):
        converse(peer, 1, seconds=0.4)
