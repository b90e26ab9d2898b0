"""Rendering: the headers of public and private pages, addresses of static files, cleaned text, error pages."""

import gzip
import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

import nh3
from flask import Blueprint, Response, current_app, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup

from uptime.domain.errors import Forbidden, Invalid, NotFound, TooMany, Unauthenticated, Unavailable, UptimeError
from uptime.domain.heartbeat import ANSWERING
from uptime.site import words

PUBLIC_STYLES = ("css/tokens.css", "css/status.css")
"""What stands in the public pages themselves."""

ALLOWED_TAGS = {"a", "b", "br", "em", "i", "p", "small", "span", "strong"}
"""What an owner's own markup may hold; everything else is dropped and its text kept."""

FRESH_SECONDS = 5

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{inline}; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)

STATUS_OF = {
    Invalid: (400, "That could not be accepted"),
    Unauthenticated: (401, "Please log in"),
    Forbidden: (403, "That is not allowed"),
    NotFound: (404, "There is nothing here"),
    TooMany: (429, "Too many attempts"),
    Unavailable: (503, "The store is away"),
}


@cache
def _inline(folder: str) -> tuple[Markup, str]:
    """The style sheet of the public pages, and the word of the security policy that allows exactly it."""
    text = "\n" + "".join((Path(folder) / name).read_text() for name in PUBLIC_STYLES)
    digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f" 'sha256-{digest}'"  # noqa: S704 - our own file


@cache
def _version(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def static_folder() -> str:
    folder = current_app.static_folder
    assert folder is not None  # noqa: S101 - narrows the type
    return folder


def asset(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return f"{current_app.static_url_path}/{name}?v={_version(f'{static_folder()}/{name}')}"


def cleaned(markup: str) -> Markup:
    """An owner's own markup, reduced to a few harmless tags."""
    safe = nh3.clean(markup, tags=ALLOWED_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})
    return Markup(safe)  # noqa: S704 - cleaned in the line above


def public(template: str, status: int = 200, **context: Any) -> Response:
    """A page anyone may read and any cache may keep for a moment; answered 304 where the reader has it."""
    style, allowed = _inline(static_folder())
    response = make_response(render_template(template, style=style, **context), status)
    response.headers["Content-Security-Policy"] = POLICY.format(inline=allowed)
    if status == 200:
        response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}, stale-if-error=86400"
        # Weak: the packed page and the plain one are the same to a reader.
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32], weak=True)
        response.make_conditional(request)
        return packed(response)
    response.headers["Cache-Control"] = "no-store"
    return response


def packed(response: Response) -> Response:
    """The response in gzip for those who take it. Never for a private page: its length would tell of its secrets."""
    response.vary.add("Accept-Encoding")
    if response.status_code == 200 and request.accept_encodings["gzip"]:
        response.set_data(gzip.compress(response.get_data(), 5, mtime=0))
        response.content_encoding = "gzip"
    return response


def private(template: str, status: int = 200, **context: Any) -> Response:
    """A page for one person, which nothing may keep."""
    done = words.DONE.get(request.args.get("done", ""), "")
    response = make_response(render_template(template, done=done, **context), status)
    response.headers["Content-Security-Policy"] = POLICY.format(inline="")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def error(status: int, title: str, message: str, error_id: str | None = None) -> Response:
    """An error as a page: what happened, why, what to do, and the id under which the log has it."""
    return public("error.html", status, title=title, message=message, error_id=error_id, code=status)


def refusal(problem: UptimeError) -> Response:
    """What the core refused, as a page."""
    status, title = STATUS_OF.get(type(problem), (409, "That does not go together"))
    response = error(status, title, problem.message)
    if isinstance(problem, TooMany | Unavailable):
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def blueprint(name: str, **options: Any) -> Blueprint:
    """A blueprint whose refusals are pages."""
    made = Blueprint(name, "uptime.site", **options)
    made.register_error_handler(UptimeError, refusal)
    made.record_once(_teach)
    return made


def _teach(state: BlueprintSetupState) -> None:
    """Gives the templates our words."""
    app = state.app
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=asset, words=words, answering=ANSWERING)
    app.jinja_env.filters.update(
        cleaned=cleaned, percent=words.percent, milliseconds=words.milliseconds, duration=words.duration
    )
