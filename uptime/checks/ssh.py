"""SSH: up when a port introduces itself as a server of SSH 2."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime.checks._conversation import Conversation, quoted
from uptime.checks._endpoint import checked_host, endpoint, shown
from uptime.checks._kind import CheckType, setting, up
from uptime.checks._text import printed
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

USUAL_PORT = 22
VERSIONS = ("SSH-2.0-", "SSH-1.99-")
WORDS_BEFORE = 20
"""How many lines may come before the banner: a server may show a text to people first."""

BANNER = "SSH banner"


@dataclass(frozen=True, slots=True)
class SshTarget:
    """Whose banner is read, and what must be in it."""

    host: str = setting("Host name or address", check=checked_host)
    port: int = setting("Port", default=USUAL_PORT, low=1, high=65_535)
    expected: str = setting(
        "Expected text", default="", limit=200, help="Must stand in the banner, such as OpenSSH_9; empty: any will do"
    )
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))


async def run(target: SshTarget, net: "Net") -> Result:
    async with net.connect(target.host, target.port, family=target.ip_family) as (reader, writer):
        talk = Conversation(net, reader, writer, shown(target.host, target.port))
        banner = await _banner(talk)
        # Who leaves without a word is taken for a scanner by some servers.
        talk.say("SSH-2.0-Upspeak")
    if not banner.startswith(VERSIONS):
        raise talk.failed(Reason.PROTOCOL, f"{talk.place} speaks another version than SSH 2: {quoted(banner)}.")
    if target.expected not in banner:
        raise talk.failed(Reason.CONTENT, f'The text "{target.expected[:60]}" is missing from {quoted(banner)}.')
    return up(printed(banner), facts={"banner": printed(banner, 255)})


async def _banner(talk: Conversation) -> str:
    for _ in range(WORDS_BEFORE):
        if (line := await talk.hear(BANNER)).startswith("SSH-"):
            return line
    raise talk.strange(quoted(line), BANNER)


def _address(target: SshTarget) -> str:
    return f"ssh://{shown(target.host, target.port)}"


def _parse(url: str) -> dict[str, JsonValue]:
    found = endpoint(url, "ssh")
    return {"host": found.host, "port": found.port or USUAL_PORT}


CHECK = CheckType("ssh", "SSH", SshTarget, run, _address, _parse, ("ssh",))
