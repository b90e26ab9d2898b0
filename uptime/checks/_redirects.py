"""Following redirects ourselves: every hop resolved, vetted and timed like the first."""

from dataclasses import replace
from typing import TYPE_CHECKING

from uptime.checks._http_message import HttpAnswer, HttpRequest
from uptime.checks._kind import CheckFailed
from uptime.checks._place import Place, redirected
from uptime.domain.result import Reason

if TYPE_CHECKING:
    from uptime.checks._net import Net

FOLLOWED = frozenset({301, 302, 303, 307, 308})
HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "cache-control", "pragma", "range", "user-agent"})
"""Headers that go along to another host; any other may be a credential."""

SHOWN = 500
"""Characters of each address on the way that are told."""

ABOUT_BODY = frozenset({"content-type", "content-encoding", "content-language", "content-location"})


async def follow(net: "Net", request: HttpRequest, limit: int) -> HttpAnswer:
    """The answer at the end of at most `limit` redirects. CheckFailed: too many, or to where no check may go.

    Statuses whose body is wanted are not followed: somebody expects them.
    """
    answer = await net.http(request)
    for _ in range(limit):
        if not _leads_on(request, answer):
            return answer
        request = _next(request, answer)
        _note(net, answer.status, request.place)
        answer = await net.http(request)
    if _leads_on(request, answer):
        raise CheckFailed(
            Reason.REDIRECT,
            f"More than {limit} redirects in a row: they may lead in a circle.",
            status_code=answer.status,
        )
    return answer


def _note(net: "Net", status: int, place: Place) -> None:
    """Tell of the way, whatever it comes to."""
    hop = f"{status} {place.url[:SHOWN]}"
    net.facts["redirects"] = "\n".join([*net.facts.get("redirects", "").splitlines(), hop])


def _leads_on(request: HttpRequest, answer: HttpAnswer) -> bool:
    wanted = request.body_for is not None and answer.status in request.body_for
    return answer.status in FOLLOWED and not wanted and answer.header("location") is not None


def _next(request: HttpRequest, answer: HttpAnswer) -> HttpRequest:
    try:
        place = redirected(request.place, answer.header("location") or "")
    except ValueError as error:
        raise CheckFailed(
            Reason.REDIRECT, f"The redirect leads nowhere a check may follow: {error}", status_code=answer.status
        ) from None
    moved = replace(request, place=place, headers=_headers(request, place))
    if answer.status == 303 and request.method != "HEAD":
        return _without_body(moved)
    if answer.status in (301, 302) and request.method == "POST":
        return _without_body(moved)
    return moved


def _headers(request: HttpRequest, place: Place) -> tuple[tuple[str, str], ...]:
    if place.origin == request.place.origin:
        return request.headers
    kept = HARMLESS | ABOUT_BODY if request.body else HARMLESS
    return tuple((name, value) for name, value in request.headers if name.lower() in kept)


def _without_body(request: HttpRequest) -> HttpRequest:
    headers = tuple((name, value) for name, value in request.headers if name.lower() not in ABOUT_BODY)
    return replace(request, method="GET", body=b"", headers=headers)
