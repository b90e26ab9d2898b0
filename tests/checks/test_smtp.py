"""SMTP: a real server with and without encryption, and many that are none."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP

from tests.servers.certificates import authority, good, issue
from tests.servers.checking import PUNCTUAL_MS, checking
from tests.servers.lines import FAULTY, SILENT, looked, speaks
from tests.servers.tcp import Behaviour, closed_port
from uptime.checks.smtp import CHECK
from uptime.domain.result import Reason, Result


@asynccontextmanager
async def mail_server(starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A real mail server, and its port."""

    def protocol() -> SMTP:
        return SMTP(Sink(), hostname="mail.test", ident="Mail Server 1.0", tls_context=starttls)

    listener = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=tls)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.001)


def visit(starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, **target: object) -> Result:
    async def scenario() -> Result:
        async with mail_server(starttls, tls) as number, checking() as checker:
            aim = CHECK.build({"host": "127.0.0.1", "port": number, **target})  # type: ignore[dict-item]
            return await checker.loop.look(CHECK, aim, 5_000)

    return asyncio.run(scenario())


def test_a_mail_server_that_greets_is_up() -> None:
    found = visit()
    assert found.ok
    assert found.message == 'Greeted with "mail.test Mail Server 1.0"'
    assert found.facts["greeting"] == "mail.test Mail Server 1.0"
    assert "SIZE 33554432" in found.facts["capabilities"].splitlines()
    assert (found.address, found.certificate) == ("127.0.0.1", None)


@pytest.mark.parametrize("security", ["auto", "starttls"])
def test_encryption_that_is_offered_is_used(security: str) -> None:
    found = visit(starttls=good().context(), security=security)
    assert found.ok
    assert found.message.endswith(", encrypted with TLSv1.3")
    assert found.certificate is not None
    assert found.phases is not None
    assert found.phases.tls_ms > 0


def test_encryption_from_the_start_is_used() -> None:
    found = visit(tls=good().context(), security="tls")
    assert found.ok
    assert found.message.endswith(", encrypted with TLSv1.3")


def test_encryption_can_be_done_without() -> None:
    found = visit(starttls=good().context(), security="none")
    assert found.message == 'Greeted with "mail.test Mail Server 1.0"'


def test_encryption_that_must_be_and_is_not_offered_is_down() -> None:
    found = visit(security="starttls")
    assert (found.ok, found.reason) == (False, Reason.TLS)
    assert "does not offer STARTTLS" in found.message
    assert "< 250 HELP" in (found.evidence or "")


@pytest.mark.parametrize("security", ["auto", "tls"])
def test_a_certificate_of_nobody_we_trust_is_down(security: str) -> None:
    context = issue("127.0.0.1").context()
    servers = {"tls": context} if security == "tls" else {"starttls": context}
    found = visit(**servers, security=security)  # type: ignore[arg-type]
    assert (found.ok, found.reason) == (False, Reason.TLS)
    assert "was not accepted: it is self-signed" in found.message
    assert found.certificate is not None
    assert visit(**servers, security=security, verify_tls=False).ok  # type: ignore[arg-type]


@pytest.mark.parametrize("security", ["auto", "tls"])
def test_a_certificate_that_ends_too_soon_is_down(security: str) -> None:
    context = issue("127.0.0.1", by=authority(), ends=datetime.now(UTC) + timedelta(days=5)).context()
    servers = {"tls": context} if security == "tls" else {"starttls": context}
    assert visit(**servers, security=security, expiry_days=4).ok  # type: ignore[arg-type]
    found = visit(**servers, security=security, expiry_days=14)  # type: ignore[arg-type]
    assert (found.ok, found.reason) == (False, Reason.TLS)
    assert "at least 14 days were asked for" in found.message


def test_tls_on_a_port_that_does_not_speak_it_is_down() -> None:
    found = visit(security="tls")
    assert (found.ok, found.reason) == (False, Reason.TLS)
    assert "does not speak TLS on that port" in found.message


@pytest.mark.parametrize("wanted", [["SIZE"], ["size 33554432"], ["8BITMIME", "HELP"]])
def test_capabilities_that_are_offered_are_found(wanted: list[str]) -> None:
    assert visit(capabilities=wanted).ok


