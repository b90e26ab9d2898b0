"""IMAP: Dovecot with and without encryption, and many that are no mailbox server."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.servers.certificates import good
from tests.servers.checking import PUNCTUAL_MS, checking
from tests.servers.dovecot import dovecot, installed
from tests.servers.lines import FAULTY, SILENT, looked, speaks
from tests.servers.tcp import Behaviour
from uptime.checks.imap import CHECK
from uptime.domain.result import Reason, Result


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    if not installed():
        pytest.skip("there is no Dovecot here (Debian: dovecot-imapd, dovecot-pop3d)")
    with dovecot(good()) as found:
        yield found


def visit(port: int, **target: object) -> Result:
    async def scenario() -> Result:
        async with checking() as checker:
            aim = CHECK.build({"host": "127.0.0.1", "port": port, **target})  # type: ignore[dict-item]
            return await checker.loop.look(CHECK, aim, 5_000)

    return asyncio.run(scenario())


@pytest.mark.parametrize("security", ["auto", "starttls"])
def test_a_mailbox_server_that_offers_encryption_is_up(ports: dict[str, int], security: str) -> None:
    found = visit(ports["imap"], security=security, capabilities=["IMAP4rev1", "AUTH=PLAIN"])
    assert found.ok
    assert "Mailboxes of the tests" in found.message
    assert found.message.endswith(", encrypted with TLSv1.3")
    assert found.certificate is not None
    assert "IDLE" in found.facts["capabilities"].splitlines()


def test_a_mailbox_server_that_encrypts_from_the_start_is_up(ports: dict[str, int]) -> None:
    found = visit(ports["imaps"], security="tls")
    assert found.ok
    assert found.message.endswith(", encrypted with TLSv1.3")


def test_a_mailbox_server_is_up_without_encryption(ports: dict[str, int]) -> None:
    found = visit(ports["imap"], security="none", capabilities=["STARTTLS"])
    assert found.ok
    assert "encrypted" not in found.message


def test_a_missing_capability_is_down(ports: dict[str, int]) -> None:
    found = visit(ports["imap"], capabilities=["IDLE", "AUTH=KERBEROS"])
    assert (found.ok, found.reason) == (False, Reason.CONTENT)
    assert found.message.endswith("does not offer AUTH=KERBEROS.")


def test_encryption_from_the_start_where_there_is_none_is_down(ports: dict[str, int]) -> None:
    found = visit(ports["imap"], security="tls")
    assert (found.ok, found.reason) == (False, Reason.TLS)
    assert "does not speak TLS on that port" in found.message


def test_no_encryption_where_it_is_from_the_start_is_down(ports: dict[str, int]) -> None:
    found = looked_at_for_a_second(ports["imaps"])
    assert (found.ok, found.reason) == (False, Reason.TIMEOUT)
    assert "sent no IMAP greeting" in found.message


def looked_at_for_a_second(port: int) -> Result:
    async def scenario() -> Result:
        async with checking() as checker:
            return await checker.loop.look(CHECK, CHECK.build({"host": "127.0.0.1", "port": port}), PUNCTUAL_MS)

    return asyncio.run(scenario())


@pytest.mark.parametrize("behave", SILENT.values(), ids=SILENT.keys())
def test_a_greeting_that_does_not_come_ends_on_time(behave: Behaviour) -> None:
    found = looked(CHECK, behave, PUNCTUAL_MS)
    assert (found.ok, found.reason) == (False, Reason.TIMEOUT)
    assert found.message.endswith(" sent no IMAP greeting within 1 s.")
    assert PUNCTUAL_MS <= found.latency_ms < PUNCTUAL_MS * 1.1


@pytest.mark.parametrize("behave", FAULTY.values(), ids=FAULTY.keys())
def test_what_is_no_mailbox_server_is_down_at_once(behave: Behaviour) -> None:
    found = looked(CHECK, behave)
    assert (found.ok, found.reason) == (False, Reason.PROTOCOL)
    assert found.message.startswith("127.0.0.1:")
    assert found.latency_ms < 1_000


OK = b"* OK hello\r\n"
OFFER = b"* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n"
CONVERSATIONS = {
    "nobody is let in": (b"* BYE full\r\n", {}, Reason.STATUS, 'lets nobody in: "full"'),
    "another protocol greets": (b"+OK POP3\r\n", {}, Reason.PROTOCOL, 'sent "+OK POP3" instead of its IMAP greeting'),
    "a word that is none": (b"* WHAT\r\n", {}, Reason.PROTOCOL, "instead of its IMAP greeting"),
    "it cannot say what it can do": (OK, {b"CAPABILITY": b"TAG BAD what\r\n"}, Reason.STATUS, '"what"'),
    "the answer has no tag": (OK, {b"CAPABILITY": b"OK done\r\n"}, Reason.PROTOCOL, "instead of its answer"),
    "the answer never ends": (OK, {b"CAPABILITY": b"* X\r\n" * 300}, Reason.PROTOCOL, "more than 200 lines"),
    "TLS is refused": (
        OK,
        {b"CAPABILITY": OFFER, b"STARTTLS": b"TAG NO not now\r\n"},
        Reason.TLS,
        'refuses to start TLS: "not now"',
    ),
    "somebody adds words before TLS": (
        OK,
        {b"CAPABILITY": OFFER, b"STARTTLS": b"TAG OK go\r\n* CAPABILITY EVIL\r\n"},
        Reason.PROTOCOL,
        "went on unencrypted after STARTTLS",
    ),
    "TLS is not offered": (OK, {b"CAPABILITY": b"TAG OK\r\n"}, Reason.TLS, "does not offer STARTTLS"),
}


@pytest.mark.parametrize(("greeting", "answers", "reason", "message"), CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
def test_a_conversation_that_goes_wrong_is_down(
    greeting: bytes, answers: dict[bytes, bytes], reason: Reason, message: str
) -> None:
    found = looked(CHECK, speaks(greeting, answers), security="starttls")
    assert (found.ok, found.reason) == (False, reason)
    assert message in found.message
    assert (found.evidence or "").startswith("< ")


def test_who_is_known_already_is_greeted_as_well() -> None:
    answers = {b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"}
    assert looked(CHECK, speaks(b"* PREAUTH hello\r\n", answers)).ok


def test_its_addresses_say_how_it_is_encrypted() -> None:
    assert CHECK.parse("imap://mail.test") == {"host": "mail.test", "port": 143}
    assert CHECK.parse("IMAPS://mail.test") == {"host": "mail.test", "port": 993, "security": "tls"}
    assert CHECK.address(CHECK.build(CHECK.parse("imaps://mail.test"))) == "imaps://mail.test:993"
