"""On a serverless platform there is no worker, no thread and nothing to write to: pings do the checking."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.deployment import Target

ROOT = Path(__file__).parent.parent
API_KEY = "serverless-key-serverless-key-serverless"
CRON_SECRET = "serverless-cron-secret-serverless-cron"


class Platform:
    """The application in a process of its own."""

    def __init__(self, redis_url: str, **env: str) -> None:
        full = {
            "PATH": os.environ["PATH"],
            "VERCEL": "1",
            "REDIS_URL": redis_url,
            "SECRET_KEY": "serverless-secret-serverless-secret",
            "API_KEY": API_KEY,
            "CRON_SECRET": CRON_SECRET,
            "ADMIN_PASSWORD": "a rather long password",
            "CHECK_ALLOW_PRIVATE": "1",
            "RATE_LIMIT_FACTOR": "0",
            **env,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.serverless_app"],
            cwd=ROOT, env=full, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, path: str, method: str = "GET", body: Any = None, secret: str = API_KEY) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        headers = {"Authorization": f"Bearer {secret}"}
        self.process.stdin.write(json.dumps({"path": path, "method": method, "body": body, "headers": headers}) + "\n")
        self.process.stdin.flush()
        told: dict[str, Any] = json.loads(self.process.stdout.readline())
        assert told["threads"] == [], "a thread outlived the request"
        assert told["offences"] == [], "something was written outside the temporary folder"
        return told

    def add(self, name: str, url: str, **fields: Any) -> None:
        made = self.ask("/api/services", "POST", {"name": name, "url": url, **fields})
        assert made["status"] == 201, made

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


@pytest.fixture
def platform(redis_url: str) -> Iterator[Platform]:
    made = Platform(redis_url)
    yield made
    made.close()


def test_a_ping_checks_everything_by_itself(platform: Platform, target: Target) -> None:
    platform.add("a", target.url)
    hits = target.hits
    pinged = platform.ask("/api/ping")
    assert pinged["status"] == 200
    assert pinged["json"]["via"] == "inline"
    assert [service["status"] for service in pinged["json"]["services"]] == ["up"]
    assert target.hits == hits + 1
    target.status = 500
    platform.ask("/api/ping")
    shown = platform.ask("/api/status")["json"]
    assert shown["overall"] == "down"
    assert shown["services"][0]["status"] == "down"


def test_the_secret_of_the_platforms_cron_opens_the_ping_and_nothing_else(platform: Platform, target: Target) -> None:
    platform.add("a", target.url)
    assert platform.ask("/api/ping", secret=CRON_SECRET)["status"] == 200
    assert platform.ask("/api/services", secret=CRON_SECRET)["status"] == 403
    assert platform.ask("/api/ping", secret="wrong")["status"] == 401


def test_what_does_not_fit_into_the_budget_comes_first_next_time(redis_url: str, target: Target) -> None:
    platform = Platform(redis_url, PING_BUDGET="3", CHECK_CONCURRENCY="2")
    try:
        names = [f"s{index}" for index in range(6)]
        for name in names:
            platform.add(name, target.url, timeout=1_500)
        target.delay = 0.9
        began = time.monotonic()
        first = platform.ask("/api/ping")["json"]
        assert time.monotonic() - began < 3.6
        done = {service["name"] for service in first["services"]}
        assert first["left"] == len(names) - len(done) > 0
        second = platform.ask("/api/ping")["json"]
        assert set(names) - done <= {service["name"] for service in second["services"]}
    finally:
        platform.close()


def test_private_targets_are_denied_unless_allowed(redis_url: str, target: Target) -> None:
    platform = Platform(redis_url, CHECK_ALLOW_PRIVATE="0")
    try:
        platform.add("inside", target.url)
        hits = target.hits
        (service,) = platform.ask("/api/ping")["json"]["services"]
        assert service["status"] == "down"
        assert target.hits == hits == 0
    finally:
        platform.close()


def test_without_a_secret_key_nothing_starts() -> None:
    env = {"PATH": os.environ["PATH"], "VERCEL": "1", "REDIS_URL": "redis://127.0.0.1:1", "DATA_DIR": "/proc/nowhere"}
    started = subprocess.run(
        [sys.executable, "-c", "import app"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
    )
    assert started.returncode != 0
    assert "SECRET_KEY" in started.stderr


def test_the_manifest_sends_everything_to_the_app_and_pings() -> None:
    manifest = json.loads((ROOT / "vercel.json").read_text())
    text = json.dumps(manifest)
    assert "app.py" in text
    assert any(cron["path"] == "/api/ping" for cron in manifest["crons"])
    durations = [function["maxDuration"] for function in manifest.get("functions", {}).values()]
    assert all(duration > 50 for duration in durations)
