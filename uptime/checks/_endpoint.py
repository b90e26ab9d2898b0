"""Hosts and ports as people write them, and the short URLs that name what is not on the web."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from uptime.checks._place import URL_LIMIT, host_of
from uptime.domain.errors import Invalid
from uptime.domain.monitor import printable

HOST_AND_PORT = re.compile(r"(?:\[(?P<address>[^\]]*)\]|(?P<host>[^:]*))(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


def checked_host(text: str) -> str:
    """The host with its ends trimmed. ValueError, with a sentence: no host is written like that."""
    trimmed = text.strip()
    host_of(trimmed)
    return trimmed


def host_and_port(text: str, default: int) -> tuple[str, int]:
    """What `host`, `host:port`, `[address]:port` or a bare IPv6 address means. ValueError, with a sentence: nothing."""
    if text.count(":") > 1 and not text.startswith("["):
        return host_of(text), default
    found = HOST_AND_PORT.fullmatch(text)
    port = int(found["port"] or default) if found else 0
    if found is None or not 1 <= port <= 65_535:
        raise ValueError("Write it as host or host:port, with a port from 1 to 65535.")
    return host_of(found["address"] or found["host"]), port


def shown(host: str, port: int | None = None) -> str:
    """Host and port as they stand in a URL."""
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a short URL names. `options` stand in its query."""

    host: str
    port: int | None
    options: dict[str, str]


def endpoint(url: str, scheme: str, *options: str) -> Endpoint:
    """The parts of `scheme://host:port`, and of these options in its query. Invalid: the URL is not of this form."""
    start, separator, rest = url.strip(" ").partition("://")
    if start.lower() != scheme or not separator:
        raise Invalid("url", f"The URL must begin with {scheme}://.")
    if len(rest) > URL_LIMIT or not printable(rest):
        raise Invalid("url", f"The URL holds control characters or is longer than {URL_LIMIT} characters.")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        found = Endpoint(parts.hostname or "", parts.port, dict(parse_qsl(parts.query, max_num_fields=20)))
        host_of(found.host)
    except ValueError as error:
        raise Invalid("url", f"The URL is not valid: {error}") from None
    strange = parts.fragment or parts.path not in ("", "/") or not found.options.keys() <= set(options)
    if strange or "@" in parts.netloc or found.port == 0:
        raise Invalid("url", f"The URL must be of the form {scheme}://host:port, with nothing else in it.")
    return found
