"""DNS: up when a name has records of a type and, where values are expected, one of them is there."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import dns.resolver
import dns.reversename

from uptime.addresses import canonical
from uptime.checks._endpoint import checked_host, endpoint, host_and_port, shown
from uptime.checks._kind import CheckType, down, setting, up
from uptime.checks._place import host_of
from uptime.checks._race import race
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

USUAL_PORT = 53
RECORD_TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "SRV", "CAA", "PTR")
LOWERED = frozenset(RECORD_TYPES) - {"TXT", "CAA"}
"""Types whose records are names and numbers, where case means nothing."""

SHOWN_RECORDS = 20
FACT_LIMIT = 1_000
NEXT_SERVER_S = 1.0


def _server(text: str) -> str:
    if text.strip():
        host_and_port(text.strip(), USUAL_PORT)
    return text.strip()


@dataclass(frozen=True, slots=True)
class DnsTarget:
    """What is asked of whom, and what must be among the answers."""

    name: str = setting("Name", help="An address for PTR", check=checked_host)
    record_type: str = setting("Record type", default="A", choices=RECORD_TYPES)
    server: str = setting("Name server", default="", help="host or host:port; empty for the usual ones", check=_server)
    expected: tuple[str, ...] = setting(
        "Expected values",
        default=(),
        limit=1_000,
        help="One of them must be among the records; empty: any record will do",
    )
    match: str = setting("Comparison", default="equals", choices=("equals", "contains"))


async def run(target: DnsTarget, net: "Net") -> Result:
    name, kind = _question(target)
    net.silence = f"No name server answered when asked for {kind} records of {target.name[:80]}"
    answer = await _ask(target, name, net)
    if not answer.rrset:
        return down(Reason.DNS, f"The name {target.name[:100]} has no {kind} record.")
    records = [_text(kind, record) for record in answer.rrset]
    facts = {kind: "\n".join(sorted(records)[:SHOWN_RECORDS])[:FACT_LIMIT], "ttl": str(answer.rrset.ttl)}
    found = ", ".join(sorted(records))
    if target.expected and not _matches(target, records):
        return down(
            Reason.CONTENT, f"No {kind} record has an expected value. Found: {found}", evidence=found, facts=facts
        )
    return up(f"{kind}: {found}", facts=facts)


def _question(target: DnsTarget) -> tuple[str, str]:
    if target.record_type == "PTR" and (address := canonical(target.name)):
        return dns.reversename.from_address(address).to_text(omit_final_dot=True), "PTR"
    return host_of(target.name), target.record_type


async def _ask(target: DnsTarget, name: str, net: "Net") -> dns.resolver.Answer:
    if not target.server:
        return await net.query(name, target.record_type)
    host, port = host_and_port(target.server, USUAL_PORT)
    servers = [shown(address, port) for address in await net.resolve(host, port)]
    return await race(servers, lambda server: net.query(name, target.record_type, server), stagger=NEXT_SERVER_S)


def _text(kind: str, record: object) -> str:
    """A record as one line, names without their last dot."""
    if kind == "TXT":
        text = b"".join(record.strings).decode(errors="replace")  # type: ignore[attr-defined]
        return "".join(char if char.isprintable() else " " for char in text)
    return str(record).removesuffix(".") if kind in LOWERED else str(record)


def _matches(target: DnsTarget, records: Iterable[str]) -> bool:
    found = [_folded(target.record_type, record) for record in records]
    wanted = [_folded(target.record_type, value) for value in target.expected]
    if target.match == "contains":
        return any(value in record for value in wanted for record in found)
    return not set(wanted).isdisjoint(found)


def _folded(kind: str, text: str) -> str:
    """What is compared: addresses in one spelling, names without regard to case and last dot."""
    trimmed = text.strip()
    if kind in ("A", "AAAA"):
        return canonical(trimmed) or trimmed
    return trimmed.removesuffix(".").lower() if kind in LOWERED else trimmed


def _address(target: DnsTarget) -> str:
    options = {"type": target.record_type} if target.record_type != "A" else {}
    if target.server:
        options["server"] = target.server
    query = urlencode(options, safe=":[]")
    return f"dns://{shown(target.name)}" + (f"?{query}" if query else "")


def _parse(url: str) -> dict[str, JsonValue]:
    found = endpoint(url, "dns", "type", "server")
    raw: dict[str, JsonValue] = {"name": found.host}
    if "type" in found.options:
        raw["record_type"] = found.options["type"].upper()
    if "server" in found.options:
        raw["server"] = found.options["server"]
    return raw


CHECK = CheckType("dns", "DNS", DnsTarget, run, _address, _parse, ("dns",))
