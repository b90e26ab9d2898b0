"""UDP ports: answering, silent, closed, and odd."""

import asyncio
import socket
from ipaddress import ip_network

import pytest

from tests.servers.checking import PUNCTUAL_MS, checking
from tests.servers.dns import name_server, zone
from tests.servers.udp import Answer, UdpPort, udp_port
from uptime.addresses import Policy
from uptime.checks.udp import CHECK
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result


def closed_port() -> int:
    """The number of a UDP port on which nothing listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def knock(host: str, number: int, timeout_ms: int = 5_000, **target: object) -> Result:
    async def scenario() -> Result:
        async with checking() as checker:
            aim = CHECK.build({"host": host, "port": number, **target})  # type: ignore[dict-item]
            return await checker.loop.look(CHECK, aim, timeout_ms)

    return asyncio.run(scenario())


def ask(answer: Answer, timeout_ms: int = 5_000, **target: object) -> tuple[Result, list[bytes]]:
    """What is seen of a port that answers like that, and what it was sent."""

    async def scenario() -> tuple[Result, UdpPort]:
        async with udp_port(answer) as port, checking() as checker:
            aim = CHECK.build({"host": "127.0.0.1", "port": port.number, **target})  # type: ignore[dict-item]
            return await checker.loop.look(CHECK, aim, timeout_ms), port

    found, port = asyncio.run(scenario())
    return found, port.received


def echoes(data: bytes, _number: int) -> bytes:
    return data


def silent(_data: bytes, _number: int) -> None:
    return None


def test_a_port_that_answers_is_up() -> None:
    found, received = ask(echoes, payload="PING")
    assert found.ok
    assert found.message.endswith(" answered with 4 bytes")
    assert (found.facts, found.address, received) == ({"answer": "PING"}, "127.0.0.1", [b"PING"])


def test_a_payload_may_be_hexadecimal() -> None:
    found, received = ask(echoes, payload="00 ff 80\n01", payload_format="hex")
    assert received == [b"\x00\xff\x80\x01"]
    assert found.facts == {"answer": "00 ff 80 01"}


def test_a_datagram_without_anything_in_it_can_be_answered() -> None:
    found, received = ask(lambda data, number: b"x")
    assert found.message.endswith(" answered with 1 byte")
    assert received == [b""]


def test_a_real_name_server_answers() -> None:
    """A query for the address of name.test, as it stands on the wire."""

    async def scenario() -> Result:
        async with name_server(zone(name__test="127.0.0.9")) as names, checking() as checker:
            host, _, port = names.address.rpartition(":")
            query = "1234 0100 0001 0000 0000 0000 046e616d65 0474657374 00 0001 0001"
            target = {"host": host, "port": int(port), "payload": query, "payload_format": "hex", "expected": "name"}
            return await checker.loop.look(CHECK, CHECK.build(target), 5_000)

    found = asyncio.run(scenario())
    assert found.ok
    assert found.facts["answer"].startswith("12 34 8")


def test_an_expected_text_must_stand_in_the_answer() -> None:
    assert ask(echoes, payload="status: fine", expected="fine")[0].ok
    found, _ = ask(echoes, payload="status: bad", expected="fine")
    assert (found.ok, found.reason) == (False, Reason.CONTENT)
    assert found.message == 'The text "fine" is missing from the answer.'
    assert found.evidence == "status: bad"


@pytest.mark.parametrize("unanswered", ["down", "up"])
def test_a_refusal_is_down_at_once(unanswered: str) -> None:
    number = closed_port()
    found = knock("127.0.0.1", number, unanswered=unanswered)
    assert (found.ok, found.reason) == (False, Reason.CONNECT)
    assert found.message == (
        f"Cannot connect to UDP port 127.0.0.1:{number}: the connection was refused: nothing listens on that port."
    )
    assert found.latency_ms < 500


def test_silence_is_down_when_the_time_is_over() -> None:
    found, received = ask(silent, PUNCTUAL_MS, payload="a")
    assert (found.ok, found.reason) == (False, Reason.TIMEOUT)
    assert found.message.startswith("No answer came from UDP port 127.0.0.1:")
    assert found.message.endswith(" within 1 s.")
    assert PUNCTUAL_MS <= found.latency_ms < PUNCTUAL_MS * 1.1
    assert received == [b"a"] * 3


def test_silence_is_up_where_that_is_asked_for() -> None:
    found, received = ask(silent, PUNCTUAL_MS, payload="a", unanswered="up", count=2)
    assert found.ok
    assert found.message.endswith(" refuses nothing, and answers nothing")
    assert received == [b"a"] * 2
    assert found.latency_ms < PUNCTUAL_MS


def test_an_answer_is_up_where_silence_would_be_too() -> None:
    found, received = ask(echoes, payload="a", unanswered="up")
    assert found.message.endswith(" answered with 1 byte")
    assert received == [b"a"]


def test_a_datagram_that_got_lost_is_sent_again() -> None:
    def loses_the_first(data: bytes, number: int) -> bytes | None:
        return data if number > 1 else None

    found, received = ask(loses_the_first, PUNCTUAL_MS, payload="a")
    assert found.ok
    assert received == [b"a", b"a"]


@pytest.mark.parametrize("answer", [b"\xff" * 60_000, "zwölf\n\x07".encode(), b"\x00", b" \n"])
def test_answers_of_any_bytes_are_taken(answer: bytes) -> None:
    found, _ = ask(lambda data, number: answer, expected="")
    assert found.ok
    assert found.message.endswith(f" answered with {len(answer)} byte{'s' * (len(answer) > 1)}")
    assert found.facts["answer"].isprintable()
    assert len(found.facts["answer"]) <= 1_000


def test_an_answer_of_somebody_else_is_none() -> None:
    async def scenario() -> Result:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
            socket.socket(type=socket.SOCK_DGRAM) as port,
        ):
            port.bind(("127.0.0.1", 0))
            port.setblocking(False)
            async with checking() as checker:
                aim = CHECK.build({"host": "127.0.0.1", "port": port.getsockname()[1], "payload": "a"})
                look = asyncio.create_task(checker.loop.look(CHECK, aim, 500))
                _, caller = await asyncio.get_running_loop().sock_recvfrom(port, 100)
                stranger.sendto(b"forged", caller)
                return await look

    assert asyncio.run(scenario()).reason is Reason.TIMEOUT


@pytest.mark.parametrize("dead", ["silent", "refusing"])
def test_one_dead_address_does_not_make_a_port_down(dead: str) -> None:
    async def scenario() -> Result:
        async with (
            udp_port(echoes, "127.0.0.3") as port,
            udp_port(silent, "127.0.0.2", port.number if dead == "silent" else 0),
            name_server(zone(two__test="127.0.0.2 127.0.0.3")) as names,
            checking(resolvers=(names.address,)) as checker,
        ):
            aim = CHECK.build({"host": "two.test", "port": port.number, "payload": "a"})
            return await checker.loop.look(CHECK, aim, 5_000)

    found = asyncio.run(scenario())
    assert found.ok
    assert found.address == "127.0.0.3"


def test_a_denied_address_is_sent_nothing() -> None:
    async def scenario() -> tuple[Result, list[bytes]]:
        policy = Policy(allow_private=True, deny=[ip_network("127.0.0.0/8")])
        async with udp_port(echoes) as port, checking(policy=policy) as checker:
            aim = CHECK.build({"host": "127.0.0.1", "port": port.number})
            return await checker.loop.look(CHECK, aim, 5_000), port.received

    found, received = asyncio.run(scenario())
    assert (found.reason, received) == (Reason.BLOCKED, [])


REFUSED = [
    ({"payload": "0g", "payload_format": "hex"}, "payload"),
    ({"payload": "123", "payload_format": "hex"}, "payload"),
    ({"expected": "a", "unanswered": "up"}, "unanswered"),
    ({"count": 6}, "count"),
    ({"port": 0}, "port"),
]


@pytest.mark.parametrize(("raw", "field"), REFUSED)
def test_settings_that_cannot_be_used_are_refused(raw: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        CHECK.build({"host": "a", "port": 1, **raw})  # type: ignore[dict-item]
    assert refused.value.field == field
