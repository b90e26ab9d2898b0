"""POP3: up when a mailbox server greets and, where it should, encrypts."""

from dataclasses import dataclass

from uptime.checks._conversation import Conversation, quoted
from uptime.checks._kind import setting
from uptime.checks._mail import MailTarget, Wire, mail_check
from uptime.domain.result import Reason

USUAL_PORT, TLS_PORT = 110, 995


@dataclass(frozen=True, slots=True, kw_only=True)
class Pop3Target(MailTarget):
    """Which mailbox server is called on, how it must be secured, and what it must offer."""

    port: int = setting("Port", default=USUAL_PORT, low=1, high=65_535)


async def _answer(talk: Conversation, what: str) -> tuple[bool, str]:
    """Whether the answer is a good one, and what else it says."""
    line = await talk.hear(what)
    word, _, rest = line.partition(" ")
    if word not in ("+OK", "-ERR"):
        raise talk.strange(quoted(line), what)
    return word == "+OK", rest


async def _greeted(talk: Conversation) -> str:
    good, said = await _answer(talk, "POP3 greeting")
    if not good:
        raise talk.failed(Reason.STATUS, f"{talk.place} lets nobody in: {quoted(said)}.")
    return said


async def _offered(talk: Conversation) -> tuple[str, ...]:
    talk.say("CAPA")
    good, _ = await _answer(talk, "answer to CAPA")
    lines: list[str] = []
    # Old servers do not know the question. They offer nothing.
    while good and (line := await talk.hear("answer to CAPA")) != ".":
        lines.append(line)
    return tuple(lines)


async def _start_tls(talk: Conversation) -> None:
    talk.say("STLS")
    good, said = await _answer(talk, "answer to STLS")
    if not good:
        raise talk.failed(Reason.TLS, f"{talk.place} refuses to start TLS: {quoted(said)}.")


CHECK = mail_check(
    Wire("POP3", "STLS", "QUIT", _greeted, _offered, _start_tls), Pop3Target, port=USUAL_PORT, tls_port=TLS_PORT
)
