"""How often the API may be asked: per key or session where there is one, else per address, counted in the store."""

import time

from flask import Flask, current_app, request
from flask_limiter import Limiter

from uptime.config import Settings
from uptime.core import Core
from uptime.dialects.native import auth
from uptime.domain.errors import TooMany, Unavailable
from uptime.domain.user import Caller
from uptime.server.front import PATHS
from uptime.store import Store

STRANGERS, KNOWN = 300, 1_200
"""Requests a minute."""

FREE = frozenset({"static", "health.healthz", "health.readyz"})


def limit_rates(app: Flask, settings: Settings, store: Store) -> None:
    """Put the limits in front of every view but those that only read what lies ready."""
    if not settings.rate_limit_factor:
        return

    def allowed() -> str:
        per_minute = STRANGERS if _caller() is None else KNOWN
        return f"{max(1, round(per_minute * settings.rate_limit_factor))} per minute"

    limiter = Limiter(
        _who,
        app=app,
        application_limits=[allowed],
        storage_uri="redis://",
        storage_options={"connection_pool": store.client.connection_pool},  # type: ignore[dict-item]
        key_prefix="up:limits",
        # The memory's clean-up is a thread, and serverless has none.
        in_memory_fallback_enabled=not settings.serverless,
        swallow_errors=settings.serverless,
    )
    limiter.request_filter(_is_free)
    app.extensions["rates"] = limiter


def refusal() -> TooMany:
    """The limit that this request has breached, as an error of ours."""
    limiter: Limiter = current_app.extensions["rates"]
    breached = limiter.current_limit
    wait = min(60, max(1, round(breached.reset_at - time.time()))) if breached else 60
    return TooMany(f"Too many requests were sent. Try again in {wait} seconds.", wait)


def _is_free() -> bool:
    return request.endpoint in FREE or (request.path in PATHS and not request.query_string)


def _who() -> str:
    if (pushed := _pushed()) is not None:
        return f"push:{pushed}"
    caller = _caller()
    return f"address:{request.remote_addr}" if caller is None else f"caller:{caller.account}:{caller.name}"


def _pushed() -> int | None:
    """The monitor that a job reports to, which has a limit of its own: a whole fleet may come from one address."""
    token = (request.view_args or {}).get("token")
    if token is None:
        return None
    core: Core = current_app.extensions["core"]
    try:
        return core.pushes.monitor_id(token)
    except Unavailable:
        return None


def _caller() -> Caller | None:
    try:
        return auth.caller()
    except Unavailable:
        return None
