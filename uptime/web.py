"""The web application: settings, store and core, then every dialect and page at its paths."""

import gc
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import HTTPException, InternalServerError, TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from uptime import site
from uptime.config import Settings
from uptime.core import Core
from uptime.current import actor
from uptime.dialects.native import errors as native_errors
from uptime.dialects.native.routes import native
from uptime.dialects.wire import StrictRequest
from uptime.domain.errors import UptimeError
from uptime.server import health, rates
from uptime.server.first_start import FirstStart
from uptime.server.front import StatusFront
from uptime.server.heads import BODY_LIMIT
from uptime.server.proxies import TrustedProxies
from uptime.server.public_routes import close_the_rest
from uptime.site import pages
from uptime.store import Patience, Store
from uptime.store.keys import Retention

log = logging.getLogger(__name__)

ROOT = Path(__file__).parent.parent

YEAR = 31_536_000

HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
]
"""On every response that does not say otherwise; pages bring a policy of their own."""

STRICT_TRANSPORT = ("Strict-Transport-Security", f"max-age={YEAR}")


@dataclass(frozen=True, slots=True)
class Wire:
    """What stands below some paths, and how errors look there that no view has seen."""

    prefixes: tuple[str, ...]
    blueprints: tuple[Blueprint, ...]
    refusal: Callable[[UptimeError], AnyResponse]
    refused_by_http: Callable[[HTTPException], AnyResponse]
    fault: Callable[[str], AnyResponse]


PAGES = {
    404: ("There is nothing here", "The address is wrong, or what was here is gone. Go back to the status page."),
    405: ("That cannot be done here", "The address does not answer to that method. Go back and try again."),
    413: ("That was too large", "A request may have 1 MiB at most. Send less."),
}


def _page(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    title, message = PAGES.get(status, ("That did not work", error.description or "The request cannot be served."))
    response = pages.error(status, title, message)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _fault_page(error_id: str) -> AnyResponse:
    return pages.error(500, "Something went wrong", "It was our fault. Try again; the log tells more.", error_id)


def wires() -> tuple[Wire, ...]:
    """The mount table. Paths of the first wire that matches; the site takes what is left."""
    return (
        Wire(
            ("/api", "/compat/openuptimes/api"),
            (native,),
            native_errors.refusal,
            native_errors.refused_by_http,
            native_errors.fault,
        ),
        Wire(("",), tuple(site.blueprints()), pages.refusal, _page, _fault_page),
    )


NAMES = {"/compat/openuptimes/api": "openuptimes"}
"""What the second mounting of a blueprint is called."""


class Application(Flask):
    """Flask with strict requests, and faults under an id."""

    request_class = StrictRequest

    def log_exception(self, exc_info: Any) -> None:
        g.error_id = secrets.token_hex(6)
        log.error("Fault %s in %s %s", g.error_id, request.method, request.path, exc_info=exc_info)

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        # Pages name their files with a hash of the content, so that such an address never changes its meaning.
        return YEAR if request.args.get("v") else None


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Nothing is collected meanwhile: Python 3.11 fails to compile routes when that happens in the middle of it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_undisturbed()
def create_app(settings: Settings | None = None, store: Store | None = None) -> Flask:
    """The application. ConfigError where the environment makes no sense; a store that is away is no obstacle."""
    settings = settings or Settings.from_environment(os.environ)
    store = store or open_store(settings)
    core = Core(store, settings, actor)
    app = _bare()
    app.extensions["core"] = core
    readiness = health.Readiness(settings, store)
    app.register_blueprint(health.blueprint(readiness))
    rates.limit_rates(app, settings, store)
    first = FirstStart(Core(store, settings), store, settings)
    app.before_request(first.attempt)
    table = wires()
    for wire in table:
        _mount(app, wire)
    _answer_errors(app, table)
    app.after_request(_harden)
    close_the_rest(app)
    always = [*HEADERS, STRICT_TRANSPORT] if (settings.public_url or "").startswith("https:") else HEADERS
    front = StatusFront(app.wsgi_app, core, always)
    app.extensions["front"] = front
    app.wsgi_app = TrustedProxies(front, settings.trusted_proxies)  # type: ignore[method-assign]
    first.attempt()
    return app


def open_store(settings: Settings) -> Store:
    """The store as a web process uses it: quick to give up."""
    retention = Retention(settings.hour_days, settings.day_days, settings.change_days, settings.evidence_days)
    return Store(settings.store_url, settings.queue_url, Patience.WEB, retention)


def _bare() -> Application:
    app = Application("uptime", static_folder=str(ROOT / "static"), template_folder=str(ROOT / "templates"))
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.config["MAX_FORM_MEMORY_SIZE"] = BODY_LIMIT
    # Flask's own session is not used, but its cookie must not take the name of the one OpenUptimes' login sets.
    app.config["SESSION_COOKIE_NAME"] = "upspeak-unused"
    return app


def _mount(app: Application, wire: Wire) -> None:
    for prefix in wire.prefixes:
        for blueprint in wire.blueprints:
            name = NAMES.get(prefix, blueprint.name)
            app.register_blueprint(blueprint, name=name, **({"url_prefix": prefix} if prefix else {}))


def _answer_errors(app: Flask, table: tuple[Wire, ...]) -> None:
    """Errors outside of every view, in the envelope of the wire whose path it is."""

    def wire() -> Wire:
        return next(one for one in table if any(_below(request.path, prefix) for prefix in one.prefixes))

    @app.errorhandler(UptimeError)
    def _refused(error: UptimeError) -> AnyResponse:
        return wire().refusal(error)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> AnyResponse:
        return wire().refused_by_http(error)

    @app.errorhandler(TooManyRequests)
    def _too_many(error: TooManyRequests) -> AnyResponse:
        return wire().refusal(rates.refusal())

    @app.errorhandler(InternalServerError)
    def _fault(error: InternalServerError) -> AnyResponse:
        return wire().fault(g.get("error_id") or "-")


def _below(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(f"{prefix}/")


def _harden(response: Response) -> Response:
    for name, value in HEADERS:
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault(*STRICT_TRANSPORT)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
