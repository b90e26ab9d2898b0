"""Pushes on the native wire: words, exit codes, bodies, and who sees the address."""

from typing import Any

import pytest
from flask import Flask

from uptime.config import Settings
from uptime.web import create_app, open_store


@pytest.fixture
def backup(api: Any) -> dict[str, Any]:
    """A push service as its maker is told of it."""
    answer = api.post("/api/services", json={"name": "Backup", "type": "push", "interval": 3600, "grace": 600})
    assert answer.status_code == 201
    service: dict[str, Any] = answer.json["service"]
    return service


def path(service: dict[str, Any]) -> str:
    base, slash, token = service["heartbeatUrl"].partition("/api/heartbeats/")
    assert base == "http://localhost"
    return f"{slash}{token}"


def status(client: Any) -> str:
    found: str = client.get("/api/status").json["services"][0]["status"]
    return found


def test_a_push_service_needs_no_url_and_shows_where_to_report(backup):
    assert backup["url"] == "push://"
    assert backup["type"] == "push"
    assert backup["token"] == "********"
    assert len(path(backup)) >= len("/api/heartbeats/") + 22, "128 bits at least"


def test_its_url_alone_says_what_it_is(api):
    service = api.post("/api/services", json={"name": "Backup", "url": "push://", "cron": "0 2 * * *"}).json["service"]
    assert (service["type"], service["cron"]) == ("push", "0 2 * * *")


def test_nobody_but_a_writer_sees_the_address(api, keyed, stranger, backup):
    for scope in ("read", "write"):
        [shown] = keyed(scope).get("/api/services").json["services"]
        assert ("heartbeatUrl" in shown) is (scope == "write")
    token = path(backup).rpartition("/")[2]
    for client in (stranger, keyed("read")):
        for page in ("/api/status", "/api/status?format=code", "/api/history/Backup", "/api/settings"):
            assert token not in client.get(page).text


@pytest.mark.parametrize("method", ["get", "post", "head"])
def test_a_job_reports_by_any_method_and_without_a_key(stranger, backup, method):
    assert status(stranger) == "unknown"
    answer = getattr(stranger, method)(path(backup))
    assert answer.status_code == 200
    if method != "head":
        assert answer.json == {"success": True, "message": "OK"}
    assert status(stranger) == "up"


@pytest.mark.parametrize(
    ("said", "expected"),
    [("start", "unknown"), ("log", "unknown"), ("success", "up"), ("fail", "down"), ("0", "up"), ("1", "down"),
     ("255", "down")],
)  # fmt: skip
def test_what_a_job_says_is_understood(stranger, backup, said, expected):
    assert stranger.get(f"{path(backup)}/{said}").status_code == 200
    assert stranger.post(f"{path(backup)}/{said}", data=b"\xff\x00 output").status_code == 200
    assert status(stranger) == expected


@pytest.mark.parametrize("said", ["-1", "256", "1.5", "stop", "START"])
def test_what_no_job_says_is_refused(stranger, backup, said):
    assert stranger.get(f"{path(backup)}/{said}").status_code == 400


@pytest.mark.parametrize(
    "query", ["latency=-1", "latency=x", "latency=nan", "latency=1e12", "runId=a%20b", "rid=" + "x" * 65]
)
def test_a_value_out_of_bounds_is_refused(stranger, backup, query):
    assert stranger.get(f"{path(backup)}?{query}").status_code == 400
    assert status(stranger) == "unknown"


@pytest.mark.parametrize("token", ["nobody-has-this-token", "x", "%00", "ü", "a" * 3_000])
def test_an_unknown_token_is_not_found(stranger, backup, token):
    answer = stranger.post(f"/api/heartbeats/{token}")
    assert answer.status_code == 404
    assert answer.json == {"error": True, "message": "Service not found", "status": 404}


