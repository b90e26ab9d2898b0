"""Forwarding headers, believed only where a configured proxy sent them."""

import ssl
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network = IPv4Network | IPv6Network


class TrustedProxies:
    """WSGI middleware: the address and scheme of the reader instead of those of our own proxies.

    The headers themselves stay in place: whoever sets up from loopback must not have sent any.
    """

    def __init__(self, app: "WSGIApplication", networks: Sequence[Network]) -> None:
        self._app = app
        self._networks = tuple(networks)
        self._believed = lru_cache(4_096)(self._judge)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR", "")
        if self._networks and self._believed(peer):
            environ["REMOTE_ADDR"] = self._reader(peer, environ.get("HTTP_X_FORWARDED_FOR", ""))
            if scheme := _last(environ, "HTTP_X_FORWARDED_PROTO"):
                environ["wsgi.url_scheme"] = "https" if scheme.lower() == "https" else "http"
            if host := _last(environ, "HTTP_X_FORWARDED_HOST"):
                environ["HTTP_HOST"] = host
        elif "gunicorn.socket" in environ:
            # Gunicorn by itself believes X-Forwarded-Proto of whoever connects from loopback.
            secure = isinstance(environ["gunicorn.socket"], ssl.SSLSocket)
            environ["wsgi.url_scheme"] = "https" if secure else "http"
        return self._app(environ, start_response)

    def _reader(self, peer: str, forwarded: str) -> str:
        """The nearest address that is none of our proxies; what stands before it anybody may have written."""
        nearest = peer
        for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
            address = _address(hop)
            if address is None:
                break
            nearest = str(address)
            if not self._believed(nearest):
                break
        return nearest

    def _judge(self, peer: str) -> bool:
        address = _address(peer)
        return address is not None and any(address in network for network in self._networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    bare = text.strip("[]") if text.startswith("[") and text.endswith("]") else text
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _last(environ: "WSGIEnvironment", name: str) -> str:
    return str(environ.get(name, "")).rpartition(",")[2].strip()
