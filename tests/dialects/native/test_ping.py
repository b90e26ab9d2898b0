"""Checking everything now."""

import pytest


@pytest.fixture
def shop(api, target):
    api.post("/api/services", json={"name": "Shop", "url": f"{target}/200"})
    return api


def test_both_documented_forms_stand_in_one_body(shop, target):
    answer = shop.get("/api/ping")
    assert answer.status_code == 200
    body = answer.json
    assert body.keys() >= {
        "success", "timestamp", "duration", "services", "status", "nextPing", "refreshInterval", "executionTime",
        "results", "via",
    }  # fmt: skip
    assert (body["success"], body["status"], body["refreshInterval"]) == (True, "success", 60000)
    assert body["nextPing"] == body["timestamp"] + 60000
    assert body["services"] == body["results"]
    assert body["duration"] == body["executionTime"]
    item = body["services"][0]
    assert item.keys() >= {"name", "url", "status", "responseTime", "timestamp", "statusCode"}
    assert (item["name"], item["url"], item["status"], item["statusCode"]) == ("Shop", f"{target}/200", "up", 200)
    assert item["timestamp"] >= body["timestamp"]


def test_without_services_there_are_no_results(api):
    body = api.get("/api/ping").json
    assert body["services"] == body["results"] == []


def test_a_target_that_answers_wrongly_and_one_that_does_not_answer(api, target):
    api.post("/api/services", json={"name": "Wrong", "url": f"{target}/500"})
    api.post("/api/services", json={"name": "Silent", "url": "http://127.0.0.1:1/"})
    wrong, silent = api.get("/api/ping").json["services"]
    assert (wrong["status"], wrong["statusCode"]) == ("down", 500)
    assert wrong["errorClass"] == "status"
    assert silent["status"] == "down"
    assert silent["error"]
    assert "statusCode" not in silent


def test_redirects_are_followed_unless_one_is_expected(api, target):
    api.post("/api/services", json={"name": "Moved", "url": f"{target}/301"})
    api.post("/api/services", json={"name": "Expected", "url": f"{target}/301", "expectedStatus": 301})
    moved, expected = api.get("/api/ping").json["services"]
    assert (moved["status"], moved["statusCode"]) == ("up", 200)
    assert (expected["status"], expected["statusCode"]) == ("up", 301)


def test_hidden_services_are_checked_too(api, target):
    api.post("/api/services", json={"name": "Hidden", "url": f"{target}/200", "visible": False})
    assert len(api.get("/api/ping").json["services"]) == 1


def test_a_key_is_needed(stranger, shop):
    answer = stranger.get("/api/ping")
    assert answer.status_code == 401
    assert answer.json["error"] is True
    assert answer.json["status"] == 401
    assert "Missing API key for GitHub Actions" in stranger.get("/api/ping?runId=7").json["message"]
    wrong = stranger.get("/api/ping?runId=7", headers={"X-API-Key": "nonsense"})
    assert wrong.status_code == 401
    assert wrong.json["message"] == "Unauthorized. Invalid API key."


def test_either_header_carries_the_key_and_the_second_wins(app, shop):
    client = app.test_client()
    assert client.get("/api/ping", headers={"X-API-Key": shop.secret}).status_code == 200
    assert client.get("/api/ping", headers={"Authorization": f"Bearer {shop.secret}"}).status_code == 200
    both = {"Authorization": f"Bearer {shop.secret}", "X-API-Key": "nonsense"}
    assert client.get("/api/ping", headers=both).status_code == 401
    both = {"Authorization": "Bearer nonsense", "X-API-Key": shop.secret}
    assert client.get("/api/ping", headers=both).status_code == 200


def test_runs_are_logged_with_their_source(shop):
    shop.get("/api/ping", headers={"X-API-Key": shop.secret}, query_string={"runId": "4711"})
    shop.get("/api/ping?source=elsewhere")
    shop.get("/api/ping")
    shop.get("/api/ping", headers={"X-Cron-Job-ID": "job_1"})
    runs = shop.get("/api/ping-stats").json["recentHistory"]
    assert [run["source"] for run in runs] == ["internal", "elsewhere", "github-action"]
    assert runs[2]["runId"] == "4711"
    assert "runId" not in runs[0]
    assert runs[0].keys() == {
        "timestamp", "executionTime", "servicesChecked", "refreshInterval", "nextScheduled", "source",
    }  # fmt: skip
    assert runs[0]["servicesChecked"] == 1


def test_a_run_of_the_workflow_is_remembered(shop, owner):
    assert owner.get("/api/settings/github").json["githubAction"]["lastSuccessfulPing"] is None
    shop.get("/api/ping?runId=1")
    assert owner.get("/api/settings/github").json["githubAction"]["lastSuccessfulPing"].endswith("Z")


def test_resetting_the_intervals_checks_nothing(shop, seen):
    body = shop.get("/api/ping?action=reset_intervals").json
    assert body["message"] == "Interval statistics reset successfully"
    assert body["status"] == "success"
    assert seen == []
    assert shop.get("/api/ping-stats").json["lastIntervalReset"] == body["timestamp"]


def test_any_other_action_checks_everything(shop, seen):
    assert shop.get("/api/ping?action=status").status_code == 200
    assert seen == [("GET", "/200")]


def test_the_statistics_tell_when_sweeps_ran(shop):
    for _ in range(3):
        shop.get("/api/ping")
    body = shop.get("/api/ping-stats").json
    assert body.keys() == {
        "lastPing", "nextEstimatedRun", "timeUntilNextRun", "lastIntervalReset", "githubAction", "serviceStatuses",
        "recentHistory", "intervalTrend", "currentTime", "stats",
    }  # fmt: skip
    assert body["lastPing"] == body["recentHistory"][0]["timestamp"]
    assert body["intervalTrend"].keys() == {"average", "min", "max"}
    assert body["nextEstimatedRun"] - body["currentTime"] == body["timeUntilNextRun"]
    assert 0 < body["timeUntilNextRun"] <= 300_000
    assert body["serviceStatuses"][0]["status"] == "up"
    assert body["stats"]["Shop"]["uptime"] == 100
    assert len(body["stats"]["Shop"]["pings"]) == 4
    assert len(shop.get("/api/ping-stats?limit=1").json["recentHistory"]) == 1
    assert len(shop.get("/api/ping-stats?limit=0").json["recentHistory"]) == 3


@pytest.mark.parametrize("limit", ["x", "-1", "1e3"])
def test_a_limit_of_runs_that_makes_no_sense_is_refused(api, limit):
    answer = api.get(f"/api/ping-stats?limit={limit}")
    assert answer.status_code == 400
    assert answer.json.keys() == {"error"}
