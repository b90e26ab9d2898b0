"""Where a URL leads, in the one spelling that is resolved, vetted, connected to and sent."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

import idna

from uptime.addresses import canonical
from uptime.domain.monitor import printable

URL_LIMIT = 8_192
NAME_LIMIT, LABEL_LIMIT = 253, 63
DEFAULT_PORTS = {"http": 80, "https": 443}

KEPT = "!$%&'()*+,-./:;=?@_~[]|"
"""What stands in a path or query as it was written; anything else but letters and digits is percent-encoded."""

DOTS = re.compile("[.\u3002\uff0e\uff61]")
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?", re.ASCII)
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.ASCII | re.IGNORECASE)
BRACKETED = re.compile(r"\[[0-9a-fA-F:.]+\](?::[0-9]*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads. `host` is a name in lower-case ASCII, or an address in its canonical spelling.

    `path` holds the query too, percent-encoded. `user` is None when the URL names none.
    """

    scheme: str
    host: str
    port: int
    path: str = "/"
    user: str | None = None
    password: str = ""

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must stay the same for credentials to be sent again."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Host, and port where it is not the scheme's own, as they stand in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if DEFAULT_PORTS[self.scheme] == self.port else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL as it is sent: without credentials and fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"


@lru_cache(maxsize=8_192)
def place_of(url: str) -> Place:
    """Where a URL leads. ValueError, with a sentence, when a check cannot go there."""
    if len(url.encode("utf-8", "replace")) > URL_LIMIT:
        raise ValueError(f"The URL is longer than {URL_LIMIT} bytes.")
    if not printable(url):
        raise ValueError("The URL holds control characters.")
    scheme, separator, rest = url.strip(" ").partition("://")
    if not separator or scheme.lower() not in DEFAULT_PORTS:
        raise ValueError("The URL must begin with http:// or https://.")
    try:
        parts = urlsplit(f"{scheme.lower()}://{rest}")
        port = parts.port
    except ValueError:
        raise ValueError("The host or the port of the URL is not valid.") from None
    return _place(parts, port)


def _place(parts: SplitResult, port: int | None) -> Place:
    user, _, at = parts.netloc.rpartition("@")
    if " " in parts.netloc or "\\" in parts.netloc:
        raise ValueError("The host or the user of the URL holds spaces or backslashes.")
    if at.startswith("[") and not BRACKETED.fullmatch(at):
        raise ValueError("The host of the URL is not a valid address.")
    if port == 0:
        raise ValueError("The port must be from 1 to 65535.")
    path = quote(parts.path or "/", KEPT) + ("?" + quote(parts.query, KEPT) if parts.query else "")
    name, _, password = user.partition(":")
    return Place(
        scheme=parts.scheme,
        host=host_of(parts.hostname or ""),
        port=port or DEFAULT_PORTS[parts.scheme],
        path=path,
        user=unquote(name) if user else None,
        password=unquote(password),
    )


@lru_cache(maxsize=8_192)
def host_of(host: str) -> str:
    """A name in lower-case ASCII, or an address in its canonical spelling. ValueError, with a sentence: neither."""
    if not host:
        raise ValueError("The host is missing.")
    if ":" in host:
        if address := canonical(host):
            return address
        raise ValueError("The host is not a valid address.")
    name = ".".join(_label(label) for label in DOTS.split(host.removesuffix(".")))
    if len(name) > NAME_LIMIT:
        raise ValueError(f"The host is longer than {NAME_LIMIT} characters.")
    return canonical(name) or name


def _label(label: str) -> str:
    try:
        encoded = label.lower() if label.isascii() else idna.encode(label, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise ValueError("The host is not a valid international name.") from None
    if not encoded or len(encoded) > LABEL_LIMIT:
        raise ValueError(f"Each part of the host must have 1 to {LABEL_LIMIT} characters.")
    if not LABEL.fullmatch(encoded):
        raise ValueError("The host holds characters that no host has.")
    return encoded


def redirected(place: Place, location: str) -> Place:
    """Where a Location header leads, seen from here. ValueError, with a sentence: nowhere we may go.

    `location` is as the engine reads headers, Latin-1; its bytes are taken as UTF-8. Credentials in it are dropped.
    """
    target = location.encode("latin-1", "replace")
    try:
        text = target.decode()
    except UnicodeDecodeError:
        text = quote(target, KEPT + "#")
    text = text.strip(" \t")
    return replace(place_of(text if SCHEME.match(text) else urljoin(place.url, text)), user=None, password="")
