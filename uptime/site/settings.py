"""Private pages of what the site says about itself, what it keeps, and the password."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from uptime.current import core, now
from uptime.domain.errors import Invalid, Unauthenticated
from uptime.domain.settings import Site
from uptime.domain.user import PASSWORD_HIGH
from uptime.site import forms
from uptime.site.access import owner
from uptime.site.account import DIFFERENT, PASSWORDS
from uptime.site.admin import admin, back, show
from uptime.site.forms import Errors, Field, Widget
from uptime.site.public import copies

TTLS = (
    ("3600", "1 hour"), ("21600", "6 hours"), ("43200", "12 hours"), ("86400", "1 day"), ("259200", "3 days"),
    ("604800", "7 days"), ("2592000", "30 days"), ("7776000", "90 days"), ("0", "Without limit"),
)  # fmt: skip

SITE = (
    Field("name", "Name of the site", required=True, limit=255),
    Field("description", "Description", limit=4_000),
    Field("timezone", "Time zone", help="A name such as Europe/Berlin. Times on the pages are in it.", required=True),
    Field("contact_email", "Contact address", input="email", limit=255),
)
PAGE = (
    Field("page.enabled", "Published", Widget.CHECK, help="Switched off, readers find no status page."),
    Field("page.title", "Title", required=True, limit=255),
    Field("page.description", "Text below the title", help="May hold links, bold and italic as HTML.", limit=4_000),
)
LOOKS = (
    Field("appearance.show_urls", "Show addresses", Widget.CHECK),
    Field("appearance.show_descriptions", "Show descriptions", Widget.CHECK),
    Field("appearance.logo_url", "Logo", help="A path on this host or a data: address.", optional=True, limit=65_536),
    Field("appearance.copyright_text", "Footer", help="{year} stands for the year.", limit=255),
    Field("appearance.copyright_url", "Footer links to", input="url", limit=2_000),
    Field("appearance.custom_header", "Text above the page", Widget.LINES,
          help="Links, bold and italic as HTML; other tags are left out.", limit=10_000),
    Field("appearance.custom_css", "Own style sheet", Widget.LINES, help="CSS for the public page.", limit=100_000),
)  # fmt: skip
KEEPING = (
    Field("ttl", "Keep heartbeats for", Widget.CHOICE, choices=TTLS, required=True,
          help="Single checks older than this go; daily and hourly figures stay. A shorter time deletes at once."),
)  # fmt: skip

PASSWORD = (
    Field("current", "Current password", Widget.SECRET, required=True, limit=PASSWORD_HIGH,
          autocomplete="current-password"),
    *PASSWORDS,
)  # fmt: skip


def groups(values: Mapping[str, Any], errors: Errors) -> list[tuple[str, list[Field]]]:
    """The settings form in its sections."""
    named = (("Site", SITE), ("Public page", PAGE), ("Looks", LOOKS), ("History", keeping(values)))
    return [(title, forms.filled(fields, values, errors)) for title, fields in named]


def keeping(values: Mapping[str, Any]) -> tuple[Field, ...]:
    """The choice of times, with the present one in it whatever it is."""
    ttl = str(values.get("ttl", ""))
    if not ttl.isdecimal() or ttl in dict(TTLS):
        return KEEPING
    return (replace(KEEPING[0], choices=(*TTLS, (ttl, f"{ttl} seconds"))),)


def values_of(site: Site, ttl: int) -> dict[str, Any]:
    """The settings by the names of the form's fields."""
    values: dict[str, Any] = {"ttl": ttl}
    for field in (*SITE, *PAGE, *LOOKS):
        holder, _, name = field.name.rpartition(".")
        values[field.name] = getattr(getattr(site, holder) if holder else site, name)
    return values


def changed(before: Site, values: Mapping[str, Any]) -> Site:
    """The settings with what a form says."""
    inner = {holder: {} for holder in ("page", "appearance", "")}  # type: dict[str, dict[str, Any]]
    for field in (*SITE, *PAGE, *LOOKS):
        holder, _, name = field.name.rpartition(".")
        inner[holder][name] = values[field.name]
    return replace(
        before,
        **inner[""],
        page=replace(before.page, **inner["page"]),
        appearance=replace(before.appearance, **inner["appearance"]),
        modified_at=now(),
    )


def settings_page(values: Mapping[str, Any], errors: Errors, status: int = 200) -> Response:
    monitors = core().monitors.list(owner().account)
    return show("settings.html", status, groups=groups(values, errors), monitors=monitors)


@admin.get("/settings")
def settings() -> Response:
    account = owner().account
    return settings_page(values_of(core().sites.get(account), core().history.ttl(account)), {})


@admin.post("/settings")
def save_settings() -> AnyResponse:
    account = owner().account
    fields = (*SITE, *PAGE, *LOOKS, *keeping({"ttl": core().history.ttl(account)}))
    values, errors = forms.read(fields, request.form)
    if values.get("timezone") not in available_timezones():
        errors.setdefault("timezone", "There is no time zone of that name. Try UTC or Europe/Berlin.")
    if not errors:
        try:
            core().sites.update(account, lambda before: changed(before, values))
            ttl = int(str(values["ttl"]))
            if ttl != core().history.ttl(account):
                core().history.set_ttl(account, ttl, now())
        except Invalid as error:
            errors[error.field] = error.message
    if errors:
        return settings_page(forms.typed(fields, request.form), errors, 400)
    copies().forget()
    return back("settings", "saved")


@admin.post("/settings/visible")
def save_visible() -> AnyResponse:
    """Which monitors readers see: the ticked ones."""
    account = owner().account
    ticked = set(request.form.getlist("visible"))
    for monitor in core().monitors.list(account):
        wanted = str(monitor.id) in ticked
        if wanted != monitor.shown:
            core().monitors.replace(account, monitor.id, replace(monitor, visible=wanted), now())
    copies().forget()
    return back("settings", "saved")


@admin.get("/password")
def password() -> Response:
    return show("password.html", fields=list(PASSWORD))


@admin.post("/password")
def change_password() -> AnyResponse:
    values, errors = forms.read(PASSWORD, request.form)
    if values.get("again") != values.get("password"):
        errors["again"] = DIFFERENT
    if not errors:
        try:
            current, new = str(values["current"]), str(values["password"])
            core().users.change_password(owner(), current, new, now(), request.remote_addr or "")
        except Unauthenticated as error:
            errors["current"] = error.message
        except Invalid as error:
            errors["password"] = error.message
        else:
            return back("password", "password")
    return show("password.html", 400, fields=forms.filled(PASSWORD, {}, errors))
