"""An application on the test store, callers of every kind, and a real server to be watched."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from uptime.config import Settings
from uptime.core.members import UserDraft
from uptime.domain.user import Role, Scope
from uptime.web import create_app, open_store

PASSWORD = "a long Password 9"
API_KEY = "admin-key-of-the-tests-0123456789abcdef"


class Watched(BaseHTTPRequestHandler):
    """Answers with the status that the path names: `/200`, `/500`, `/301`; `/slow/2` takes two seconds."""

    def answer(self) -> None:
        self.server.seen.append((self.command, self.path))  # type: ignore[attr-defined]
        parts = self.path.strip("/").split("/")
        if parts[0] == "slow":
            time.sleep(float(parts[1]))
            parts = ["200"]
        status = int(parts[0]) if parts[0].isdigit() else 200
        body = b"<html><head><title> A page &amp; more </title></head>fine</html>"
        self.send_response(status)
        if status in (301, 302):
            self.send_header("Location", "/200")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="session")
def _server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Watched)
    server.daemon_threads = True
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def target(_server: ThreadingHTTPServer) -> str:
    """The URL of a server that answers with the status its path names."""
    return f"http://127.0.0.1:{_server.server_port}"


@pytest.fixture
def seen(_server: ThreadingHTTPServer) -> list[tuple[str, str]]:
    """The methods and paths that the watched server has been asked for."""
    found: list[tuple[str, str]] = _server.seen  # type: ignore[attr-defined]
    found.clear()
    return found


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    return Settings(secret_key="k" * 32, redis_url=redis_url, data_dir=tmp_path, rate_limit_factor=0)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application nobody has set up yet; no worker lives, so that checks run inline."""
    store = open_store(settings)
    yield create_app(settings, store)
    store.close()


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """Somebody without credentials."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    """The administrator, logged in."""
    client = app.test_client()
    assert client.post("/api/setup/complete", json={"password": PASSWORD}).status_code == 200
    assert client.post("/api/auth/login", json={"password": PASSWORD}).status_code == 200
    return client


class Keyed:
    """A caller with an API key."""

    def __init__(self, app: Flask, secret: str) -> None:
        self.client, self.secret = app.test_client(use_cookies=False), secret

    def __getattr__(self, method: str) -> Any:
        def call(path: str, **options: Any) -> Any:
            headers = {"Authorization": f"Bearer {self.secret}"} | dict(options.pop("headers", {}))
            return getattr(self.client, method)(path, headers=headers, **options)

        return call


@pytest.fixture
def keyed(app: Flask, owner: FlaskClient) -> Any:
    """Makes a caller with a key of a scope."""

    def make(scope: str = "admin", service_id: int | None = None) -> Keyed:
        body = {"name": f"{scope} key", "scope": scope}
        if service_id is not None:
            body |= {"serviceId": service_id}  # type: ignore[dict-item]
        return Keyed(app, owner.post("/api/keys", json=body).json["secret"])

    return make


@pytest.fixture
def api(keyed: Any) -> Keyed:
    """A caller with an admin key."""
    made: Keyed = keyed("admin")
    return made


@pytest.fixture
def member(app: Flask, owner: FlaskClient) -> Any:
    """Makes a caller with a key of somebody of a role, in the first account or another."""

    def make(role: str, account: int = 1) -> Keyed:
        core, now, name = app.extensions["core"], datetime.now(UTC), f"{role}{account}"
        user = core.members.create(account, UserDraft(f"{name}@example.com", Role(role), name), PASSWORD, now)
        return Keyed(app, core.api_keys.make(account, name, Scope.ADMIN, now, user_id=user.id)[1])

    return make


@pytest.fixture
def theirs(member: Any) -> Keyed:
    """The owner of another account."""
    made: Keyed = member("owner", 2)
    return made
