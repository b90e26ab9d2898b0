"""Where a request comes from: a page of another site, or this very machine. Plain values only, for every wire."""

from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")
"""Headers of a proxy: whoever sends one does not sit at this machine, or may not."""


class Headers(Protocol):
    """What was sent, by names whose case does not matter."""

    def get(self, key: str, /) -> str | None: ...
    def __contains__(self, key: str, /) -> bool: ...


def foreign(headers: Headers, host: str, public_url: str | None, *, referer: bool = False) -> bool:
    """Whether the browser says that a page of another site sent this; a silent client is not foreign.

    `host`: name and port asked for. `referer`: the Referer speaks where no Origin is sent, as old browsers' forms do.
    """
    if headers.get("Sec-Fetch-Site") not in (None, "same-origin", "none"):
        return True
    page = headers.get("Origin")
    if referer and not page:
        page = headers.get("Referer") or None
    return page is not None and _place(page) not in {host, _place(public_url or "")} - {""}


def from_loopback(headers: Headers, host: str, address: str, public_url: str | None, *, referer: bool = False) -> bool:
    """Whether this comes straight from this machine, by a loopback name, and from no foreign page.

    `address`: where the connection comes from. The others are those of `foreign`.
    """
    if any(name in headers for name in FORWARDING) or foreign(headers, host, public_url, referer=referer):
        return False
    return _loopback(address) and _loopback(_name(host))


def _place(url: str) -> str:
    """Host and port of an address; "" where there is none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
