"""The application as a whole: access, headers, errors, proxies, bad bodies, the first start, the snapshot."""

import json
import logging
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask, request
from flask.testing import FlaskClient

from uptime.config import ConfigError, Settings
from uptime.core import Core
from uptime.domain.errors import Unavailable
from uptime.domain.monitor import MonitorDraft
from uptime.server import health
from uptime.server.first_start import FirstStart
from uptime.server.public_routes import PUBLIC, is_guarded
from uptime.store import Store
from uptime.web import create_app, open_store
from uptime.worker.embedded import binary

API_KEY = "web-test-key-web-test-key-web-test-key"
PASSWORD = "a rather long password"
KEY = {"Authorization": f"Bearer {API_KEY}"}


def settings(url: str, **given: Any) -> Settings:
    chosen: dict[str, Any] = {"secret_key": "s" * 40, "rate_limit_factor": 0.0, "redis_url": url, **given}
    return Settings(**chosen)


@pytest.fixture
def app(redis_url: str) -> Flask:
    return create_app(settings(redis_url, api_key=API_KEY, admin_password=PASSWORD))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_every_endpoint_is_guarded_or_on_the_list_with_a_reason(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {one for one in endpoints if one not in PUBLIC and not is_guarded(app, one)} == set()
    assert [endpoint for endpoint, reason in PUBLIC.items() if len(reason) < 5] == []


def test_the_list_of_public_endpoints_names_nothing_that_is_gone(app: Flask) -> None:
    assert set(PUBLIC) - {rule.endpoint for rule in app.url_map.iter_rules()} == set()


def test_a_public_endpoint_is_not_also_guarded(app: Flask) -> None:
    assert [endpoint for endpoint in PUBLIC if is_guarded(app, endpoint)] == []


def test_an_endpoint_that_is_neither_is_refused(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(PUBLIC, "native.settings")
    client = create_app(settings(redis_url)).test_client()
    assert client.get("/api/settings").status_code == 403
    assert client.get("/compat/openuptimes/api/settings").status_code == 200


def test_strangers_reach_nothing_that_is_guarded(app: Flask, client: FlaskClient) -> None:
    refused = {301, 302, 303, 308, 401, 403}
    for rule in app.url_map.iter_rules():
        if not is_guarded(app, rule.endpoint):
            continue
        path = re.sub(r"<[^>]+>", "1", str(rule))
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = client.open(path, method=method, json={} if method != "GET" else None)
            assert answer.status_code in refused, (method, path, answer.status_code)


@pytest.mark.parametrize("path", ["/healthz", "/api/status", "/api/services", "/nothing", "/api/nothing", "/"])
def test_every_response_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"]
    assert "Strict-Transport-Security" not in headers


def test_under_tls_browsers_are_told_to_stay_there(client: FlaskClient) -> None:
    assert "max-age" in client.get("/healthz", base_url="https://here").headers["Strict-Transport-Security"]


def test_private_answers_are_kept_by_nobody(client: FlaskClient) -> None:
    assert client.get("/api/services", headers=KEY).headers["Cache-Control"] == "no-store"


def test_static_files_named_by_their_content_stay_for_a_year(client: FlaskClient) -> None:
    named, plain = (client.get(f"/static/css/tokens.css{query}", buffered=True) for query in ("?v=1", ""))
    assert "max-age=31536000" in named.headers["Cache-Control"]
    assert "31536000" not in plain.headers["Cache-Control"]


def test_flask_puts_no_session_cookie(client: FlaskClient) -> None:
    assert "session=" not in client.get("/").headers.get("Set-Cookie", "")


def test_what_is_not_there_is_said_in_the_words_of_the_wire(client: FlaskClient) -> None:
    answer = client.get("/api/nothing")
    assert (answer.status_code, answer.json["error"], answer.json["status"]) == (404, True, 404)
    assert client.delete("/api/status").json["status"] == 405
    page = client.get("/nothing")
    assert (page.status_code, page.mimetype) == (404, "text/html")


@pytest.mark.parametrize("path", ["/api/fails", "/fails"])
def test_a_fault_has_an_id_and_no_detail(app: Flask, path: str, caplog: pytest.LogCaptureFixture) -> None:
    @app.route(path, endpoint="health.healthz.fails")
    def fails() -> str:
        raise RuntimeError("the inner secret")

    app.before_request_funcs[None] = [f for f in app.before_request_funcs[None] if f.__name__ != "_refuse"]
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get(path)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    found = re.search(r"[0-9a-f]{12}", caplog.text)
    assert found
    assert found[0] in answer.text


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"", "empty"), (b"{", "not valid JSON"), (b'{"a": NaN}', "NaN"), (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 9007199254740993}', "2^53"), (b'{"a": -9007199254740993}', "2^53"), (b'{"a": 1e400}', "2^53"),
        (b'{"a": 1e17}', "2^53"), (b'{"a": ' + b"9" * 5_000 + b"}", "2^53"), (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": "\\ud800"}', "surrogate"), (b'{"\\udfff": 1}', "surrogate"), (b"[" * 65 + b"]" * 65, "deep"),
        (b"[" * 500_000, "deep"), (b'{"a":' * 65 + b"1" + b"}" * 65, "deep"), (b"[]", "object"), (b"5", "object"),
        ("{}".encode("utf-16"), "UTF-8"),
    ],
)  # fmt: skip
def test_a_bad_body_is_refused_in_a_sentence(client: FlaskClient, body: bytes, part: str) -> None:
    began = time.thread_time()
    answer = client.post("/api/services", data=body, headers=KEY, content_type="application/json")
    assert (answer.status_code, answer.json["error"]) == (400, True)
    assert part in answer.json["message"]
    assert time.thread_time() - began < 1


