"""The web process on a real socket: what it answers by itself, and that nobody can shut the others out."""

import contextlib
import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis

ROOT = Path(__file__).parent.parent.parent
API_KEY = "gateway-key-gateway-key-gateway-key"
THREADS = 4
STATUS = b"GET /api/status HTTP/1.1\r\nHost: here\r\n"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def serving(command: list[str], port: int, **env: str) -> Iterator[int]:
    """A web process until the end of the block, which it must reach on SIGTERM within ten seconds."""
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, "PORT": str(port), **env})
    try:
        until = time.monotonic() + 30
        while b"200 OK" not in attempt(port):
            assert time.monotonic() < until, "the web process did not come up"
            time.sleep(0.05)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def attempt(port: int) -> bytes:
    try:
        return exchange(port, b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    except OSError:
        return b""


def connect(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def exchange(port: int, request: bytes) -> bytes:
    """Everything a server says to a request before it closes."""
    with connect(port) as client:
        client.sendall(request)
        return b"".join(iter(lambda: client.recv(65_536), b""))


def response(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """One response from a connection that stays open."""
    received = b""
    while b"\r\n\r\n" not in received:
        data = client.recv(65_536)
        assert data, f"closed after {received!r}"
        received += data
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    status = int(first.split()[1])
    while len(body) < int(headers.get("content-length", "0")) and status != 304:
        body += client.recv(65_536)
    return status, headers, body


def ask(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    with connect(port) as client:
        client.sendall(request)
        return response(client)


def post(port: int, path: str, body: Mapping[str, Any], key: str = API_KEY) -> tuple[int, dict[str, str], bytes]:
    sent = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
    )
    return ask(port, head.encode() + sent)


@pytest.fixture(scope="module")
def web(store_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Our own web command with very few threads."""
    client = redis.Redis.from_url(store_url)
    client.flushall()
    client.close()
    env = {
        "REDIS_URL": store_url, "SECRET_KEY": "g" * 40, "API_KEY": API_KEY, "ADMIN_PASSWORD": "a rather long password",
        "RATE_LIMIT_FACTOR": "0", "WEB_THREADS": str(THREADS), "DATA_DIR": str(tmp_path_factory.mktemp("data")),
    }  # fmt: skip
    with serving(["uptime", "web"], free_port(), **env) as port:
        yield port


def test_the_status_says_the_same_with_and_without_a_thread(web: int) -> None:
    assert post(web, "/api/services", {"name": "Shop", "url": "http://127.0.0.1:9/"})[0] in (200, 201)
    through_flask = ask(web, b"GET /api/status?fresh=1 HTTP/1.1\r\nHost: here\r\n\r\n")
    for _ in range(3):
        at_once = ask(web, STATUS + b"\r\n")
        assert at_once[0] == 200
        assert at_once[2] == through_flask[2]
        own = {name: at_once[1].get(name) for name in through_flask[1] if name not in ("date", "server", "connection")}
        assert own == {name: value for name, value in through_flask[1].items() if name in own}
    assert [service["name"] for service in json.loads(at_once[2])["services"]] == ["Shop"]
    assert at_once[1]["access-control-allow-origin"] == "*"
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", at_once[1]["date"])


def test_a_connection_answers_one_question_after_the_other(web: int) -> None:
    with connect(web) as client:
        for path in (b"/api/status", b"/healthz", b"/api/status", b"/compat/openuptimes/api/status", b"/nothing"):
            client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: here\r\n\r\n")
            assert response(client)[0] == (404 if path == b"/nothing" else 200)


def test_a_reader_who_has_the_status_hears_only_that(web: int) -> None:
    tag = ask(web, STATUS + b"\r\n")[1]["etag"].encode()
    for known in (tag, b"W/" + tag, b'"other", ' + tag, b"*"):
        status, headers, body = ask(web, STATUS + b"If-None-Match: " + known + b"\r\n\r\n")
        assert (status, body, headers["etag"]) == (304, b"", tag.decode())
    assert ask(web, STATUS + b'If-None-Match: "other"\r\n\r\n')[0] == 200


def test_gzip_is_sent_to_those_alone_who_take_it(web: int) -> None:
    plain = ask(web, STATUS + b"\r\n")
    packed = ask(web, STATUS + b"Accept-Encoding: br, gzip;q=0.8\r\n\r\n")
    assert packed[1]["content-encoding"] == "gzip"
    assert gzip.decompress(packed[2]) == plain[2]
    assert "content-encoding" not in ask(web, STATUS + b"Accept-Encoding: gzip;q=0\r\n\r\n")[1]


def test_head_has_the_headers_of_get_and_no_body(web: int) -> None:
    got = ask(web, STATUS + b"\r\n")
    answer = exchange(web, b"HEAD /api/status HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b""
    assert f"content-length: {len(got[2])}" in head.decode().lower()


def test_a_connection_that_shall_close_is_closed(web: int) -> None:
    for _ in range(2):
        answer = exchange(web, STATUS + b"Connection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b"Connection: close" in answer


def test_the_form_of_the_original_is_not_mistaken_for_the_documented_one(web: int) -> None:
    ask(web, STATUS + b"\r\n")
    assert isinstance(json.loads(ask(web, STATUS + b"X-OpenUptimes-Format: code\r\n\r\n")[2]), list)
    assert isinstance(json.loads(ask(web, STATUS + b"\r\n")[2]), dict)


def test_questions_in_one_piece_are_answered_in_their_order(web: int) -> None:
    other = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"
    answers = exchange(web, STATUS + b"\r\n" + other + STATUS + b"Connection: close\r\n\r\n")
    assert [answers.count(b"HTTP/1.1 200 OK"), answers.count(b'"overall"')] == [3, 2]
    assert answers.index(b'"status":"ok"') > answers.index(b'"overall"')


def test_a_question_may_come_in_pieces(web: int) -> None:
    with connect(web) as client:
        for letter in STATUS + b"\r\n":
            client.sendall(bytes([letter]))
        assert response(client)[0] == 200


@pytest.mark.parametrize(
    "rest",
    [b"Host: twice\r\n\r\n", b"Broken header\r\n\r\n", b"Space : before\r\n\r\n", b"A: b\x00c\r\n\r\n"],
    ids=["two hosts", "no colon", "a space before the colon", "a zero byte"],
)
def test_an_odd_question_is_left_to_the_parser(web: int, rest: bytes) -> None:
    ask(web, STATUS + b"\r\n")
    assert ask(web, STATUS + rest)[0] in (200, 400)


def test_forty_unfinished_and_two_hundred_idle_clients_shut_nobody_out(web: int) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(web)) for _ in range(240)]
        for client in clients[:40]:
            client.sendall(b"POST /api/services HTTP/1.1\r\nHost: here\r\nX-Slow: ")
        began = time.monotonic()
        for _ in range(10):
            assert ask(web, STATUS + b"\r\n")[0] == 200
            assert ask(web, b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")[0] == 200
        assert time.monotonic() - began < 2


def test_clients_that_do_not_finish_their_body_hold_no_thread(web: int) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(THREADS * 5):
            client = stack.enter_context(connect(web))
            client.sendall(b"POST /api/services HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{")
        began = time.monotonic()
        assert post(web, "/api/services", {"name": "Quick", "url": "http://127.0.0.1:9/"})[0] in (200, 201)
        assert time.monotonic() - began < 2


def test_clients_that_never_close_keep_nobody_waiting(web: int) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            client = stack.enter_context(connect(web))
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        began = time.monotonic()
        assert ask(web, b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")[0] == 200
        assert time.monotonic() - began < 1.5


def test_a_client_that_does_not_read_keeps_nobody_waiting(web: int) -> None:
    with connect(web) as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        lazy.settimeout(0.5)
        with contextlib.suppress(TimeoutError):
            for _ in range(20_000):
                lazy.sendall(STATUS + b"\r\n")
        began = time.monotonic()
        assert ask(web, STATUS + b"\r\n")[0] == 200
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("declared", [b"1048577", b"99999999999999"])
def test_a_body_that_is_too_large_is_refused_before_it_came(web: int, declared: bytes) -> None:
    request = b"POST /api/services HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer %s\r\nContent-Length: %s\r\n\r\n{}"
    assert ask(web, request % (API_KEY.encode(), declared))[0] == 413


def test_a_body_may_come_in_chunks(web: int) -> None:
    body = b'{"name": "Chunked", "url": "http://127.0.0.1:9/"}'
    head = (
        b"POST /api/services HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:10], body[10:])) + b"0\r\n\r\n"
    assert ask(web, head % API_KEY.encode() + chunks)[0] in (200, 201)


def test_a_head_without_end_is_refused(web: int) -> None:
    assert ask(web, STATUS + b"".join(b"X-%d: %s\r\n" % (i, b"x" * 1_000) for i in range(90)))[0] == 431


@pytest.mark.long
def test_an_unfinished_head_is_closed_after_fifteen_seconds(web: int) -> None:
    with connect(web) as client:
        client.settimeout(30)
        client.sendall(b"GET / HTTP/1.1\r\nX: ")
        began = time.monotonic()
        assert client.recv(10) == b""
        assert 14 < time.monotonic() - began < 18


def test_plain_gunicorn_serves_the_same(redis_url: str, tmp_path: Path) -> None:
    env = {
        "REDIS_URL": redis_url, "SECRET_KEY": "g" * 40, "API_KEY": API_KEY, "DATA_DIR": str(tmp_path),
        "ADMIN_PASSWORD": "a rather long password",
    }  # fmt: skip
    port = free_port()
    with serving(["gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "2", "wsgi:app"], port, **env):
        status, headers, body = ask(port, STATUS + b"Accept-Encoding: gzip\r\n\r\n")
        assert (status, headers["content-encoding"]) == (200, "gzip")
        assert json.loads(gzip.decompress(body))["services"] == []
        assert ask(port, STATUS + b"If-None-Match: *\r\n\r\n")[0] == 304


def streams(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
    """An application whose answers to `/stream` do not end while their reader is there."""
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    if environ["PATH_INFO"] != "/stream":
        yield b"data: once\n\n"
        return
    for _ in range(600):
        yield b"data: tick\n\n"
        time.sleep(0.5)


def test_five_hundred_streams_stay_open_beside_other_requests(tmp_path: Path) -> None:
    port, bind = free_port(), "--bind=127.0.0.1:{}"
    options = ["-k", "uptime.server.gateway.Gateway", "--threads=640", "--graceful-timeout=1"]
    command = ["gunicorn", bind.format(port), *options, "tests.server.test_gateway:streams"]
    with serving(command, port), contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(500)]
        for client in clients:
            client.sendall(b"GET /stream HTTP/1.1\r\nHost: here\r\n\r\n")
        for client in clients:
            assert b"text/event-stream" in client.recv(4_096)
        assert b"once" in exchange(port, b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        assert all(client.recv(4_096) for client in clients)
