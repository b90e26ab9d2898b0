"""Services as drafts of monitors, and which service a request means."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, StringConstraints

from uptime.dialects.native.read import LARGEST_NUMBER, Body, Line, Query
from uptime.dialects.native.words import DEFAULTS, SETTING_NAMES, WITHOUT_URL, camel
from uptime.domain.errors import Invalid
from uptime.domain.heartbeat import Status
from uptime.domain.monitor import JsonValue, MonitorDraft, Tagged
from uptime.domain.route import Route

Whole = Annotated[int, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]

REQUIRED = "Name and URL are required"


class WhichService(Query):
    """A service by name, or by id where two share one. `serviceName` is another spelling of `name`."""

    name: str | None = None
    service_name: str | None = None
    id: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None = None


class TryQuery(Query):
    """The service whose secrets are meant where some come back masked."""

    id: Annotated[int, Field(ge=1, le=LARGEST_NUMBER)] | None = None


class ServicesQuery(WhichService):
    """`includeDeleted` and `format=code` ask for the form of the original's code."""

    include_deleted: str | None = None
    format: str | None = None


class TagBody(Body):
    """A tag that a service carries, by its id."""

    id: Whole
    value: Annotated[str, StringConstraints(max_length=255)] = ""


class RouteBody(Body):
    """A channel or a contact that is told, by id; `delay` and `repeat`, in seconds, stand in for its own."""

    channel: Annotated[Whole, Field(ge=1)] | None = None
    contact: Annotated[Whole, Field(ge=1)] | None = None
    delay: Annotated[Whole, Field(ge=0)] | None = None
    repeat: Annotated[Whole, Field(ge=0)] | None = None


class ServiceBody(Body):
    """A service. `timeout` and `slow` in milliseconds, `interval` and `retryInterval` in seconds.

    `url` decides the check type unless `type` says it; `push`, `group` and `manual` need none. Settings of the type
    stand beside these; what the URL says goes before them. `parent` and `project` are ids.
    `channels` says who is told: ids of channels, or objects; without it every standard channel is, with [] nobody.
    """

    model_config = ConfigDict(extra="allow")

    name: str | None = None
    url: str | None = None
    description: str | None = None
    expected_status: Whole | str | list[Whole | str] | None = None
    method: str | None = None
    timeout: Whole | None = None
    visible: bool | None = None
    type: str | None = None
    interval: Whole | None = None
    retries: Whole | None = None
    retry_interval: Whole | None = None
    success_threshold: Whole | None = None
    upside_down: bool | None = None
    slow: Whole | None = None
    paused: bool | None = None
    parent: Whole | None = None
    project: Whole | None = None
    tags: Annotated[list[TagBody], Field(max_length=50)] | None = None
    weight: Whole | None = None
    channels: Annotated[list[Annotated[Whole, Field(ge=1)] | RouteBody], Field(max_length=100)] | None = None


class StatusBody(Body):
    """Where a manual service stands: `up`, `degraded` or `down`."""

    status: Literal["up", "degraded", "down"]
    message: Annotated[Line, StringConstraints(max_length=200)] = ""


def status(body: StatusBody) -> Status:
    """The status that a person says."""
    return Status(body.status)


class Kind(Protocol):
    """What is asked of a check type here."""

    @property
    def word(self) -> str: ...

    @property
    def target(self) -> Any: ...

    @property
    def schemes(self) -> tuple[str, ...]: ...

    def parse(self, url: str, /) -> dict[str, JsonValue]: ...


def draft(service: ServiceBody, kinds: Mapping[str, Kind]) -> MonitorDraft:
    """The monitor that a service describes; what it does not say is the default. Invalid: it cannot be one."""
    url = service.url or _own_url(service, kinds)
    if not service.name or not url:
        raise Invalid("name", REQUIRED)
    kind = _kind(service, url, kinds)
    return MonitorDraft(
        name=service.name,
        type=kind.word,
        target=_settings(service, kind) | kind.parse(url),
        interval=_or(service.interval, DEFAULTS.interval),
        timeout_ms=_or(service.timeout, DEFAULTS.timeout_ms),
        retries=_or(service.retries, DEFAULTS.retries),
        retry_interval=service.retry_interval,
        success_threshold=_or(service.success_threshold, DEFAULTS.success_threshold),
        upside_down=bool(service.upside_down),
        slow_ms=service.slow,
        description=service.description or "",
        visible=service.visible,
        paused=bool(service.paused),
        parent=service.parent,
        project=service.project,
        tags=tuple(Tagged(tag.id, tag.value) for tag in service.tags or ()),
        weight=_or(service.weight, DEFAULTS.weight),
        routes=None if service.channels is None else tuple(map(_route, service.channels)),
    )


def _own_url(service: ServiceBody, kinds: Mapping[str, Kind]) -> str | None:
    """The URL of a type that watches nothing outside and says so in its word alone."""
    url = f"{service.type}://"
    return url if service.type in kinds and service.type in WITHOUT_URL else None


def _route(given: int | RouteBody) -> Route:
    if isinstance(given, int):
        return Route(channel=given)
    if (given.channel is None) == (given.contact is None):
        raise Invalid("channels", "Each entry of channels names a channel or a contact.")
    return Route(given.channel or 0, given.contact or 0, given.delay, given.repeat)


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _kind(service: ServiceBody, url: str, kinds: Mapping[str, Kind]) -> Kind:
    if service.type is not None:
        if service.type not in kinds:
            raise Invalid("type", f"There is no such check type; known are {', '.join(sorted(kinds))}.")
        return kinds[service.type]
    scheme = _scheme(url)
    for kind in kinds.values():
        if scheme in kind.schemes:
            return kind
    known = sorted({f"{scheme}://" for kind in kinds.values() for scheme in kind.schemes})
    raise Invalid("url", f"url must start with one of {', '.join(known)}.")


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        raise Invalid("url", "url is not a valid URL.") from None


def _settings(service: ServiceBody, kind: Kind) -> dict[str, JsonValue]:
    """The settings of the check type that the service names; null means the default."""
    said = (service.model_extra or {}) | {"method": service.method and service.method.upper()}
    found: dict[str, JsonValue] = {}
    for field in fields(kind.target):
        opposite = field.name in SETTING_NAMES
        value = said.get(SETTING_NAMES.get(field.name, camel(field.name)))
        if value is not None:
            found[field.name] = not value if opposite and isinstance(value, bool) else value
    if service.expected_status is not None and any(field.name == "expected_status" for field in fields(kind.target)):
        found["expected_status"] = expected(service.expected_status)
    return found


def expected(value: int | str | list[int | str]) -> list[JsonValue]:
    """Expected status codes as texts: numbers, ranges such as `200-299`, classes such as `2xx`. Invalid."""
    parts = value if isinstance(value, list) else [value]
    if any(isinstance(part, int) and not 100 <= part <= 599 for part in parts):
        raise Invalid("expectedStatus", "expectedStatus must be from 100 to 599.")
    return [word.strip() for part in parts for word in str(part).split(",")]
