"""Reading the head of a request: whether all of it is there, and whether it asks for something simple."""

import re
from dataclasses import dataclass

HEAD_LIMIT = 65_536
BODY_LIMIT = 1_048_576
"""Bytes of a body that any request may have."""

TOO_LARGE = -1

SIMPLE_LIMIT = 4_096

END = b"\r\n\r\n"

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n", re.IGNORECASE)
_STREAMED = re.compile(rb"\r\n(?:transfer-encoding|expect):", re.IGNORECASE)
_FIRST = re.compile(rb"GET ([!-~]{1,255}) HTTP/1\.1")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?(?:,|$)")

_BEYOND = {
    "content-length", "transfer-encoding", "expect", "upgrade", "range", "if-range", "te", "trailer",
    "http2-settings", "x-http-method-override",
}  # fmt: skip
"""Headers that make a request more than a plain question."""


def wanted(received: bytearray, start: int = 0) -> int | None:
    """How many bytes the first request in a buffer has in all, or None while its head is not complete.

    0 where the length of its body cannot be known or is beyond the limit, TOO_LARGE where its head is. Looks for
    the end of the head from `start` on.
    """
    end = received.find(END, max(0, start - len(END)))
    if end < 0:
        return TOO_LARGE if len(received) > HEAD_LIMIT else None
    head = received[: end + 2]
    length = _LENGTH.search(head)
    if length is None or _STREAMED.search(head) or int(length[1]) > BODY_LIMIT:
        return 0
    return end + len(END) + int(length[1])


@dataclass(frozen=True, slots=True)
class Question:
    """A request without a body: its path, and what it says about the answer it can take."""

    path: str
    gzip: bool
    close: bool
    known: str
    """What `If-None-Match` holds."""
    fields: frozenset[str]
    """The names of all headers, in small letters."""


def question(request: bytes) -> Question | None:
    """A whole GET request, alone in its buffer, as a question; None where anything about it is not plain."""
    if len(request) > SIMPLE_LIMIT or not request.startswith(b"GET ") or request.find(END) != len(request) - len(END):
        return None
    first, *lines = request[: -len(END)].split(b"\r\n")
    begin, fields = _FIRST.fullmatch(first), {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        name = found[1].decode().lower() if found else ""
        if found is None or name in fields or name in _BEYOND:
            return None
        fields[name] = found[2].decode("latin-1").strip()
    connection = fields.get("connection", "keep-alive").lower()
    if begin is None or "host" not in fields or connection not in ("keep-alive", "close"):
        return None
    return Question(
        path=begin[1].decode(),
        gzip=takes_gzip(fields.get("accept-encoding", "")),
        close=connection == "close",
        known=fields.get("if-none-match", ""),
        fields=frozenset(fields),
    )


def takes_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` names gzip."""
    found = _GZIP.search(accepted.lower())
    return found is not None and found[1] not in ("0", "0.0", "0.00", "0.000")


def has_tag(known: str, tag: str) -> bool:
    """Whether an `If-None-Match` names an entity tag."""
    return known.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in known.split(",")]
