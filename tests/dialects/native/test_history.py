"""Histories, figures, and how long they are kept."""

import pytest


@pytest.fixture
def shop(api, target):
    api.post("/api/services", json={"name": "Shop", "url": f"{target}/200"})
    return api


def test_the_documented_form_is_newest_first(shop, stranger):
    shop.get("/api/ping")
    body = stranger.get("/api/history/Shop").json
    assert body.keys() == {"name", "history"}
    newest, oldest = body["history"]
    assert newest["timestamp"] >= oldest["timestamp"]
    assert newest.keys() == {"timestamp", "status", "responseTime", "statusCode"}


def test_a_failure_says_why(api, stranger, target):
    api.post("/api/services", json={"name": "Refused", "url": "http://127.0.0.1:1/"})
    entry = stranger.get("/api/history/Refused").json["history"][0]
    assert entry["status"] == "down"
    assert entry["errorClass"] == "connect"
    assert entry["error"]
    assert "statusCode" not in entry


def test_a_service_without_checks_has_an_empty_history(api, stranger, target):
    api.post("/api/services", json={"name": "Shop", "url": f"{target}/200", "paused": True})
    assert stranger.get("/api/history/Shop").json == {"name": "Shop", "history": []}


def test_an_unknown_service_is_not_found(stranger):
    answer = stranger.get("/api/history/Nobody")
    assert answer.status_code == 404
    assert answer.json == {"error": True, "message": "Service not found", "status": 404}


def test_limits_and_times_choose_a_part(shop, stranger):
    for _ in range(3):
        shop.get("/api/ping")
    history = stranger.get("/api/history/Shop").json["history"]
    assert len(history) == 4
    assert stranger.get("/api/history/Shop?limit=2").json["history"] == history[:2]
    assert stranger.get("/api/history/Shop?limit=0").json["history"] == history
    assert stranger.get("/api/history/Shop?timeRange=30m").json["history"] == history
    only = history[1]["timestamp"]
    part = stranger.get(f"/api/history/Shop?startTime={only}&endTime={only}").json["history"]
    assert part == [entry for entry in history if entry["timestamp"] == only]
    assert stranger.get("/api/history/Shop?startTime=1&endTime=2").json["history"] == []


@pytest.mark.parametrize(
    "query",
    ["limit=abc", "limit=-1", "startTime=x&endTime=1", "startTime=1e999&endTime=2", "endTime=99999999999999999999"],
)
def test_a_part_that_makes_no_sense_is_refused(shop, stranger, query):
    assert stranger.get(f"/api/history/Shop?{query}").status_code == 400


def test_the_code_form_lists_every_service_with_entries(shop, stranger, target):
    shop.post("/api/services", json={"name": "New", "url": f"{target}/200", "paused": True})
    shop.post("/api/services", json={"name": "Old", "url": f"{target}/200"})
    shop.delete("/api/services?name=Old")
    first, second = stranger.get("/api/history").json
    assert first.keys() == {"name", "isDeleted", "url", "description", "history"}
    assert (first["name"], first["isDeleted"], first["url"]) == ("Shop", False, f"{target}/200")
    assert (second["name"], second["isDeleted"], second["url"], second["description"]) == ("Old", True, None, None)
    assert [each["name"] for each in stranger.get("/api/history?includeDeleted=false").json] == ["Shop"]
    assert [each["name"] for each in stranger.get("/api/history?service=Old").json] == ["Old"]
    assert stranger.get("/api/history?service=x").json == []


@pytest.mark.parametrize(
    "query",
    ["startTime=a&endTime=b", "startTime=1&endTime=nan", "startTime=inf&endTime=1", "startTime=1&endTime=1e300"],
)
def test_times_that_are_no_numbers_find_nothing(shop, stranger, query):
    assert stranger.get(f"/api/history?{query}").json == []


@pytest.mark.parametrize("text", ["30m", "15m", "400d", "99999999999d", "all", "x", "٣d", ""])
def test_every_range_is_understood_or_ignored(shop, stranger, text):
    for path in ("/api/history", "/api/history/Shop", "/api/uptime"):
        assert stranger.get(path, query_string={"timeRange": text}).status_code == 200


