"""gRPC keyword: up when a text stands in what a method answers, or where that is asked for, when it does not."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime.checks._grpc_server import GrpcServer, address, parse
from uptime.checks._kind import CheckType, down, setting, up
from uptime.checks._optional import lacking
from uptime.checks._text import said
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

PROTO_LIMIT = 65_536


def _some(text: str) -> str:
    if not text.strip():
        raise ValueError("This is empty, and nothing can be called without it.")
    return text


def _json(text: str) -> str:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise ValueError("The message is not JSON.") from None
    if not isinstance(found, dict):
        raise ValueError("The message must be a JSON object.")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcKeywordTarget(GrpcServer):
    """Which method is called with what, and the text that the answer must hold, or must not."""

    proto: str = setting("Protocol definition", limit=PROTO_LIMIT, lines=True, check=_some, help="The text of a .proto")
    service: str = setting("Service", limit=1_024, check=_some)
    method: str = setting("Method", limit=1_024, check=_some)
    body: str = setting("Message", default="", limit=65_536, lines=True, check=_json, help="JSON")
    keyword: str = setting("Keyword", limit=1_024, check=_some)
    keyword_absent: bool = setting("Keyword must be absent", default=False)


async def run(target: GrpcKeywordTarget, net: "Net") -> Result:
    if missing := await lacking("grpc", net):
        return missing
    from uptime.checks import _grpc, _grpc_methods

    try:
        method = await _grpc_methods.method_of(target.proto, target.service, target.method, net)
        request = method.request(target.body)
    except ValueError as error:
        return down(Reason.INTERNAL, f"Not checked: {error}")
    net.phases.forget()
    answer = await _grpc.call(target, method.path, request, net)
    try:
        reply = method.reply(answer)
    except ValueError as error:
        return down(Reason.PROTOCOL, f"The answer cannot be read: {error}")
    found, what = target.keyword in reply, said(target.keyword, 60)
    if found is target.keyword_absent:
        text = f'The text "{what}" is {"in" if found else "missing from"} the answer.'
        return down(Reason.CONTENT, text, evidence=said(reply, 1_000))
    return up(f'The text "{what}" is {"in" if found else "not in"} the answer')


CHECK = CheckType("grpc-keyword", "gRPC keyword", GrpcKeywordTarget, run, address, parse, ())
