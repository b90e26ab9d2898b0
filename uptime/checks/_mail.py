"""What SMTP, IMAP and POP3 have in common: a greeting, capabilities, and TLS from the start or later on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from uptime.checks._certificates import ends_too_soon
from uptime.checks._conversation import Conversation, quoted
from uptime.checks._endpoint import checked_host, endpoint, shown
from uptime.checks._kind import CheckType, setting, up
from uptime.checks._text import printed
from uptime.checks._tls import TlsOptions, authorities
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

FACT_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class MailTarget:
    """Which server is called on, how it must be secured, and what it must offer."""

    host: str = setting("Host name or address", check=checked_host)
    port: int = setting("Port", low=1, high=65_535)
    security: str = setting(
        "Encryption",
        default="auto",
        choices=("auto", "starttls", "tls", "none"),
        help="auto: STARTTLS where it is offered; tls: from the start",
    )
    capabilities: tuple[str, ...] = setting(
        "Capabilities", default=(), limit=200, help="Each of them must be offered, under encryption where there is any"
    )
    verify_tls: bool = setting("Verify the certificate", default=True)
    expiry_days: int | None = setting(
        "Days before expiry", default=None, low=0, high=3_650, help="Down when the certificate ends sooner"
    )
    ca_pem: str = setting("Further authorities", default="", limit=131_072, lines=True, check=authorities)
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))


@dataclass(frozen=True, slots=True)
class Wire:
    """How one of the protocols is spoken. `upgrade` is the capability that says that TLS can be started."""

    name: str
    upgrade: str
    farewell: str
    greeted: Callable[[Conversation], Awaitable[str]]
    offered: Callable[[Conversation], Awaitable[tuple[str, ...]]]
    start_tls: Callable[[Conversation], Awaitable[None]]


async def visited(wire: Wire, target: MailTarget, net: "Net") -> Result:
    """Up when the server greets, is secured as it must be and offers what it must. CheckFailed."""
    options = TlsOptions(verify=target.verify_tls, ca_pem=target.ca_pem)
    first = options if target.security == "tls" else None
    async with net.connect(target.host, target.port, first, target.ip_family) as (reader, writer):
        talk = Conversation(net, reader, writer, shown(target.host, target.port))
        greeting = await wire.greeted(talk)
        offered = await wire.offered(talk)
        if target.security == "starttls" or (target.security == "auto" and _offers(offered, wire.upgrade)):
            await _upgraded(wire, target, net, talk, offered)
            offered = await wire.offered(talk)
        if missing := [wanted for wanted in target.capabilities if not _offers(offered, wanted)]:
            raise talk.failed(Reason.CONTENT, f"{talk.place} does not offer {printed(', '.join(missing))}.")
        talk.say(wire.farewell)
        session = writer.get_extra_info("ssl_object")
    if net.certificate and (too_soon := ends_too_soon(net.certificate, target.expiry_days, datetime.now(UTC))):
        raise talk.failed(Reason.TLS, too_soon)
    facts = {"greeting": printed(greeting, FACT_LIMIT), "capabilities": "\n".join(offered)[:FACT_LIMIT]}
    how = f", encrypted with {session.version()}" if session else ""
    return up(f"Greeted with {quoted(greeting)}{how}", facts=facts)


async def _upgraded(wire: Wire, target: MailTarget, net: "Net", talk: Conversation, offered: tuple[str, ...]) -> None:
    if not _offers(offered, wire.upgrade):
        raise talk.failed(Reason.TLS, f"{talk.place} does not offer {wire.upgrade}, so nothing would be encrypted.")
    await wire.start_tls(talk)
    if talk.ahead:
        # Somebody between us and the server could put words into its mouth that seem to be encrypted.
        raise talk.failed(Reason.PROTOCOL, f"{talk.place} went on unencrypted after {wire.upgrade}.")
    await net.secure(talk.writer, target.host, target.port, TlsOptions(verify=target.verify_tls, ca_pem=target.ca_pem))


def _offers(offered: tuple[str, ...], wanted: str) -> bool:
    """Whether a capability is offered, with all the words that are wanted behind it."""
    first, *further = wanted.upper().split() or [""]
    lines = [line.upper().split() for line in offered]
    return any(line[:1] == [first] and set(further) <= set(line) for line in lines)


def mail_check(wire: Wire, target: type[MailTarget], port: int, tls_port: int) -> CheckType:
    """The check type of a protocol. Its URLs are those of its name, or with an s behind where TLS is from the start."""
    plain, secured = wire.name.lower(), f"{wire.name.lower()}s"

    async def run(target: MailTarget, net: "Net") -> Result:
        return await visited(wire, target, net)

    def address(target: MailTarget) -> str:
        return f"{secured if target.security == 'tls' else plain}://{shown(target.host, target.port)}"

    def parse(url: str) -> dict[str, JsonValue]:
        if not url.strip().lower().startswith(f"{secured}:"):
            found = endpoint(url, plain)
            return {"host": found.host, "port": found.port or port}
        found = endpoint(url, secured)
        return {"host": found.host, "port": found.port or tls_port, "security": "tls"}

    return CheckType(plain, wire.name, target, run, address, parse, (plain, secured))
