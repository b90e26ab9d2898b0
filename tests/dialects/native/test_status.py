"""The public status in both forms."""

import pytest


def add(api, target, **more):
    answer = api.post("/api/services", json={"name": "Shop", "url": f"{target}/200"} | more)
    assert answer.status_code == 201, answer.json
    return answer.json["service"]


def test_nothing_is_known_on_a_fresh_server(stranger):
    answer = stranger.get("/api/status")
    assert answer.status_code == 200
    assert answer.json == {"overall": "unknown", "updated": None, "services": []}


def test_a_service_is_told_with_the_documented_keys(api, stranger, target):
    add(api, target, description="Where we sell")
    body = stranger.get("/api/status").json
    assert body["overall"] == "up"
    line = body["services"][0]
    assert line.keys() == {"name", "description", "status", "lastChecked", "responseTime"}
    assert (line["name"], line["description"], line["status"]) == ("Shop", "Where we sell", "up")
    assert isinstance(line["responseTime"], int)
    assert body["updated"] == line["lastChecked"]


def test_a_service_that_was_never_checked_is_unknown(api, stranger, target):
    add(api, target, paused=True)
    assert stranger.get("/api/status").json == {
        "overall": "unknown",
        "updated": None,
        "services": [
            {"name": "Shop", "description": "", "status": "unknown", "lastChecked": None, "responseTime": None}
        ],
    }


def test_one_service_down_makes_the_whole_down(api, stranger, target):
    add(api, target)
    add(api, target, name="Blog", url=f"{target}/500")
    body = stranger.get("/api/status").json
    assert body["overall"] == "down"
    assert [line["status"] for line in body["services"]] == ["up", "down"]


def test_a_slow_service_is_degraded(api, stranger, target):
    add(api, target, url=f"{target}/slow/0.05", slow=1)
    body = stranger.get("/api/status").json
    assert body["services"][0]["status"] == "degraded"
    assert body["overall"] == "degraded"


def test_hidden_services_do_not_exist_for_strangers(api, stranger, owner, target):
    add(api, target, name="Secret", visible=False)
    assert stranger.get("/api/status").json["services"] == []
    for path in ("/api/status?filterByVisibility=false&history=true", "/api/history", "/api/history?service=Secret"):
        assert stranger.get(path).json == []
    assert stranger.get("/api/uptime").json["services"] == {}
    assert stranger.get("/api/settings/statuspage").json["services"] == []
    missing, hidden = stranger.get("/api/history/Missing"), stranger.get("/api/history/Secret")
    assert missing.status_code == hidden.status_code == 404
    assert missing.json == hidden.json
    for path in ("/api/days", "/api/outages", "/api/changes"):
        assert stranger.get(f"{path}?name=Secret").status_code == 404
    assert api.get("/api/history/Secret").status_code == 200
    assert [line["name"] for line in owner.get("/api/status?filterByVisibility=false").json] == ["Secret"]
    assert owner.get("/api/status?format=code").json == []


def test_a_disabled_page_shows_nothing(api, owner, stranger, target):
    add(api, target)
    owner.put("/api/settings/statuspage", json={"settings": {"enabled": False}})
    assert stranger.get("/api/status").json == {"overall": "unknown", "updated": None, "services": []}
    assert stranger.get("/api/history").json == []
    assert stranger.get("/api/uptime").json["services"] == {}
    assert stranger.get("/api/history/Shop").status_code == 404
    assert len(api.get("/api/history").json) == 1


def test_the_code_form_is_an_array(api, stranger, target):
    add(api, target, description="d", visible=True)
    add(api, target, name="Blog", url=f"{target}/500", expectedStatus=200)
    add(api, target, name="New", paused=True)
    first, second, third = stranger.get("/api/status?format=code").json
    assert first["config"] == {"visible": True, "expectedStatus": 200}
    assert first["description"] == "d"
    assert first["currentStatus"].keys() == {"status", "timestamp", "responseTime", "statusCode"}
    assert first["history"] == []
    assert second["currentStatus"]["status"] == "down"
    assert second["currentStatus"]["statusCode"] == 500
    assert "description" not in second
    assert third["currentStatus"] is None


def test_history_comes_along_on_request(api, stranger, target):
    add(api, target)
    for _ in range(3):
        api.get("/api/ping")
    assert len(stranger.get("/api/status?history=true").json[0]["history"]) == 4
    assert len(stranger.get("/api/status?history=true&limit=2").json[0]["history"]) == 2
    assert len(stranger.get("/api/status?history=true&limit=0").json[0]["history"]) == 4
    assert stranger.get("/api/status?history=1").json[0]["history"] == []


@pytest.mark.parametrize("limit", ["abc", "-1", "1.5", "9" * 5000])
def test_a_limit_that_is_no_number_is_refused(stranger, limit):
    answer = stranger.get(f"/api/status?history=true&limit={limit}")
    assert answer.status_code == 400
    assert isinstance(answer.json["error"], str)


def test_a_copy_that_the_reader_has_is_not_sent_again(api, stranger, target):
    add(api, target)
    first = stranger.get("/api/status")
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    again = stranger.get("/api/status", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_unknown_parameters_are_ignored(stranger):
    assert stranger.get("/api/status?_t=1700000000000").status_code == 200


def test_what_was_changed_is_seen_at_once(api, stranger, target):
    assert stranger.get("/api/status").json["services"] == []
    add(api, target)
    assert [line["status"] for line in stranger.get("/api/status").json["services"]] == ["up"]
    api.put("/api/services?name=Shop", json={"name": "Shop", "url": f"{target}/500"})
    assert stranger.get("/api/status").json["overall"] == "down"
    api.put("/api/settings/statuspage", json={"services": [{"name": "Shop", "visible": False}]})
    assert stranger.get("/api/status").json["services"] == []
    add(api, target, name="Blog")
    api.delete("/api/services?name=Blog")
    assert stranger.get("/api/status").json["services"] == []
    add(api, target, name="Blog", url=f"{target}/slow/0.02")
    before = stranger.get("/api/status").json["updated"]
    api.get("/api/ping")
    assert stranger.get("/api/status").json["updated"] > before
