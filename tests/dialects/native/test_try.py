"""Trying a service out: the answer is what a check of it finds, and nothing is left behind."""

from typing import Any

import pytest

from tests.servers.certificates import good
from tests.servers.watched import watched
from uptime.config import Settings
from uptime.core.trying import Trying
from uptime.domain.monitor import MonitorDraft
from uptime.domain.result import Reason
from uptime.web import open_store


def tried(api: Any, url: str, **more: Any) -> dict[str, Any]:
    answer = api.post("/api/services/try", json={"url": url} | more)
    assert answer.status_code == 200, answer.json
    assert answer.json["success"] is True
    found: dict[str, Any] = answer.json["found"]
    return found


def test_what_answers_is_up_and_says_where_the_time_went(api, target):
    found = tried(api, f"{target}/200")
    assert (found["type"], found["status"], found["message"], found["statusCode"]) == ("http", "up", "200 OK", 200)
    assert (found["url"], found["address"]) == (f"{target}/200", "127.0.0.1")
    assert sum(found["phases"].values()) == pytest.approx(found["responseTime"], abs=0.5)
    assert not found.keys() & {"error", "errorClass", "evidence", "certificate"}


def test_nothing_is_left_behind(api, settings, seen, target):
    store = open_store(settings)
    before = set(store.client.keys("*"))
    tried(api, f"{target}/200")
    assert set(store.client.keys("*")) <= before | {b"up:{a1}:keys:used"}
    store.close()
    assert seen == [("GET", "/200")]
    assert api.get("/api/services").json == {"services": []}


def test_what_does_not_answer_says_why_with_the_evidence(api, target):
    found = tried(api, f"{target}/500")
    assert (found["status"], found["errorClass"], found["statusCode"]) == ("down", "status", 500)
    assert found["error"] == found["message"] == "Answered 500 Internal Server Error, but 200 was expected."
    assert "HTTP 500" in found["evidence"]
    found = tried(api, "tcp://127.0.0.1:1")
    assert (found["status"], found["errorClass"]) == ("down", "connect")
    assert "statusCode" not in found


def test_settings_of_the_body_count(api, target):
    assert tried(api, f"{target}/200", keyword="fine")["status"] == "up"
    assert tried(api, f"{target}/200", keyword="missing")["errorClass"] == "content"
    assert tried(api, f"{target}/500", expectedStatus="5xx")["status"] == "up"
    assert tried(api, f"{target}/500", upsideDown=True)["status"] == "up"
    assert tried(api, f"{target}/slow/0.1", slow=20)["status"] == "degraded"
    found = tried(api, f"{target}/slow/2", timeout=200)
    assert (found["status"], found["errorClass"]) == ("down", "timeout")


def test_redirects_are_told(api, target):
    assert tried(api, f"{target}/301")["redirects"] == [f"301 {target}/200"]


def test_a_certificate_is_told_whether_or_not_it_is_good(api):
    with watched(good().context()) as url:
        found = tried(api, f"{url}/200")
        assert found["errorClass"] == "tls"
        assert found["certificate"]["names"]
        found = tried(api, f"{url}/200", ignoreTls=True)
    assert found["status"] == "up"
    assert found["certificate"]["notAfter"].endswith("Z")
    assert len(found["certificate"]["fingerprint"]) == 64


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "Name and URL are required"),
        ({"url": "ftp://a.test"}, "url must start with"),
        ({"url": "http://a.test", "timeout": 99}, "timeout must be from"),
        ({"url": "http://a.test", "method": "BREW"}, "Method must be one of"),
        ({"url": "tcp://a.test"}, "Port"),
        ({"type": "push"}, "There is nothing to try"),
        ({"type": "carrier-pigeon", "url": "http://a.test"}, "There is no such check type"),
    ],
)
def test_what_cannot_be_tried_is_refused(api, body, said):
    answer = api.post("/api/services/try", json=body)
    assert answer.status_code == 400
    assert said in answer.json["message"]


def test_masked_secrets_are_those_of_the_service_named(api, target):
    body = {"name": "Shop", "url": f"{target}/200", "username": "me", "password": "secret"}
    service_id = api.post("/api/services", json=body).json["service"]["id"]
    masked = body | {"password": "********"}
    answer = api.post(f"/api/services/try?id={service_id}", json=masked)
    assert answer.json["found"]["status"] == "up"
    elsewhere = masked | {"url": "http://127.0.0.1:1/"}
    assert api.post(f"/api/services/try?id={service_id}", json=elsewhere).status_code == 400
    assert api.post("/api/services/try?id=99", json=masked).status_code == 404


def test_only_who_may_write_may_try(keyed, stranger, target):
    body = {"url": f"{target}/200"}
    assert stranger.post("/api/services/try", json=body).status_code == 401
    for scope in ("read", "ping"):
        assert keyed(scope).post("/api/services/try", json=body).status_code == 403
    assert keyed("write").post("/api/services/try", json=body).status_code == 200


def test_the_time_budget_ends_a_look(target):
    trying = Trying(Settings(secret_key="k" * 32, ping_budget=1))
    found = trying.look(MonitorDraft("x", "http", {"url": f"{target}/slow/2"}, timeout_ms=30_000))
    assert found.result.reason is Reason.TIMEOUT
    assert 900 < found.result.latency_ms < 1_900
