"""The public pages: the status page, the history of one monitor, the owner's own style sheet."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

from flask import Response, current_app, request

from uptime.current import core, now
from uptime.domain.errors import NotFound, Unavailable
from uptime.domain.monitor import Monitor
from uptime.domain.ratio import Bucket
from uptime.domain.settings import Site
from uptime.domain.user import FIRST_ACCOUNT
from uptime.site import bars, board, pages, words

site = pages.blueprint("site")

MONTH_OF_CACHE = "public, max-age=2592000, immutable"


def copies() -> board.Copies:
    """The last pages of this process."""
    return cast(board.Copies, current_app.extensions.setdefault("site-copies", board.Copies()))


def nobody_yet() -> bool:
    """Whether the set-up is still to be done; while the store is away nobody is sent there."""
    try:
        return not core().users.is_set_up()
    except Unavailable:
        return False


def frame(settings: Site) -> dict[str, Any]:
    """What stands around every public page. Pictures come from this host only."""
    looks, year = settings.appearance, str(now().year)
    logo = looks.logo_url or ""
    return {
        "site": settings,
        "footer": looks.copyright_text.replace("{year}", year) or f"© {year} {settings.name}",
        "footer_link": looks.copyright_url if looks.copyright_url.startswith(("https://", "http://")) else "",
        "logo": logo if logo.startswith(("/", "data:image/")) and not logo.startswith("//") else "",
        "css_version": words.digest(looks.custom_css) if looks.custom_css else "",
    }


def not_published() -> Response:
    return pages.error(404, "This page is not published", "Its owner has switched the public page off.")


@site.get("/monitors/<int:monitor_id>")
def monitor(monitor_id: int) -> Response:
    """One monitor as a bar and a table: its days, with `?day=` the hours of one, with `?view=slots` its checks."""
    settings = core().sites.get(FIRST_ACCOUNT)
    found = shown(monitor_id) if settings.page.enabled else None
    view = core().status_pages.snapshot(now()).view
    line = next((line for line in view.lines if line.id == monitor_id), None)
    if found is None or line is None:
        raise NotFound("page")
    around = frame(settings) | {"zone": words.zone_of(settings.timezone), "shape_of": bars.shape_of}
    if request.args.get("view") == board.SLOTS:
        beats = core().history.recent(found, now(), limit=bars.SLOTS)
        return pages.public("status/monitor.html", row=board.slot_row(line, beats), beats=beats, **around)
    days = core().history.days([found], now(), count=bars.SLOTS).get(monitor_id, [])
    day = chosen_day(request.args.get("day"), days)
    buckets = hours_of(found, day) if day else list(reversed(days))
    return pages.public("status/monitor.html", row=board.day_row(line, days), day=day, buckets=buckets, **around)


def shown(monitor_id: int) -> Monitor | None:
    """The monitor of that id where readers may see it; hidden and missing look alike."""
    visible = board.shown_monitors(core())
    return next((monitor for monitor in visible if monitor.id == monitor_id), None)


def chosen_day(text: str | None, days: list[Bucket]) -> datetime | None:
    """The start of the day that was asked for, where it is one of those shown."""
    return next((day.start for day in days if text == f"{day.start:%Y-%m-%d}"), None)


def hours_of(monitor: Monitor, day: datetime) -> list[Bucket]:
    """The hours of a day up to now, newest first."""
    last = min(datetime.combine(day.date(), time(23), UTC), now())
    found = core().history.hours([monitor], last, count=24).get(monitor.id, [])
    return [hour for hour in reversed(found) if day <= hour.start < day + timedelta(days=1)]


@site.get("/custom.css")
def custom_css() -> Response:
    """The owner's own style sheet; its address carries a hash of it."""
    text = core().sites.get(FIRST_ACCOUNT).appearance.custom_css
    response = Response(text, mimetype="text/css")
    response.headers["Cache-Control"] = MONTH_OF_CACHE if "v" in request.args else f"max-age={pages.FRESH_SECONDS}"
    return response
