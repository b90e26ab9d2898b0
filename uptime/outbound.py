"""Every outgoing HTTP request that is not a check: one deadline, vetted addresses, errors in plain sentences."""

import ipaddress
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from uptime import __version__
from uptime.addresses import Policy
from uptime.config import Settings
from uptime.domain.errors import DeliveryFailed, Invalid

REDIRECTS = 5
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: at most as many bytes as were asked for."""

    status: int
    content_type: str
    body: bytes
    charset: str

    @property
    def text(self) -> str:
        """The body as text; what cannot be decoded is replaced."""
        try:
            return self.body.decode(self.charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")


class Outbound:
    """Asks other servers. Private addresses are refused unless `OUTBOUND_ALLOW` names them."""

    def __init__(self, settings: Settings) -> None:
        self._policy = Policy(allow_private=False, allow=settings.outbound_allow)

    def get(self, url: str, *, timeout: float, limit: int) -> Answer:
        """Fetch a page, following redirects; `timeout` in seconds for all of it, `limit` in bytes.

        Invalid: that is no URL. DeliveryFailed: it cannot be fetched, may not be, or did not answer with success.
        """
        end = time.monotonic() + timeout
        for _ in range(REDIRECTS + 1):
            answer, onward = self._ask("GET", url, end, limit)
            if onward is None:
                return answer
            url = urljoin(url, onward)
        raise DeliveryFailed("It was redirected too many times.", permanent=True)

    def _ask(self, method: str, url: str, end: float, limit: int) -> tuple[Answer, str | None]:
        """One hop: its answer, and where it leads if it is a redirect."""
        host, port, pinned = self._pinned(url)
        with requests.Session() as session:
            session.trust_env = False
            session.mount("https://", _Pinned(host))
            headers = {"Host": urlsplit(url).netloc.rpartition("@")[2], "User-Agent": f"Upspeak/{__version__}"}
            try:
                with session.request(
                    method, pinned, headers=headers, timeout=_left(end), allow_redirects=False, stream=True
                ) as response:
                    onward = response.headers.get("Location") if response.is_redirect else None
                    if onward is None and not response.ok:
                        raise DeliveryFailed(f"{host} answered with {response.status_code}.", permanent=False)
                    return _read(response, end, limit), onward
            except requests.RequestException as error:
                raise DeliveryFailed(_sentence(host, port, error), permanent=False) from None

    def _pinned(self, url: str) -> tuple[str, int, str]:
        """Host, port, and the URL with a vetted address in place of the name: it cannot change its mind."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
        except ValueError:
            raise Invalid("url", "That is not a URL.") from None
        if parts.scheme not in PORTS or not host:
            raise Invalid("url", "A URL must begin with http:// or https:// and name a host.")
        address = self._vetted(host, port)
        literal = f"[{address}]" if ":" in address else address
        return host, port, urlunsplit(parts._replace(netloc=f"{literal}:{port}", fragment=""))

    def _vetted(self, host: str, port: int) -> str:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise DeliveryFailed(f"The name {host} cannot be resolved.", permanent=False) from None
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            refusal = self._policy.refusal(address, port)
            if refusal is not None:
                raise DeliveryFailed(refusal, permanent=True)
        return min(addresses, key=lambda address: ipaddress.ip_address(address.partition("%")[0]).version)


class _Pinned(HTTPAdapter):
    """Speaks TLS with the name although it connects to the address."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        options.update(server_hostname=self._host, assert_hostname=self._host)
        super().init_poolmanager(*args, **options)


def _read(response: requests.Response, end: float, limit: int) -> Answer:
    body = b""
    for part in response.iter_content(16_384):
        body += part
        if len(body) >= limit:
            break
        _left(end)
    content_type = response.headers.get("Content-Type", "").lower()
    return Answer(response.status_code, content_type, body[:limit], response.encoding or "utf-8")


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise DeliveryFailed("There was no complete answer in time.", permanent=False)
    return left


def _sentence(host: str, port: int, error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return f"{host} did not answer in time."
    if isinstance(error, requests.exceptions.SSLError):
        return f"The certificate of {host} cannot be verified."
    if isinstance(error, requests.ConnectionError):
        return f"{host} cannot be reached on port {port}."
    return f"{host} did not answer as HTTP requires."
