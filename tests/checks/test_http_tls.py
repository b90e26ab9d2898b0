"""Certificates and handshakes: what is trusted, what is not, and what is said about it."""

import asyncio
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.certificates import DAY, Shown, authority, good, issue
from tests.servers.checking import SHORT_MS, checking
from tests.servers.http import OK, Answer, chunked, response, says, serving
from tests.servers.tls import HANDSHAKE_FAILURE, PROTOCOL_VERSION, asking_for_a_certificate, listening
from uptime.checks._certificates import LOOK_AGAIN_S, CertificateBook
from uptime.checks._curl import PRIVATE_LANES, CurlEngine
from uptime.checks._http_message import HttpAnswer, HttpRequest
from uptime.checks._loop import EngineSettings
from uptime.checks._place import place_of
from uptime.domain.result import Reason, Result

NOW = datetime.now(UTC)


def shown(certificate: Shown, answer: Answer | None = None, timeout_ms: int = 5_000, **target: object) -> Result:
    async def scenario() -> Result:
        tls = certificate.context()
        async with serving(answer or says(OK), tls=tls) as server, checking() as checker:
            return await checker.look(server.url, timeout_ms, **target)

    return asyncio.run(scenario())


def intermediate() -> Shown:
    return issue("Upspeak Test Intermediate", by=authority(), authority=True)


def test_a_trusted_certificate_is_up_and_its_facts_are_told() -> None:
    found = shown(good())
    assert found.ok
    assert found.certificate is not None
    assert found.certificate.names == ("localhost", "site.test", "127.0.0.1")
    assert found.certificate.subject == "CN=127.0.0.1"
    assert found.certificate.issuer == "CN=Upspeak Test Authority"
    assert found.certificate.not_after == good().certificate.not_valid_after_utc
    assert len(found.certificate.fingerprint) == 64
    assert found.phases is not None
    assert found.phases.tls_ms > 0


def test_the_intermediate_a_server_sends_is_used() -> None:
    middle = intermediate()
    found = shown(issue("127.0.0.1", by=middle, chain=(middle.certificate,)))
    assert found.ok
    assert found.certificate is not None
    assert found.certificate.chain == ("CN=127.0.0.1", "CN=Upspeak Test Intermediate")


REFUSED = {
    "it has expired": lambda: issue("127.0.0.1", by=authority(), begins=NOW - 9 * DAY, ends=NOW - DAY),
    "it is not valid yet": lambda: issue("127.0.0.1", by=authority(), begins=NOW + DAY, ends=NOW + 9 * DAY),
    "it is self-signed": lambda: issue("127.0.0.1"),
    "it was made for another name": lambda: issue("localhost", by=authority()),
    "or its issuer is not trusted": lambda: issue("127.0.0.1", by=issue("Somebody Else", authority=True)),
    "does not send the certificate of its issuer": lambda: issue("127.0.0.1", by=intermediate()),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_certificate_that_is_not_accepted_is_down_with_its_facts(why: str) -> None:
    certificate = REFUSED[why]()
    found = shown(certificate)
    assert (found.ok, found.reason) == (False, Reason.TLS)
    assert why in found.message
    assert found.certificate is not None
    assert found.certificate.not_after == certificate.certificate.not_valid_after_utc


@pytest.mark.parametrize("why", REFUSED)
def test_a_monitor_may_ignore_what_is_wrong_with_a_certificate(why: str) -> None:
    found = shown(REFUSED[why](), verify_tls=False)
    assert found.ok
    assert found.certificate is not None


def test_ignoring_a_certificate_once_does_not_make_it_trusted() -> None:
    async def scenario() -> list[bool]:
        async with serving(says(OK), tls=issue("127.0.0.1").context()) as server, checking() as checker:
            return [(await checker.look(server.url, verify_tls=verify)).ok for verify in (True, False, True)]

    assert asyncio.run(scenario()) == [False, True, False]


def test_the_server_name_is_always_sent() -> None:
    seen: list[str | None] = []

    async def scenario() -> Result:
        tls = good().context(sni_callback=lambda _connection, name, _context: seen.append(name))
        async with serving(says(OK), tls=tls) as server, checking() as checker:
            return await checker.look(f"https://LocalHost:{server.port}/")

    assert asyncio.run(scenario()).ok
    assert seen == ["localhost"]


def test_an_authority_of_one_monitor_is_trusted_by_that_monitor_alone() -> None:
    private = issue("Private Authority", authority=True)
    certificate = issue("127.0.0.1", by=private)

    async def scenario() -> list[bool]:
        async with serving(says(OK), tls=certificate.context()) as server, checking() as checker:
            authorities = ("", private.pem, "", private.pem)
            return [(await checker.look(server.url, ca_pem=pem)).ok for pem in authorities]

    assert asyncio.run(scenario()) == [False, True, False, True]


def test_a_monitor_with_an_authority_of_its_own_still_trusts_the_others() -> None:
    assert shown(good(), ca_pem=issue("Private Authority", authority=True).pem).ok


def test_many_private_authorities_do_not_pile_up() -> None:
    async def scenario() -> list[HttpAnswer]:
        async with serving(says(OK), tls=good().context()) as server:
            engine = CurlEngine(EngineSettings(concurrency=1))
            await engine.start()
            pems = [authority().pem + issue(f"Authority {number}", authority=True).pem for number in range(12)]
            requests = [HttpRequest(place_of(server.url), ca_pem=pem) for pem in (*pems, *pems[:2])]
            answers = [await engine.fetch(request, ["127.0.0.1"], time.monotonic() + 5) for request in requests]
            assert len(engine._private) == PRIVATE_LANES
            assert len(list(Path(engine._folder.name).iterdir())) == PRIVATE_LANES + 1
            await engine.close()
            assert not Path(engine._folder.name).exists()
            return answers

    assert [answer.status for answer in asyncio.run(scenario())] == [200] * 14


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (PROTOCOL_VERSION, "it does not speak TLS 1.2 or newer"),
        (HANDSHAKE_FAILURE, "no cipher or version in common"),
        (OK, "it does not speak TLS on that port"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "it does not speak TLS on that port"),
        (b"", "the connection was closed"),
    ],
)
def test_a_failed_handshake_says_why(reply: bytes, why: str) -> None:
    async def scenario() -> Result:
        async with listening(reply) as port, checking() as checker:
            return await checker.look(f"https://127.0.0.1:{port}/")

    found = asyncio.run(scenario())
    assert (found.ok, found.reason) == (False, Reason.TLS)
    assert why in found.message


