"""What is asked of a web server, and what it answered: one request, one hop."""

from collections.abc import Callable
from dataclasses import dataclass

from uptime.checks._kind import CheckFailed
from uptime.checks._place import Place
from uptime.checks._text import decoded
from uptime.domain.result import Certificate, Phases


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, for one hop.

    `Net.http(request)` resolves `place.host` for `family` and vets what it finds, calls
    `CurlEngine.fetch(request, addresses, deadline)`, takes over phases, address and certificate of the
    answer, and raises `answer.failure` where there is one.
    """

    place: Place
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    family: str = "any"
    """any, 4 or 6."""
    verify_tls: bool = True
    ca_pem: str = ""
    """Further trusted authorities, for this request alone."""
    look_at_certificate: bool = False
    """Whether facts of the certificate from an earlier check will not do."""
    body_for: frozenset[int] | None = None
    """The statuses whose body matters: any other answer ends at its empty line. None: all of them."""
    keyword: str = ""
    """Looked for while the body comes in; finding it ends the reading."""
    keep_body: bool = False
    """Whether `HttpAnswer.body` is to give the decoded body, up to the body limit."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back. `failure` is set when it was no complete response.

    `phases` leave out the name look-up, which is not the engine's.
    """

    phases: Phases
    status: int = 0
    reason: str = ""
    """The words behind the status."""
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case; values read as Latin-1."""
    address: str | None = None
    certificate: Certificate | None = None
    found: bool = False
    """Whether the keyword was there."""
    body_size: int = 0
    """Bytes after decoding, as far as they were read."""
    charset: str = "utf-8"
    excerpt: str = ""
    """How the text of the body began."""
    body: Callable[[], bytes] = bytes
    """Gives the decoded body; nothing unless it was asked for."""
    failure: CheckFailed | None = None

    def header(self, name: str) -> str | None:
        """The first value of a header, its name in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    def text(self) -> str:
        """The body that was kept, as text."""
        return decoded(self.body(), self.charset)
