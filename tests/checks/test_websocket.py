"""WebSocket: a real server, and answers that are no upgrade."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha1

import pytest
import websockets.asyncio.server as websockets
from websockets.exceptions import ConnectionClosed

from tests.servers.certificates import authority, good, issue
from tests.servers.checking import PUNCTUAL_MS, checking
from tests.servers.lines import FAULTY, SILENT
from tests.servers.tcp import Behaviour, port
from uptime.checks.websocket import ANSWER_TO_KEY, CHECK
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result

Talk = websockets.ServerConnection


async def listens(connection: Talk) -> None:
    async for _ in connection:
        pass


@asynccontextmanager
async def server(handler: object = listens, tls: ssl.SSLContext | None = None, **more: object) -> AsyncIterator[str]:
    """A real server, and where it is."""
    async with websockets.serve(handler, "127.0.0.1", 0, ssl=tls, **more) as found:  # type: ignore[arg-type]
        yield f"{'wss' if tls else 'ws'}://127.0.0.1:{found.sockets[0].getsockname()[1]}/chat"


async def look(url: str, timeout_ms: int = 5_000, **target: object) -> Result:
    async with checking() as checker:
        aim = CHECK.build({"url": url, **target})  # type: ignore[dict-item]
        return await checker.loop.look(CHECK, aim, timeout_ms)


def visit(tls: ssl.SSLContext | None = None, target: dict[str, object] | None = None, **more: object) -> Result:
    """What is seen of a real server."""

    async def scenario() -> Result:
        async with server(tls=tls, **more) as url:  # type: ignore[arg-type]
            return await look(url, **target or {})

    return asyncio.run(scenario())


def test_a_server_that_upgrades_is_up() -> None:
    found = visit()
    assert found.ok
    assert (found.message, found.status_code, found.address) == ("Upgraded to WebSocket", 101, "127.0.0.1")


def test_a_server_that_encrypts_is_up() -> None:
    found = visit(tls=good().context())
    assert found.ok
    assert found.certificate is not None
    assert found.phases is not None
    assert found.phases.tls_ms > 0


def test_a_certificate_of_nobody_we_trust_is_down() -> None:
    context = issue("127.0.0.1").context()
    found = visit(tls=context)
    assert (found.ok, found.reason) == (False, Reason.TLS)
    assert visit(tls=context, target={"verify_tls": False}).ok


def test_a_certificate_that_ends_too_soon_is_down() -> None:
    context = issue("127.0.0.1", by=authority(), ends=datetime.now(UTC) + timedelta(days=5)).context()
    assert visit(tls=context, target={"expiry_days": 4}).ok
    assert visit(tls=context, target={"expiry_days": 14}).reason is Reason.TLS


def test_the_subprotocol_is_agreed_upon() -> None:
    found = visit(target={"subprotocols": ["mqtt", "chat"]}, subprotocols=["chat"])
    assert found.message == "Upgraded to WebSocket, subprotocol chat"


def test_a_server_that_knows_no_such_subprotocol_is_down() -> None:
    found = visit(target={"subprotocols": ["mqtt"]}, select_subprotocol=lambda connection, offered: None)
    assert (found.ok, found.reason) == (False, Reason.CONTENT)
    assert found.message == "The server agreed to no subprotocol; asked for was mqtt."


def test_our_close_is_answered_with_the_expected_code() -> None:
    found = visit(target={"close_codes": [1000]})
    assert found.message == "Upgraded to WebSocket, closed with the code 1000"


async def throws_out(connection: Talk) -> None:
    """Greets at length, and closes for a reason of its own."""
    for size in (1, 200, 70_000):
        await connection.send("x" * size)
    await connection.close(4001, "who are you?")


def test_a_server_that_closes_with_another_code_is_down() -> None:
    found = visit(handler=throws_out, target={"close_codes": [1000]})
    assert (found.ok, found.reason) == (False, Reason.STATUS)
    assert found.message == "Closed with the code 4001, but 1000 was expected."
    assert visit(handler=throws_out, target={"close_codes": [1000, 4001]}).ok
    assert visit(handler=throws_out).ok


async def breaks_off(connection: Talk) -> None:
    connection.transport.abort()


def test_a_server_that_breaks_off_does_so_with_the_code_for_that() -> None:
    found = visit(handler=breaks_off, target={"close_codes": [1000]})
    assert found.message == "Closed with the code 1006, but 1000 was expected."
    assert visit(handler=breaks_off, target={"close_codes": [1006]}).ok


def test_the_server_sees_an_orderly_close() -> None:
    codes: list[int | None] = []

    async def keeps_the_code(connection: Talk) -> None:
        try:
            await connection.recv()
        except ConnectionClosed:
            codes.append(connection.close_code)

    visit(handler=keeps_the_code, target={"close_codes": [1000]})
    assert codes == [1000]


def test_what_the_request_carries() -> None:
    seen: list[tuple[str, list[tuple[str, str]]]] = []

    async def keeps_the_request(connection: Talk) -> None:
        assert connection.request is not None
        seen.append((connection.request.path, list(connection.request.headers.raw_items())))

    async def scenario() -> None:
        async with server(keeps_the_request) as url:
            place = url.replace("://", "://bob:secret@") + "?x=ü"
            assert (await look(place, headers={"Origin": "http://a.test", "user-agent": "me"}, close_codes=[1000])).ok

    asyncio.run(scenario())
    (path, headers), names = seen[0], [name.lower() for name, _ in seen[0][1]]
    assert path == "/chat?x=%C3%BC"
    assert len(set(names)) == len(names)
    told = {name.lower(): value for name, value in headers}
    assert told["authorization"] == f"Basic {base64.b64encode(b'bob:secret').decode()}"
    assert (told["origin"], told["user-agent"]) == ("http://a.test", "me")
    assert len(base64.b64decode(told["sec-websocket-key"])) == 16


def answers(head: bytes) -> Behaviour:
    """Reads the request, and answers with this head, ACCEPT in it replaced by the right key."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        key = next(line.split()[1] for line in request.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key"))
        accept = base64.b64encode(sha1(key + ANSWER_TO_KEY.encode()).digest())  # noqa: S324 - as RFC 6455 has it
        writer.write(head.replace(b"ACCEPT", accept))
        await writer.drain()
        while await reader.read(100):
            pass

    return behave


