"""WHOIS: a registry asked on port 43, whose answers follow no rule but custom."""

import re
from typing import TYPE_CHECKING

from uptime.checks._endpoint import host_and_port
from uptime.checks._kind import CheckFailed
from uptime.checks._registration import Registration, moment, unregistered
from uptime.checks._text import said
from uptime.domain.result import Reason

if TYPE_CHECKING:
    from uptime.checks._net import Net

USUAL_PORT = 43
ROOT = "whois.iana.org"
ANSWER_LIMIT = 65_536
LINES_LIMIT, LINE_LIMIT, VALUES_LIMIT = 2_000, 300, 20

QUESTIONS = {
    "whois.verisign-grs.com": "domain {}",
    "whois.denic.de": "-T dn,ace {}",
    "whois.jprs.jp": "{}/e",
}
"""How to ask those who would otherwise answer about something else, or in another language."""

REFERRAL = re.compile(r"(?:refer|whois):\s*(?P<value>\S+)", re.IGNORECASE)
EXPIRES = re.compile(
    r"\[?(?:(?:registry|registrar registration|domain|record|domain name) +)?"
    r"(?:expiry|expiration|expires|expire|paid-till|renewal|valid until|validity)"
    r"(?:[ -]?(?:date|time|on|at))?\]?[ .]*:?\s+(?P<value>\S.*)",
    re.IGNORECASE,
)
REGISTRAR = re.compile(r"registrar(?: name)?:\s*(?P<value>\S.*)", re.IGNORECASE)
STATE = re.compile(r"(?:domain )?status:\s*(?P<value>[A-Za-z]+(?: (?!http)[A-Za-z]+)*)", re.IGNORECASE)
NOT_FOUND = re.compile(
    r"no match|not found|no data found|no entries found|no object found|nothing found|domain unknown|not registered"
    r"|status: *(?:free|available)|is available for",
    re.IGNORECASE,
)


async def registration(domain: str, server: str, net: "Net") -> Registration:
    """What the registry says, at this server (`host:port`) or the one IANA names. CheckFailed: nothing of use."""
    server = server or await _server_of(domain, net)
    text = await _asked(server, QUESTIONS.get(server.lower(), "{}").format(domain), net)
    expires = next(filter(None, map(moment, _values(EXPIRES, text))), None)
    if expires is not None:
        states = tuple(_state(word) for word in _values(STATE, text))
        return Registration(expires, "whois", said(next(iter(_values(REGISTRAR, text)), ""), 100), states)
    if NOT_FOUND.search(text):
        raise unregistered(domain)
    raise CheckFailed(
        Reason.CONTENT, f"The registry does not say when {said(domain, 80)} expires.", evidence=said(text, 1_000)
    )


def _values(label: re.Pattern[str], text: str) -> list[str]:
    """What stands behind a label at the beginning of a line, the first few times."""
    found = (label.match(line[:LINE_LIMIT].strip()) for line in text.splitlines()[:LINES_LIMIT])
    return [each["value"] for each in found if each][:VALUES_LIMIT]


def _state(word: str) -> str:
    """As RDAP has it: `redemptionPeriod` is `redemption period`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", word.strip()).lower()


async def _server_of(domain: str, net: "Net") -> str:
    top = domain.rpartition(".")[2]
    found = _values(REFERRAL, await _asked(ROOT, top, net))
    if not found:
        raise CheckFailed(Reason.CONTENT, f"IANA knows no WHOIS server for .{said(top, 60)}.")
    return found[0]


async def _asked(server: str, question: str, net: "Net") -> str:
    try:
        host, port = host_and_port(server, USUAL_PORT)
    except ValueError as error:
        raise CheckFailed(Reason.PROTOCOL, f"The name of the WHOIS server cannot be used: {error}") from None
    async with net.connect(host, port) as (reader, writer):
        writer.write(f"{question}\r\n".encode())
        answer = bytearray()
        while data := await reader.read(ANSWER_LIMIT):
            answer += data
            if len(answer) > ANSWER_LIMIT:
                raise CheckFailed(Reason.PROTOCOL, "The WHOIS server sends much more than an answer.")
    return answer.decode(errors="replace")
