"""Set-up, login and logout."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from uptime.current import core, now
from uptime.domain.errors import Conflict, Forbidden, Invalid, TooMany, Unauthenticated
from uptime.domain.monitor import MonitorDraft
from uptime.domain.settings import Site
from uptime.domain.user import FIRST_ACCOUNT, PASSWORD_HIGH, PASSWORD_LOW
from uptime.site import access, forms, pages
from uptime.site.forms import Errors, Field, Widget
from uptime.site.public import copies, site

ALREADY = "This site is set up already. Log in instead; the owner can change everything there."
NEEDS_TOKEN = (
    "Setting up needs the set-up token. It is in the link that the program printed when it started: open that link."
)

RULES = f"At least {PASSWORD_LOW} characters. Long and easy to remember beats short and odd; common ones are refused."

PASSWORDS = (
    Field("password", "Password", Widget.SECRET, help=RULES, required=True, limit=PASSWORD_HIGH,
          autocomplete="new-password"),
    Field("again", "Password again", Widget.SECRET, required=True, limit=PASSWORD_HIGH, autocomplete="new-password"),
)  # fmt: skip

SETUP = (
    *PASSWORDS,
    Field("name", "Name of the site", value="Upspeak", required=True, limit=255),
    Field("description", "Description", help="One line below the name. May stay empty.", limit=4_000),
    Field("url", "First thing to watch", help="A web address such as https://example.com. May stay empty.",
          limit=8_192, input="url", autocomplete="url"),
)  # fmt: skip

DIFFERENT = "The two passwords are not the same."


@site.get("/setup")
def set_up() -> AnyResponse:
    if core().users.is_set_up():
        return redirect(url_for("site.login"), 303)
    token = request.args.get("token", "")
    if not access.may_set_up(token):
        return pages.error(403, "The set-up token is missing", NEEDS_TOKEN)
    return visitor_page("setup/setup.html", fields=list(SETUP), setup_token=token)


@site.post("/setup")
def finish_set_up() -> AnyResponse:
    if core().users.is_set_up():
        raise Conflict(ALREADY)
    token = request.form.get("setupToken", "")
    if not access.may_set_up(token):
        raise Forbidden(NEEDS_TOKEN)
    access.check_visitor_form()
    values, errors = forms.read(SETUP, request.form)
    errors |= differing(values)
    draft = None if errors else first_monitor(str(values["url"]), errors)
    if not errors:
        errors |= create_owner(str(values["password"]), str(values["name"]), str(values["description"]))
    if errors:
        return visitor_page("setup/setup.html", 400, fields=refilled(errors), setup_token=token)
    if draft is not None:
        core().monitors.add(FIRST_ACCOUNT, draft, now())
    copies().forget()
    return welcome(str(values["password"]))


def refilled(errors: Errors) -> list[Field]:
    """The fields as they were sent, without the passwords."""
    typed = forms.typed(SETUP, request.form) | {"password": "", "again": ""}
    return forms.filled(SETUP, typed, errors)


def differing(values: Mapping[str, object]) -> Errors:
    """The complaint about two passwords that differ, if they do."""
    return {"again": DIFFERENT} if values.get("again") != values.get("password") else {}


def first_monitor(url: str, errors: Errors) -> MonitorDraft | None:
    """The monitor of a web address; a complaint goes into `errors` before anything is made."""
    if not url:
        return None
    full = url if "://" in url else f"https://{url}"
    kind = core().monitors.kinds()["http"]
    try:
        target = kind.parse(full)
        kind.build(target)
    except Invalid as error:
        errors["url"] = error.message
        return None
    return MonitorDraft(name=(urlsplit(full).hostname or full)[:255], type="http", target=target)


def create_owner(password: str, name: str, description: str) -> Errors:
    """Sets the site up; exactly one of several callers wins (Conflict). What is wrong with the fields otherwise."""

    def named(before: Site) -> Site:
        page = replace(before.page, title=name, description=description or before.page.description)
        return replace(before, name=name, description=description, page=page)

    settings = core().settings
    try:
        core().users.set_up(settings.admin_username, password, settings.admin_email, named, now())
    except Invalid as error:
        return {error.field if error.field in {field.name for field in SETUP} else "password": error.message}
    return {}


def welcome(password: str) -> AnyResponse:
    """Logs the new owner in."""
    token, _ = core().users.login(None, password, request.remote_addr or "", now())
    response = make_response(redirect(url_for("admin.overview", done="welcome"), 303))
    access.remember(response, token)
    return response


@site.get("/login")
def login() -> AnyResponse:
    if not core().users.is_set_up():
        return redirect(url_for("site.set_up"), 303)
    wanted = request.args.get("from", "")
    if access.session() is not None:
        return redirect(access.onward(wanted), 303)
    return visitor_page("setup/login.html", wanted=wanted, error="")


@site.post("/login")
def enter() -> AnyResponse:
    access.check_visitor_form()
    wanted = request.form.get("from", "")
    try:
        token, _ = core().users.login(None, request.form.get("password", ""), request.remote_addr or "", now())
    except Unauthenticated as refused:
        return visitor_page("setup/login.html", 401, wanted=wanted, error=refused.message)
    except TooMany as refused:
        response = visitor_page("setup/login.html", 429, wanted=wanted, error=refused.message)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    response = make_response(redirect(access.onward(wanted), 303))
    access.remember(response, token)
    return response


@site.post("/logout")
def logout() -> AnyResponse:
    found = access.session()
    if found is not None:
        access.check_form(found.anti_forgery)
        core().users.logout(request.cookies.get(access.cookie_name(), ""), now())
    response = make_response(redirect(url_for("site.login", done="bye"), 303))
    access.forget(response)
    return response


def visitor_page(template: str, status: int = 200, **context: object) -> Response:
    """A page with a form for somebody who is not logged in."""
    response = pages.private(template, status, token=access.visitor_token(), **context)
    access.remember_visitor(response)
    return response