def answered(behave: Behaviour, timeout_ms: int = 5_000, **target: object) -> Result:
    async def scenario() -> Result:
        async with port(behave) as found:
            return await look(f"ws://127.0.0.1:{found.number}", timeout_ms, **target)

    return asyncio.run(scenario())


UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
ACCEPTED = UPGRADE + b"Sec-WebSocket-Accept: ACCEPT\r\n"
NO_UPGRADE = {
    "a page": (b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n", Reason.STATUS, "Answered 200 OK, but 101 was expected."),
    "a refusal": (b"HTTP/1.1 403 No\r\n\r\n", Reason.STATUS, "Answered 403 No, but 101 was expected."),
    "a redirect": (b"HTTP/1.1 301\r\nLocation: /x\r\n\r\n", Reason.STATUS, "Answered 301, but 101 was expected."),
    "another upgrade": (
        ACCEPTED.replace(b"WebSocket\r", b"h2c\r") + b"\r\n",
        Reason.PROTOCOL,
        "Answered 101, but did not upgrade to WebSocket.",
    ),
    "no connection header": (
        ACCEPTED.replace(b"Connection", b"X") + b"\r\n",
        Reason.PROTOCOL,
        "Answered 101, but did not upgrade to WebSocket.",
    ),
    "no accept key": (UPGRADE + b"\r\n", Reason.PROTOCOL, "The accept key does not belong to our request"),
    "a wrong accept key": (
        UPGRADE + b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        Reason.PROTOCOL,
        "The accept key does not belong to our request",
    ),
    "a subprotocol of its own": (
        ACCEPTED + b"Sec-WebSocket-Protocol: chat\r\n\r\n",
        Reason.PROTOCOL,
        'The server chose the subprotocol "chat", which was not asked for.',
    ),
    "no HTTP": (b"SSH-2.0-x\r\n\r\n", Reason.PROTOCOL, "is not valid HTTP: its status line is malformed."),
}


@pytest.mark.parametrize(("head", "reason", "message"), NO_UPGRADE.values(), ids=NO_UPGRADE.keys())
def test_an_answer_that_is_no_upgrade_is_down(head: bytes, reason: Reason, message: str) -> None:
    found = answered(answers(head))
    assert (found.ok, found.reason) == (False, reason)
    assert message in found.message


def test_the_evidence_is_what_matters_of_the_head() -> None:
    found = answered(answers(b"HTTP/1.1 502 Bad\x07 Gateway\r\nServer: nginx\r\nSet-Cookie: secret\r\n\r\n"))
    assert (found.status_code, found.evidence) == (502, "HTTP 502 Bad  Gateway\nserver: nginx")


def test_a_wrong_accept_key_can_be_forgiven() -> None:
    assert answered(answers(UPGRADE + b"\r\n"), verify_accept=False).ok
    assert answered(answers(ACCEPTED + b"\r\n")).ok


@pytest.mark.parametrize("behave", [*SILENT.values(), answers(UPGRADE)], ids=[*SILENT.keys(), "half a head"])
def test_an_answer_that_does_not_come_ends_on_time(behave: Behaviour) -> None:
    found = answered(behave, PUNCTUAL_MS)
    assert (found.ok, found.reason) == (False, Reason.TIMEOUT)
    assert found.message.endswith(" did not answer the request for an upgrade within 1 s.")
    assert PUNCTUAL_MS <= found.latency_ms < PUNCTUAL_MS * 1.1


@pytest.mark.parametrize("name", [name for name in FAULTY if name != "a web server"])
def test_what_is_no_web_server_is_down_at_once(name: str) -> None:
    found = answered(FAULTY[name])
    assert (found.ok, found.reason) == (False, Reason.PROTOCOL)
    assert found.message.startswith(("127.0.0.1:", "The answer of 127.0.0.1:"))
    assert found.latency_ms < 1_000


def test_headers_without_end_are_down_at_once() -> None:
    found = answered(answers(UPGRADE + b"X: y\r\n" * 100_000))
    assert found.reason is Reason.PROTOCOL
    assert "its header is longer than 256 KiB" in found.message


LONG = b"\x82\x7f" + (1 << 62).to_bytes(8, "big")
AFTERWARDS = {
    "a close without a code": (b"\x88\x00", Reason.STATUS, "Closed with the code 1005, but 1000 was expected."),
    "a masked message": (b"\x82\x81abcdx", Reason.PROTOCOL, "A message came masked, as none of a server's may be."),
    "a message of 4 EiB": (
        LONG + b"x" * (2 << 20),
        Reason.PROTOCOL,
        "More than 1 MiB of messages came, and no answer to our close.",
    ),
    "messages without end": (
        b"\x82\x01x" * 500_000,
        Reason.PROTOCOL,
        "More than 1 MiB of messages came, and no answer to our close.",
    ),
}


@pytest.mark.parametrize(("frames", "reason", "message"), AFTERWARDS.values(), ids=AFTERWARDS.keys())
def test_messages_of_every_kind_are_skipped_within_bounds(frames: bytes, reason: Reason, message: str) -> None:
    found = answered(answers(ACCEPTED + b"\r\n" + frames), close_codes=[1000])
    assert (found.ok, found.reason, found.message) == (False, reason, message)


def test_a_close_that_is_not_answered_ends_on_time() -> None:
    found = answered(answers(ACCEPTED + b"\r\n\x82\x7f"), PUNCTUAL_MS, close_codes=[1000])
    assert found.reason is Reason.TIMEOUT
    assert found.message.endswith(" took the upgrade, but did not answer our close within 1 s.")
    assert PUNCTUAL_MS <= found.latency_ms < PUNCTUAL_MS * 1.1


@pytest.mark.parametrize("url", ["http://a/", "ws:/a", "ws://", "wss://a:0/", "ws://a b/", "ws://[::1/", "ws://a\n/"])
def test_an_address_of_no_such_form_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        CHECK.build({"url": url})
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"subprotocols": ["a b"]}, "subprotocols"),
        ({"close_codes": [999]}, "close_codes"),
        ({"headers": {"a b": ""}}, "headers"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(raw: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        CHECK.build({"url": "WS://a/", **raw})  # type: ignore[dict-item]
    assert refused.value.field == field


def test_secrets_are_known() -> None:
    assert CHECK.secrets() == {"password", "bearer"}
