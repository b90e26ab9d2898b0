"""Status pages by slug: as a page, as feeds, as JSON; and the way in where one is protected."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from uptime import feeds
from uptime.core.pages import ENTRY_LIFE
from uptime.core.status_pages import PageSnapshot
from uptime.current import core, now
from uptime.domain.errors import NotFound, Unauthenticated, Unavailable
from uptime.domain.status_page import FIRST_SLUG, Access, StatusPage
from uptime.site import access, bars, page_feed, page_json, pages, words
from uptime.site.files import base
from uptime.site.public import site

NO_STORE = "private, no-store"


def cookie_name(page: StatusPage) -> str:
    """The cookie of a reader who was let in."""
    return f"upspeak-page-{page.id}"


def tokens(slug: str) -> Iterator[str]:
    """What this reader has to show: in the address, or in the cookie of the page."""
    yield request.args.get("token", "")
    yield request.cookies.get(cookie_name(core().status_pages.page(slug)), "")


def read(slug: str) -> PageSnapshot:
    """What a page shows to this reader. NotFound, Unauthenticated, Unavailable."""
    return core().status_pages.read(slug, tokens(slug), now())


def public_headers(response: Response, slug: str, stale_s: float) -> Response:
    """Caches may keep an open page for a moment; a protected one nobody keeps."""
    if not core().status_pages.page(slug).open:
        response.headers["Cache-Control"] = NO_STORE
        return response
    response.headers["Cache-Control"] = f"public, max-age={pages.FRESH_SECONDS}, stale-if-error=86400"
    response.headers["Access-Control-Allow-Origin"] = "*"
    if stale_s:
        response.headers["X-Status-Stale"] = str(round(stale_s))
    response.add_etag(weak=True)
    response.make_conditional(request)
    return pages.packed(response)


@site.get("/status/<slug>")
def page(slug: str) -> AnyResponse:
    """One page, complete without a script."""
    return shown(slug)


def shown(slug: str) -> AnyResponse:
    """The page of a slug, or the way into it."""
    try:
        snapshot = read(slug)
    except Unauthenticated:
        return locked(slug)
    view = snapshot.view
    drawn = {line.id: bars.drawings([bars.shape_of(day) for day in line.counts]) for line in view.monitors}
    response = pages.public(
        "status/plain.html",
        view=view,
        stale_s=snapshot.stale_s or None,
        bars_of=drawn,
        zone=words.zone_of(view.zone),
        css_version=words.digest(view.page.custom_css) if view.page.custom_css else "",
        token=request.args.get("token", ""),
    )
    found = core().status_pages.page(slug)
    if not found.open:
        response.headers["Cache-Control"] = NO_STORE
        response.headers["Referrer-Policy"] = "same-origin"
        let_in(response, found, request.args.get("token", ""))
    return response


def let_in(response: Response, found: StatusPage, token: str) -> None:
    """Puts the cookie that opens the page, where the token does."""
    if core().pages.admits(found, [token], now()):
        response.set_cookie(
            cookie_name(found),
            token,
            max_age=int(ENTRY_LIFE.total_seconds()),
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
            path="/",
        )


def locked(slug: str, problem: str = "", status: int = 401) -> Response:
    """What stands before a protected page: a field for its password, or the advice to ask for its link."""
    found = core().status_pages.page(slug)
    response = pages.public(
        "status/locked.html", status, slug=found.slug, by_password=found.access is Access.PASSWORD, problem=problem
    )
    response.headers["Cache-Control"] = NO_STORE
    return response


@site.post("/status/<slug>")
def open_page(slug: str) -> AnyResponse:
    """Lets a reader in who knows the password."""
    found = core().pages.by_slug(slug)
    if not found.published or found.access is not Access.PASSWORD:
        raise NotFound("status page")
    access.check_own_page()
    try:
        token = core().pages.unlock(found, request.form.get("password", ""), request.remote_addr or "", now())
    except Unauthenticated as refused:
        return locked(slug, refused.message)
    response: Any = redirect(url_for("site.page", slug=found.slug), 303)
    let_in(response, found, token)
    return response  # type: ignore[no-any-return]


@site.get("/status/<slug>/custom.css")
def page_css(slug: str) -> Response:
    """The page's own style sheet; its address carries a hash of it."""
    return public_headers(Response(read(slug).view.page.custom_css, mimetype="text/css"), slug, 0)


@site.get("/status/<slug>/feed.atom")
def atom(slug: str) -> Response:
    """The feed of a page as Atom."""
    return fed(slug, feeds.atom, feeds.ATOM)


@site.get("/status/<slug>/feed.rss")
def rss(slug: str) -> Response:
    """The feed of a page as RSS."""
    return fed(slug, feeds.rss, feeds.RSS)


def fed(slug: str, write: Callable[[feeds.Feed], bytes], kind: str) -> Response:
    snapshot = read(slug)
    token = request.args.get("token")
    own = f"{base()}{request.path}" + (f"?token={token}" if token else "")
    place = "/" if snapshot.view.page.slug == FIRST_SLUG else f"/status/{snapshot.view.page.slug}"
    made = page_feed.feed(snapshot.view, f"{base()}{place}", own)
    return public_headers(Response(write(made), mimetype=kind), slug, snapshot.stale_s)


@site.get("/status/<slug>/status.json")
def status_json(slug: str) -> Response:
    """The page as JSON; refusals too."""
    try:
        snapshot = read(slug)
    except (NotFound, Unauthenticated, Unavailable) as refused:
        status, _ = pages.STATUS_OF[type(refused)]
        response = jsonify(error=True, message=refused.message, status=status)
        response.status_code = status
        response.headers["Cache-Control"] = "no-store"
        return response
    return public_headers(jsonify(page_json.page(snapshot.view)), slug, snapshot.stale_s)