def test_uptime_counts_what_was_seen(shop, stranger, target):
    shop.put("/api/services?name=Shop", json={"name": "Shop", "url": f"{target}/500"})
    shop.get("/api/ping")
    shop.get("/api/ping")
    figures = stranger.get("/api/uptime").json
    assert figures["timestamp"] > 0
    shop_figures = figures["services"]["Shop"]
    assert shop_figures.keys() == {
        "currentStatus", "uptimePercentage", "avgResponseTime", "checksCount", "onlineSince", "historyCount",
    }  # fmt: skip
    assert shop_figures["uptimePercentage"] == 25.0
    assert shop_figures["checksCount"] == shop_figures["historyCount"] == 4
    assert shop_figures["currentStatus"]["status"] == "down"
    assert shop_figures["onlineSince"] is None


def test_a_service_that_is_up_says_since_when(shop, stranger):
    figures = stranger.get("/api/uptime?service=Shop&timeRange=24h").json["services"]["Shop"]
    assert figures["uptimePercentage"] == 100.0
    assert figures["onlineSince"].endswith("Z")
    assert stranger.get("/api/uptime?service=None").json["services"] == {}


def test_days_outages_and_changes_are_told(api, stranger, target):
    api.post("/api/services", json={"name": "Shop", "url": f"{target}/500"})
    days = stranger.get("/api/days?name=Shop&days=7").json["days"]
    assert len(days) == 7
    assert days[-1]["down"] == 1
    assert days[-1]["uptime"] == 0.0
    outage = stranger.get("/api/outages?name=Shop").json["outages"][0]
    assert outage["end"] is None
    assert outage["errorClass"] == "status"
    change = stranger.get("/api/changes?name=Shop").json["changes"][0]
    assert (change["before"], change["after"]) == ("unknown", "down")
    assert change["trace"]


def test_the_ttl_is_a_day_unless_somebody_says_otherwise(api):
    assert api.get("/api/ping-history/ttl").json == {"ttl": 86400, "unlimited": False}


def test_setting_the_ttl_answers_exactly(api):
    assert api.patch("/api/ping-history/ttl", json={"ttl": 604800}).json == {
        "success": True, "ttl": 604800, "unlimited": False, "message": "History TTL set to 604800 seconds",
    }  # fmt: skip
    assert api.get("/api/ping-history/ttl").json == {"ttl": 604800, "unlimited": False}
    assert api.patch("/api/ping-history/ttl", json={"ttl": 0}).json == {
        "success": True, "ttl": 0, "unlimited": True, "message": "History TTL set to unlimited",
    }  # fmt: skip
    assert api.get("/api/ping-history/ttl").json == {"ttl": 0, "unlimited": True}
    assert api.patch("/api/ping-history", json={"ttl": 60}).json == {
        "success": True, "message": "History TTL set to 60 seconds",
    }  # fmt: skip


@pytest.mark.parametrize(
    "body", [{}, {"ttl": -1}, {"ttl": "x"}, {"ttl": None}, {"ttl": True}, {"ttl": 1.5}, {"ttl": 10**18}]
)
def test_a_ttl_that_is_no_whole_number_is_refused(api, body):
    answer = api.patch("/api/ping-history/ttl", json=body)
    assert answer.status_code == 400
    assert answer.json["error"] is True
    assert isinstance(api.patch("/api/ping-history", json=body).json["error"], str)
    if body.get("ttl") is None:
        assert answer.json["message"] == "TTL value is required"
    assert api.get("/api/ping-history/ttl").json["ttl"] == 86400


def test_clearing_empties_the_run_log_and_no_history(shop, stranger):
    shop.get("/api/ping")
    assert len(shop.get("/api/ping-stats").json["recentHistory"]) == 1
    assert shop.delete("/api/ping-history").json == {"success": True, "message": "Ping history cleared"}
    assert shop.get("/api/ping-stats").json["recentHistory"] == []
    assert len(stranger.get("/api/history/Shop").json["history"]) == 2


def test_clearing_everything_empties_the_histories_too(shop, stranger):
    assert shop.delete("/api/ping-history?scope=all").status_code == 200
    assert stranger.get("/api/history/Shop").json["history"] == []
    assert [each["name"] for each in shop.get("/api/services").json["services"]] == ["Shop"]
