"""The front page: the first status page, or the one that has the host name."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from uptime.current import core, now
from uptime.domain.errors import Unavailable
from uptime.domain.status_page import FIRST_SLUG, StatusPage
from uptime.domain.user import FIRST_ACCOUNT
from uptime.site import board, pages, status_pages
from uptime.site.public import copies, frame, nobody_yet, not_published, site


@site.get("/")
def status() -> AnyResponse:
    """The status page of this host, else the first one; the way to the set-up before there is one."""
    if nobody_yet():
        return redirect(url_for("site.set_up"), 303)
    slug = core().status_pages.slug_at(request.host)
    if slug is not None and slug != FIRST_SLUG:
        return status_pages.shown(slug)
    return first()


def first() -> AnyResponse:
    """The first status page."""
    page = _first_if_known()
    if page is not None and not page.published:
        return not_published()
    if page is not None and not page.open:
        return status_pages.shown(FIRST_SLUG)
    wanted = request.args.get("view")
    wanted = wanted if wanted in board.VIEWS else None
    snapshot = core().status_pages.snapshot(now())
    try:
        found = copies().get(wanted, snapshot.version, now(), lambda: board.build(core(), FIRST_ACCOUNT, wanted, now()))
    except Unavailable:
        found = board.without_history(snapshot, now())
    return pages.public("status/page.html", board=found, views=board.VIEWS, **frame(found.site))


def _first_if_known() -> StatusPage | None:
    """The first page; None where the store is away and this process has never seen it.

    The snapshot below holds then what was open to everybody, and nothing else.
    """
    try:
        return core().status_pages.page(FIRST_SLUG)
    except Unavailable:
        return None
