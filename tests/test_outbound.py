"""Requests that are no checks: where they may go, when they end, and how a failure reads."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.servers.certificates import Shown, issue
from uptime.config import Settings
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.outbound import Outbound

HERE = Settings(secret_key="x" * 32, outbound_allow=(ip_network("127.0.0.0/8"),))

Serve = Callable[[Callable[[socket.socket, bytes], None]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers on loopback; each connection is read up to the end of the head and given to a function."""
    listeners = []

    def start(answer: Callable[[socket.socket, bytes], None]) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with closing(client):
                    head = b""
                    while b"\r\n\r\n" not in head and (data := client.recv(65_536)):
                        head += data
                    try:
                        answer(client, head)
                    except OSError:
                        continue

        threading.Thread(target=accept, daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listeners:
        listener.close()


def says(text: str) -> Callable[[socket.socket, bytes], None]:
    return lambda client, head: client.sendall(text.encode())


def test_a_page_is_fetched_by_name_and_its_host_header_is_that_name(serve: Serve) -> None:
    seen = []

    def answer(client: socket.socket, head: bytes) -> None:
        seen.append(head)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi")

    port = serve(answer)
    settings = Settings(secret_key="x" * 32, outbound_allow=(ip_network("127.0.0.0/8"), ip_network("::1/128")))
    found = Outbound(settings).get(f"http://localhost:{port}/page", timeout=5, limit=100)
    assert (found.status, found.text, found.content_type) == (200, "hi", "text/html")
    assert f"Host: localhost:{port}".encode() in seen[0]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "http://0x7f.1:1/"])
def test_private_addresses_are_refused_unless_they_are_allowed(url: str) -> None:
    with pytest.raises(DeliveryFailed) as refused:
        Outbound(Settings(secret_key="x" * 32)).get(url, timeout=5, limit=10)
    assert refused.value.permanent
    assert "not allowed" in refused.value.message


@pytest.mark.parametrize("url", ["ftp://example.com/", "http://", "example.com", "http://[::1", "http://a:99999/"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        Outbound(HERE).get(url, timeout=5, limit=10)


def test_redirects_are_followed_and_every_hop_is_vetted(serve: Serve) -> None:
    port = serve(says("HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"))
    with pytest.raises(DeliveryFailed, match=r"10\.0\.0\.1 are not allowed"):
        Outbound(HERE).get(f"http://127.0.0.1:{port}/", timeout=5, limit=10)


def test_a_circle_of_redirects_ends(serve: Serve) -> None:
    port = serve(says("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"))
    with pytest.raises(DeliveryFailed, match="too many times"):
        Outbound(HERE).get(f"http://127.0.0.1:{port}/", timeout=5, limit=10)


def test_a_server_that_drips_its_head_is_left_at_the_deadline(serve: Serve) -> None:
    def drip(client: socket.socket, head: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            client.sendall(b"X")
            time.sleep(0.1)

    port, began = serve(drip), time.monotonic()
    with pytest.raises(DeliveryFailed, match="in time"):
        Outbound(HERE).get(f"http://127.0.0.1:{port}/", timeout=0.6, limit=10)
    assert time.monotonic() - began < 1.5


def test_a_server_that_drips_its_body_is_left_at_the_deadline(serve: Serve) -> None:
    def drip(client: socket.socket, head: bytes) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            client.sendall(b"X")
            time.sleep(0.1)

    port, began = serve(drip), time.monotonic()
    with pytest.raises(DeliveryFailed, match="in time"):
        Outbound(HERE).get(f"http://127.0.0.1:{port}/", timeout=0.6, limit=10_000)
    assert time.monotonic() - began < 1.5


def test_a_body_is_read_up_to_the_limit(serve: Serve) -> None:
    port = serve(says("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + "x" * 100_000))
    assert len(Outbound(HERE).get(f"http://127.0.0.1:{port}/", timeout=5, limit=1_000).body) == 1_000


def test_a_redirect_that_is_not_followed_is_an_answer_however_strange_and_long_it_is(serve: Serve) -> None:
    def answer(client: socket.socket, head: bytes) -> None:
        client.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n" + b"x" * 1_000)
        for _ in range(100):
            client.sendall(b"x" * 1_000)
            time.sleep(0.05)

    port, began = serve(answer), time.monotonic()
    found = Outbound(HERE).send("POST", f"http://127.0.0.1:{port}/", timeout=3, limit=500)
    assert (found.status, found.headers["location"], len(found.body)) == (302, "http://[::1", 500)
    assert time.monotonic() - began < 2.9


def test_a_closed_port_reads_as_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(DeliveryFailed, match=f"cannot be reached on port {port}"):
        Outbound(HERE).get(f"http://127.0.0.1:{port}/", timeout=5, limit=10)


def test_an_answer_that_is_no_http_reads_as_a_sentence(serve: Serve) -> None:
    port = serve(says("SSH-2.0-OpenSSH\r\n"))
    with pytest.raises(DeliveryFailed, match=r"127\.0\.0\.1"):
        Outbound(HERE).get(f"http://127.0.0.1:{port}/", timeout=5, limit=10)


def test_a_page_that_is_not_there_is_a_failure_but_any_status_answers_what_was_sent(serve: Serve) -> None:
    port = serve(says("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nRetry-After: 7\r\n\r\n"))
    with pytest.raises(DeliveryFailed, match="answered with 404"):
        Outbound(HERE).get(f"http://127.0.0.1:{port}/", timeout=5, limit=10)
    answer = Outbound(HERE).send("POST", f"http://127.0.0.1:{port}/", body=b"{}")
    assert (answer.status, answer.headers["retry-after"]) == (404, "7")


def test_what_is_sent_arrives_with_its_headers(serve: Serve) -> None:
    seen = []

    def answer(client: socket.socket, head: bytes) -> None:
        seen.append(head if b"hello" in head else head + client.recv(100))
        client.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    port = serve(answer)
    url = f"http://127.0.0.1:{port}/hook"
    assert Outbound(HERE).send("POST", url, headers={"X-Event": "7"}, body=b"hello").status == 204
    assert b"X-Event: 7" in seen[0]
    assert seen[0].endswith(b"hello")


def tls_server(shown: Shown) -> tuple[int, socket.socket]:
    """A TLS server that says hello to everybody: its port and its listener."""
    listener, context = socket.create_server(("127.0.0.1", 0)), shown.context()

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(client, server_side=True) as secure:
                    secure.recv(65_536)
                    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
            except OSError:
                continue

    threading.Thread(target=accept, daemon=True).start()
    return int(listener.getsockname()[1]), listener


def test_a_certificate_is_verified_against_the_name(tmp_path: Path) -> None:
    authority = issue("Our authority", authority=True)
    (tmp_path / "ca.pem").write_text(authority.pem)
    own = Settings(secret_key="x" * 32, outbound_allow=HERE.outbound_allow, check_ca_file=tmp_path / "ca.pem")
    port, listener = tls_server(issue("127.0.0.1", by=authority))
    with listener:
        assert Outbound(own).get(f"https://127.0.0.1:{port}/", timeout=5, limit=10).text == "hello"
        with pytest.raises(DeliveryFailed, match=r"certificate of 127\.0\.0\.1 cannot be verified"):
            Outbound(HERE).get(f"https://127.0.0.1:{port}/", timeout=5, limit=10)
    port, listener = tls_server(issue("other.example", by=authority))
    with listener, pytest.raises(DeliveryFailed, match=r"certificate of 127\.0\.0\.1 cannot be verified"):
        Outbound(own).get(f"https://127.0.0.1:{port}/", timeout=5, limit=10)
