"""Private page of API keys: make, show once, list, revoke."""

from datetime import datetime, time

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from uptime.current import core, now
from uptime.domain.errors import Invalid
from uptime.domain.user import KeyShape, Scope
from uptime.site import forms, words
from uptime.site.access import owner
from uptime.site.admin import admin, back, show
from uptime.site.forms import Errors, Field, Widget

SCOPES = (
    (Scope.READ, "Read: see monitors and history"),
    (Scope.PING, "Ping: only ask for checks, for an outside cron"),
    (Scope.WRITE, "Write: also add and change monitors"),
    (Scope.ADMIN, "Admin: everything, keys and settings too"),
)

SHAPES = (
    (KeyShape.UPSPEAK, "Upspeak"),
    (KeyShape.UPTIMEROBOT, "Uptime Robot"),
    (KeyShape.KUMA, "Uptime Kuma"),
    (KeyShape.UPTIMECOM, "Uptime.com"),
)

EXAMPLE = {
    Scope.PING: "/api/ping",
    Scope.READ: "/api/status",
    Scope.WRITE: "/api/services",
    Scope.ADMIN: "/api/services",
}


def key_fields() -> tuple[Field, ...]:
    monitors = [(str(monitor.id), monitor.name) for monitor in core().monitors.list(owner().account)]
    return (
        Field("name", "Name", help="Where the key will be used, such as “backup script”.", required=True, limit=255),
        Field("scope", "It may", Widget.CHOICE, Scope.READ, choices=tuple((s.value, text) for s, text in SCOPES)),
        Field("monitor_id", "Only for", Widget.CHOICE, "", choices=(("", "All monitors"), *monitors)),
        Field("shape", "Looks like a key of", Widget.CHOICE, KeyShape.UPSPEAK,
              "Some clients judge keys by their looks.", choices=tuple((shape.value, text) for shape, text in SHAPES)),
        Field("expires", "Valid until", help="The last day. Empty: until it is revoked.", input="date"),
    )  # fmt: skip


@admin.get("/keys")
def keys() -> Response:
    return show("keys.html", keys=core().api_keys.list(owner().account), fields=list(key_fields()), scopes=dict(SCOPES))


@admin.post("/keys")
def make_key() -> AnyResponse:
    """Makes a key and shows it in this very answer: it is stored nowhere."""
    account, fields = owner().account, key_fields()
    values, errors = forms.read(fields, request.form)
    expires = _end_of(str(values.get("expires", "")), account, errors)
    if not errors:
        try:
            key, secret = core().api_keys.make(
                account,
                str(values["name"]),
                Scope(str(values.get("scope", Scope.READ))),
                now(),
                monitor_id=int(str(values["monitor_id"])) if values.get("monitor_id") else None,
                shape=KeyShape(str(values.get("shape", KeyShape.UPSPEAK))),
                expires_at=expires,
                user_id=owner().user_id,
            )
        except Invalid as error:
            errors[error.field if error.field in {field.name for field in fields} else "name"] = error.message
        else:
            return show("key_made.html", key=key, secret=secret, example=_example(key.scope, secret))
    refilled = forms.filled(fields, forms.typed(fields, request.form), errors)
    found = core().api_keys.list(account)
    return show("keys.html", 400, keys=found, fields=refilled, scopes=dict(SCOPES))


def _end_of(day: str, account: int, errors: Errors) -> datetime | None:
    """The end of that day in the site's time zone; None for no day."""
    if not day:
        return None
    try:
        last = datetime.fromisoformat(day).date()
    except ValueError:
        errors["expires"] = "Write the day as year-month-day, such as 2030-12-31."
        return None
    end = datetime.combine(last, time(23, 59, 59), words.zone_of(core().sites.get(account).timezone))
    if end <= now():
        errors["expires"] = "That day is over."
    return end


def _example(scope: Scope, secret: str) -> str:
    base = (core().settings.public_url or request.host_url).rstrip("/")
    return f'curl -H "Authorization: Bearer {secret}" {base}{EXAMPLE[scope]}'


@admin.post("/keys/<int:key_id>/revoke")
def revoke_key(key_id: int) -> AnyResponse:
    core().api_keys.revoke(owner().account, key_id, now())
    return back("keys", "revoked")
