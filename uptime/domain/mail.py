"""What mail needs: servers that take it, and addresses it goes to."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

ADDRESS_LIMIT = 254
NAME_LIMIT = 200

_LOCAL = r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})*")
_MAILBOX = re.compile(r"\s*(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>\s*")


class Security(StrEnum):
    """How a connection to a mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes mail by SMTP. Without a user name nobody logs in."""

    host: str
    port: int
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address, and the name of whoever reads there."""

    address: str
    name: str = ""


def address_of(text: str) -> str:
    """The e-mail address, its ends trimmed. ValueError, as a sentence, where it is none."""
    trimmed = text.strip()
    if len(trimmed) > ADDRESS_LIMIT or not _ADDRESS.fullmatch(trimmed) or not trimmed.isprintable():
        raise ValueError(f'"{trimmed[:60]}" is not an e-mail address.')
    return trimmed


def mailbox_of(text: str) -> Mailbox:
    """`Upspeak <status@example.org>`, or an address alone. ValueError, as a sentence, where it is neither."""
    found = _MAILBOX.fullmatch(text)
    if found is None:
        return Mailbox(address_of(text))
    name = found["name"].strip('"')
    if len(name) > NAME_LIMIT or not name.isprintable():
        raise ValueError(f"The name before an address has at most {NAME_LIMIT} printable characters.")
    return Mailbox(address_of(found["address"]), name)
