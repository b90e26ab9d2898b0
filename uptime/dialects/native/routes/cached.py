"""Answers that anybody may keep for a moment."""

import hashlib

from flask import request
from werkzeug.wrappers import Response


def kept(body: bytes, mimetype: str, seconds: int, *, private: bool = False, stale_s: float = 0.0) -> Response:
    """A body with its entity tag, 304 where the reader has it. A private one is nobody's to keep."""
    response = Response(body, mimetype=mimetype)
    fresh = f"public, max-age={seconds}, stale-if-error=86400"
    response.headers["Cache-Control"] = "private, no-store" if private else fresh
    if stale_s:
        response.headers["X-Status-Stale"] = str(round(stale_s))
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return response.make_conditional(request)