def test_the_end_of_a_named_run_counts_once(stranger, backup):
    assert stranger.get(f"{path(backup)}?runId=7").json["message"] == "OK"
    assert stranger.get(f"{path(backup)}/fail?rid=7").json["message"] == "This was on record already"
    assert status(stranger) == "up"


def test_the_log_shows_the_last_pushes_to_readers(api, keyed, stranger, backup):
    stranger.get(f"{path(backup)}/start?runId=7")
    stranger.post(f"{path(backup)}/3?runId=7&message=broken&latency=12.5", data="x" * 20_000)
    for caller in (api, keyed("read"), keyed("read", backup["id"])):
        failed, started = caller.get("/api/heartbeats?name=Backup").json["heartbeats"]
        assert (started["signal"], started["runId"]) == ("start", "7")
        assert (failed["signal"], failed["exitCode"], failed["message"], failed["latency"]) == (
            "fail",
            3,
            "broken",
            12.5,
        )
        assert failed["body"] == "x" * 10_240
    assert len(api.get("/api/heartbeats?name=Backup&limit=1").json["heartbeats"]) == 1
    assert stranger.get("/api/heartbeats?name=Backup").status_code == 401
    assert keyed("ping").get("/api/heartbeats?name=Backup").status_code == 403
    other = api.post("/api/services", json={"name": "Other", "type": "push"}).json["service"]
    assert keyed("read", other["id"]).get("/api/heartbeats?name=Backup").status_code == 404


def test_a_body_beyond_the_limit_is_refused(stranger, backup):
    assert stranger.post(path(backup), data=b"x" * (1 << 21)).status_code == 413


def test_a_paused_service_takes_a_push_and_records_nothing(api, stranger, backup):
    api.post("/api/services/pause?name=Backup")
    before = stranger.get("/api/history/Backup").json["history"]
    assert "paused" in stranger.get(path(backup)).json["message"]
    assert stranger.get("/api/history/Backup").json["history"] == before


def test_a_new_address_ends_the_old_one(api, keyed, stranger, backup):
    assert keyed("read").post("/api/services/heartbeat-url?name=Backup").status_code == 403
    renewed = api.post("/api/services/heartbeat-url?name=Backup").json["service"]
    assert stranger.get(path(backup)).status_code == 404
    assert stranger.get(path(renewed)).status_code == 200
    assert api.post("/api/services/heartbeat-url?name=Nobody").status_code == 404


def test_replacing_a_service_keeps_its_address(api, stranger, backup):
    changed = api.put("/api/services?name=Backup", json={"name": "Nightly", "type": "push"}).json["service"]
    assert changed["heartbeatUrl"] == backup["heartbeatUrl"]
    assert stranger.get(path(backup)).status_code == 200


def test_the_address_is_that_of_the_public_url(settings, redis_url, api, backup):
    public = Settings(
        secret_key="k" * 32, redis_url=redis_url, public_url="https://up.example.org", rate_limit_factor=0
    )
    store = open_store(public)
    client = create_app(public, store).test_client(use_cookies=False)
    [shown] = client.get("/api/services", headers={"X-API-Key": api.secret}).json["services"]
    assert shown["heartbeatUrl"] == f"https://up.example.org{path(backup)}"
    store.close()


@pytest.fixture
def limited(redis_url: str) -> Any:
    """An application that allows strangers three requests a minute."""
    made = Settings(secret_key="k" * 32, redis_url=redis_url, rate_limit_factor=0.01)
    store = open_store(made)
    yield create_app(made, store)
    store.close()


def test_each_token_has_a_limit_of_its_own(api, limited: Flask, backup):
    other = api.post("/api/services", json={"name": "Other", "type": "push"}).json["service"]
    client = limited.test_client(use_cookies=False)
    answers = [client.get(path(backup)).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert client.get(path(backup)).headers["Retry-After"]
    assert client.get(path(other)).status_code == 200
    assert [client.get("/api/heartbeats/of-nobody-at-all").status_code for _ in range(4)] == [404, 404, 404, 429]
