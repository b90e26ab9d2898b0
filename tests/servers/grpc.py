"""A gRPC server with the health service and a service of ours, in the open and with TLS."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tests.servers.certificates import Shown, good

PROTO = """syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";

service Clerk {
  rpc Greet (Question) returns (Answer);
  rpc Refuse (Question) returns (Answer);
  rpc Mumble (Question) returns (Answer);
  rpc Talk (Question) returns (stream Answer);
}
message Question { string name = 1; int64 times = 2; }
message Answer { string said_text = 1; int32 count = 2; repeated string more = 3; google.protobuf.Timestamp at = 4; }
"""


@dataclass
class Grpc:
    """Its ports, and what the callers of `Greet` sent."""

    port: int
    tls_port: int
    asked: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)


@contextmanager
def grpc_server(shown: Shown | None = None) -> Iterator[Grpc]:
    server = grpc.server(ThreadPoolExecutor(4))
    servicer = health.HealthServicer()
    servicer.set("shop.Clerk", health_pb2.HealthCheckResponse.SERVING)
    servicer.set("shop.Attic", health_pb2.HealthCheckResponse.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)

    def greet(request: bytes, context: grpc.ServicerContext) -> bytes:
        found.asked.append((request, dict(context.invocation_metadata())))
        return b"\x0a\x05hello\x10\x07"

    def refuse(_: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "not for you\nat all")
        return b""

    def handler(answer: Callable[[bytes, grpc.ServicerContext], bytes]) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(answer)

    methods = {"Greet": handler(greet), "Refuse": handler(refuse), "Mumble": handler(lambda *_: b"\x0a\xff")}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("shop.Clerk", methods)])
    certificate = shown or good()
    key = certificate.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secured = grpc.ssl_server_credentials([(key, certificate.pem.encode())])
    found = Grpc(server.add_insecure_port("127.0.0.1:0"), server.add_secure_port("127.0.0.1:0", secured))
    server.start()
    try:
        yield found
    finally:
        server.stop(0).wait(5)
