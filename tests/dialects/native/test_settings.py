"""The site's settings, whole and in their views."""

import pytest


def test_strangers_learn_a_few_settings_and_never_a_key(owner, stranger):
    owner.put("/api/settings", json={"apiKey": "K" * 40})
    body = stranger.get("/api/settings").json
    assert body.keys() == {"siteName", "statusPage", "refreshInterval"}
    assert "apiKey" not in stranger.get("/api/settings").text
    assert "K" * 40 not in owner.get("/api/settings").text


def test_the_owner_learns_everything(owner):
    body = owner.get("/api/settings").json
    assert body.keys() >= {
        "siteName", "statusPage", "refreshInterval", "description", "historyLength", "historyTTL", "contactEmail",
        "timezone", "githubAction", "lastModified", "customCSS", "customHeader", "logo", "favicon", "logoUrl",
        "showServiceUrls", "showServiceDescription", "historyDays", "copyrightUrl", "copyrightText",
    }  # fmt: skip
    assert body["statusPage"] == {
        "enabled": True, "title": "Service Status", "description": "Current status of our services",
    }  # fmt: skip
    assert body["historyLength"] == 1440
    assert "apiKey" not in body


def test_what_is_named_changes_and_the_rest_stays(owner):
    owner.put("/api/settings", json={"siteName": "Ours", "githubAction": {"repository": "us/ours"}})
    body = owner.put("/api/settings", json={"githubAction": {"enabled": False}, "historyTTL": 3600}).json
    assert body["siteName"] == "Ours"
    assert body["githubAction"]["repository"] == "us/ours"
    assert body["githubAction"]["enabled"] is False
    assert body["historyTTL"] == 3600
    assert body["lastModified"] > 0
    assert owner.get("/api/settings").json == body


def test_the_public_page_is_replaced_whole(owner):
    owner.put("/api/settings", json={"statusPage": {"enabled": True, "title": "Mine", "description": "d"}})
    body = owner.put("/api/settings", json={"statusPage": {"title": "Other"}}).json
    assert body["statusPage"] == {"enabled": True, "title": "Other", "description": "Current status of our services"}


def test_a_key_that_a_client_chose_opens_the_ping_until_it_is_cleared(owner, stranger):
    key = {"X-API-Key": "K" * 40}
    owner.put("/api/settings", json={"apiKey": "K" * 40})
    assert stranger.get("/api/ping", headers=key).status_code == 200
    assert owner.get("/api/settings/github").json["apiKey"].startswith("KKKKKK…")
    owner.put("/api/settings", json={"apiKey": "K" * 40, "siteName": "Ours"})
    assert stranger.get("/api/ping", headers=key).status_code == 200
    owner.put("/api/settings", json={"apiKey": ""})
    assert stranger.get("/api/ping", headers=key).status_code == 401
    assert owner.get("/api/settings/github").json["apiKey"] is None
    assert owner.put("/api/settings", json={"apiKey": "openuptimes-api-key"}).status_code == 400


def test_general_settings_are_five(owner):
    assert owner.get("/api/settings/general").json == {
        "refreshInterval": 60000, "historyLength": 1440, "contactEmail": "", "timezone": "UTC", "historyTTL": 86400,
    }  # fmt: skip
    answer = owner.put("/api/settings/general", json={"timezone": "Europe/Vienna", "historyTTL": 0, "siteName": "no"})
    assert answer.json == {
        "success": True, "refreshInterval": 60000, "historyLength": 1440, "contactEmail": "",
        "timezone": "Europe/Vienna", "historyTTL": 0,
    }  # fmt: skip
    assert owner.get("/api/ping-history/ttl").json["unlimited"] is True


def test_appearance_is_as_it_was_left(owner, stranger):
    plain = {
        "customCSS": "", "customHeader": "", "logo": None, "favicon": None, "logoUrl": "", "showServiceUrls": True,
        "showServiceDescription": True, "historyDays": 90, "copyrightUrl": "", "copyrightText": "",
    }  # fmt: skip
    assert stranger.get("/api/settings/appearance").json == plain
    answer = owner.put("/api/settings/appearance", json={"logoUrl": "", "historyDays": 0, "customCSS": "a{}"})
    assert answer.json == plain | {"success": True, "logoUrl": None, "historyDays": 0, "customCSS": "a{}"}
    assert stranger.get("/api/settings/appearance").json == plain | {"customCSS": "a{}"}


@pytest.mark.parametrize(
    "body",
    [
        {"historyDays": "90"}, {"historyDays": -1}, {"logoUrl": "javascript:alert(1)"}, {"copyrightUrl": "data:x"},
        {"showServiceUrls": "yes"}, {"customCSS": 5},
    ],
)  # fmt: skip
def test_looks_that_make_no_sense_are_refused(owner, body):
    answer = owner.put("/api/settings/appearance", json=body)
    assert answer.status_code == 400
    assert answer.json.keys() == {"error"}


@pytest.mark.parametrize(
    "body",
    [
        {"refreshInterval": "x"}, {"refreshInterval": 0}, {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"}, {"historyTTL": -1}, {"contactEmail": 1}, {"contactEmail": "a\nb"},
    ],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused(owner, body):
    before = owner.get("/api/settings/general").json
    assert owner.put("/api/settings/general", json=body).status_code == 400
    assert owner.get("/api/settings/general").json == before


def test_services_are_shown_and_hidden(owner, stranger, target):
    owner.post("/api/services", json={"name": "Shop", "url": f"{target}/200"})
    body = {
        "settings": {"title": "Mine"},
        "services": [
            {"name": "Shop", "visible": False},
            {"name": "no", "visible": True},
            {"name": "Shop", "visible": 1},
        ],
    }
    assert owner.put("/api/settings/statuspage", json=body).json == {"success": True}
    assert owner.get("/api/settings/statuspage").json == {
        "settings": {"enabled": True, "title": "Mine", "description": "Current status of our services"},
        "services": [{"name": "Shop", "visible": False}],
    }
    assert stranger.get("/api/settings/statuspage").json["services"] == []
    assert stranger.get("/api/status").json["services"] == []
    assert owner.get("/api/services").json["services"][0]["visible"] is False


def test_the_workflow_has_defaults(owner):
    assert owner.get("/api/settings/github").json == {
        "githubAction": {
            "enabled": True, "repository": "", "workflow": "ping.yml", "schedule": "*/5 * * * *",
            "secretName": "PING_API_KEY", "lastSuccessfulPing": None,
        },
        "apiKey": None,
    }  # fmt: skip
