"""Bodies as bytes."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pydantic import BaseModel
from werkzeug.wrappers import Response

from uptime.dialects.native.write import status as write

if TYPE_CHECKING:
    from uptime.core.status_pages import Snapshot


def body(model: BaseModel) -> bytes:
    """A body in UTF-8; what was never set is left out."""
    return model.model_dump_json(by_alias=True, exclude_unset=True).encode()


def answer(model: BaseModel, status: int = 200) -> Response:
    """A response whose content type names no character set, as this wire has it."""
    return Response(body(model), status, mimetype="application/json")


def status_bytes(snapshot: Snapshot) -> tuple[bytes, str]:
    """The public status and its entity tag, quotes included."""
    made = body(write.status(snapshot.view))
    return made, f'"{sha256(made).hexdigest()[:32]}"'


def status_headers(snapshot: Snapshot, tag: str) -> dict[str, str]:
    """The headers of the public status: caches ask again, pages of any site may read it, an old copy says its age."""
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    if snapshot.stale_s:
        headers["X-Status-Stale"] = str(round(snapshot.stale_s))
    return headers
