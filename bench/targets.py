"""What the checks look at: nginx for speed, with and without TLS, a slow server, one that hangs, and a name server."""

import asyncio
import multiprocessing
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.processes import free_port, listening, running, wait_until

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 8192; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; ssl_session_tickets off; ssl_session_cache none;
  server {{ listen 127.0.0.1:{plain} backlog=4096; location / {{ return 200 "ok"; }}
            location /file {{ alias {folder}/file; }} }}
  server {{ listen 127.0.0.1:{tls} ssl backlog=4096;
            ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
            location / {{ return 200 "ok"; }} }}
}}
"""


@dataclass(frozen=True)
class Targets:
    """Addresses of what is running; `ca` is the root that signed the TLS server's certificate."""

    plain: str
    named: str
    tls: str
    tls_named: str
    file: Path
    file_url: str
    ca: Path
    resolver: str


@contextmanager
def targets() -> Iterator[Targets]:
    """nginx and the name server, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="upspeak-bench-") as name:
        folder, plain, tls, dns = Path(name), free_port(), free_port(), free_port()
        _certificates(folder)
        (folder / "file").write_bytes(b"x" * 12_000)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, plain=plain, tls=tls))
        folder.chmod(0o755)
        with (
            running(["nginx", "-c", str(folder / "nginx.conf"), "-e", "/dev/null"], core=1),
            serving(_name_server, dns),
        ):
            wait_until(lambda: listening(plain) and listening(tls), 10, "nginx answering")
            yield Targets(
                plain=f"http://127.0.0.1:{plain}/",
                named=f"http://target.bench.test:{plain}/",
                tls=f"https://127.0.0.1:{tls}/",
                tls_named=f"https://target.bench.test:{tls}/",
                file=folder / "file",
                file_url=f"http://127.0.0.1:{plain}/file",
                ca=folder / "ca.pem",
                resolver=f"127.0.0.1:{dns}",
            )


@contextmanager
def serving(server: Callable[[int], Coroutine[Any, Any, None]], port: int) -> Iterator[int]:
    """One of the small servers below, in a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(server, port), daemon=True)
    process.start()
    if server is not _name_server:
        wait_until(lambda: listening(port), 10, "the target answering")
    try:
        yield port
    finally:
        process.terminate()
        process.join(5)


def _run(server: Callable[[int], Coroutine[Any, Any, None]], port: int) -> None:
    asyncio.run(server(port))


async def slow_server(port: int) -> None:
    """Answers every request after 100 ms, measured from the moment the connection is accepted."""

    class Slow(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            asyncio.get_running_loop().call_later(0.1, self.answer, transport)

        def answer(self, transport: asyncio.Transport) -> None:
            transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            transport.close()

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Slow, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


async def hanging_server(port: int) -> None:
    """Accepts and never says a word."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


async def _name_server(port: int) -> None:
    """Answers 127.0.0.1 to every A question and nothing to the rest."""

    class Names(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            end = data.index(b"\0", 12) + 5
            is_a = data[end - 4 : end - 2] == b"\0\1"
            head = data[:2] + b"\x85\x80\0\1" + (b"\0\1" if is_a else b"\0\0") + b"\0\0\0\0"
            answer = b"\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4\x7f\0\0\1" if is_a else b""
            self.transport.sendto(head + data[12:end] + answer, addr)  # type: ignore[attr-defined]

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Names, ("127.0.0.1", port))
    await asyncio.Event().wait()


def _certificates(folder: Path) -> None:
    """A root and a server certificate of our own, on P-256 as most of the web has it."""
    now = datetime.now(UTC)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bench root")])
    root = (
        x509.CertificateBuilder(root_name, root_name, root_key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("target.bench.test")])
    leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "target.bench.test")])
    leaf = (
        x509.CertificateBuilder(root_name, leaf_name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    # The usual bundle and our root: what a client really has to read.
    (folder / "ca.pem").write_bytes(Path(certifi.where()).read_bytes() + b"\n" + root.public_bytes(pem))
    (folder / "cert.pem").write_bytes(leaf.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
