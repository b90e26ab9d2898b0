"""SMTP: up when a mail server greets, introduces itself and, where it should, encrypts."""

import re
from dataclasses import dataclass

from uptime.checks._conversation import Conversation, quoted
from uptime.checks._kind import setting
from uptime.checks._mail import MailTarget, Wire, mail_check
from uptime.domain.result import Reason

USUAL_PORT, TLS_PORT = 25, 465
REPLY = re.compile(r"([2-5][0-9]{2})(?:([ -])(.*))?", re.ASCII)
WITHOUT_EHLO = frozenset({500, 501, 502, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpTarget(MailTarget):
    """Which mail server is called on, how it must be secured, and what it must offer."""

    port: int = setting("Port", default=USUAL_PORT, low=1, high=65_535)


async def _reply(talk: Conversation, what: str) -> tuple[int, list[str]]:
    """The code of a reply, and its lines."""
    lines: list[str] = []
    while True:
        line = await talk.hear(what)
        found = REPLY.fullmatch(line)
        if found is None:
            raise talk.strange(quoted(line), what)
        lines.append(found[3] or "")
        if found[2] != "-":
            return int(found[1]), lines


async def _greeted(talk: Conversation) -> str:
    code, lines = await _reply(talk, "SMTP greeting")
    if code != 220:
        raise talk.failed(Reason.STATUS, f"{talk.place} lets nobody in: {quoted(f'{code} {lines[0]}')}.")
    return lines[0]


async def _offered(talk: Conversation) -> tuple[str, ...]:
    address, *_ = talk.writer.get_extra_info("sockname")
    ourselves = f"[IPv6:{address}]" if ":" in address else f"[{address}]"
    talk.say(f"EHLO {ourselves}")
    code, lines = await _reply(talk, "answer to EHLO")
    if code in WITHOUT_EHLO:
        talk.say(f"HELO {ourselves}")
        code, lines = await _reply(talk, "answer to HELO")
    if code != 250:
        raise talk.failed(Reason.STATUS, f"{talk.place} refuses to talk: {quoted(f'{code} {lines[0]}')}.")
    return tuple(lines[1:])


async def _start_tls(talk: Conversation) -> None:
    talk.say("STARTTLS")
    code, lines = await _reply(talk, "answer to STARTTLS")
    if code != 220:
        raise talk.failed(Reason.TLS, f"{talk.place} refuses to start TLS: {quoted(f'{code} {lines[0]}')}.")


CHECK = mail_check(
    Wire("SMTP", "STARTTLS", "QUIT", _greeted, _offered, _start_tls), SmtpTarget, port=USUAL_PORT, tls_port=TLS_PORT
)
