"""Closed by default: an endpoint has a guard, or is on the list of public ones with a reason, or is refused."""

from typing import Any

from flask import Flask, request
from werkzeug.exceptions import Forbidden

from uptime import site

NATIVE = {
    "badge": "services of open status pages only; anything else is N/A",
    "subscribe": "anybody may ask to be told; it holds when whoever reads at the address has confirmed it",
    "overall_badge": "open status pages only; anything else is N/A",
    "summary": "what a status page shows, as public as the page",
    "page_status": "what a status page shows, as public as the page",
    "components": "what a status page shows, as public as the page",
    "recent_incidents": "what a status page shows, as public as the page",
    "unresolved_incidents": "what a status page shows, as public as the page",
    "scheduled_maintenances": "what a status page shows, as public as the page",
    "openapi": "the description of the wire, without any data",
    "docs": "the description of the wire as a page",
    "status": "made for readers; holds what the status page shows",
    "service_history": "monitors of the public page only, unless a key says more",
    "histories": "monitors of the public page only, unless a key says more",
    "uptime": "monitors of the public page only, unless a key says more",
    "days": "monitors of the public page only, unless a key says more",
    "outages": "monitors of the public page only, unless a key says more",
    "changes": "monitors of the public page only, unless a key says more",
    "beat": "the token in the path is the credential",
    "post_beat": "the token in the path is the credential",
    "signal": "the token in the path is the credential",
    "post_signal": "the token in the path is the credential",
    "login": "whoever wants in has no session yet; failures are counted",
    "logout": "ends a session and does nothing without one",
    "validate": "tells a session whether it is one",
    "reset_password": "asks for the old password or the set-up token itself; failures are counted",
    "reset_password_by_admin": "asks for the address of the store itself; failures are counted",
    "accept_invitation": "asks for the link of an invitation itself",
    "register": "refused unless registration is open; counted",
    "forgot": "sends a link to a mailbox and tells nobody whose it is; counted",
    "reset_by_link": "asks for the link itself",
    "settings": "shows strangers what the public page shows",
    "appearance": "how the public page looks",
    "status_page": "what the public page is called",
    "setup_status": "says whether there is an owner yet, which the first page shows anyway",
    "complete_setup": "asks for the set-up token itself, and refuses once there is an owner",
    "reset_in_development": "exists to be refused: nothing is reset without a key",
    "test_redis": "says whether the store answers, nothing else",
    "init": "answers that there is nothing to do",
    "environment": "shows strangers no setting",
    "edge_ping": "answers that nothing runs there",
}

PUBLIC: dict[str, str] = {
    "health.healthz": "load balancers have no key",
    "health.readyz": "load balancers have no key; says which part is missing, and no address",
    "static": "style sheets, scripts and pictures of the pages",
    **{f"{wire}.{name}": reason for wire in ("native", "openuptimes") for name, reason in NATIVE.items()},
    **site.PUBLIC,
}
"""Every endpoint that answers without credentials."""

GUARDED = frozenset({"admin"})
"""Blueprints that ask for a login before any of their views runs."""


def is_guarded(app: Flask, endpoint: str) -> bool:
    """Whether a view says what its caller must be allowed to do, or stands behind the guard of its blueprint."""
    blueprint = endpoint.rpartition(".")[0]
    if blueprint in GUARDED:
        return bool(app.before_request_funcs.get(blueprint))
    view: Any = app.view_functions.get(endpoint)
    return getattr(view, "needs", None) is not None


def close_the_rest(app: Flask) -> None:
    """Refuse every endpoint that is neither public nor guarded. To be called once all are mounted."""
    opened = {rule.endpoint for rule in app.url_map.iter_rules()}
    opened = {endpoint for endpoint in opened if endpoint in PUBLIC or is_guarded(app, endpoint)}

    @app.before_request
    def _refuse() -> None:
        if request.endpoint is not None and request.endpoint not in opened:
            raise Forbidden("Nobody may use this address.")
