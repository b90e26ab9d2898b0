"""Who is calling: the session cookie, the anti-forgery token of forms, and the rule for setting up."""

import hmac
import secrets
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from flask import Response, current_app, g, redirect, request, url_for
from itsdangerous import Signer
from werkzeug.wrappers import Response as AnyResponse

from uptime.domain.errors import Forbidden, Unauthenticated
from uptime.domain.user import SESSION_LIFE, Session

if TYPE_CHECKING:
    from uptime.core import Core

FORGED = "The form was not sent from this site, or is too old. Go back, reload the page, and send it again."

FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


def core() -> "Core":
    """The core this application was built around."""
    return cast("Core", current_app.extensions["core"])


def now() -> datetime:
    """The moment of this request."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    return cast(datetime, g.now)


def cookie_name() -> str:
    """The name of our session cookie; under TLS no other host may set it."""
    return "__Host-upspeak" if request.is_secure else "upspeak"


def session() -> Session | None:
    """The login this request belongs to. Unavailable while the store is away."""
    if "session" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.session = core().users.session(token, now()) if token else None
    return cast("Session | None", g.session)


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
    if request.method not in ("GET", "HEAD"):
        check_form(found.anti_forgery)
    return None


def check_form(expected: str) -> None:
    """Forbidden unless the form carries this token and comes from a page of this site."""
    sent = request.form.get("token", "")
    if not same_origin() or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Forbidden(FORGED)


def same_origin() -> bool:
    """Whether the browser says that a page of ours sent this; silent clients are judged by the token alone."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    return origin is None or host_of(origin) in {request.host, host_of(core().settings.public_url or "")} - {""}


def host_of(url: str) -> str:
    """Host and port of an address; "" where there is none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


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
    return core().users.check_setup_token(given) if given else from_loopback()


def from_loopback() -> bool:
    """Whether the request comes straight from this machine, by a loopback name, and from no foreign page."""
    if any(name in request.headers for name in FORWARDING) or not same_origin():
        return False
    return _loopback(request.remote_addr or "") and _loopback(host_name())


def host_name() -> str:
    """The name by which this site was asked for, without its port."""
    try:
        return urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def onward(wanted: str) -> str:
    """The page to show after the login: a path of ours, else the overview."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and "\\" not in wanted else url_for("admin.overview")
