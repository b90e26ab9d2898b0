"""gRPC health: up when the server's health service says that a service is serving."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime.checks._grpc_server import SCHEMES, GrpcServer, address, parse
from uptime.checks._kind import CheckType, down, setting, up
from uptime.checks._optional import lacking
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._net import Net

METHOD = "/grpc.health.v1.Health/Check"
SERVING = 1
STATUSES = ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcHealthTarget(GrpcServer):
    """Which server is asked about which of its services."""

    service: str = setting("Service", default="", limit=1_024, help="Empty: the server as a whole")


async def run(target: GrpcHealthTarget, net: "Net") -> Result:
    if missing := await lacking("grpc", net):
        return missing
    from uptime.checks import _grpc

    answer = await _grpc.call(target, METHOD, _grpc.health_request(target.service), net)
    status = _grpc.health_status(answer)
    if status is None:
        return down(Reason.PROTOCOL, "The answer is none of a health service.")
    word = STATUSES[status] if status < len(STATUSES) else str(status)
    if status != SERVING:
        return down(Reason.STATUS, f"The health service says {word}.", facts={"status": word})
    return up(word, facts={"status": word})


CHECK = CheckType("grpc", "gRPC health", GrpcHealthTarget, run, address, parse, SCHEMES)
