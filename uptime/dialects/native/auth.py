"""Who is calling, what they may do, and whether a browser was tricked into asking."""

from collections.abc import Iterable
from typing import cast

from flask import g, request
from werkzeug.wrappers import Response

from uptime import origins
from uptime.current import core, known, now
from uptime.dialects.native.words import (
    NO_KEY,
    NO_KEY_FOR_RUN,
    NO_LOGIN,
    OWN_COOKIES,
    ROLE_NEEDED,
    SESSION_COOKIE,
    SESSION_COOKIE_AGE,
    TOKEN_COOKIE,
    WRONG_KEY,
)
from uptime.domain.errors import Forbidden, Unauthenticated, Unavailable
from uptime.domain.monitor import Monitor
from uptime.domain.user import FIRST_ACCOUNT, HOLDS, KEY_SCOPES, Caller, Scope, Session


def address() -> str:
    """Where the request comes from."""
    return request.remote_addr or ""


def key_given() -> str | None:
    """The API key of the request; `X-API-Key` wins over the bearer token."""
    given = request.headers.get("X-API-Key")
    if given:
        return given
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def cookies_given() -> list[str]:
    """The session tokens of the request, each once."""
    found = (request.cookies.get(name) for name in (SESSION_COOKIE, TOKEN_COOKIE, *OWN_COOKIES))
    return list(dict.fromkeys(token for token in found if token))


def caller() -> Caller | None:
    """Whoever is calling; None for a stranger, and for credentials that are no good."""
    if "caller" not in g:
        g.caller = known(_caller())
    return cast("Caller | None", g.caller)


def caller_if_known() -> Caller | None:
    """The same for what strangers may ask for too: while nobody can be looked up, everybody is one."""
    try:
        return caller()
    except Unavailable:
        return None


def _caller() -> Caller | None:
    key = key_given()
    if key is not None:
        return core().api_keys.caller(key, now())
    for token in cookies_given():
        found = core().users.caller(token, now())
        if found is not None:
            return found
    return None


def require(scope: Scope, *, changes: bool, whole: bool = False) -> Caller:
    """The caller, who may do this. Unauthenticated, or Forbidden.

    `changes`: a browser must prove its origin. `whole`: it concerns more than one service.
    """
    found = caller()
    if found is None:
        raise Unauthenticated(WRONG_KEY if key_given() else NO_KEY_FOR_RUN if "runId" in request.args else NO_KEY)
    if not found.may(scope):
        raise Forbidden(_too_little(found, scope))
    if found.monitor_id is not None and (whole or scope is Scope.ADMIN):
        raise Forbidden("This API key is bound to one service, and this concerns more")
    if changes and found.session is not None:
        require_own_page()
    return found


def _too_little(found: Caller, scope: Scope) -> str:
    if found.session is not None:
        return f"Your role, {found.role}, does not allow this; {ROLE_NEEDED[scope]} is needed"
    needed = next((held for held in KEY_SCOPES if scope in HOLDS[held]), None)
    return f"This API key has the scope {found.scope}; {needed or 'a login of an owner'} is needed"


def login_of(caller: Caller) -> Session:
    """The login behind a request. Unauthenticated: it came with a key, which will not do."""
    if caller.session is None:
        raise Unauthenticated(NO_LOGIN)
    return caller.session


def require_first_account(caller: Caller) -> None:
    """Forbidden but for the account of whoever runs this: it concerns the installation."""
    if caller.account != FIRST_ACCOUNT:
        raise Forbidden("This concerns the installation; only those who run it may do it")


def require_own_page() -> None:
    """Forbidden unless a page of ours, or no page at all, sent this."""
    if foreign():
        raise Forbidden("The request was sent by another site")
    silent = "Origin" not in request.headers and "Sec-Fetch-Site" not in request.headers
    # A form of another site cannot send JSON, and an old browser that names no origin sends forms.
    if silent and request.mimetype != "application/json" and request.content_length:
        raise Forbidden("Send application/json, or name the origin of the request")


def foreign() -> bool:
    """Whether the browser says that a page of another site sent this."""
    return origins.foreign(request.headers, request.host, core().settings.public_url)


def may_set_up(tokens: list[str | None]) -> bool:
    """Whether this request may set the site up: it has the token, or comes from this very machine."""
    given = [token for token in (request.headers.get("X-Setup-Token"), *tokens) if token]
    if given:
        return any(core().users.check_setup_token(token) for token in given)
    return origins.from_loopback(request.headers, request.host, address(), core().settings.public_url)


def put_cookies(response: Response, token: str) -> None:
    """Both login cookies."""
    for name in (SESSION_COOKIE, TOKEN_COOKIE):
        response.set_cookie(
            name,
            token,
            max_age=SESSION_COOKIE_AGE,
            expires=int(now().timestamp()) + SESSION_COOKIE_AGE,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )


def take_cookie(response: Response) -> None:
    """The one cookie that logout takes back; the other is dead and tells the client that its login has ended."""
    response.delete_cookie(TOKEN_COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)


def account(who: Caller | None) -> int:
    """Whose services a request is about: strangers see those of the first account."""
    return FIRST_ACCOUNT if who is None else who.account


def readable(monitors: Iterable[Monitor], who: Caller | None) -> list[Monitor]:
    """Those of the monitors that this caller may know of: a reader's own, for everybody else what is published."""
    if who is not None and who.may(Scope.READ):
        return [monitor for monitor in monitors if who.sees(monitor.id)]
    return core().pages.public(account(who), monitors)
