"""A deployment made of real processes: a Redis that can be killed, and any number of our own parts over it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import redis

ROOT = Path(__file__).parent.parent.parent
API_KEY = "fault-key-fault-key-fault-key-fault-key"
PASSWORD = "a rather long password"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def eventually(reached: Callable[[], bool], seconds: float, what: str) -> float:
    """Ask until it is true and say how long that took; fail the test when it does not come true in time."""
    began = time.monotonic()
    while not reached():
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.05)
    return time.monotonic() - began


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class RedisServer:
    """A redis-server that keeps an append-only file and comes back on the same port."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.port, self.options = folder, free_port(), options
        folder.mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        binary = shutil.which("redis-server")
        assert binary, "these tests need redis-server: apt-get install redis-server"
        command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always", *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(self.answers, 10, "redis-server answering")

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        assert self.process
        self.process.kill()
        self.process.wait()
        self.process = None

    def answers(self) -> bool:
        client = self.client()
        try:
            return bool(client.ping())
        except redis.exceptions.RedisError:
            return False
        finally:
            client.close()

    def client(self) -> "redis.Redis":
        return redis.Redis(port=self.port, socket_timeout=2)


@dataclass
class Deployment:
    """Web, workers and schedulers over one store. Ends what it started."""

    folder: Path
    url: str
    env: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def start(self, *parts: str) -> None:
        """Start parts by name: `web`, `worker`, `scheduler`, `notifier`; a digit behind it makes a second one."""
        env = {
            **os.environ,
            "REDIS_URL": self.url,
            "PORT": str(self.port),
            "DATA_DIR": str(self.folder / "data"),
            "SECRET_KEY": "fault-secret-fault-secret-fault-secret",
            "API_KEY": API_KEY,
            "ADMIN_PASSWORD": PASSWORD,
            "RATE_LIMIT_FACTOR": "0",
            **self.env,
        }
        for part in parts:
            with (self.folder / f"{part}.log").open("ab") as log:
                self.processes[part] = subprocess.Popen(
                    [sys.executable, "-m", "uptime", part.rstrip("0123456789")],
                    cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip

    def kill(self, *parts: str) -> None:
        """SIGKILL each part and all its children."""
        for part in parts:
            process = self.processes.pop(part)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def terminate(self, part: str) -> tuple[int, float]:
        """SIGTERM a part: its exit status and how long it took."""
        process = self.processes.pop(part)
        began = time.monotonic()
        process.terminate()
        return process.wait(20), time.monotonic() - began

    def close(self) -> None:
        for part in list(self.processes):
            self.kill(part)

    def ready(self, seconds: float = 30) -> None:
        eventually(lambda: self.get("/readyz").status == 200, seconds, "everything ready")

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, None, **headers)

    def ask(self, method: str, path: str, body: Any = None, key: str | None = API_KEY, **headers: str) -> Answer:
        """One request, with the admin key unless `key` is None. Status 0: nobody answered."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, sent, method=method)
        began = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read(), time.monotonic() - began)
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read(), time.monotonic() - began)
        except OSError:
            return Answer(0, {}, b"", time.monotonic() - began)

    def log(self, part: str) -> str:
        return (self.folder / f"{part}.log").read_text()


class Target:
    """A web server that counts who looked at it and answers as it is told."""

    def __init__(self) -> None:
        outer = self
        self.status, self.delay, self.hits = 200, 0.0, 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.hits += 1
                time.sleep(outer.delay)
                self.send_response(outer.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 1024
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A check may go away before the answer."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class SlowRoad:
    """A proxy to a server that lets every message wait, and counts how often somebody asked and waited."""

    def __init__(self, port: int, delay: float) -> None:
        self.target, self.delay, self.trips = port, delay, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self._there, args=(near, far), daemon=True).start()
            threading.Thread(target=self._back, args=(far, near), daemon=True).start()

    def _there(self, near: socket.socket, far: socket.socket) -> None:
        """What is asked arrives late; what is sent before an answer came is one trip."""
        for data in iter(lambda: _received(near), b""):
            self.trips += 1
            time.sleep(self.delay)
            with contextlib.suppress(OSError):
                near.settimeout(0.005)
                data += _received(near)
            near.settimeout(None)
            _sent(far, data)
        _end(far)

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        for data in iter(lambda: _received(far), b""):
            _sent(near, data)
        _end(near)

    def close(self) -> None:
        self.listener.close()


def _received(from_: socket.socket) -> bytes:
    try:
        return from_.recv(1 << 20)
    except TimeoutError:
        raise
    except OSError:
        return b""


def _sent(to: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        to.sendall(data)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
