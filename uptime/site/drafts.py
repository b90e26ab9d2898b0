"""The monitor form: its fields, made from the check type, and the draft it means."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from uptime.domain.errors import Conflict, Invalid
from uptime.domain.masking import MASK
from uptime.domain.monitor import (
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    RETRIES_LIMIT,
    TIMEOUT_MS_HIGH,
    TIMEOUT_MS_LOW,
    JsonValue,
    Monitor,
    MonitorDraft,
)
from uptime.domain.schedule import LONGEST_INTERVAL, SHORTEST_INTERVAL
from uptime.site import forms
from uptime.site.forms import TARGET, Errors, Field, Widget

NAMING = (
    Field("name", "Monitor name", required=True, limit=NAME_LIMIT),
    Field("description", "Description", help="One or two sentences for the public page.", limit=DESCRIPTION_LIMIT),
)

TIMING = (
    Field(
        "interval", "Check every", Widget.NUMBER, "60", "Seconds, 5 at least.", low=SHORTEST_INTERVAL,
        high=LONGEST_INTERVAL,
    ),
    Field(
        "timeout_ms", "Give up after", Widget.NUMBER, "10000", "Milliseconds for one check, name lookup included.",
        low=TIMEOUT_MS_LOW, high=TIMEOUT_MS_HIGH,
    ),
    Field(
        "retries", "Failures forgiven", Widget.NUMBER, "0",
        "So many failures in a row are only “retrying”; the next one is down.", low=0, high=RETRIES_LIMIT,
    ),
    Field(
        "retry_interval", "Retry after", Widget.NUMBER, "", "Seconds between retries. Empty: as often as otherwise.",
        optional=True, low=SHORTEST_INTERVAL, high=LONGEST_INTERVAL,
    ),
    Field(
        "success_threshold", "Successes to recover", Widget.NUMBER, "1",
        "So many successes in a row end an outage.", low=1, high=RETRIES_LIMIT,
    ),
    Field(
        "slow_ms", "Degraded when slower than", Widget.NUMBER, "", "Milliseconds. Empty: never.", optional=True,
        low=1, high=TIMEOUT_MS_HIGH,
    ),
    Field("upside_down", "Upside down", Widget.CHECK, help="Failing counts as up, answering as down."),
    Field("visible", "Show on the public page", Widget.CHECK, "on"),
)  # fmt: skip

NAMED_BY_CORE = {"timeout": "timeout_ms", "slow": "slow_ms"}


@dataclass(frozen=True, slots=True)
class MonitorForm:
    """The form as it is shown: what must be said first, then what has a default, folded away under titles."""

    kind: Any
    fields: list[Field]
    problem: str = ""

    @property
    def first(self) -> list[Field]:
        return [field for field in self.fields if _is_first(field)]

    @property
    def folded(self) -> list[tuple[str, list[Field]]]:
        more = [field for field in self.fields if not _is_first(field)]
        of_kind = [field for field in more if field.name.startswith(TARGET)]
        titled = [("More about the check", of_kind), ("Timing and retries", [f for f in more if f not in of_kind])]
        return [(title, fields) for title, fields in titled if fields]


def _is_first(field: Field) -> bool:
    return field.required or field.name in ("description", "interval", "visible")


def form_fields(kind: Any) -> tuple[Field, ...]:
    """All fields for a check type."""
    return NAMING + forms.target_fields(kind.target) + TIMING


def blank(kind: Any, values: Mapping[str, str] | None = None) -> MonitorForm:
    """The form of a new monitor; `values` are what was typed already."""
    return arranged(kind, values or {}, {})


def of_monitor(kind: Any, monitor: Monitor, target: Mapping[str, JsonValue]) -> MonitorForm:
    """The form of a monitor that exists, its secrets masked in `target`."""
    values: dict[str, Any] = {field.name: getattr(monitor, field.name) for field in fields(MonitorDraft)}
    values["visible"] = monitor.shown
    values |= {TARGET + name: value for name, value in target.items()}
    return arranged(kind, values, {})


def refused(kind: Any, typed: Mapping[str, str], errors: Errors, problem: str = "") -> MonitorForm:
    """The form as it was sent, with what is wrong beside the fields."""
    names = {field.name for field in form_fields(kind)}
    stray = " ".join(text for name, text in errors.items() if name not in names)
    return arranged(kind, typed, errors, problem or stray)


def arranged(kind: Any, values: Mapping[str, Any], errors: Errors, problem: str = "") -> MonitorForm:
    return MonitorForm(kind, forms.filled(form_fields(kind), values, errors), problem)


def draft(kind: Any, values: Mapping[str, Any], before: Monitor | None) -> MonitorDraft:
    """The draft that the values of a form mean; what the form does not show stays what it was."""
    target = {name.removeprefix(TARGET): value for name, value in values.items() if name.startswith(TARGET)}
    plain = {name: value for name, value in values.items() if not name.startswith(TARGET)}
    if before is None:
        return MonitorDraft(type=kind.word, target=target, **plain)
    return replace(before, type=kind.word, target=target, **plain)


def target_errors(kind: Any, draft: MonitorDraft, before: Monitor | None) -> Errors:
    """What the check type refuses of its settings, by the name of the form's field; a masked secret is what it was."""
    kept = before.target if before is not None and before.type == kind.word else {}
    masked = {name for name in kind.secrets() & kept.keys() if draft.target.get(name) == MASK}
    try:
        kind.build({**draft.target, **{name: kept[name] for name in masked}})
    except Invalid as error:
        return {TARGET + error.field: error.message}
    return {}


def complaint(kind: Any, error: Invalid | Conflict) -> Errors:
    """What the core refused, by the name of the form's field; "" where it belongs to none."""
    if isinstance(error, Conflict):
        return {"name": error.message}
    name = NAMED_BY_CORE.get(error.field, error.field)
    names = {field.name for field in form_fields(kind)}
    found = next((each for each in (name, TARGET + name) if each in names), "")
    return {found: error.message}
