"""The OpenAPI document and the page that shows it."""

from dataclasses import fields
from functools import cache
from typing import Any

from flask import Response, render_template
from pydantic import BaseModel, RootModel

from uptime import __version__
from uptime.current import core
from uptime.dialects.native.routes.operation import Answer, native, operation
from uptime.dialects.native.words import SETTING_NAMES, camel

DESCRIPTION = (
    "The native wire: OpenUptimes, extended in its own style. Times are milliseconds since 1970 unless a field says "
    "otherwise; what was never set is absent, not null. `format=code` in the query, or the header "
    "`X-OpenUptimes-Format: code`, asks for the form of the original's code where a body has two."
)

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

TAGS = {
    "status": "What the public may know at a glance",
    "services": "What is watched",
    "tags": "Words with a colour that services carry",
    "projects": "An ordered grouping of services, without a status",
    "heartbeats": "What jobs report",
    "history": "What was seen",
    "incidents": "What people write about trouble",
    "pages": "What is shown to whom",
    "subscribers": "Who is told of incidents",
    "badges": "Figures as pictures",
    "summary": "A status page in the shape that the common `/api/v2` clients read",
    "ping": "Checking everything now",
    "cron": "Jobs that check everything by the clock",
    "channels": "Ways to reach people, and names for several of them",
    "alerts": "What people are told, and why",
    "maintenance": "Planned windows in which trouble is expected",
    "settings": "Names, the public page, how long checks are kept",
    "keys": "Keys for programs",
    "login": "Logging in, passwords, the second factor",
    "users": "People, their roles, and what they did",
    "setup": "The first start, and starting over",
    "server": "What the server says about itself",
}

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key; wins over the bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": "session"},
    "token": {"type": "apiKey", "in": "cookie", "name": "authToken"},
}


HTML = {"description": "The document as a page", "content": {"text/html": {"schema": {"type": "string"}}}}


class Document(RootModel[dict[str, Any]]):
    """An OpenAPI document."""


@operation("GET", "/openapi.json", tag="server", shared=True, answers={200: Document})
def openapi() -> Answer:
    """Everything this wire answers to."""
    return Document(document())


@operation("GET", "/docs", tag="server", answers={200: HTML})
def docs() -> Answer:
    """The same as a page."""
    page = render_template("api_docs.html", document=document(), names=references)
    return Response(page, mimetype="text/html", headers={"Content-Security-Policy": POLICY})


def references(schema: Any) -> list[str]:
    """The names of the schemas that a schema is made of."""
    if isinstance(schema, dict):
        own = [schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else []
        return own + [name for part in schema.values() for name in references(part)]
    return [name for part in schema for name in references(part)] if isinstance(schema, list) else []


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; the settings of the check types stand in the schemas of a service."""
    paths = {f"/api{path}": _tidy(_dump(item)) for path, item in sorted(native.paths.items())}
    schemas = {name: _tidy(_dump(schema)) for name, schema in sorted(native.components_schemas.items())}
    for name in ("Service", "ServiceBody"):
        schemas[name]["properties"] = _settings() | schemas[name]["properties"]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Upspeak", "version": __version__, "description": DESCRIPTION},
        "servers": [{"url": "/"}, {"url": "/compat/openuptimes"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SCHEMES},
    }


def _dump(part: BaseModel) -> Any:
    return part.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)


def _tidy(schema: Any) -> Any:
    """Without what says nothing: titles made of names, defaults that are null, copies of schemas that stand apart."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _tidy(part) for name, part in schema.items() if name != "$defs"}
    if isinstance(kept.get("title"), str) and not {"type", "anyOf", "$ref", "properties"}.isdisjoint(kept):
        del kept["title"]
    if kept.get("default", 0) is None:
        del kept["default"]
    return kept


def _settings() -> dict[str, Any]:
    """The settings of every check type, each by its name on this wire."""
    found: dict[str, Any] = {}
    for kind in core().monitors.kinds().values():
        for field in fields(kind.target):
            how = field.metadata["setting"]
            name = SETTING_NAMES.get(field.name, camel(field.name))
            found.setdefault(name, {"description": f"{kind.label}: {how.label}. {how.help}".strip()})
    return found
