"""Certificates: accepted, refused, running out; and handshakes that never end."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.certificates import DAY, Shown, authority, good, issue
from tests.servers.checking import SHORT_MS, TIMEOUT_MS, checking
from tests.servers.tcp import Behaviour, closed_port, closes, drips, port, resets, says_nothing
from tests.servers.tls import HANDSHAKE_FAILURE, PROTOCOL_VERSION, asking_for_a_certificate, listening
from uptime.checks.tls import CHECK
from uptime.domain.result import Reason, Result

NOW = datetime.now(UTC)


async def _look(number: int, timeout_ms: int, target: dict[str, object]) -> Result:
    async with checking() as checker:
        return await checker.loop.look(CHECK, CHECK.build({"host": "127.0.0.1", "port": number, **target}), timeout_ms)


def look(number: int, timeout_ms: int = TIMEOUT_MS, **target: object) -> Result:
    return asyncio.run(_look(number, timeout_ms, target))


def shown(certificate: Shown, context: ssl.SSLContext | None = None, **target: object) -> Result:
    async def scenario() -> Result:
        async with port(says_nothing, tls=context or certificate.context()) as found:
            return await _look(found.number, TIMEOUT_MS, target)

    return asyncio.run(scenario())


def intermediate() -> Shown:
    return issue("Upspeak Test Intermediate", by=authority(), authority=True)


def test_a_trusted_certificate_is_up_and_its_facts_are_told() -> None:
    middle = intermediate()
    found = shown(issue("127.0.0.1", by=middle, chain=(middle.certificate,)))
    assert found.ok
    assert found.message.startswith("The certificate is valid until ")
    assert found.message.endswith("(89 days left)")
    assert found.certificate is not None
    assert found.certificate.chain == ("CN=127.0.0.1", "CN=Upspeak Test Intermediate")
    assert found.facts["version"] == "TLSv1.3"
    assert found.phases is not None
    assert found.phases.tls_ms > 0


REFUSED = {
    "it has expired": lambda: issue("127.0.0.1", by=authority(), begins=NOW - 9 * DAY, ends=NOW - DAY),
    "it is not valid yet": lambda: issue("127.0.0.1", by=authority(), begins=NOW + DAY, ends=NOW + 9 * DAY),
    "it is self-signed": lambda: issue("127.0.0.1"),
    "it was made for another address": lambda: issue("localhost", by=authority()),
    "or its issuer is not trusted": lambda: issue("127.0.0.1", by=issue("Somebody Else", authority=True)),
    "does not send the certificate of its issuer": lambda: issue("127.0.0.1", by=intermediate()),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_certificate_that_is_not_accepted_is_down_with_its_facts(why: str) -> None:
    certificate = REFUSED[why]()
    found = shown(certificate)
    assert found.reason is Reason.TLS
    assert why in found.message
    assert found.certificate is not None
    assert found.certificate.not_after == certificate.certificate.not_valid_after_utc
    assert shown(certificate, verify_tls=False, expiry_days=None).ok


def test_the_server_name_is_asked_for_and_verified_instead_of_the_host() -> None:
    asked: list[str | None] = []
    certificate = issue("other.test", by=authority())
    context = certificate.context()
    context.sni_callback = lambda session, name, _: asked.append(name)
    assert shown(certificate, context, server_name="other.test").ok
    found = shown(certificate, context, server_name="wrong.test")
    assert found.reason is Reason.TLS
    assert "made for another name" in found.message
    assert asked == ["other.test", "wrong.test"]


def test_a_further_authority_is_trusted_beside_the_others() -> None:
    stranger = issue("Somebody Else", authority=True)
    certificate = issue("127.0.0.1", by=stranger)
    assert shown(certificate).reason is Reason.TLS
    assert shown(certificate, ca_pem=stranger.pem).ok
    assert shown(good(), ca_pem=stranger.pem).ok


def test_a_certificate_trusted_by_itself_is_up() -> None:
    alone = issue("127.0.0.1", by=issue("Somebody Else", authority=True))
    assert shown(alone, ca_pem=alone.pem).ok


def test_a_certificate_that_ends_too_soon_is_down() -> None:
    certificate = issue("127.0.0.1", by=authority(), ends=NOW + timedelta(days=10, hours=1))
    found = shown(certificate, expiry_days=11)
    assert found.reason is Reason.TLS
    assert found.message.startswith("The certificate ends in 10 days, on ")
    assert found.message.endswith("at least 11 days were asked for. Renew it.")
    assert shown(certificate, expiry_days=10).ok


def test_an_expired_certificate_is_told_apart_where_nothing_is_verified() -> None:
    certificate = issue("127.0.0.1", by=authority(), begins=NOW - 9 * DAY, ends=NOW - DAY)
    assert shown(certificate, verify_tls=False).message.startswith("The certificate has expired on ")
    assert shown(certificate, verify_tls=False, expiry_days=0).reason is Reason.TLS


def test_older_versions_than_tls_1_2_are_refused() -> None:
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old = good().context(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=ssl.TLSVersion.TLSv1_1)
    found = shown(good(), old)
    assert found.reason is Reason.TLS
    newer = good().context(maximum_version=ssl.TLSVersion.TLSv1_2)
    assert shown(good(), newer).facts["version"] == "TLSv1.2"


def answered(*replies: bytes) -> Result:
    async def scenario() -> Result:
        async with listening(*replies) as number:
            return await _look(number, TIMEOUT_MS, {})

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (PROTOCOL_VERSION, "it does not speak TLS 1.2 or newer"),
        (HANDSHAKE_FAILURE, "no cipher or version in common"),
        (b"220 mail.example.com ESMTP\r\n", "it does not speak TLS on that port"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "it does not speak TLS on that port"),
        (b"", "the connection was"),
    ],
)
def test_a_handshake_that_fails_says_why(reply: bytes, why: str) -> None:
    found = answered(reply)
    assert found.reason is Reason.TLS
    assert why in found.message


@pytest.mark.parametrize("behave", [closes, resets], ids=lambda found: found.__name__)
def test_a_connection_that_breaks_in_the_handshake_is_down_as_tls(behave: Behaviour) -> None:
    async def scenario() -> Result:
        async with port(behave) as found:
            return await _look(found.number, TIMEOUT_MS, {})

    found = asyncio.run(scenario())
    assert found.reason is Reason.TLS
    assert "the connection was" in found.message


@pytest.mark.parametrize(
    "behave", [says_nothing, drips(b"\x16\x03\x03\x40\x00"), drips(b"\x16", 0.05)], ids=["silent", "drips", "slow"]
)
def test_a_handshake_that_does_not_end_ends_on_time(behave: Behaviour) -> None:
    async def scenario() -> Result:
        async with port(behave) as found:
            return await _look(found.number, SHORT_MS, {})

    found = asyncio.run(scenario())
    assert found.latency_ms < SHORT_MS * 1.1
    if found.reason is not Reason.TLS:
        assert found.message == "The TLS handshake did not end within 0.3 s."
        assert found.reason is Reason.TIMEOUT


def test_a_server_that_asks_for_a_certificate_has_shown_its_own() -> None:
    with asking_for_a_certificate(ssl.TLSVersion.TLSv1_2) as number:
        found = look(number)
    assert found.reason is Reason.TLS
    assert "it asks for a client certificate" in found.message
    assert found.certificate is not None
    assert found.certificate.issuer == "CN=Upspeak Test Authority"


def test_a_closed_port_is_no_matter_of_tls() -> None:
    assert look(closed_port()).reason is Reason.CONNECT


def test_authorities_must_be_certificates() -> None:
    assert CHECK.build({"host": "a", "ca_pem": authority().pem}).ca_pem == authority().pem.strip()
    with pytest.raises(Exception, match="not certificates"):
        CHECK.build({"host": "a", "ca_pem": Path(__file__).name})
