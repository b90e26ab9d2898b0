"""What a complete response is: servers that get it right, and servers that do not, one per rule."""

import asyncio
import gzip
import zlib
from random import Random

import pytest

from tests.servers.checking import PUNCTUAL_MS, Checker, checking
from tests.servers.http import OK, Answer, Request, chunked, drips, falls_silent, resets, response, says, serving
from uptime.domain.result import Reason, Result

START = b"HTTP/1.1 200 OK\r\n"
EMPTY = b"Content-Length: 0\r\n\r\n"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


def result(answer: Answer, timeout_ms: int = 5_000, **target: object) -> Result:
    async def scenario() -> Result:
        async with serving(answer) as server, checking() as checker:
            return await checker.look(server.url, timeout_ms, **target)

    return asyncio.run(scenario())


def fields(count: int, size: int) -> bytes:
    return b"".join(b"X-%d: %s\r\n" % (number, b"v" * size) for number in range(count))


COMPLETE = {
    "a plain one": says(OK),
    "HTTP/1.0, its body ended by closing": says(b"HTTP/1.0 200 OK\r\n\r\nhello"),
    "no reason": says(b"HTTP/1.1 200\r\n" + EMPTY),
    "a blank reason": says(b"HTTP/1.1 200 \r\n" + EMPTY),
    "a reason in any bytes": says(b"HTTP/1.1 200 \xe9\x01\xff\r\n" + EMPTY),
    "bare line feeds": says(b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"),
    "an interim response": says(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK),
    "twenty interim responses": says(INTERIM * 20 + OK),
    "60 KiB of header in 200 fields": says(START + fields(200, 300) + EMPTY),
    "60 KiB of header in one field": says(START + b"X: " + b"v" * 61_440 + b"\r\n" + EMPTY),
    "almost 256 KiB of header": says(START + fields(250, 1_000) + EMPTY),
    "values in any bytes": says(START + b"X: \xe9\x01\xff\r\n" + EMPTY),
    "a value over two lines": says(START + b"X: a\r\n b\r\n" + EMPTY),
    "the same length twice": says(START + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    "the same length twice in one field": says(START + b"Content-Length: 5, 5\r\n\r\nhello"),
    "a length with leading zeros": says(START + b"Content-Length: 00000000000000000000005\r\n\r\nhello"),
    "more bytes than announced": says(START + b"Content-Length: 5\r\n\r\nhello, and so on"),
    "announced bytes, and then no closing": falls_silent(OK),
    "chunks": says(chunked(b"hello", b"you")),
    "chunks that arrive byte by byte": says(*(bytes([byte]) for byte in chunked(b"he", b"llo"))),
    "a chunk size of sixteen digits": says(chunked(end=b"0" * 15 + b"5\r\nhello\r\n0\r\n\r\n")),
    "chunk extensions": says(chunked(end=b"5;a=b\r\nhello\r\n0;c\r\n\r\n")),
    "trailers": says(chunked(b"hello", end=b"0\r\nX: y\r\n\r\n")),
    "chunks and a length": says(chunked(b"hello", headers=b"Content-Length: 99\r\n")),
    "gzip": says(response(gzip.compress(b"hello"), "Content-Encoding: gzip")),
    "gzip by its old name": says(response(gzip.compress(b"hello"), "Content-Encoding: x-gzip")),
    "gzip of several members": says(response(gzip.compress(b"hel") + gzip.compress(b"lo"), "Content-Encoding: gzip")),
    "gzip with bytes behind it": says(response(gzip.compress(b"hello") + b"rest", "Content-Encoding: gzip")),
    "gzip of nothing at all": says(response(b"", "Content-Encoding: gzip")),
    "deflate": says(response(zlib.compress(b"hello"), "Content-Encoding: deflate")),
    "deflate without its header": says(response(zlib.compress(b"hello")[2:-4], "Content-Encoding: deflate")),
    "gzip within deflate": says(response(zlib.compress(gzip.compress(b"hello")), "Content-Encoding: gzip, deflate")),
    "a coding that was not asked for": says(response(b"\x1b\x05\x00", "Content-Encoding: br")),
    "a body without end": drips(START + b"\r\n", b"v" * 100_000, 0),
    "a bomb": says(response(gzip.compress(bytes(60_000_000)), "Content-Encoding: gzip")),
    "an endless body under a huge length": drips(
        START + b"Content-Length: 9223372036854775807\r\n\r\n", bytes(100_000), 0
    ),
}

BROKEN = {
    "closed without a byte": says(),
    "reset without a byte": resets(),
    "something else": says(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a status line cut off": says(b"HTTP/1.1 20"),
    "four digits of status": says(b"HTTP/1.1 2000 OK\r\n" + EMPTY),
    "two digits of status": says(b"HTTP/1.1 20 OK\r\n" + EMPTY),
    "a status of 000": says(b"HTTP/1.1 000 OK\r\n" + EMPTY),
    "no space behind the status": says(b"HTTP/1.1 200OK\r\n" + EMPTY),
    "a tab": says(b"HTTP/1.1\t200 OK\r\n" + EMPTY),
    "two spaces": says(b"HTTP/1.1  200 OK\r\n" + EMPTY),
    "lower-case http": says(b"http/1.1 200 OK\r\n" + EMPTY),
    "HTTP/1.2": says(b"HTTP/1.2 200 OK\r\n" + EMPTY),
    "HTTP/2": says(b"HTTP/2 200 OK\r\n" + EMPTY),
    "a header cut off between fields": says(START + b"Server: x\r\n"),
    "a header cut off within a field": says(START + b"Server: x"),
    "a header cut off in its empty line": says(START + b"Server: x\r\n\r"),
    "twenty-one interim responses": says(INTERIM * 21 + OK),
    "interim responses for ever": drips(b"", INTERIM, 0),
    "more than 256 KiB of header": says(START + fields(300, 1_000) + EMPTY),
    "a field without end": drips(START + b"X: ", b"v" * 10_000, 0),
    "fields without end": drips(START, b"X: v\r\n" * 100, 0),
    "a NUL in a field": says(START + b"X: a\0b\r\n" + EMPTY),
    "a CR in a field": says(START + b"X: a\rb\r\n" + EMPTY),
    "a negative length": says(START + b"Content-Length: -5\r\n\r\nhello"),
    "a signed length": says(START + b"Content-Length: +5\r\n\r\nhello"),
    "a hexadecimal length": says(START + b"Content-Length: 0x5\r\n\r\nhello"),
    "an empty length": says(START + b"Content-Length: \r\n\r\nhello"),
    "a length beyond all numbers": says(START + b"Content-Length: 99999999999999999999\r\n\r\nhello"),
    "two different lengths": says(START + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
    "two different lengths in one field": says(START + b"Content-Length: 5, 6\r\n\r\nhello!"),
    "a body cut off": says(START + b"Content-Length: 50\r\n\r\nhello"),
    "a body reset": resets(START + b"Content-Length: 50\r\n\r\nhello"),
    "chunks cut off": says(chunked(b"hello", end=b"")),
    "chunks cut off behind the last": says(chunked(b"hello", end=b"0\r\n")),
    "a chunk size that is no number": says(chunked(b"hello", end=b"xyz\r\n")),
    "a negative chunk size": says(chunked(b"hello", end=b"-5\r\nhello\r\n0\r\n\r\n")),
    "a chunk size beyond all numbers": says(chunked(end=b"F" * 16 + b"\r\nhello\r\n0\r\n\r\n")),
    "a chunk size of too many digits": says(chunked(end=b"0" * 17 + b"5\r\nhello\r\n0\r\n\r\n")),
    "a chunk longer than its size": says(chunked(end=b"5\r\nhello!\r\n0\r\n\r\n")),
    "trailers without end": drips(chunked(b"hello", end=b"0\r\n"), b"X: y\r\n" * 100, 0),
    "a chunk extension without end": drips(START + b"Transfer-Encoding: chunked\r\n\r\n5;", b"x" * 65_536, 0),
    "gzip as transfer coding": says(START + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "gzip that is none": says(response(b"hello", "Content-Encoding: gzip")),
    "gzip cut off": says(response(gzip.compress(b"hello" * 99)[:-9], "Content-Encoding: gzip")),
    "gzip cut off by closing": says(response(gzip.compress(b"hello")[:-1], "Content-Encoding: gzip", length=False)),
    "deflate that is none": says(response(b"\xff\xff\xff", "Content-Encoding: deflate")),
    "too many codings": says(response(b"", "Content-Encoding: gzip, gzip, gzip, gzip, gzip", length=False)),
    "coded bytes that hold nothing": drips(
        START + b"Content-Encoding: deflate\r\n\r\n\x78\x9c", b"\0\0\0\xff\xff" * 20_000, 0
    ),
}


@pytest.mark.parametrize("answer", COMPLETE.values(), ids=COMPLETE.keys())
def test_an_odd_but_valid_answer_is_up(answer: Answer) -> None:
    found = result(answer)
    assert (found.ok, found.reason, found.status_code) == (True, None, 200), found.message


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_down_by_its_protocol(answer: Answer) -> None:
    found = result(answer)
    assert (found.ok, found.reason) == (False, Reason.PROTOCOL), found.message
    assert 20 < len(found.message) <= 200


SLOW = {
    "nothing at all": falls_silent(),
    "a byte of the status line now and then": falls_silent(b"HTTP/1", b".1 2"),
    "a byte of the header now and then": drips(START + b"X: ", b"v"),
    "a field now and then": drips(START, b"X: y\r\n"),
    "no empty line": falls_silent(START + b"Content-Length: 5\r\n"),
    "a byte of the body now and then": drips(START + b"\r\n", b"v"),
    "a chunk now and then": drips(START + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "no last chunk": falls_silent(START + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    "less than was announced": falls_silent(START + b"Content-Length: 9\r\n\r\nhello"),
    "an interim response and nothing more": falls_silent(INTERIM),
    "coded bytes now and then": drips(START + b"Content-Encoding: deflate\r\n\r\n\x78\x9c", b"\0\0\0\xff\xff"),
}


async def timed(checker: Checker, answer: Answer) -> tuple[Result, float]:
    """The result of a check with a short timeout, and how long it was awaited."""
    loop = asyncio.get_running_loop()
    async with serving(answer) as server:
        began = loop.time()
        return await checker.look(server.url, PUNCTUAL_MS), loop.time() - began


def test_no_server_holds_a_check_beyond_its_timeout() -> None:
    async def scenario() -> list[tuple[Result, float]]:
        async with checking() as checker:
            return await asyncio.gather(*(timed(checker, answer) for answer in SLOW.values()))

    for name, (found, took) in zip(SLOW, asyncio.run(scenario()), strict=True):
        assert found.reason is Reason.TIMEOUT, (name, found)
        assert PUNCTUAL_MS * 0.95 <= found.latency_ms <= PUNCTUAL_MS * 1.1, (name, found)
        assert took <= PUNCTUAL_MS / 1_000 * 1.1 + 0.2, (name, took)


BODILESS = {
    "HEAD": ("HEAD", START + b"Content-Length: 99\r\n\r\n", "200"),
    "HEAD with a body nonetheless": ("HEAD", START + b"Content-Length: 5\r\n\r\nhello", "200"),
    "HEAD in chunks": ("HEAD", START + b"Transfer-Encoding: chunked\r\n\r\n", "200"),
    "204": ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 99\r\n\r\n", "204"),
    "204 with a wrong length": ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: -1\r\n\r\n", "204"),
    "304": ("GET", b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "304"),
    "101": ("GET", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "101"),
}


@pytest.mark.parametrize(("method", "head", "status"), BODILESS.values(), ids=BODILESS.keys())
def test_no_body_is_waited_for_where_there_is_none(method: str, head: bytes, status: str) -> None:
    found = result(falls_silent(head), method=method, expected_status=[status])
    assert found.ok, found.message
    assert found.latency_ms < 1_000


def test_a_wrong_status_ends_the_check_before_its_body() -> None:
    found = result(falls_silent(b"HTTP/1.1 500 Oh no\r\nServer: x\r\nContent-Length: 99\r\n\r\n"))
    assert (found.reason, found.status_code) == (Reason.STATUS, 500)
    assert found.message == "Answered 500 Oh no, but 200 was expected."
    assert "server: x" in (found.evidence or "")
    assert found.latency_ms < 1_000


def test_the_body_limit_is_a_setting() -> None:
    async def scenario(size: int) -> Result:
        answer = says(response(b"v" * size + b"needle"))
        async with serving(answer) as server, checking(body_limit=50_000) as checker:
            return await checker.look(server.url, keyword="needle")

    assert asyncio.run(scenario(49_994)).ok
    beyond = asyncio.run(scenario(49_995))
    assert (beyond.ok, beyond.reason) == (False, Reason.CONTENT)


SEEDS = [
    OK,
    chunked(b"hello", b"you", end=b"0\r\nX: y\r\n\r\n"),
    response(gzip.compress(b"hello" * 50), "Content-Encoding: gzip", "Content-Type: text/html; charset=utf-16"),
    b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    INTERIM + OK,
    b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nAlt-Svc: h3=":443"\r\nContent-Length: 3\r\n\r\nabc',
    b"HTTP/1.1 426 No\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nContent-Range: bytes 0-1/2\r\n\r\nxx",
]
SPLINTERS = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b":",
    b" ",
    b"\t",
    b"HTTP/1.1 ",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: deflate\r\n",
    b"-1",
    b"9" * 20,
    b"\xff",
    b";",
    b"HTTP/1.1 101 X\r\n",
    b"Location: //\r\n",
    b"f" * 16,
]


def mangled(random: Random) -> bytes:
    wire = bytearray(random.choice(SEEDS))
    for _ in range(random.randint(1, 4)):
        at, what = random.randrange(len(wire) + 1), random.randrange(4)
        if what == 0:
            wire[at:at] = random.choice(SPLINTERS)
        elif what == 1:
            del wire[at : at + random.randint(1, 6)]
        elif what == 2:
            wire[at : at + 1] = random.randbytes(1)
        else:
            wire = wire[:at] if random.random() < 0.5 else wire[:at] + wire
    return bytes(wire)


def test_no_bytes_make_a_check_fail_inside() -> None:
    random = Random(20260302)
    answers = [says(mangled(random)) for _ in range(400)]

    async def scenario() -> list[Result]:
        async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
            await answers[int(request.headers["x-number"])](request, writer)

        async def look(number: int) -> Result:
            target = {"headers": {"X-Number": str(number)}, "keyword": "hello", "regex": "h.llo"}
            return await checker.look(server.url, 2_000, expected_status=["2xx", "4xx"], **target)

        async with serving(answer) as server, checking() as checker:
            return await asyncio.gather(*(look(number) for number in range(len(answers))))

    found = asyncio.run(scenario())
    assert Reason.INTERNAL not in {each.reason for each in found}
    assert Reason.PROTOCOL in {each.reason for each in found}
    assert any(each.ok for each in found)
