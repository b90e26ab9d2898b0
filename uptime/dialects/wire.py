"""What every wire shares: a request whose JSON is read strictly, so that a bad body is refused and never a fault."""

import json
import math
from typing import Any, NoReturn

from flask import Request
from werkzeug.exceptions import BadRequest

DEPTH_LIMIT = 64
LARGEST_NUMBER = 2**53
DIGITS_LIMIT = 400


class StrictRequest(Request):
    """A request of ours: `get_json` refuses what JSON leaves open, with a sentence in the description."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body as Python values.

        BadRequest: it is not UTF-8, no JSON, nested too deeply, or holds what cannot be written down again;
        or, without `force`, it is not declared to be JSON. None instead of that with `silent`.
        """
        try:
            if not force and not self.is_json:
                raise BadRequest("The body must be JSON, with the content type application/json.")
            return parsed(self.get_data(cache=cache))
        except BadRequest:
            if silent:
                return None
            raise


def parsed(body: bytes) -> Any:
    """JSON as Python values. BadRequest with a sentence."""
    if not body.strip():
        _refuse("The body is empty; JSON is needed.")
    try:
        text = body.decode()
        value = json.loads(text, parse_int=_whole, parse_float=_number, parse_constant=_constant)
    except UnicodeDecodeError:
        _refuse("The body is not text in UTF-8.")
    except RecursionError:
        _refuse(f"The body is nested more than {DEPTH_LIMIT} levels deep.")
    except json.JSONDecodeError as error:
        _refuse(f"The body is not valid JSON: {error.msg} at character {error.pos}.")
    if body.count(b"[") + body.count(b"{") > DEPTH_LIMIT and _depth(value) > DEPTH_LIMIT:
        _refuse(f"The body is nested more than {DEPTH_LIMIT} levels deep.")
    if "\\ud" in text.lower() and not _writable(value):
        _refuse("The body holds half of a character: an unpaired surrogate.")
    return value


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_LIMIT or abs(int(digits)) > LARGEST_NUMBER:
        _refuse("The body holds a number beyond 2^53, which JSON cannot carry safely.")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
        _refuse("The body holds a number beyond 2^53, which JSON cannot carry safely.")
    return value


def _constant(word: str) -> NoReturn:
    _refuse(f"The body holds {word}, which is no JSON.")


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        containers = [part for part in level if isinstance(part, dict | list)]
        depth += bool(containers)
        level = [inner for part in containers for inner in (part.values() if isinstance(part, dict) else part)]
    return depth


def _writable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(sentence: str) -> NoReturn:
    raise BadRequest(sentence)