def test_what_lies_just_within_the_limits_is_read(app: Flask) -> None:
    for body, value in [
        (b"9007199254740992", 2**53),
        (b"[" * 64 + b"]" * 64, json.loads("[" * 64 + "]" * 64)),
        (b'"\\ud83d\\ude00"', "😀"),
        (b" 1.5 ", 1.5),
    ]:
        with app.test_request_context("/", method="POST", data=body, content_type="application/json"):
            assert request.get_json() == value


def test_a_body_over_one_mebibyte_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/services", data=b" " * 1_048_577, headers=KEY, content_type="application/json")
    assert (answer.status_code, answer.json["status"]) == (413, 413)


def proxied(redis_url: str, peer: str, **headers: str) -> tuple[str, str, str]:
    """Address, scheme and host of a request as the application sees them, with a proxy at 10.0.0.1 believed."""
    app = create_app(settings(redis_url, trusted_proxies=(ip_network("10.0.0.0/24"),)))
    seen = []

    @app.before_request
    def look() -> None:
        seen.append((request.remote_addr or "", request.scheme, request.host))

    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    app.test_client().get("/healthz", environ_base={"REMOTE_ADDR": peer}, headers=sent)
    return seen[0]


def test_forwarding_headers_of_a_stranger_are_not_believed(redis_url: str) -> None:
    told = {"X_Forwarded_For": "1.2.3.4", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "evil"}
    assert proxied(redis_url, "192.0.2.9", **told) == ("192.0.2.9", "http", "localhost")


def test_forwarding_headers_of_a_configured_proxy_are_believed(redis_url: str) -> None:
    told = {"X_Forwarded_For": "1.2.3.4", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "status.example.org"}
    assert proxied(redis_url, "10.0.0.1", **told) == ("1.2.3.4", "https", "status.example.org")


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"), ("6.6.6.6, 1.2.3.4, 10.0.0.7", "1.2.3.4"), ("10.0.0.8", "10.0.0.8"),
        ("unknown", "10.0.0.1"), ("1.2.3.4, nonsense", "10.0.0.1"), ("", "10.0.0.1"), ("2001:db8::1", "2001:db8::1"),
    ],
)  # fmt: skip
def test_only_the_hop_that_our_proxies_saw_counts(redis_url: str, forwarded: str, address: str) -> None:
    assert proxied(redis_url, "10.0.0.1", X_Forwarded_For=forwarded)[0] == address


def test_the_admin_password_completes_the_set_up_once(redis_url: str) -> None:
    for password in (PASSWORD, "another long password"):
        create_app(settings(redis_url, admin_password=password))
    client = create_app(settings(redis_url)).test_client()
    login = {"username": "admin", "password": PASSWORD}
    assert client.post("/api/auth/login", json=login).status_code == 200
    assert client.post("/api/auth/login", json={"password": "another long password"}).status_code == 401


