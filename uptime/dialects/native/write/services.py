"""Monitors as services."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, Protocol

from pydantic import ConfigDict, RootModel

from uptime.dialects.native.words import DEFAULTS, SETTING_NAMES, camel
from uptime.dialects.native.write import Wire
from uptime.domain.monitor import JsonValue, Monitor
from uptime.domain.route import Route

ExpectedStatus = int | str | list[int | str]


class TagOfService(Wire):
    """A tag that a service carries, by its id."""

    id: int
    value: str


class RouteShown(Wire):
    """A channel or a contact that is told, with the delay and the reminders it has here, in seconds."""

    channel: int | None = None
    contact: int | None = None
    delay: int | None = None
    repeat: int | None = None


class Service(Wire):
    """A service. The settings of its check type stand beside these, those that are not the default."""

    model_config = ConfigDict(extra="allow")

    id: int
    name: str
    url: str
    description: str
    expected_status: ExpectedStatus
    method: str
    timeout: int
    """Milliseconds."""
    visible: bool = True
    type: str = DEFAULTS.type
    interval: int = DEFAULTS.interval
    """Seconds."""
    retries: int = DEFAULTS.retries
    retry_interval: int = DEFAULTS.interval
    success_threshold: int = DEFAULTS.success_threshold
    upside_down: bool = DEFAULTS.upside_down
    slow: int = 0
    """Milliseconds; a slower answer is degraded."""
    paused: bool = DEFAULTS.paused
    parent: int | None = None
    project: int | None = None
    tags: tuple[TagOfService, ...] = ()
    weight: int = DEFAULTS.weight
    channels: tuple[int | RouteShown, ...] = ()
    """Who is told; left out where every standard channel is."""
    heartbeat_url: str | None = None
    """Where a push service reports; for callers who may write."""
    is_deleted: bool = False


class DeletedService(Wire):
    """A service whose configuration is gone and whose history is kept."""

    name: str
    url: Literal[""]
    is_deleted: Literal[True]


class Services(Wire):
    """All services in their order."""

    services: list[Service]


class CodeServices(RootModel[list[Service | DeletedService]]):
    """All services in the form of the original's code."""


class AnyServices(RootModel[Services | CodeServices]):
    """The documented form, or the other where it is asked for."""


class ServiceSaved(Wire):
    """The service as it is now."""

    success: Literal[True]
    service: Service


class AnyServiceSaved(RootModel[ServiceSaved | Service]):
    """The documented form, or the bare service where the other is asked for."""


class Kind(Protocol):
    """What is asked of a check type here."""

    @property
    def target(self) -> Any: ...

    @property
    def parse(self) -> Callable[[str], Mapping[str, JsonValue]]: ...


class Described(Protocol):
    """What is asked of the core about a monitor: where it looks, and its settings without secrets."""

    def address(self, monitor: Monitor) -> str: ...

    def shown_target(self, monitor: Monitor) -> Mapping[str, JsonValue]: ...

    def kind(self, monitor: Monitor) -> Kind | None: ...


def service(monitor: Monitor, monitors: Described) -> Service:
    """A monitor as this wire shows it to whoever may read it; what the URL says is not said again.

    Of a type that is not there nobody knows the settings, and so none are shown.
    """
    url, kind = monitors.address(monitor), monitors.kind(monitor)
    target = dict(monitors.shown_target(monitor)) if kind else {}
    expected, method = target.pop("expected_status", ["200"]), str(target.pop("method", "GET"))
    for name in kind.parse(url) if kind else ():
        target.pop(name, None)
    return Service(
        id=monitor.id,
        name=monitor.name,
        url=url,
        description=monitor.description,
        expected_status=_expected(expected),
        method=method,
        timeout=monitor.timeout_ms,
        **_altered(monitor),
        **_settings(target, _defaults(kind)),
    )


def deleted(monitor: Monitor) -> DeletedService:
    """A monitor of which only the history is left."""
    return DeletedService(name=monitor.name, url="", is_deleted=True)


def _altered(monitor: Monitor) -> dict[str, Any]:
    """What was said beyond the documented fields: `visible` where it was said, the rest where it is no default."""
    altered: dict[str, Any] = {} if monitor.visible is None else {"visible": monitor.visible}
    for ours in (
        "type",
        "interval",
        "retries",
        "retry_interval",
        "success_threshold",
        "upside_down",
        "paused",
        "parent",
        "project",
        "weight",
    ):
        if (value := getattr(monitor, ours)) != getattr(DEFAULTS, ours):
            altered[ours] = value
    if monitor.tags:
        altered["tags"] = tuple(TagOfService(id=each.tag, value=each.value) for each in monitor.tags)
    if monitor.routes is not None:
        altered["channels"] = [_route(route) for route in monitor.routes]
    if monitor.slow_ms is not None:
        altered["slow"] = monitor.slow_ms
    return altered


def _route(route: Route) -> int | RouteShown:
    if route == Route(channel=route.channel):
        return route.channel
    said = {name: value for name in ("channel", "contact", "delay", "repeat") if (value := getattr(route, name))}
    return RouteShown(**said)


def _defaults(kind: Kind | None) -> dict[str, JsonValue]:
    """The settings of a check type that need not be said, as they are stored."""
    found: dict[str, JsonValue] = {}
    for field in fields(kind.target) if kind else ():
        if field.default is not MISSING:
            found[field.name] = list(field.default) if isinstance(field.default, tuple) else field.default
        elif field.default_factory is not MISSING:
            found[field.name] = field.default_factory()
    return found


def _settings(target: Mapping[str, JsonValue], defaults: Mapping[str, JsonValue]) -> dict[str, Any]:
    altered = {name: value for name, value in target.items() if value != defaults.get(name, ...)}
    return {
        SETTING_NAMES.get(name, camel(name)): not value if name in SETTING_NAMES else value
        for name, value in altered.items()
    }


def _expected(values: JsonValue) -> ExpectedStatus:
    """One number as a number, one range as a text, several as a list."""
    assert isinstance(values, list | tuple)  # noqa: S101 - narrows the type
    shown: list[int | str] = [int(value) if str(value).isdigit() else str(value) for value in values]  # type: ignore[arg-type]
    return shown[0] if len(shown) == 1 else shown
