"""HTTP(S): up when a URL answers with the expected status and content."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from uptime.checks._certificates import ends_too_soon
from uptime.checks._http_message import HttpAnswer, HttpRequest
from uptime.checks._kind import CheckFailed, CheckType, setting, up
from uptime.checks._place import Place, place_of
from uptime.checks._redirects import follow
from uptime.checks._regex import compiled, found_in
from uptime.checks._statuses import in_words, statuses
from uptime.checks._text import printed
from uptime.checks._tls import authorities
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BODY_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "xml": "text/xml; charset=utf-8",
    "text": "text/plain; charset=utf-8",
}
REDIRECTS = 10
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
SHOWN_HEADERS = ("content-type", "location", "retry-after", "server", "via", "x-cache")


def _url(url: str) -> str:
    place_of(url)
    return url.strip(" ")


def _statuses(entries: tuple[str, ...]) -> tuple[str, ...]:
    statuses(entries)
    return entries or ("200",)


def checked_headers(headers: dict[str, str]) -> dict[str, str]:
    """The same headers. ValueError, with a sentence: one of them cannot be sent."""
    for name, value in headers.items():
        if not TOKEN.fullmatch(name):
            raise ValueError(f'"{name[:40]}" is not the name of a header.')
        if not value.isprintable() and "\t" not in value:
            raise ValueError(f"The value of the header {name[:40]} holds control characters.")
    return headers


def _regex(pattern: str) -> str:
    if pattern:
        compiled(pattern)
    return pattern


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """What is asked, and what must be answered."""

    url: str = setting("URL", check=_url)
    method: str = setting("Method", default="GET", choices=METHODS)
    expected_status: tuple[str, ...] = setting(
        "Expected status", default=("200",), help="Numbers, ranges (200-299), classes (2xx)", check=_statuses
    )
    headers: dict[str, str] = setting("Headers", default={}, check=checked_headers)  # noqa: RUF009 - a field of its own
    body: str = setting("Body", default="", limit=65_536, lines=True)
    body_type: str = setting("Body type", default="json", choices=tuple(BODY_TYPES))
    username: str = setting("User name", default="", limit=1_024)
    password: str = setting("Password", default="", limit=1_024, secret=True)
    bearer: str = setting("Bearer token", default="", secret=True)
    keyword: str = setting("Keyword", default="", limit=1_024, help="Text that the answer must hold")
    keyword_absent: bool = setting("Keyword must be absent", default=False)
    regex: str = setting(
        "Regular expression", default="", limit=1_024, help="RE2 syntax; must match in the answer", check=_regex
    )
    follow_redirects: bool = setting("Follow redirects", default=True)
    max_redirects: int = setting("Most redirects", default=REDIRECTS, low=0, high=REDIRECTS)
    verify_tls: bool = setting("Verify the certificate", default=True)
    expiry_days: int | None = setting(
        "Days before expiry", default=None, low=0, high=3_650, help="Down when the certificate ends sooner"
    )
    ca_pem: str = setting("Further authorities", default="", limit=131_072, lines=True, check=authorities)
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))


def request_of(target: HttpTarget) -> HttpRequest:
    """The first request of a check."""
    expected = statuses(target.expected_status)
    return HttpRequest(
        place=place_of(target.url),
        method=target.method,
        headers=_sent_headers(target),
        body=target.body.encode(),
        family=target.ip_family,
        verify_tls=target.verify_tls,
        ca_pem=target.ca_pem,
        look_at_certificate=target.expiry_days is not None,
        body_for=expected,
        keyword=target.keyword,
        keep_body=bool(target.regex),
    )


def _sent_headers(target: HttpTarget) -> tuple[tuple[str, str], ...]:
    """What the target asks for, and what follows from its credentials and body where it says nothing itself."""
    headers = dict(target.headers)
    given = {name.lower() for name in headers}
    authorization = credentials(place_of(target.url), target.username, target.password, target.bearer)
    if authorization and "authorization" not in given:
        headers["Authorization"] = authorization
    if target.body and "content-type" not in given:
        headers["Content-Type"] = BODY_TYPES[target.body_type]
    return tuple(headers.items())


def credentials(place: Place, username: str, password: str, bearer: str) -> str:
    """What the Authorization header says; "" when there is nothing to say."""
    if bearer:
        return f"Bearer {bearer}"
    if not username and not password and place.user is not None:
        username, password = place.user, place.password
    if not username and not password:
        return ""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


async def run(target: HttpTarget, net: "Net") -> Result:
    answer = await asked(target, net)
    return up(_said(answer), status_code=answer.status)


async def asked(target: HttpTarget, net: "Net", *, keep_body: bool = False) -> HttpAnswer:
    """The final answer. CheckFailed: there was none, or it is not as the target says it must be."""
    request = request_of(target)
    request = replace(request, keep_body=True) if keep_body else request
    answer = await (follow(net, request, target.max_redirects) if target.follow_redirects else net.http(request))
    _check_status(target, request, answer)
    _check_certificate(target, answer, datetime.now(UTC))
    await _check_content(target, answer)
    return answer


def _check_status(target: HttpTarget, request: HttpRequest, answer: HttpAnswer) -> None:
    if request.body_for is None or answer.status in request.body_for:
        return
    raise CheckFailed(
        Reason.STATUS,
        f"Answered {_said(answer)}, but {in_words(target.expected_status)} was expected.",
        status_code=answer.status,
        evidence=shown_head(_said(answer), answer.headers),
    )


def shown_head(said: str, headers: Iterable[tuple[str, str]]) -> str:
    """What matters of the head of an answer, as evidence."""
    shown = [f"{name}: {printed(value)}" for name, value in headers if name in SHOWN_HEADERS]
    return "\n".join([f"HTTP {said}", *shown])


def _check_certificate(target: HttpTarget, answer: HttpAnswer, now: datetime) -> None:
    if answer.certificate and (too_soon := ends_too_soon(answer.certificate, target.expiry_days, now)):
        raise CheckFailed(Reason.TLS, too_soon, status_code=answer.status)


async def _check_content(target: HttpTarget, answer: HttpAnswer) -> None:
    if target.keyword and answer.found is target.keyword_absent:
        what = f'The text "{target.keyword[:60]}" is {"in" if answer.found else "missing from"} the answer.'
    elif target.regex and not await found_in(answer.text(), target.regex):
        what = f'Nothing in the answer matches the expression "{target.regex[:60]}".'
    else:
        return
    raise CheckFailed(Reason.CONTENT, what, status_code=answer.status, evidence=answer.excerpt)


def _said(answer: HttpAnswer) -> str:
    return f"{answer.status} {printed(answer.reason)}".strip()


def address(target: HttpTarget) -> str:
    return target.url


def parse(url: str) -> dict[str, JsonValue]:
    return {"url": url}


CHECK = CheckType("http", "HTTP(S)", HttpTarget, run, address, parse, ("http", "https"))
