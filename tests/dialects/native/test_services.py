"""Services: what the documented operations take and give, in both forms."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest

from uptime.domain.monitor import MonitorDraft

DEFAULTS = {"description": "", "expectedStatus": 200, "method": "GET", "timeout": 10000}


def service(target: str, **more: Any) -> dict[str, Any]:
    return {"name": "Shop", "url": f"{target}/200"} | more


def test_a_new_service_comes_back_with_every_documented_field(api, target):
    answer = api.post("/api/services", json=service(target))
    assert answer.status_code == 201
    assert answer.json["success"] is True
    shown = answer.json["service"]
    assert shown == DEFAULTS | {"id": shown["id"], "name": "Shop", "url": f"{target}/200"}


def test_a_new_service_is_checked_before_the_answer(api, stranger, target):
    api.post("/api/services", json=service(target))
    line = stranger.get("/api/status").json["services"][0]
    assert line["name"] == "Shop"
    assert line["status"] == "up"
    assert line["lastChecked"] > 0


def test_a_service_that_does_not_answer_is_added_all_the_same(api, stranger):
    assert api.post("/api/services", json={"name": "Gone", "url": "http://127.0.0.1:1/"}).status_code == 201
    assert stranger.get("/api/status").json["overall"] == "down"


@pytest.mark.parametrize("body", [{}, {"name": "x"}, {"url": "http://a.test"}, {"name": "", "url": "http://a.test"}])
def test_a_service_needs_a_name_and_a_url(api, body):
    answer = api.post("/api/services", json=body)
    assert answer.status_code == 400
    assert answer.json == {"error": True, "message": "Name and URL are required", "status": 400}


def test_a_name_is_taken_once(api, target):
    api.post("/api/services", json=service(target))
    answer = api.post("/api/services", json=service(target))
    assert answer.status_code == 409
    assert answer.json == {"error": True, "message": "Service with this name already exists", "status": 409}
    assert api.post("/api/services", json=service(target, name="shop")).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expectedStatus", 99), ("expectedStatus", 600), ("expectedStatus", 0), ("expectedStatus", True),
        ("expectedStatus", "abc"), ("method", "BREW"), ("timeout", 99), ("timeout", 10**9), ("timeout", "10"),
        ("timeout", 1.5), ("timeout", True), ("name", 7), ("name", "a\x00b"), ("name", "x" * 256), ("url", 7),
        ("url", "ftp://a.test"), ("url", "javascript:alert(1)"), ("url", "http://"), ("url", "http://a b/"),
        ("url", "http://[::1"), ("url", "http://a.test:99999/"), ("url", "http://a.test/\n"), ("visible", "yes"),
        ("interval", 4), ("interval", -1), ("retries", -1), ("type", "carrier-pigeon"), ("description", 5),
    ],
)  # fmt: skip
def test_a_value_out_of_bounds_is_refused_in_the_documented_form(api, target, field, value):
    answer = api.post("/api/services", json=service(target, **{field: value}))
    assert answer.status_code == 400
    assert answer.json.keys() == {"error", "message", "status"}
    assert answer.json["error"] is True
    assert api.get("/api/services").json == {"services": []}


def test_names_come_back_exactly_as_given(api, stranger, target):
    for name in (
        "a/b",
        "ttl",
        "größe 🙂",
        "שלום",
        "__proto__",
        "100%25",
        "?a=b&c#d",
        "a//b",
        "/x",
        "x/",
        "..",
        "constructor",
    ):
        assert api.post("/api/services", json=service(target, name=name)).json["service"]["name"] == name
        found = stranger.get(f"/api/history/{quote(name, safe='')}")
        assert found.status_code == 200, name
        assert found.json["name"] == name
        assert len(found.json["history"]) == 1
        assert api.delete("/api/services", query_string={"name": name}).status_code == 200


def test_the_listing_is_an_object_or_an_array_as_asked(api, target):
    api.post("/api/services", json=service(target))
    listed = api.get("/api/services").json
    assert [each["name"] for each in listed["services"]] == ["Shop"]
    assert api.get("/api/services?format=code").json == listed["services"]
    assert api.get("/api/services", headers={"X-OpenUptimes-Format": "code"}).json == listed["services"]


def test_deleted_services_are_listed_on_request(api, target):
    api.post("/api/services", json=service(target))
    api.post("/api/services", json=service(target, name="Old"))
    api.delete("/api/services?name=Old")
    listed = api.get("/api/services?includeDeleted=true").json
    assert listed[0]["isDeleted"] is False
    assert listed[1] == {"name": "Old", "url": "", "isDeleted": True}


def test_a_service_is_replaced_whole(api, target):
    api.post("/api/services", json=service(target, description="old", visible=False, timeout=5000))
    answer = api.put("/api/services?name=Shop", json=service(target, method="HEAD"))
    assert answer.status_code == 200
    shown = answer.json["service"]
    assert shown == DEFAULTS | {"id": shown["id"], "name": "Shop", "url": f"{target}/200", "method": "HEAD"}


def test_a_renamed_service_keeps_its_history(api, stranger, target):
    api.post("/api/services", json=service(target))
    before = stranger.get("/api/history/Shop").json["history"]
    assert api.put("/api/services?name=Shop", json=service(target, name="New shop")).status_code == 200
    after = stranger.get("/api/history/New%20shop").json
    assert after["name"] == "New shop"
    assert after["history"][-1] == before[0]
    assert stranger.get("/api/history/Shop").status_code == 404


def test_a_rename_onto_a_taken_name_is_refused(api, target):
    api.post("/api/services", json=service(target))
    api.post("/api/services", json=service(target, name="Other"))
    assert api.put("/api/services?name=Other", json=service(target)).status_code == 409


def test_only_a_new_name_or_url_is_checked_at_once(api, target, seen):
    api.post("/api/services", json=service(target))
    seen.clear()
    api.put("/api/services?name=Shop", json=service(target, expectedStatus=500))
    assert seen == []
    api.put("/api/services?name=Shop", json=service(target, url=f"{target}/201"))
    assert seen == [("GET", "/201")]


@pytest.mark.parametrize("path", ["/api/services", "/api/services?id=", "/api/services?name="])
def test_replacing_and_deleting_need_a_name(api, target, path):
    for answer in (api.put(path, json=service(target)), api.delete(path)):
        assert answer.status_code == 400


@pytest.mark.parametrize(
    "path", ["/api/services?name=no", "/api/services?serviceName=no", "/api/services/no", "/api/services?id=99"]
)
def test_an_unknown_service_is_not_found(api, target, path):
    for answer in (api.put(path, json=service(target)), api.delete(path)):
        assert answer.status_code == 404
        assert answer.json == {"error": True, "message": "Service not found", "status": 404}


def test_a_service_can_be_named_in_four_ways(api, target):
    made = api.post("/api/services", json=service(target)).json["service"]
    for path in (
        "/api/services?name=Shop",
        "/api/services?serviceName=Shop",
        "/api/services/Shop",
        f"/api/services?id={made['id']}",
    ):
        answer = api.put(path, json=service(target, description=path))
        assert answer.json["service"]["description"] == path


def test_deleting_answers_exactly_and_keeps_the_history(api, stranger, target):
    api.post("/api/services", json=service(target))
    assert api.delete("/api/services?name=Shop").json == {"success": True, "message": "Service deleted"}
    assert api.get("/api/services").json == {"services": []}
    assert len(stranger.get("/api/history/Shop").json["history"]) == 1


def test_a_name_added_again_finds_its_history(api, stranger, target):
    api.post("/api/services", json=service(target))
    api.delete("/api/services?name=Shop")
    api.post("/api/services", json=service(target))
    assert len(stranger.get("/api/history/Shop").json["history"]) == 2


def test_the_code_form_answers_with_the_bare_service(api, target):
    made = api.post("/api/services?format=code", json=service(target))
    assert made.status_code == 201
    assert made.json["name"] == "Shop"
    assert api.put("/api/services?name=Shop&format=code", json=service(target)).json["url"] == f"{target}/200"
    assert api.post("/api/services?format=code", json={}).json == {"error": "Name and URL are required"}


@pytest.mark.parametrize("value", [201, "201", "200-299", "2xx", [200, 201], ["200-299", 304]])
def test_expected_status_is_a_number_a_range_or_a_list(api, stranger, target, value):
    made = api.post("/api/services", json=service(target, url=f"{target}/201", expectedStatus=value))
    assert made.status_code == 201
    assert stranger.get("/api/status").json["overall"] == "up"
    assert made.json["service"]["expectedStatus"] == (201 if value == "201" else value)


def test_settings_beyond_the_documented_ones_come_back_where_they_are_no_default(api, target):
    more = {
        "interval": 30, "keyword": "fine", "keywordAbsent": False, "retries": 2, "retryInterval": 20,
        "successThreshold": 2, "slow": 900, "followRedirects": False, "ignoreTls": True, "headers": {"X-A": "b"},
    }  # fmt: skip
    shown = api.post("/api/services", json=service(target, **more)).json["service"]
    more.pop("keywordAbsent")
    assert {name: shown[name] for name in more} == more
    assert "keywordAbsent" not in shown
    assert "upsideDown" not in shown


def test_secrets_are_masked_and_a_mask_keeps_them(app, api, target):
    shown = api.post("/api/services", json=service(target, username="me", password="hunter22", bearer="tok-tok")).json[
        "service"
    ]
    assert shown["password"] == shown["bearer"] == "********"
    shown.pop("id")
    again = api.put("/api/services?name=Shop", json=shown).json["service"]
    assert again["password"] == "********"
    core = app.extensions["core"]
    assert core.monitors.by_name(1, "Shop").target["password"] == "hunter22"


def test_a_password_in_the_url_is_masked(api, target):
    url = target.replace("http://", "http://me:hunter22@") + "/200"
    shown = api.post("/api/services", json=service(target, url=url)).json["service"]
    assert "hunter22" not in str(shown)


@pytest.mark.parametrize(
    "url", ["tcp://127.0.0.1:{port}", "ping://127.0.0.1", "dns://localhost", "tls://127.0.0.1:{port}"]
)
def test_other_check_types_are_known_by_their_url(api, target, url):
    url = url.format(port=target.rsplit(":", 1)[1])
    shown = api.post("/api/services", json={"name": "Other", "url": url, "timeout": 1000})
    assert shown.status_code == 201, shown.json
    assert shown.json["service"]["url"] == url
    assert shown.json["service"]["type"] == url.split(":")[0]
    assert shown.json["service"].keys() == DEFAULTS.keys() | {"id", "name", "url", "type"}
    moved = api.put(
        "/api/services?name=Other", json=shown.json["service"] | {"url": "tcp://127.0.0.1:1", "type": "tcp"}
    )
    assert moved.json["service"]["url"] == "tcp://127.0.0.1:1"


OTHERS = {
    "udp://127.0.0.1:{port}": "udp",
    "ssh://127.0.0.1:{port}": "ssh",
    "smtp://127.0.0.1:{port}": "smtp",
    "imaps://127.0.0.1:{port}": "imap",
    "pop3s://[::1]:{port}": "pop3",
    "ws://127.0.0.1:{port}/200": "websocket",
}


@pytest.mark.parametrize(("url", "kind"), OTHERS.items())
def test_check_types_of_further_protocols_are_known_by_their_url(api, target, url, kind):
    url = url.format(port=target.rsplit(":", 1)[1])
    shown = api.post("/api/services", json={"name": "Other", "url": url, "timeout": 200}).json["service"]
    assert (shown["url"], shown["type"]) == (url, kind)
    assert shown.keys() == DEFAULTS.keys() | {"id", "name", "url", "type"}
    assert api.put("/api/services?name=Other", json=shown).json["service"] == shown


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "keyword", "keyword": "fine", "keywordAbsent": True},
        {"type": "json-query", "expected": "fine", "query": "status", "operator": "!="},
        {"type": "json-query", "expected": "", "language": "jsonpath", "query": "$.status"},
    ],
)
def test_what_is_asked_of_a_web_address_is_known_by_the_type(api, target, asked):
    shown = api.post("/api/services", json=service(target, **asked)).json["service"]
    assert shown == DEFAULTS | asked | {"id": shown["id"], "name": "Shop", "url": f"{target}/200"}
    assert api.put("/api/services?name=Shop", json=shown).json["service"] == shown


@pytest.mark.parametrize(("operator", "status"), [("contains", "up"), ("!=", "down")])
def test_a_query_is_evaluated_where_the_checks_are_made(api, target, operator, status):
    """Here that is a thread of the web process."""
    asked = {"type": "json-query", "query": '"fine"', "operator": operator, "expected": "fine"}
    api.post("/api/services", json=service(target, **asked))
    answer = api.post("/api/services/check?name=Shop").json
    assert answer["service"]["status"] == status


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"type": "keyword"}, "Keyword is missing"),
        ({"type": "json-query", "expected": "1", "query": "("}, "not valid JSONata"),
        ({"type": "json-query", "expected": "x", "operator": "<"}, "must be a number"),
    ],
)
def test_what_cannot_be_asked_of_a_web_address_is_refused(api, target, asked, message):
    answer = api.post("/api/services", json=service(target, **asked))
    assert answer.status_code == 400
    assert message in answer.json["message"]


def test_a_paused_service_is_not_checked(api, target, seen):
    shown = api.post("/api/services", json=service(target, paused=True)).json["service"]
    assert shown["paused"] is True
    assert seen == []
    assert "paused" not in api.post("/api/services/resume?name=Shop").json["service"]
    assert api.post("/api/services/pause?name=Shop").json["service"]["paused"] is True


def test_one_service_is_checked_on_request(api, target, seen):
    api.post("/api/services", json=service(target))
    seen.clear()
    answer = api.post("/api/services/check?name=Shop").json
    assert answer["service"]["status"] == "up"
    assert answer["service"]["statusCode"] == 200
    assert seen == [("GET", "/200")]


def test_fields_that_are_not_known_are_not_kept(api, target):
    shown = api.post("/api/services", json=service(target, id=77, account=2, colour="red", createdAt=1)).json["service"]
    assert shown["id"] != 77
    assert "colour" not in shown
    assert "createdAt" not in shown


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_method_is_honoured(api, target, seen, method):
    api.post("/api/services", json=service(target, method=method))
    assert seen == [(method, "/200")]


def test_the_timeout_is_honoured(api, stranger, target):
    api.post("/api/services", json=service(target, url=f"{target}/slow/3", timeout=300))
    entry = stranger.get("/api/history/Shop").json["history"][0]
    assert entry["status"] == "down"
    assert entry["errorClass"] == "timeout"
    assert 250 <= entry["responseTime"] <= 1000


def test_a_monitor_of_a_type_that_is_not_there_can_be_listed_checked_and_removed(api, app, stranger):
    target = {"name": "x", "url": "kafka://bob:hunter2@a.test", "expected_status": 5, "interval": []}
    core = app.extensions["core"]
    made = core.monitors.add(1, MonitorDraft("Queue", "kafka-producer", target), datetime.now(UTC), any_type=True)
    api.post("/api/ping")
    for path in ("/api/services", "/api/status", f"/api/history?name={made.name}", f"/api/services?id={made.id}"):
        answer = api.get(path)
        assert answer.status_code == 200
        assert "hunter2" not in answer.text
    assert api.get("/api/services").json["services"][0] == DEFAULTS | {
        "id": made.id, "name": "Queue", "url": "kafka-producer:", "type": "kafka-producer"
    }  # fmt: skip
    assert stranger.get("/api/status").json["services"][0]["status"] == "unknown"
    body = {"name": "Queue", "url": "kafka-producer:", "type": "kafka-producer"}
    assert api.put("/api/services?name=Queue", json=body).status_code == 400
    assert api.delete("/api/services?name=Queue").status_code == 200


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rediss://bob:hunter2@127.0.0.1:9/4", "rediss://127.0.0.1:9/4"),
        ("postgres://bob:hunter2@127.0.0.1:9/shop", "postgresql://127.0.0.1:9/shop"),
        ("mariadb://bob:hunter2@127.0.0.1:9/shop?ssl-mode=required", "mysql://127.0.0.1:9/shop"),
        ("mqtts://bob:hunter2@127.0.0.1:9", "mqtts://127.0.0.1:9"),
    ],
)
def test_a_password_in_a_url_is_kept_masked_and_not_sent_elsewhere(api, app, url, shown):
    made = api.post("/api/services", json={"name": "Base", "url": url, "timeout": 500})
    assert made.status_code == 201, made.json
    service = made.json["service"]
    assert service["url"] == shown
    assert (service["username"], service["password"]) == ("bob", "********")
    core = app.extensions["core"]
    stored = core.monitors.by_name(1, "Base").target
    assert stored["password"] == "hunter2"
    assert api.put("/api/services?name=Base", json=service | {"interval": 77}).status_code == 200
    assert core.monitors.by_name(1, "Base").target == stored
    elsewhere = service | {"url": shown.replace("127.0.0.1", "127.0.0.2")}
    assert api.put("/api/services?name=Base", json=elsewhere).status_code == 400
    assert "hunter2" not in api.get("/api/services").text + api.get("/api/status").text
