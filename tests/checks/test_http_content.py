"""Keywords and expressions: looked for in the decoded text, whatever border they cross."""

import asyncio
import gzip
import threading
from encodings.aliases import aliases
from itertools import pairwise
from random import Random

import pytest

from tests.servers.checking import checking
from tests.servers.http import Answer, chunked, drips, falls_silent, response, says, serving
from uptime.checks._body import Search
from uptime.checks._text import Text, charset_of, decoded
from uptime.checks.http import CHECK
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result


def result(answer: Answer, timeout_ms: int = 5_000, **target: object) -> Result:
    async def scenario() -> Result:
        async with serving(answer) as server, checking() as checker:
            return await checker.look(server.url, timeout_ms, **target)

    return asyncio.run(scenario())


def typed(text: str, charset: str, content_type: str) -> Answer:
    return says(response(text.encode(charset), f"Content-Type: {content_type}"))


def _bytewise(body: bytes, *headers: str) -> list[bytes]:
    return [bytes([byte]) for byte in response(body, *headers)]


PRESENT = {
    "in a plain body": says(response("all zwölf systems".encode())),
    "across chunks": says(chunked(b"all zw\xc3\xb6", b"lf systems")),
    "across a character": says(chunked(b"all zw\xc3", b"\xb6lf systems")),
    "byte by byte": says(*_bytewise("zwölf".encode())),
    "in gzip": says(response(gzip.compress("all zwölf systems".encode()), "Content-Encoding: gzip")),
    "across gzip members": says(
        response(gzip.compress(b"all zw\xc3") + gzip.compress(b"\xb6lf"), "Content-Encoding: gzip")
    ),
    "in Latin-1": typed("zwölf", "latin-1", "text/html; charset=ISO-8859-1"),
    "in Windows-1252": typed("zwölf", "cp1252", 'text/html; charset="windows-1252"'),
    "in UTF-16": typed("zwölf", "utf-16", "text/html; charset=utf-16"),
    "in UTF-16 without a mark": typed("zwölf", "utf-16-le", "text/html; charset=utf-16"),
    "in UTF-16 the other way round": typed("\ufeffzwölf", "utf-16-be", "text/html; charset=utf-16"),
    "in UTF-16 byte by byte": says(*_bytewise("\ufeffzwölf".encode("utf-16-be"), "Content-Type: x; charset=utf-16")),
    "in UTF-32": typed("zwölf", "utf-32", "text/html; charset=utf-32"),
    "behind what its charset cannot decode": says(
        response(
            b"\x1b$B" + b"\xff" * 99 + b"\x1b(B zw\x1b-A\x1b.A\x1bNvlf zw\xc3\xb6lf", "Content-Type: x; charset=utf-8"
        )
    ),
    "in an unknown charset, so UTF-8": typed("zwölf", "utf-8", "text/html; charset=klingon"),
    "in a charset that is no text, so UTF-8": typed("zwölf", "utf-8", "text/html; charset=base64"),
    "in a charset that is a trap, so UTF-8": typed("zwölf", "utf-8", "text/html; charset=idna"),
    "in a charset that is an escape, so UTF-8": typed("zwölf", "utf-8", "text/html; charset=unicode_escape"),
    "in a charset with a NUL, so UTF-8": typed("zwölf", "utf-8", "text/html; charset=x\x01y"),
    "among undecodable bytes": says(response(b"\xff\xfe\xc3zw\xc3\xb6lf\xff")),
    "at the very end": says(response("zwölf".encode(), length=False)),
}


@pytest.mark.parametrize("answer", PRESENT.values(), ids=PRESENT.keys())
def test_a_keyword_is_found(answer: Answer) -> None:
    assert result(answer, keyword="zwölf").ok
    assert result(answer, regex="zw[öx]lf").ok
    absent = result(answer, keyword="zwölf", keyword_absent=True)
    assert (absent.ok, absent.reason) == (False, Reason.CONTENT)
    assert absent.message == 'The text "zwölf" is in the answer.'


ABSENT = {
    "with other letters": says(response(b"all zwolf systems")),
    "in other capitals": says(response("all ZWÖLF systems".encode())),
    "only in a header": says(response(b"hello", "X-Text: zw\xf6lf")),
    "in an empty body": says(response(b"")),
    "beyond the body limit": says(response(b"." * (1 << 20) + "zwölf".encode())),
    "beyond the body limit once decoded": says(
        response(gzip.compress(b"." * (1 << 20) + "zwölf".encode()), "Content-Encoding: gzip")
    ),
    "in a body without end": drips(b"HTTP/1.1 200 OK\r\n\r\n", b"." * 100_000, 0),
}


@pytest.mark.parametrize("answer", ABSENT.values(), ids=ABSENT.keys())
def test_a_keyword_is_absent(answer: Answer) -> None:
    found = result(answer, keyword="zwölf")
    assert (found.ok, found.reason, found.status_code) == (False, Reason.CONTENT, 200)
    assert found.message == 'The text "zwölf" is missing from the answer.'
    assert result(answer, keyword="zwölf", keyword_absent=True).ok
    expression = result(answer, regex="zw[öx]lf")
    assert (expression.ok, expression.reason) == (False, Reason.CONTENT)


