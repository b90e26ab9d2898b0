"""SSH: a real server, and many that are none."""

import asyncio

import asyncssh
import pytest

from tests.servers.checking import PUNCTUAL_MS, checking
from tests.servers.lines import ENDLESS_LINE, FAULTY, SILENT, looked
from tests.servers.tcp import Behaviour, begins
from uptime.checks.ssh import CHECK
from uptime.domain.result import Reason, Result


def visit(**target: object) -> Result:
    """What is seen of a real server."""

    async def scenario() -> Result:
        key = asyncssh.generate_private_key("ssh-ed25519")
        async with (
            asyncssh.listen("127.0.0.1", 0, server_host_keys=[key], server_version="Test_9.2") as server,
            checking() as checker,
        ):
            aim = CHECK.build({"host": "127.0.0.1", "port": server.get_port(), **target})  # type: ignore[dict-item]
            return await checker.loop.look(CHECK, aim, 5_000)

    return asyncio.run(scenario())


def test_a_server_that_introduces_itself_is_up() -> None:
    found = visit()
    assert found.ok
    assert found.message == "SSH-2.0-Test_9.2"
    assert found.facts == {"banner": "SSH-2.0-Test_9.2"}
    assert found.address == "127.0.0.1"


def test_an_expected_text_must_stand_in_the_banner() -> None:
    assert visit(expected="Test_9").ok
    found = visit(expected="Test_10")
    assert (found.ok, found.reason) == (False, Reason.CONTENT)
    assert found.message == 'The text "Test_10" is missing from "SSH-2.0-Test_9.2".'
    assert found.evidence == "< SSH-2.0-Test_9.2\n> SSH-2.0-Upspeak"


@pytest.mark.parametrize("banner", [b"SSH-2.0-x\r\n", b"SSH-1.99-old\n", b"Keep out!\r\n\r\nSSH-2.0-\xff\r\n"])
def test_banners_of_every_form_are_read(banner: bytes) -> None:
    assert looked(CHECK, begins(banner)).ok


def test_a_server_of_the_first_version_is_down() -> None:
    found = looked(CHECK, begins(b"SSH-1.5-old\r\n"))
    assert (found.ok, found.reason) == (False, Reason.PROTOCOL)
    assert found.message.endswith('speaks another version than SSH 2: "SSH-1.5-old".')


@pytest.mark.parametrize("behave", SILENT.values(), ids=SILENT.keys())
def test_a_banner_that_does_not_come_ends_on_time(behave: Behaviour) -> None:
    found = looked(CHECK, behave, PUNCTUAL_MS)
    assert (found.ok, found.reason) == (False, Reason.TIMEOUT)
    assert found.message.endswith(" sent no SSH banner within 1 s.")
    assert PUNCTUAL_MS <= found.latency_ms < PUNCTUAL_MS * 1.1


TALKERS = ("a web server", "bytes that are no text")


@pytest.mark.parametrize("name", [name for name in FAULTY if name not in TALKERS])
def test_what_is_no_server_of_ssh_is_down_at_once(name: str) -> None:
    found = looked(CHECK, FAULTY[name])
    assert (found.ok, found.reason) == (False, Reason.PROTOCOL)
    assert found.message.startswith("127.0.0.1:")
    assert found.latency_ms < 1_000


@pytest.mark.parametrize("name", TALKERS)
def test_words_that_no_banner_follows_end_on_time(name: str) -> None:
    """Any words may stand before a banner, so it is waited for."""
    found = looked(CHECK, FAULTY[name], PUNCTUAL_MS)
    assert (found.ok, found.reason) == (False, Reason.TIMEOUT)
    assert PUNCTUAL_MS <= found.latency_ms < PUNCTUAL_MS * 1.1


def test_a_line_without_end_shows_how_it_began() -> None:
    found = looked(CHECK, ENDLESS_LINE)
    assert found.message.endswith(" sent a line of more than 4 KiB instead of its SSH banner.")
    assert found.evidence == f"< {'x' * 200}"


def test_its_address_names_the_usual_port() -> None:
    assert CHECK.parse("ssh://host.test") == {"host": "host.test", "port": 22}
    assert CHECK.address(CHECK.build(CHECK.parse("ssh://[::1]:2222"))) == "ssh://[::1]:2222"