@pytest.mark.parametrize("wanted", [["AUTH"], ["SIZE 1"], ["HELP", "AUTH PLAIN"]])
def test_a_missing_capability_is_down(wanted: list[str]) -> None:
    found = visit(capabilities=wanted)
    assert (found.ok, found.reason) == (False, Reason.CONTENT)
    assert found.message.endswith(f"does not offer {wanted[-1]}.")


@pytest.mark.parametrize("behave", SILENT.values(), ids=SILENT.keys())
def test_a_greeting_that_does_not_come_ends_on_time(behave: Behaviour) -> None:
    found = looked(CHECK, behave, PUNCTUAL_MS)
    assert (found.ok, found.reason) == (False, Reason.TIMEOUT)
    assert found.message.endswith(" sent no SMTP greeting within 1 s.")
    assert PUNCTUAL_MS <= found.latency_ms < PUNCTUAL_MS * 1.1


@pytest.mark.parametrize("behave", FAULTY.values(), ids=FAULTY.keys())
def test_what_is_no_mail_server_is_down_at_once(behave: Behaviour) -> None:
    found = looked(CHECK, behave)
    assert (found.ok, found.reason) == (False, Reason.PROTOCOL)
    assert found.message.startswith("127.0.0.1:")
    assert found.latency_ms < 1_000


EHLO = b"250-mail.test\r\n250 STARTTLS\r\n"
CONVERSATIONS = {
    "nobody is let in": (b"554-no\r\n554 no service\r\n", {}, Reason.STATUS, 'lets nobody in: "554 no"'),
    "the server is too busy": (b"421 busy\r\n", {}, Reason.STATUS, 'lets nobody in: "421 busy"'),
    "the greeting never ends": (b"220-hello\r\n" * 300, {}, Reason.PROTOCOL, "more than 200 lines"),
    "EHLO is refused": (b"220 hello\r\n", {b"EHLO": b"550 go away\r\n"}, Reason.STATUS, '"550 go away"'),
    "EHLO is not answered": (b"220 hello\r\n", {}, Reason.PROTOCOL, "closed the connection before its answer to EHLO"),
    "TLS is refused": (
        b"220 hello\r\n",
        {b"EHLO": EHLO, b"STARTTLS": b"454 not now\r\n"},
        Reason.TLS,
        'refuses to start TLS: "454 not now"',
    ),
    "somebody adds words before TLS": (
        b"220 hello\r\n",
        {b"EHLO": EHLO, b"STARTTLS": b"220 go\r\n250 hello\r\n"},
        Reason.PROTOCOL,
        "went on unencrypted after STARTTLS",
    ),
    "TLS does not come": (
        b"220 hello\r\n",
        {b"EHLO": EHLO, b"STARTTLS": b"220 go\r\n"},
        Reason.TLS,
        "The TLS handshake with 127.0.0.1:",
    ),
}


@pytest.mark.parametrize(("greeting", "answers", "reason", "message"), CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
def test_a_conversation_that_goes_wrong_is_down(
    greeting: bytes, answers: dict[bytes, bytes], reason: Reason, message: str
) -> None:
    found = looked(CHECK, speaks(greeting, answers))
    assert (found.ok, found.reason) == (False, reason)
    assert message in found.message


def test_a_server_that_is_too_old_for_ehlo_is_up() -> None:
    answers = {b"EHLO": b"502 what\r\n", b"HELO": b"250 hello\r\n"}
    assert looked(CHECK, speaks(b"220 old\r\n", answers)).ok


def test_the_evidence_is_what_was_said() -> None:
    found = looked(CHECK, speaks(b"220 hello\r\n", {b"EHLO": b"550 go\x07away\r\n"}))
    assert found.evidence == "< 220 hello\n> EHLO [127.0.0.1]\n< 550 go away"


def test_a_closed_port_is_refused() -> None:
    async def scenario() -> Result:
        async with checking() as checker:
            return await checker.loop.look(CHECK, CHECK.build({"host": "127.0.0.1", "port": closed_port()}), 5_000)

    assert asyncio.run(scenario()).reason is Reason.CONNECT


def test_its_addresses_say_how_it_is_encrypted() -> None:
    assert CHECK.parse("smtp://mail.test") == {"host": "mail.test", "port": 25}
    assert CHECK.parse("smtps://mail.test") == {"host": "mail.test", "port": 465, "security": "tls"}
    assert CHECK.address(CHECK.build(CHECK.parse("smtps://[::1]:26"))) == "smtps://[::1]:26"