def test_a_keyword_just_within_the_body_limit_is_found() -> None:
    word = "zwölf".encode()
    assert result(says(response(b"." * ((1 << 20) - len(word)) + word)), keyword="zwölf").ok


def test_the_evidence_of_missing_content_is_how_the_answer_began() -> None:
    found = result(says(response(b"Database error " * 500)), keyword="welcome")
    assert found.evidence is not None
    assert found.evidence.startswith("Database error")
    assert len(found.evidence) <= 1_000


def test_a_found_keyword_ends_the_reading() -> None:
    answer = falls_silent(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nwelcome")
    found = result(answer, keyword="welcome")
    assert found.ok
    assert found.latency_ms < 1_000
    unwanted = result(answer, keyword="welcome", keyword_absent=True)
    assert unwanted.reason is Reason.CONTENT
    assert unwanted.latency_ms < 1_000


def test_a_keyword_does_not_excuse_a_broken_body_before_it() -> None:
    found = result(says(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nwel"), keyword="welcome")
    assert found.reason is Reason.PROTOCOL


def test_keyword_and_expression_must_both_hold() -> None:
    answer = says(response(b"version 42 is up"))
    assert result(answer, keyword="is up", regex=r"version \d+").ok
    assert not result(answer, keyword="is up", regex=r"version [a-z]+").ok
    assert not result(answer, keyword="is down", regex=r"version \d+").ok


EXPRESSIONS = {
    r"^\{": True,
    r'"status"\s*:\s*"(ok|up)"': True,
    r"(?i)STATUS": True,
    r"(?s)status.*end": True,
    r"\d{3}": False,
    r"grün+": True,
}


@pytest.mark.parametrize(("pattern", "matches"), EXPRESSIONS.items())
def test_an_expression_is_searched_in_the_text(pattern: str, matches: bool) -> None:
    assert result(says(response('{"status": "ok",\n"colour": "grün", "end": 1}'.encode())), regex=pattern).ok is matches


def test_an_expression_of_exponential_ambition_takes_no_time() -> None:
    found = result(says(response(b"a" * 50_000)), regex=r"^(a+)+$|^(a|a?)+b$")
    assert found.ok
    assert found.latency_ms < 1_000


def test_an_expression_that_takes_long_delays_nobody() -> None:
    """RE2's time is linear, but with a large factor: such a search runs elsewhere, and only once."""
    pattern = "((a?){30}){30}c"

    async def scenario() -> tuple[Result, Result]:
        text = says(response(b"a" * 30_000 + b"b"))
        async with serving(text) as server, serving(says(response(b"hello"))) as healthy, checking() as checker:
            slow = asyncio.create_task(checker.look(server.url, 60_000, regex=pattern))
            while pattern not in searching():
                await asyncio.sleep(0.001)
            assert (await checker.look(healthy.url)).ok
            assert not slow.done()
            return await slow, await checker.look(server.url, regex=pattern)

    first, second = asyncio.run(scenario())
    assert (first.ok, first.reason) == (False, Reason.CONTENT)
    assert "Nothing in the answer matches" in first.message
    assert (second.ok, second.reason) == (False, Reason.CONTENT)
    assert "takes too long" in second.message


def searching() -> set[str]:
    return {thread.name.partition(" ")[2] for thread in threading.enumerate()}


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", r"(?=a)", r"\1", "[z-a]", "(?:(?:a{100}){100}){10}", r"\p{L}{999}"])
def test_an_expression_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid) as refused:
        CHECK.build({"url": "http://site.test/", "regex": pattern})
    assert refused.value.field == "regex"
    assert refused.value.message.startswith("The regular expression is")


def test_many_bodies_at_once_stay_within_bounds() -> None:
    """What is kept for expressions is bounded over all checks: beyond the bound it goes to a file."""
    body = b"." * 900_000 + b"needle"

    async def scenario() -> list[Result]:
        async with serving(says(response(body))) as server, checking() as checker:
            return await asyncio.gather(*(checker.look(server.url, 60_000, regex="ne+dle") for _ in range(40)))

    assert all(found.ok for found in asyncio.run(scenario()))


def test_no_bytes_make_any_charset_fail() -> None:
    random = Random(1)
    for charset in sorted(set(aliases.values())):
        name = charset_of(f"text/html; charset={charset}")
        for _ in range(20):
            text = Text(name)
            for _ in range(10):
                text.feed(random.randbytes(random.randrange(9)))
            text.feed(b"", final=True)
            decoded(random.randbytes(99), name)


def test_a_mark_at_the_beginning_is_no_part_of_the_text() -> None:
    assert decoded(b"\xef\xbb\xbf{}", "utf-8") == "{}"
    assert decoded(b"\xff\xfe{\0", "utf-16") == "{"
    assert result(says(response(b"\xef\xbb\xbf{}")), regex=r"^\{\}$").ok


def test_nothing_is_lost_between_the_pieces_of_a_text() -> None:

    text = "aabaabaaab"
    for first, second in pairwise(range(len(text) + 1)):
        search = Search("aabaaab", "utf-8")
        for piece in (text[:first], text[first:second], text[second:]):
            search.feed(piece.encode())
        assert search.found
