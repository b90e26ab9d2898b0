"""Every outgoing HTTP request that is not a check: one deadline, vetted addresses, errors in plain sentences."""

import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from uptime import __version__
from uptime.addresses import Policy
from uptime.config import Settings
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.punctual import connected, left, verifying, vetted

REDIRECTS = 5
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: at most as many bytes as were asked for. `headers` by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    charset: str

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").lower()

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
        self.settings = settings
        self._policy = Policy(allow_private=False, allow=settings.outbound_allow)
        self._further = settings.check_ca_file

    def get(self, url: str, *, timeout: float, limit: int) -> Answer:
        """Fetch a page, following redirects; `timeout` in seconds for all of it, `limit` in bytes.

        Invalid: that is no URL. DeliveryFailed: it cannot be fetched, may not be, or did not answer with success.
        """
        end = time.monotonic() + timeout
        for _ in range(REDIRECTS + 1):
            answer = self._ask("GET", url, {}, None, end, limit)
            if answer.status < 300 or "location" not in answer.headers:
                return _successful(answer, url)
            url = urljoin(url, answer.headers["location"])
        raise DeliveryFailed("It was redirected too many times.", permanent=True)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout: float = 10.0,
        limit: int = 65_536,
    ) -> Answer:
        """One request, without following redirects; `timeout` in seconds for all of it, `limit` in bytes.

        Whatever status comes back is an answer. Invalid: that is no URL. DeliveryFailed: there was no answer.
        """
        return self._ask(method, url, headers or {}, body, time.monotonic() + timeout, limit)

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, end: float, limit: int
    ) -> Answer:
        host, port = _place(url)
        adapter = _Pinned(vetted(host, port, end, self._policy), end, self._further)
        with _Staying() as session:
            session.trust_env = False
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            named = {"User-Agent": f"Upspeak/{__version__}", **headers}
            try:
                with session.request(
                    method, url, headers=named, data=body, timeout=left(end), allow_redirects=False, stream=True
                ) as response:
                    return _read(response, limit)
            except requests.RequestException as error:
                raise DeliveryFailed(_sentence(host, port, error), permanent=False) from None
            except ValueError:
                raise Invalid("url", "That is not a URL.") from None


def _place(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Invalid("url", "That is not a URL.") from None
    if parts.scheme not in PORTS or not host:
        raise Invalid("url", "A URL must begin with http:// or https:// and name a host.")
    return host, port


class _Staying(requests.Session):
    """Looks at no redirect: even one that is not followed would be read to its end, whatever the limit is."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Pinned(HTTPAdapter):
    """Connects to the vetted addresses only, whatever the name means by then."""

    def __init__(self, addresses: Sequence[str], end: float, further: Path | None) -> None:
        self._addresses = addresses
        self._end = end
        self._further = further
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        connect, end, further = self._connect, self._end, self._further

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return connect(self.port or PORTS["http"])

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return connect(self.port or PORTS["https"])

            def connect(self) -> None:
                self.ssl_context = verifying(further)
                super().connect()
                self.sock.end = end  # type: ignore[union-attr]

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def _connect(self, port: int) -> socket.socket:
        return connected(self._addresses, port, self._end)


def _read(response: requests.Response, limit: int) -> Answer:
    body = b""
    for part in response.iter_content(16_384):
        body += part
        if len(body) >= limit:
            break
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, body[:limit], response.encoding or "utf-8")


def _successful(answer: Answer, url: str) -> Answer:
    if not 200 <= answer.status < 300:
        raise DeliveryFailed(f"{urlsplit(url).hostname} answered with {answer.status}.", permanent=False)
    return answer


def _sentence(host: str, port: int, error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"{host} did not answer in time."
    if isinstance(error, requests.exceptions.SSLError):
        return f"The certificate of {host} cannot be verified."
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return f"{host} ended its answer too early."
    if isinstance(error, requests.ConnectionError):
        return f"{host} cannot be reached on port {port}."
    return f"{host} did not answer as HTTP requires."
