"""IMAP: up when a mailbox server greets, says what it can do and, where it should, encrypts."""

import re
from dataclasses import dataclass

from uptime.checks._conversation import Conversation, quoted
from uptime.checks._kind import setting
from uptime.checks._mail import MailTarget, Wire, mail_check
from uptime.domain.result import Reason

USUAL_PORT, TLS_PORT = 143, 993
CODE = re.compile(r"\[[^\]]*\] *")
"""What stands before the words that are for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapTarget(MailTarget):
    """Which mailbox server is called on, how it must be secured, and what it must offer."""

    port: int = setting("Port", default=USUAL_PORT, low=1, high=65_535)


async def _greeted(talk: Conversation) -> str:
    line = await talk.hear("IMAP greeting")
    word, _, rest = line.removeprefix("* ").partition(" ")
    if not line.startswith("* ") or word.upper() not in ("OK", "PREAUTH", "BYE"):
        raise talk.strange(quoted(line), "IMAP greeting")
    if word.upper() == "BYE":
        raise talk.failed(Reason.STATUS, f"{talk.place} lets nobody in: {quoted(rest)}.")
    return CODE.sub("", rest, count=1)


async def _asked(talk: Conversation, command: str) -> tuple[bool, str, list[str]]:
    """Whether a command was obeyed, the line that says so, and those before it."""
    tag = f"a{talk.said}"
    talk.say(f"{tag} {command}")
    lines: list[str] = []
    while not (line := await talk.hear(f"answer to {command}")).startswith(f"{tag} "):
        if not line.startswith(("* ", "+")):
            raise talk.strange(quoted(line), f"answer to {command}")
        lines.append(line)
    word, _, rest = line.removeprefix(f"{tag} ").partition(" ")
    return word.upper() == "OK", rest, lines


async def _offered(talk: Conversation) -> tuple[str, ...]:
    obeyed, said, lines = await _asked(talk, "CAPABILITY")
    if not obeyed:
        raise talk.failed(Reason.STATUS, f"{talk.place} does not say what it can do: {quoted(said)}.")
    start = "* CAPABILITY "
    return tuple(word for line in lines if line.upper().startswith(start) for word in line[len(start) :].split())


async def _start_tls(talk: Conversation) -> None:
    obeyed, said, _ = await _asked(talk, "STARTTLS")
    if not obeyed:
        raise talk.failed(Reason.TLS, f"{talk.place} refuses to start TLS: {quoted(said)}.")


CHECK = mail_check(
    Wire("IMAP", "STARTTLS", "z LOGOUT", _greeted, _offered, _start_tls), ImapTarget, port=USUAL_PORT, tls_port=TLS_PORT
)
