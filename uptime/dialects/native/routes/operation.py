"""How an operation of this wire is declared: who may call it, what it takes, every answer it can give."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, get_type_hints

from flask import current_app, request
from flask.blueprints import BlueprintSetupState
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response

from uptime.dialects.native import auth, encode, errors, read
from uptime.dialects.native.words import Shape
from uptime.domain.errors import UptimeError
from uptime.domain.user import Scope

Answer = BaseModel | tuple[BaseModel, int] | Response
View = TypeVar("View", bound=Callable[..., Answer])

SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"key": []}, {"session": []}, {"token": []}]


class NameConverter(BaseConverter):
    """A service's name in a path: anything but a line end, slashes included."""

    regex = r".+?"
    part_isolating = False


def _prepare(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["name"] = NameConverter


native = APIBlueprint("native", __name__)
native.record_once(_prepare)


def operation(
    method: str,
    path: str,
    *,
    tag: str,
    answers: Mapping[int, type[BaseModel] | dict[str, Any] | None],
    needs: Scope | None = None,
    shape: Shape = Shape.DOCUMENTED,
    changes: bool | None = None,
    refuses: tuple[int, ...] = (),
    shared: bool = False,
    whole: bool = False,
    aliases: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Declares a view as an operation, which takes `caller`, `path`, `query` and `body` as it needs them.

    `needs` is the scope a caller must hold, None lets anybody in. `changes`: it alters something, so that a browser
    must prove its origin (by default whatever is no GET). `whole`: keys bound to one service do not do.
    `refuses` are the errors beside those that follow from the rest. `shared`: pages of any site may read the answer.
    `aliases` are further paths of the same.
    """
    alters = method != "GET" if changes is None else changes

    def declare(view: View) -> View:
        hints = get_type_hints(view)

        @wraps(view)
        def run(**variable: str) -> Response:
            known = {"caller": auth.caller_if_known()} if "caller" in hints and needs is None else {}
            if needs is not None:
                allowed = auth.require(needs, changes=alters, whole=whole)
                known = {"caller": allowed} if "caller" in hints else {}
            given = read.arguments(hints, variable)
            return _response(view(**known, **given))

        run.shape = shape  # type: ignore[attr-defined]
        run.shared = shared  # type: ignore[attr-defined]
        run.needs = needs  # type: ignore[attr-defined]
        run.__delay_validate_request__ = True  # type: ignore[attr-defined]
        responses = dict(answers) | dict.fromkeys(_errors(hints, needs, refuses), errors.BODY[shape])
        for rule in (path, *aliases):
            register = getattr(native, method.lower())
            register(
                rule,
                tags=[Tag(name=tag)],
                responses={status: responses[status] for status in sorted(responses)},
                security=SECURITY if needs is not None else None,
                operation_id=view.__name__ + ("" if rule == path else rule.replace("/", "_")),
                strict_slashes=False,
                merge_slashes=False,
            )(run)
        return view

    return declare


def _errors(hints: Mapping[str, Any], needs: Scope | None, refuses: tuple[int, ...]) -> set[int]:
    found = {429, 500, 503, *refuses}
    if needs is not None:
        found |= {401, 403}
    if "body" in hints:
        found |= {400, 413}
    if "query" in hints and hints["query"].model_fields:
        found.add(400)
    return found


def _response(answer: Answer) -> Response:
    if isinstance(answer, Response):
        return answer
    return encode.answer(*answer) if isinstance(answer, tuple) else encode.answer(answer)


@native.errorhandler(UptimeError)
def _refusal(error: UptimeError) -> Response:
    return errors.refusal(error)


@native.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    return errors.refused_by_http(error)


@native.after_request
def _finish(response: Response) -> Response:
    """OPTIONS without a body, nothing kept by caches unless the view said so, public reads open to all sites."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method == "OPTIONS" and response.status_code == 200:
        response.status_code = 204
        response.set_data(b"")
    response.headers.setdefault("Cache-Control", "no-store")
    if getattr(view, "shared", False):
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response
