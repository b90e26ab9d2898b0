"""What libcurl's errors mean: one of the ten reasons, and a sentence for somebody who is tired."""

import errno
from dataclasses import dataclass

from uptime.domain.result import Reason

CONNECT_ERRORS = {
    errno.ECONNREFUSED: "the connection was refused: nothing listens on that port",
    errno.EHOSTUNREACH: "there is no route to the host",
    errno.ENETUNREACH: "there is no route to its network",
    errno.EADDRNOTAVAIL: "this machine has no address or port left to connect from",
    errno.ECONNRESET: "the connection was reset",
    errno.ETIMEDOUT: "the connection attempt was not answered",
    errno.EACCES: "this machine's firewall does not allow it",
    errno.EPERM: "this machine's firewall does not allow it",
}

VERIFY_ERRORS = {
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is self-signed",
    19: "its chain ends in a self-signed certificate that is not trusted",
    2: "the server does not send the certificate of its issuer, or its issuer is not trusted",
    20: "the server does not send the certificate of its issuer, or its issuer is not trusted",
    21: "its chain is incomplete, or its issuer is not trusted",
    23: "it has been revoked",
    24: "its issuer may not issue certificates",
    26: "it was not made for servers",
    62: "it was made for another name",
    64: "it was made for another address",
    66: "its key is too weak",
    67: "the key of its issuer is too weak",
    68: "it is signed with a method that is too weak",
}
"""By OpenSSL's result of the verification."""

TLS_WORDS = {
    "wrong version number": "it does not speak TLS on that port",
    "packet length too long": "it does not speak TLS on that port",
    "http request": "it does not speak TLS on that port",
    "protocol version": "it does not speak TLS 1.2 or newer",
    "unsupported protocol": "it does not speak TLS 1.2 or newer",
    "unrecognized name": "it does not know that host name",
    "certificate required": "it asks for a client certificate",
    "handshake failure": "no cipher or version in common, or it asks for a client certificate",
    "dh key too small": "its key exchange is too weak",
    "reset by peer": "the connection was reset",
    "unexpected eof": "the connection was closed",
}


@dataclass(frozen=True, slots=True)
class Course:
    """How far a transfer came."""

    code: int
    words: str
    place: str
    connected: bool
    secured: bool
    """The TLS handshake is over, or none was needed."""
    answering: bool
    complete_head: bool
    verify_result: int = 0
    os_error: int = 0


def explain(course: Course) -> tuple[Reason, str] | None:
    """Why a transfer failed, or None when the fault must be ours."""
    place = course.place
    if course.code == 28:
        return Reason.TIMEOUT, f"No complete answer from {place} in time: {_stage(course)}."
    if course.code in (51, 60):
        why = VERIFY_ERRORS.get(course.verify_result, "it was made for another name")
        return Reason.TLS, f"The certificate of {place} was not accepted: {why}."
    if course.connected and not course.secured:
        return Reason.TLS, f"The TLS handshake with {place} failed: {_tls(course.words)}."
    if course.code == 7:
        why = CONNECT_ERRORS.get(course.os_error, "the connection was not accepted")
        return Reason.CONNECT, f"Cannot connect to {place}: {why}."
    if course.code in (52, 55, 56) and " alert " in course.words:
        return Reason.TLS, f"{place} ended the encrypted connection: {_tls(course.words)}."
    return _broken(course)


def _stage(course: Course) -> str:
    if not course.connected:
        return "the connection was not established"
    if not course.secured:
        return "the TLS handshake did not end"
    if not course.answering:
        return "the connection was accepted, but nothing was sent"
    return "the body did not end" if course.complete_head else "the header did not end"


def _tls(words: str) -> str:
    lowered = words.lower()
    return next((why for hint, why in TLS_WORDS.items() if hint in lowered), _tail(words))


def _tail(words: str) -> str:
    """The last part of an OpenSSL error, which says what it was about."""
    return words.rpartition(":")[2].strip()[:80] or "it was broken off"


def _broken(course: Course) -> tuple[Reason, str] | None:
    place = course.place
    if course.code in (52, 55, 56) and not course.answering:
        return Reason.PROTOCOL, f"{place} closed the connection without an answer."
    if course.code == 56 and "chunk" in course.words.lower():
        return Reason.PROTOCOL, f"The answer of {place} is not valid HTTP: its chunks are malformed."
    if course.code in (18, 52, 55, 56):
        where = "in the middle of the body" if course.complete_head else "in the middle of the header"
        return Reason.PROTOCOL, f"{place} closed the connection {where}."
    if course.code in (1, 8, 61, 16, 92):
        return Reason.PROTOCOL, f"The answer of {place} is not valid HTTP: {course.words[:90].rstrip('.')}."
    if course.code == 35:
        return Reason.TLS, f"The TLS handshake with {place} failed: {_tls(course.words)}."
    if course.code == 100 or (course.code == 27 and course.answering):
        return Reason.PROTOCOL, f"The answer of {place} is not valid HTTP: its header is too large."
    return None
