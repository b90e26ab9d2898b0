"""Wire to domain: the path, the query and the body of a request, each into its model or refused in plain words."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import BadRequest

from uptime.dialects.native.words import CODE_HEADER, CODE_QUERY, camel
from uptime.domain.errors import Invalid
from uptime.domain.monitor import printable

LARGEST_NUMBER = 2**53


class Body(BaseModel):
    """A JSON object. Keys that are not known are ignored."""

    model_config = ConfigDict(strict=True, alias_generator=camel)


class OptionalBody(Body):
    """A JSON object that may be left out."""

    model_config = ConfigDict(openapi_extra={"required": False})  # type: ignore[typeddict-unknown-key]


class Query(BaseModel):
    """The query of a URL. Parameters that are not known are ignored: clients add some to get past caches."""

    model_config = ConfigDict(alias_generator=camel)


class NamePath(BaseModel):
    """A service by its name; slashes and any script are welcome."""

    model_config = ConfigDict(alias_generator=camel)

    service_name: str


def _one_line(text: str) -> str:
    if not printable(text):
        raise ValueError("must not hold control characters")
    return text


def _lines(text: str) -> str:
    if not printable(text, lines=True):
        raise ValueError("must not hold control characters")
    return text


def _address(text: str) -> str:
    if text and not text.lower().startswith(("https://", "http://", "/")):
        raise ValueError("must start with https://, http:// or a slash")
    return _one_line(text)


Line = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(_one_line)]
Lines = Annotated[str, StringConstraints(max_length=200_000), AfterValidator(_lines)]
Address = Annotated[str, StringConstraints(max_length=2_048), AfterValidator(_address)]
Secret = Annotated[str, StringConstraints(max_length=4_096)]
Count = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
Moment = Annotated[int, Field(ge=0, le=253_402_300_799_999)]
"""Milliseconds since 1970, to the end of the year 9999."""

Model = TypeVar("Model", bound=BaseModel)


def arguments(hints: Mapping[str, Any], path: Mapping[str, str]) -> dict[str, BaseModel]:
    """What a view asks for by the names `path`, `query` and `body`. Invalid: a part cannot be accepted."""
    sources = {"path": lambda model: path, "query": lambda model: request.args.to_dict(), "body": _json}
    return {name: _valid(hints[name], source(hints[name])) for name, source in sources.items() if name in hints}


def wants_code() -> bool:
    """Whether the request asks for the form of the original's code, or uses what only that form has."""
    if request.args.get("format") == "code" or request.headers.get(CODE_HEADER) == "code":
        return True
    path = "" if request.url_rule is None else request.url_rule.rule
    return any(path.endswith(end) and not request.args.keys().isdisjoint(own) for end, own in CODE_QUERY.items())


def needs_body(model: type[BaseModel]) -> bool:
    """Whether a request without this body is refused."""
    extra: dict[str, bool] = model.model_config.get("openapi_extra", {})  # type: ignore[assignment]
    return extra.get("required", True)


def _json(model: type[BaseModel]) -> Any:
    if not needs_body(model) and not request.get_data(cache=True):
        return {}
    try:
        # This wire reads JSON whatever the content type says: its clients' shell scripts name none.
        value = request.get_json(force=True)
    except BadRequest as error:
        raise Invalid("", error.description or "The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Invalid("", "The body must be a JSON object.")
    return value


def _valid(model: type[Model], value: Any) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"] if not _is_branch(part))
        raise Invalid(field, f"{field or 'The value'} {_complaint(first)}.") from None


def _is_branch(part: int | str) -> bool:
    """Whether a part of a location names a branch of a union, which means nothing to the caller."""
    return isinstance(part, str) and (part in ("int", "str", "constrained-str", "bool") or "[" in part)


COMPLAINTS = {
    "missing": "is missing",
    "string_type": "must be a text",
    "string_too_long": "is longer than {max_length} characters",
    "string_too_short": "is shorter than {min_length} characters",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "too_long": "has more than {max_length} entries",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "value_error": "{error}",
    "string_unicode": "holds characters that cannot be written down",
}


def _complaint(details: ErrorDetails) -> str:
    return COMPLAINTS.get(details["type"], "cannot be accepted").format(**details.get("ctx", {}))
