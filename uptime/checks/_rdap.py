"""RDAP: a registry asked over the web, found in the list that IANA keeps."""

import json
from time import monotonic
from typing import TYPE_CHECKING, Any

from uptime.checks._http_message import HttpAnswer, HttpRequest
from uptime.checks._kind import CheckFailed
from uptime.checks._place import place_of
from uptime.checks._redirects import follow
from uptime.checks._registration import Registration, moment, unregistered
from uptime.checks._text import said
from uptime.domain.result import Reason

if TYPE_CHECKING:
    from uptime.checks._net import Net

SERVERS_URL = "https://data.iana.org/rdap/dns.json"
SERVERS_S = 86_400.0
"""How long the list is used before it is fetched again."""

REDIRECTS = 5
ACCEPTED = (("Accept", "application/rdap+json, application/json"),)
EXPIRATIONS = ("expiration", "registrar expiration")
"""What the event is called: by the registry, or where that says nothing by the registrar."""

_servers: dict[str, tuple[float, dict[str, str]]] = {}


class NoServer(CheckFailed):
    """Nobody can be asked by RDAP."""


async def registration(domain: str, base_url: str, net: "Net") -> Registration:
    """What the registry says, at this base URL or where IANA's list has it. CheckFailed: nothing of use."""
    base = base_url or await _server_of(domain, net)
    answer = await _fetched(f"{base.rstrip('/')}/domain/{domain}", net)
    if answer.status == 404:
        raise unregistered(domain)
    if answer.status == 429:
        raise CheckFailed(Reason.STATUS, "The registry has had too many questions from here (429): check less often.")
    if answer.status != 200:
        raise CheckFailed(Reason.STATUS, f"The registry answered {answer.status}, but 200 was expected.")
    return _read(domain, _json(answer))


def _read(domain: str, found: dict[str, Any]) -> Registration:
    events = {
        str(event.get("eventAction", "")).lower(): str(event.get("eventDate", ""))
        for event in _objects(found.get("events"))
    }
    expires = next((when for name in EXPIRATIONS if (when := moment(events.get(name, "")))), None)
    if expires is None:
        raise CheckFailed(Reason.CONTENT, f"The registry does not say when {said(domain, 80)} expires.")
    status = found.get("status")
    states = tuple(said(word, 40).lower() for word in status[:20]) if isinstance(status, list) else ()
    return Registration(expires, "rdap", _registrar(found), states)


def _registrar(found: dict[str, Any]) -> str:
    for entity in _objects(found.get("entities")):
        card = entity.get("vcardArray")
        if "registrar" in str(entity.get("roles", "")) and isinstance(card, list) and len(card) > 1:
            names = [line[3] for line in card[1] if isinstance(line, list) and len(line) > 3 and line[0] == "fn"]
            return said(names[0], 100) if names else ""
    return ""


def _objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


async def _server_of(domain: str, net: "Net") -> str:
    servers = await _list(net)
    labels = domain.split(".")
    for start in range(1, len(labels)):
        if found := servers.get(".".join(labels[start:])):
            return found
    raise NoServer(Reason.CONTENT, f"IANA lists no RDAP server for .{labels[-1]}.")


async def _list(net: "Net") -> dict[str, str]:
    """The base URL of the server of each top-level domain that has one."""
    known = _servers.get(SERVERS_URL)
    if known is None or monotonic() - known[0] > SERVERS_S:
        answer = await _fetched(SERVERS_URL, net)
        if answer.status != 200:
            raise CheckFailed(Reason.STATUS, f"IANA's list of RDAP servers was answered with {answer.status}.")
        known = _servers[SERVERS_URL] = monotonic(), _by_domain(_json(answer))
    return known[1]


def _by_domain(found: dict[str, Any]) -> dict[str, str]:
    servers: dict[str, str] = {}
    for service in found.get("services") or ():
        if isinstance(service, list) and len(service) > 1 and isinstance(service[0], list) and service[1]:
            urls = sorted(map(str, service[1]), key=lambda url: not url.startswith("https:"))
            servers |= {str(name).lower(): urls[0] for name in service[0]}
    return servers


async def _fetched(url: str, net: "Net") -> HttpAnswer:
    try:
        request = HttpRequest(place_of(url), headers=ACCEPTED, body_for=frozenset({200}), keep_body=True)
    except ValueError as error:
        raise CheckFailed(Reason.PROTOCOL, f"The address of the RDAP server cannot be used: {error}") from None
    return await follow(net, request, REDIRECTS)


def _json(answer: HttpAnswer) -> dict[str, Any]:
    try:
        found = json.loads(answer.text())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CheckFailed(Reason.PROTOCOL, "The answer of the registry is not JSON.", evidence=answer.excerpt)
    return found
