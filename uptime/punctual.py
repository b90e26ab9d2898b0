"""Connections to vetted addresses whose every step ends at one moment: looking up, connecting, reading, writing."""

import socket
import ssl
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import certifi

from uptime.addresses import Policy
from uptime.domain.errors import DeliveryFailed

ADDRESSES = 4
"""Of a name with many, so many are tried."""


def left(end: float) -> float:
    """The seconds until a moment of the monotonic clock. DeliveryFailed: it has passed."""
    seconds = end - time.monotonic()
    if seconds <= 0:
        raise DeliveryFailed("There was no complete answer in time.", permanent=False)
    return seconds


def vetted(host: str, port: int, end: float, policy: Policy | None) -> list[str]:
    """The addresses of a host. One that is denied rules out all of them; without a policy none is."""
    addresses = list(dict.fromkeys(_resolved(host, port, end)))
    for address in addresses if policy else ():
        if policy and (refusal := policy.refusal(address.partition("%")[0], port)):
            raise DeliveryFailed(refusal, permanent=True)
    return addresses[:ADDRESSES]


def connected(addresses: Sequence[str], port: int, end: float) -> "PunctualSocket":
    """A connection to the first address that takes one; they share the time that is left. OSError: none does."""
    problem: OSError = OSError("no address")
    for position, address in enumerate(addresses):
        share = (end - time.monotonic()) / (len(addresses) - position)
        try:
            plain = socket.create_connection((address, port), timeout=max(share, 0.001))
        except OSError as error:
            problem = error
            continue
        found = PunctualSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
        found.end = end
        found.hurry()
        return found
    raise problem


def verifying(further: Path | None) -> ssl.SSLContext:
    """What verifies certificates: the public authorities and those of a file."""
    context = ssl.create_default_context(cafile=certifi.where())
    if further is not None:
        context.load_verify_locations(further)
    context.sslsocket_class = _PunctualTls
    return context


class _Punctual:
    """A socket whose reads and writes all end at one moment: the peer that sends a byte now and then gains nothing."""

    end = 0.0
    room = sys.maxsize
    """Bytes that may still come."""

    def hurry(self) -> None:
        self.settimeout(max(self.end - time.monotonic(), 0.001))  # type: ignore[attr-defined]

    def recv_into(self, *args: Any, **options: Any) -> int:
        self.hurry()
        count: int = super().recv_into(*args, **options)  # type: ignore[misc]
        self.room -= count
        if self.room < 0:
            raise OSError("more came than anybody asked for")
        return count

    def send(self, *args: Any, **options: Any) -> int:
        self.hurry()
        return super().send(*args, **options)  # type: ignore[misc, no-any-return]

    def sendall(self, *args: Any, **options: Any) -> None:
        self.hurry()
        super().sendall(*args, **options)  # type: ignore[misc]


class PunctualSocket(_Punctual, socket.socket):
    """One without encryption."""


class _PunctualTls(_Punctual, ssl.SSLSocket):
    pass


def _resolved(host: str, port: int, end: float) -> list[str]:
    """Addresses of a name. The system's resolver knows no deadline, so it is left behind when time is up."""
    found: list[str] = []

    def resolve() -> None:
        try:
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return

    resolver = threading.Thread(target=resolve, name="resolver", daemon=True)
    resolver.start()
    resolver.join(left(end))
    left(end)
    if not found:
        raise DeliveryFailed(f"The name {host[:255]} cannot be resolved.", permanent=False)
    return found
