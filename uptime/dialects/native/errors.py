"""Our errors in the three forms this wire has for them."""

from typing import Literal

from flask import current_app, request
from pydantic import RootModel
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from uptime.dialects.native import encode
from uptime.dialects.native.read import wants_code
from uptime.dialects.native.words import Shape, sentence
from uptime.dialects.native.write import Message, Wire
from uptime.domain.errors import (
    Conflict,
    DeliveryFailed,
    Forbidden,
    Invalid,
    NotFound,
    SecondFactorNeeded,
    TooMany,
    Unauthenticated,
    Unavailable,
    UptimeError,
)

STATUS: dict[type[UptimeError], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    SecondFactorNeeded: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    DeliveryFailed: 422,
    TooMany: 429,
    Unavailable: 503,
}

HTTP_SENTENCES = {
    404: "There is nothing at this address",
    405: "This address does not answer to that method",
    413: "The body is larger than 1 MiB",
    429: "Too many requests",
    500: "Something went wrong on our side",
}


class DocumentedError(Wire):
    """What went wrong, as the public reference of this wire has it."""

    error: Literal[True]
    message: str
    status: int


class CodeError(Wire):
    """What went wrong, as operations answer that only the original's code has.

    `secondFactor` where a login takes a code too.
    """

    error: str
    second_factor: bool | None = None


class AnyError(RootModel[DocumentedError | CodeError]):
    """The documented form, or the other where `format=code` asks for it."""


BODY = {Shape.DOCUMENTED: AnyError, Shape.CODE: CodeError, Shape.ADMIN: Message}
"""What a body of each shape is made of."""


def refusal(error: UptimeError) -> Response:
    """What the core or this wire refused."""
    response = told(STATUS.get(type(error), 500), sentence(error))
    if isinstance(error, TooMany | Unavailable):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def refused_by_http(error: HTTPException) -> Response:
    """What routing, the size limit or the rate limits refused."""
    status = error.code or 500
    response = told(status, HTTP_SENTENCES.get(status, error.description or "The request cannot be served"))
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def fault(error_id: str) -> Response:
    """An unexpected fault of ours; the log has it under the id."""
    return told(500, f"{HTTP_SENTENCES[500]}; the log has it under {error_id}")


def told(status: int, message: str) -> Response:
    """A sentence in the form that this request expects."""
    match shape():
        case Shape.CODE:
            body: Wire = CodeError(error=message)
        case Shape.ADMIN:
            body = Message(message=message)
        case _:
            body = DocumentedError(error=True, message=message, status=status)
    return encode.answer(body, status)


def shape() -> Shape:
    """The form of error that the operation of this request answers with."""
    view = current_app.view_functions.get(request.endpoint or "")
    found: Shape = getattr(view, "shape", Shape.DOCUMENTED)
    if request.routing_exception is not None and "/api/admin/" in request.path:
        return Shape.ADMIN
    return Shape.CODE if found is Shape.DOCUMENTED and wants_code() else found