def test_applications_that_start_at_once_make_one_user_and_one_key(redis_url: str) -> None:
    chosen = settings(redis_url, admin_password=PASSWORD, api_key=API_KEY)
    stores = [Store(redis_url) for _ in range(6)]
    firsts = [FirstStart(Core(store, chosen), store, chosen) for store in stores]
    starters = [threading.Thread(target=first.attempt) for first in firsts]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert all(first.done for first in firsts)
    for store in stores:
        store.close()
    client = create_app(chosen).test_client()
    assert len(client.get("/api/keys", headers=KEY).json["keys"]) == 1


def test_a_password_everybody_knows_stops_the_start(redis_url: str) -> None:
    with pytest.raises(ConfigError, match="ADMIN_PASSWORD"):
        create_app(settings(redis_url, admin_password="password123"))


def test_a_revoked_key_does_not_come_back_with_the_next_start(redis_url: str) -> None:
    chosen = settings(redis_url, api_key=API_KEY)
    client = create_app(chosen).test_client()
    found = client.get("/api/keys", headers=KEY).json["keys"]
    store = Store(redis_url)
    store.api_keys.revoke(1, found[0]["id"])
    assert create_app(chosen).test_client().get("/api/keys", headers=KEY).status_code == 401
    store.close()


def test_a_store_that_may_throw_data_away_is_warned_of(private: "Private", caplog: pytest.LogCaptureFixture) -> None:
    with Store(private.url).client as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    create_app(settings(private.url))
    assert "maxmemory-policy is allkeys-lru" in caplog.text


def test_the_cron_secret_opens_the_ping_and_nothing_else(redis_url: str) -> None:
    client = create_app(settings(redis_url, cron_secret="c" * 16)).test_client()
    cron = {"Authorization": "Bearer " + "c" * 16}
    assert client.get("/api/ping", headers=cron).status_code == 200
    assert client.get("/api/services", headers=cron).status_code == 403


