"""Domain expiry: up as long as a domain is registered for long enough, by RDAP or else by WHOIS."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from uptime.addresses import canonical
from uptime.checks import _rdap, _whois
from uptime.checks._certificates import days
from uptime.checks._endpoint import checked_host, endpoint, host_and_port
from uptime.checks._kind import CheckFailed, CheckType, down, setting, up
from uptime.checks._place import host_of, place_of
from uptime.checks._registration import Registration
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

FRESH_S = 3_600.0
"""How long a good answer is good for: a registry shuts out who asks every minute."""

REMEMBERED = 10_000
ENDING = frozenset({"redemption period", "pending delete"})
"""States of a domain that has run out already, whatever its date says."""

_known: OrderedDict[tuple[str, str, str], tuple[float, Registration]] = OrderedDict()


def _domain(text: str) -> str:
    trimmed = checked_host(text)
    if "." not in host_of(trimmed) or canonical(trimmed):
        raise ValueError("Write the registered domain, such as example.com.")
    return trimmed


def _rdap_url(text: str) -> str:
    if text.strip():
        place_of(text)
    return text.strip()


def _whois_server(text: str) -> str:
    if text.strip():
        host_and_port(text.strip(), _whois.USUAL_PORT)
    return text.strip()


@dataclass(frozen=True, slots=True)
class DomainTarget:
    """Which domain must stay registered, for how long, and who says so."""

    domain: str = setting("Domain", help="As it is registered: example.com, not www.example.com", check=_domain)
    expiry_days: int = setting("Days before expiry", default=14, low=0, high=3_650, help="Down when it expires sooner")
    rdap_url: str = setting("RDAP server", default="", help="Its base URL; empty: the one IANA lists", check=_rdap_url)
    whois_server: str = setting(
        "WHOIS server", default="", help="Asked where RDAP says nothing; empty: the one IANA names", check=_whois_server
    )


async def run(target: DomainTarget, net: "Net") -> Result:
    now, key = datetime.now(UTC), (host_of(target.domain), target.rdap_url, target.whois_server)
    since, found = _known.get(key, (0.0, None))
    if found is None or monotonic() - since > FRESH_S:
        found = await _registration(*key, net)
    result = _judged(target, found, now)
    if not result.ok:
        _known.pop(key, None)
    elif key not in _known or monotonic() - since > FRESH_S:
        _known[key] = monotonic(), found
        while len(_known) > REMEMBERED:
            _known.popitem(last=False)
    return result


async def _registration(domain: str, rdap_url: str, whois_server: str, net: "Net") -> Registration:
    """What the registry says. WHOIS gets the second half of the time, where RDAP does not answer or says nothing."""
    net.silence = f"The registry of {domain[:80]} did not answer"
    try:
        async with asyncio.timeout(net.remaining() / 2):
            return await _rdap.registration(domain, rdap_url, net)
    except TimeoutError:
        return await _whois.registration(domain, whois_server, net)
    except CheckFailed as by_rdap:
        try:
            return await _whois.registration(domain, whois_server, net)
        except CheckFailed as by_whois:
            answered = by_whois.result.reason is Reason.CONTENT
            raise by_whois if answered or isinstance(by_rdap, _rdap.NoServer) else by_rdap from by_whois


def _judged(target: DomainTarget, found: Registration, now: datetime) -> Result:
    left, day = (found.expires - now).days, f"{found.expires:%Y-%m-%d}"
    facts = {"expires": f"{found.expires:%Y-%m-%dT%H:%M:%SZ}", "source": found.source}
    facts |= {"registrar": found.registrar} if found.registrar else {}
    facts |= {"states": ", ".join(found.states)[:500]} if found.states else {}
    name = target.domain[:80]
    if ending := ENDING.intersection(found.states):
        return down(Reason.CONTENT, f"{name} has run out: its state is {', '.join(sorted(ending))}.", facts=facts)
    if left < 0:
        return down(Reason.CONTENT, f"{name} has expired on {day}.", facts=facts)
    if left < target.expiry_days:
        wanted = f"at least {days(target.expiry_days)} were asked for. Renew it."
        return down(Reason.CONTENT, f"{name} expires in {days(left)}, on {day}; {wanted}", facts=facts)
    return up(f"{name} is registered until {day} ({days(left)} left)", facts=facts)


def _address(target: DomainTarget) -> str:
    return f"domain://{target.domain}"


def _parse(url: str) -> dict[str, JsonValue]:
    return {"domain": endpoint(url, "domain").host}


CHECK = CheckType("domain", "Domain expiry", DomainTarget, run, _address, _parse, ("domain",))