def test_a_handshake_that_does_not_end_is_a_timeout() -> None:
    async def scenario() -> Result:
        async with listening(close=False) as port, checking() as checker:
            return await checker.look(f"https://127.0.0.1:{port}/", SHORT_MS)

    found = asyncio.run(scenario())
    assert found.reason is Reason.TIMEOUT
    assert "the TLS handshake did not end" in found.message
    assert found.phases is not None
    assert found.phases.tls_ms > SHORT_MS * 0.9


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_client_certificate_is_down_by_tls(version: ssl.TLSVersion) -> None:
    async def scenario(port: int) -> Result:
        async with checking() as checker:
            return await checker.look(f"https://127.0.0.1:{port}/")

    with asking_for_a_certificate(version) as port:
        found = asyncio.run(scenario(port))
    assert (found.ok, found.reason) == (False, Reason.TLS)
    assert "client certificate" in found.message


def test_a_certificate_that_ends_too_soon_is_down() -> None:
    certificate = issue("127.0.0.1", by=authority(), ends=NOW + 10 * DAY + timedelta(hours=1))
    assert shown(certificate, expiry_days=10).ok
    found = shown(certificate, expiry_days=11)
    assert (found.ok, found.reason) == (False, Reason.TLS)
    assert f"ends in 10 days, on {certificate.certificate.not_valid_after_utc:%Y-%m-%d}" in found.message


def test_a_new_certificate_that_is_refused_is_looked_at_within_the_same_check() -> None:
    expired = issue("localhost", by=authority(), begins=NOW - 9 * DAY, ends=NOW - DAY)

    async def scenario() -> tuple[Result, Result]:
        context, then = good().context(), expired.context()
        async with serving(says(OK), tls=context) as server, checking() as checker:
            url = f"https://localhost:{server.port}/"
            first = await checker.look(url)
            context.sni_callback = lambda connection, _name, _context: setattr(connection, "context", then)
            return first, await checker.look(url)

    first, second = asyncio.run(scenario())
    assert first.ok
    assert second.reason is Reason.TLS
    assert second.certificate is not None
    assert second.certificate.not_after == expired.certificate.not_valid_after_utc


def test_a_renewed_certificate_is_seen_at_once_where_its_end_matters() -> None:
    old = issue("localhost", by=authority(), ends=NOW + 5 * DAY)
    new = issue("localhost", by=authority(), ends=NOW + 80 * DAY).context()

    async def scenario() -> tuple[Result, Result]:
        context = old.context()
        async with serving(says(OK), tls=context) as server, checking() as checker:
            url = f"https://localhost:{server.port}/"
            first = await checker.look(url, expiry_days=14)
            context.sni_callback = lambda connection, _name, _context: setattr(connection, "context", new)
            return first, await checker.look(url, expiry_days=14)

    first, second = asyncio.run(scenario())
    assert first.reason is Reason.TLS
    assert second.ok


def test_a_certificate_is_looked_at_again_when_it_is_due() -> None:
    book, place = CertificateBook(), ("site.test", 443)
    assert book.due(place, 0)
    known = book.note(place, [good().pem.encode()], 0, failed=False)
    assert known is not None
    assert not book.due(place, LOOK_AGAIN_S - 1)
    assert book.due(place, LOOK_AGAIN_S)
    book.distrust(place)
    assert book.due(place, 1)
    assert book.note(place, [b"no certificate"], 2, failed=True) == known


BODIES = {
    "a length": says(response(b"hello")),
    "chunks": says(chunked(b"hello")),
    "closing": says(b"HTTP/1.1 200 OK\r\n\r\nhello"),
}


@pytest.mark.parametrize("answer", BODIES.values(), ids=BODIES.keys())
def test_an_encrypted_body_may_end_by(answer: Answer) -> None:
    found = shown(good(), answer, keyword="hello")
    assert found.ok
    assert found.latency_ms < 1_000


def test_a_truncated_encrypted_body_is_down() -> None:
    found = shown(good(), says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"))
    assert found.reason is Reason.PROTOCOL
