"""What the check loop is told of the settings, the software's own addresses included."""

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from uptime.addresses import Policy
from uptime.checks._loop import EngineSettings
from uptime.config import Settings

REDIS_PORT, SENTINEL_PORT = 6379, 26379


def engine_settings(settings: Settings) -> EngineSettings:
    """The settings of a check loop. Looks up the host names of our own services, so it may take a moment."""
    policy = Policy(
        allow_private=settings.check_allow_private,
        deny=settings.check_deny,
        allow=settings.check_allow,
        own=[place for host, port in _own(settings) for place in _addresses(host, port)],
    )
    return EngineSettings(
        concurrency=settings.check_concurrency,
        resolvers=settings.check_resolvers,
        ca_file=settings.check_ca_file,
        policy=policy,
        body_limit=settings.check_body_limit,
        witnesses=settings.witnesses,
    )


def _own(settings: Settings) -> Iterator[tuple[str, int]]:
    yield settings.host, settings.port
    for url in (settings.redis_url, settings.queue_url):
        if url is not None:
            yield from _stores(url)


def _stores(url: str) -> Iterator[tuple[str, int]]:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return
    default = SENTINEL_PORT if "sentinel" in parts.scheme else REDIS_PORT
    for place in parts.netloc.rpartition("@")[2].split(","):
        host, _, port = place.rpartition(":") if place[-1:].isdigit() and ":" in place else (place, "", "")
        yield host.strip("[]") or "localhost", int(port) if port else default


def _addresses(host: str, port: int) -> list[tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [(str(address[0]).partition("%")[0], port) for *_, address in found]
