"""Who is calling: the session cookie, the anti-forgery token of forms, and the rule for setting up."""

import hmac
import secrets
from typing import Any, cast

from flask import Response, g, redirect, request, url_for
from itsdangerous import Signer
from werkzeug.wrappers import Response as AnyResponse

from uptime import origins
from uptime.current import core, known, now
from uptime.domain.errors import Forbidden, Unauthenticated
from uptime.domain.user import SESSION_LIFE, Caller, Scope, Session

FORGED = "The form was not sent from this site, or is too old. Go back, reload the page, and send it again."

NOT_YOURS = "These pages are for owners and admins of the account. Ask one of them for what you need."


def cookie_name() -> str:
    """The name of our session cookie; under TLS no other host may set it."""
    return "__Host-upspeak" if request.is_secure else "upspeak"


def caller() -> Caller | None:
    """Whoever is logged in. Unavailable while the store is away."""
    if "page_caller" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.page_caller = known(core().users.caller(token, now())) if token else None
    return cast("Caller | None", g.page_caller)


def session() -> Session | None:
    """The login this request belongs to. Unavailable while the store is away."""
    found = caller()
    return None if found is None else found.session


def owner() -> Session:
    """The login this request belongs to. Unauthenticated when there is none."""
    found = session()
    if found is None:
        raise Unauthenticated("Please log in.")
    return found


def remember(response: Response, token: str) -> None:
    """Puts the session cookie."""
    seconds = int(SESSION_LIFE.total_seconds())
    response.set_cookie(
        cookie_name(), token, max_age=seconds, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
    )


def forget(response: Response) -> None:
    """Takes the session cookie back."""
    response.delete_cookie(cookie_name(), httponly=True, samesite="Lax", secure=request.is_secure, path="/")


def guard() -> AnyResponse | None:
    """Before every private page: a login, and for what changes something, a form of ours."""
    found = session()
    if found is None:
        if request.method in ("GET", "HEAD"):
            back: dict[str, Any] = {"from": request.full_path.rstrip("?")}
            return redirect(url_for("site.login", **back), 303)
        raise Unauthenticated("Your session has ended. Please log in again; nothing was changed.")
    who = caller()
    if who is None or not who.may(Scope.ADMIN):
        raise Forbidden(NOT_YOURS)
    if request.method not in ("GET", "HEAD"):
        check_form(found.anti_forgery)
    return None


def check_form(expected: str) -> None:
    """Forbidden unless the form carries this token and comes from a page of this site."""
    sent = request.form.get("token", "")
    if _foreign() or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Forbidden(FORGED)


def check_own_page() -> None:
    """Forbidden where the browser says that a page of another site sent this."""
    if _foreign():
        raise Forbidden(FORGED)


def _foreign() -> bool:
    """Whether the browser says that a page of another site sent this; silent clients are judged by the token alone."""
    return origins.foreign(request.headers, request.host, core().settings.public_url, referer=True)


def visitor() -> str:
    """A random name for a browser nobody has logged in on; its cookie is put by `remember_visitor`."""
    if "visitor" not in g:
        g.visitor = request.cookies.get("upspeak-form") or secrets.token_urlsafe(16)
    return cast(str, g.visitor)


def visitor_token() -> str:
    """The anti-forgery token of forms that need no login, bound to the browser."""
    signer = Signer(core().settings.secret_key, salt="site.visitor")
    return signer.get_signature(visitor().encode()).decode()


def remember_visitor(response: Response) -> None:
    """Puts the cookie that the tokens of `visitor_token` are bound to."""
    if request.cookies.get("upspeak-form") != visitor():
        response.set_cookie(
            "upspeak-form", visitor(), httponly=True, samesite="Strict", secure=request.is_secure, path="/"
        )


def check_visitor_form() -> None:
    """Forbidden unless the form was made by us for this browser."""
    if "upspeak-form" not in request.cookies:
        raise Forbidden("Your browser sent no cookie back. Allow cookies for this site and try again.")
    check_form(visitor_token())


def may_set_up(token: str) -> bool:
    """Whether this request may set the site up: it has the token, or comes from this very machine."""
    given = token or request.headers.get("X-Setup-Token", "")
    if given:
        return core().users.check_setup_token(given)
    address, public = request.remote_addr or "", core().settings.public_url
    return origins.from_loopback(request.headers, request.host, address, public, referer=True)


def onward(wanted: str) -> str:
    """The page to show after the login: a path of ours, else the overview."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and "\\" not in wanted else url_for("admin.overview")
