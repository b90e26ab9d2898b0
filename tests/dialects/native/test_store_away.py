"""While the store is away every operation answers, quickly and in its own form."""

import re
import time
from pathlib import Path

import pytest

from uptime.config import Settings
from uptime.web import create_app, open_store


@pytest.fixture
def away(tmp_path: Path):
    """An application whose store is not there."""
    url = f"unix://{tmp_path}/nothing.sock"
    settings = Settings(secret_key="k" * 32, redis_url=url, data_dir=tmp_path, rate_limit_factor=0)
    store = open_store(settings)
    yield create_app(settings, store)
    store.close()


def test_every_operation_answers_within_three_seconds(away):
    client = away.test_client(use_cookies=False)
    document = client.get("/api/openapi.json").json
    bodies = {"password": "a long Password 9", "currentPassword": "x", "newPassword": "a long Password 9"}
    bodies |= {"name": "x", "url": "http://127.0.0.1:1", "ttl": 5, "redisUrl": "redis://127.0.0.1:1"}
    bodies |= {"cronExpression": "* * * * *", "id": "x"}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            began = time.monotonic()
            answer = client.open(
                re.sub(r"\{\w+\}", "x", path),
                method=method,
                headers={"X-API-Key": "k" * 40},
                json=bodies if "requestBody" in operation else None,
                query_string={"name": "x"},
            )
            assert time.monotonic() - began < 3, (method, path)
            assert str(answer.status_code) in operation["responses"], (method, path, answer.status_code)
            if operation.get("security"):
                assert answer.status_code == 503
                assert int(answer.headers["Retry-After"]) > 0


def test_the_store_is_said_to_be_away_without_its_address(away):
    answer = away.test_client().get("/api/test-redis")
    assert answer.status_code == 500
    assert answer.json["connected"] is False
    assert "nothing.sock" not in answer.text


def test_a_login_cannot_be_judged(away):
    client = away.test_client()
    client.set_cookie("authToken", "x" * 64)
    answer = client.get("/api/auth/validate")
    assert (answer.status_code, answer.json) == (500, {"valid": False, "reason": "server_error"})
    assert client.post("/api/auth/login", json={"password": "a long Password 9"}).status_code == 503
