"""gRPC calls to vetted addresses: one method, one message there, one back."""

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from uptime.checks._curl_faults import TLS_WORDS
from uptime.checks._endpoint import shown
from uptime.checks._grpc_server import GrpcServer
from uptime.checks._kind import CheckFailed
from uptime.checks._place import host_of
from uptime.checks._race import race
from uptime.checks._stopwatch import Step
from uptime.checks._text import said
from uptime.domain.result import Reason

# The library writes what happens to a connection to our error output, past all logs.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc
from google.protobuf.message import DecodeError
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

if TYPE_CHECKING:
    from uptime.checks._net import Net

ANSWER_LIMIT = 1 << 20
NOT_CONNECTED = "failed to connect to all addresses"
LAST_ERROR = re.compile(r".*last error: [A-Z_]+: (?:ipv[46]:[^ ]+: )?(?P<what>.*)", re.DOTALL)
REFUSED = "Failed to connect to remote host: "
RESET = "reset by peer"
"""Said of a connection that came about and was broken off at once, too."""

TLS_HINTS = ("handshake", "verification check", "ssl", "certificate")
BROKEN_HINTS = ("stream removed", "socket closed", "recvmsg", "goaway", "rst_stream")
"""What the library says where no status came, since the other side broke off."""

CERTIFICATE_WORDS = {
    "hostname verification check failed": "its certificate was made for another name",
    "certificate has expired": "its certificate has expired",
    "self-signed": "its certificate is self-signed",
    "self signed": "its certificate is self-signed",
    "unable to get": "its certificate's issuer is not trusted, or its chain is incomplete",
}


def health_request(service: str) -> bytes:
    """How a health service is asked about a service."""
    return bytes(HealthCheckRequest(service=service).SerializeToString())


def health_status(answer: bytes) -> int | None:
    """The status in a health service's answer; None where it is none."""
    try:
        return int(HealthCheckResponse.FromString(answer).status)
    except DecodeError:
        return None


async def call(target: GrpcServer, method: str, request: bytes, net: "Net") -> bytes:
    """The answer to a call, undecoded. CheckFailed: there is none, or it is an error."""
    found = await net.resolve(target.host, target.port, target.ip_family)
    families = [each for each in ([a for a in found if ":" not in a], [a for a in found if ":" in a]) if each]
    # Of several, the library does not tell which one answered.
    net.address = found[0] if len(found) == 1 else None
    net.phases.enter(Step.WAIT)

    async def attempt(addresses: Sequence[str]) -> bytes:
        return await _called(target, method, request, addresses, net)

    # The other family is for when this one does not answer: a call must not be made twice without need.
    return await race(families, attempt, stagger=net.remaining() / 2)


async def _called(target: GrpcServer, method: str, request: bytes, addresses: Sequence[str], net: "Net") -> bytes:
    place = shown(target.host, target.port)
    metadata = (("authorization", f"Bearer {target.bearer}"),) if target.bearer else ()
    channel = _channel(target, addresses, net)
    try:
        answer: bytes = await channel.unary_unary(method)(request, timeout=net.remaining(), metadata=metadata)
        return answer
    except grpc.aio.AioRpcError as error:
        raise _failed(error.code(), str(error.details() or ""), place) from error
    finally:
        await channel.close()


def _channel(target: GrpcServer, addresses: Sequence[str], net: "Net") -> "grpc.aio.Channel":
    name, patience_ms = host_of(target.server_name or target.host), max(int(net.remaining() * 1000), 1)
    options = [
        ("grpc.default_authority", shown(name, target.port)),
        ("grpc.ssl_target_name_override", name),
        ("grpc.enable_http_proxy", 0),
        ("grpc.enable_retries", 0),
        # Otherwise checks of one target would share a connection, and the second would measure nothing.
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.max_receive_message_length", ANSWER_LIMIT),
        # The library goes on with an attempt to connect for so long, even when nobody wants the channel any more.
        ("grpc.min_reconnect_backoff_ms", patience_ms),
        ("grpc.initial_reconnect_backoff_ms", patience_ms),
    ]
    scheme = "ipv6" if ":" in addresses[0] else "ipv4"
    uri = f"{scheme}:" + ",".join(shown(address, target.port) for address in addresses)
    if not target.tls:
        return grpc.aio.insecure_channel(uri, options=options)
    credentials = grpc.ssl_channel_credentials(net.tls.trusted(target.ca_pem).encode())
    return grpc.aio.secure_channel(uri, credentials, options=options)


def _failed(code: grpc.StatusCode, details: str, place: str) -> Exception:
    """What an error of the library means. It tells what happened to the connection by words alone."""
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return TimeoutError()
    if NOT_CONNECTED not in details:
        broken = any(hint in details.lower() for hint in BROKEN_HINTS)
        reason = Reason.PROTOCOL if broken else Reason.STATUS
        text = f"The call was answered with {code.name}" + (f": {said(details)}." if details else ".")
        return CheckFailed(reason, text, evidence=said(details, 1_000))
    last = LAST_ERROR.fullmatch(details)
    what = last["what"] if last else details
    if what.startswith(REFUSED) and RESET not in what.lower():
        return CheckFailed(Reason.CONNECT, f"Cannot connect to {place}: {said(what.removeprefix(REFUSED)).lower()}.")
    words = what.replace("_", " ").lower()
    if any(hint in words for hint in TLS_HINTS):
        known = CERTIFICATE_WORDS | TLS_WORDS
        why = next((why for hint, why in known.items() if hint in words), said(what, 100))
        return CheckFailed(Reason.TLS, f"The TLS handshake with {place} failed: {why}.")
    return CheckFailed(Reason.PROTOCOL, f"{place} does not speak gRPC: {said(what, 120)}.")