def test_strangers_are_limited_by_address_and_callers_by_key(redis_url: str) -> None:
    app = create_app(settings(redis_url, api_key=API_KEY, rate_limit_factor=0.01))
    client = app.test_client()
    codes = [client.get("/api/settings").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    refused = client.get("/api/settings")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "Too many requests" in refused.json["error"]
    assert client.get("/api/settings", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200
    assert [client.get("/api/settings", headers=KEY).status_code for _ in range(13)] == [200] * 12 + [429]
    assert client.get("/").status_code == 429
    assert [client.get(path).status_code for path in ("/api/status", "/healthz")] == [200, 200]
    invented = [client.get("/api/settings", headers={"X-API-Key": f"made-up-{i}"}).status_code for i in range(3)]
    assert invented == [429] * 3


def test_limits_are_counted_together_by_all_processes(redis_url: str) -> None:
    first, second = (create_app(settings(redis_url, rate_limit_factor=0.01)).test_client() for _ in range(2))
    codes = [client.get("/api/settings").status_code for client in (first, second, first, second)]
    assert codes == [200, 200, 200, 429]


class Private:
    """A store of a test's own, which it may stop and start."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="upspeak-web-"))
        self.url = f"unix://{self.folder}/s.sock"
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        command = [binary(), "--port", "0", "--unixsocket", f"{self.folder}/s.sock", "--dir", str(self.folder)]
        self.process = subprocess.Popen([*command, "--appendonly", "yes", "--save", ""], stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        for _ in range(200):
            try:
                client.ping()
                break
            except redis.exceptions.RedisError:
                time.sleep(0.02)
        client.close()

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def private() -> Iterator[Private]:
    made = Private()
    yield made
    made.close()


def eventually(reached: Any, seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_last_status_is_served_while_the_store_is_away(private: Private) -> None:
    client = create_app(settings(private.url, api_key=API_KEY)).test_client()
    fresh = client.get("/api/status")
    assert "X-Status-Stale" not in fresh.headers
    private.kill()
    eventually(lambda: "X-Status-Stale" in client.get("/api/status").headers)
    began = time.monotonic()
    stale = client.get("/api/status")
    assert time.monotonic() - began < 1
    assert (stale.status_code, stale.data) == (200, fresh.data)
    private.start()
    eventually(lambda: "X-Status-Stale" not in client.get("/api/status").headers)


def test_without_a_last_status_a_store_that_is_away_is_503_within_a_second(private: Private) -> None:
    private.kill()
    app = create_app(settings(private.url, api_key=API_KEY, admin_password=PASSWORD, rate_limit_factor=1.0))
    client = app.test_client()
    for path, headers in (("/api/status", {}), ("/api/services", KEY)):
        began = time.monotonic()
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.json["status"]) == (503, 503)
        assert int(answer.headers["Retry-After"]) > 0
        assert time.monotonic() - began < 2
    assert client.get("/healthz").status_code == 200
    assert client.post("/api/auth/login", json={"password": PASSWORD}).status_code == 503
    private.start()
    eventually(lambda: (client.get("/api/setup/status").json or {}).get("completed"))
    assert client.post("/api/auth/login", json={"password": PASSWORD}).status_code == 200


def test_limits_are_kept_in_memory_while_the_store_is_away(private: Private) -> None:
    client = create_app(settings(private.url, rate_limit_factor=0.01)).test_client()
    private.kill()
    codes = [client.get("/healthz").status_code for _ in range(2)]
    assert codes == [200, 200]
    codes = [client.get("/nothing-here/robots").status_code for _ in range(1)]
    codes = [client.get("/api/openapi.json").status_code for _ in range(5)]
    assert codes[0] == 200
    assert codes[-1] == 429


def test_a_change_is_seen_at_once_by_whoever_made_it(client: FlaskClient) -> None:
    assert client.get("/api/status").json["services"] == []
    client.post("/api/services", json={"name": "Shop", "url": "http://127.0.0.1:9/"}, headers=KEY)
    assert [service["name"] for service in client.get("/api/status").json["services"]] == ["Shop"]


def ready(redis_url: str) -> tuple[health.Readiness, Store]:
    store = Store(redis_url)
    return health.Readiness(settings(redis_url), store), store


def test_ready_means_store_worker_and_scheduler(redis_url: str) -> None:
    readiness, store = ready(redis_url)
    now = datetime.now(UTC)
    assert readiness.look(now) == ["No check worker is running.", "No scheduler is running."]
    store.workers.seen("checks", "one", now)
    store.workers.seen("scheduler", "one", now)
    assert readiness.look(now) == []
    assert readiness.look(now + timedelta(seconds=5)) == ["No check worker is running.", "No scheduler is running."]
    store.close()


def test_checks_that_are_overdue_by_two_intervals_are_not_ready(redis_url: str, app: Flask) -> None:
    readiness, store = ready(redis_url)
    now = datetime.now(UTC)
    app.extensions["core"].monitors.add(1, MonitorDraft("Shop", "http", {"url": "http://x.test/"}, interval=60), now)

    def at(seconds: int) -> list[str]:
        then = now + timedelta(seconds=seconds)
        store.workers.seen("checks", "one", then)
        store.workers.seen("scheduler", "one", then)
        return readiness.look(then)

    assert at(50) == []
    assert [problem.partition(" since")[0] for problem in at(300)] == ["Checks are overdue"]
    store.close()


def test_readiness_tells_over_http_what_is_missing(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert "No scheduler is running." in answer.json["problems"]


def test_a_store_that_takes_no_writes_is_not_ready(private: Private) -> None:
    readiness, store = ready(private.url)
    store.client.config_set("maxmemory", "1")
    assert "out of memory" in readiness.look(datetime.now(UTC))[0]
    store.close()


def test_serverless_starts_no_thread_and_writes_nothing(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = threading.active_count()
    chosen = settings(redis_url, serverless=True, data_dir=tmp_path / "data", rate_limit_factor=1.0)
    client = create_app(chosen).test_client()
    assert client.get("/api/status").status_code == 200
    assert client.get("/api/settings").status_code == 200
    assert threading.active_count() == before
    assert list(tmp_path.iterdir()) == []


def test_the_store_of_a_web_process_gives_up_quickly(private: Private) -> None:
    private.kill()
    store = open_store(settings(private.url))
    began = time.monotonic()
    with pytest.raises(Unavailable):
        store.ping()
    assert time.monotonic() - began < 2
    store.close()
