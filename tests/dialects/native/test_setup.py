"""Setting up, starting over, and what the server says about itself."""

import threading
from dataclasses import replace
from ipaddress import ip_network

import pytest
import redis

from uptime.web import create_app, open_store

PASSWORD = "a long Password 9"


@pytest.fixture
def redis_client(redis_url):
    client = redis.Redis.from_url(redis_url)
    yield client
    client.close()


FROM_ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


def test_a_fresh_server_is_not_set_up(stranger):
    assert stranger.get("/api/setup/status").json == {"completed": False, "setupComplete": False}
    answer = stranger.get("/api/services")
    assert answer.status_code == 401
    assert (answer.json["error"], answer.json["status"]) == (True, 401)


def test_setting_up_answers_exactly_and_happens_once(stranger):
    answer = stranger.post("/api/setup/complete", json={"password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json == {"success": True, "message": "Setup completed"}
    assert stranger.get("/api/setup/status").json == {"completed": True, "setupComplete": True}
    again = stranger.post("/api/setup/complete", json={"password": "Another password 1"})
    assert again.status_code == 401
    assert stranger.post("/api/auth/login", json={"password": "Another password 1"}).status_code == 401
    assert stranger.post("/api/auth/login", json={"password": PASSWORD}).status_code == 200


def test_whoever_may_call_hears_that_it_is_done(owner, api):
    for caller in (owner, api):
        assert caller.post("/api/setup/complete").status_code == 200
        assert caller.post("/api/setup/complete", json={}).json["success"] is True
        assert caller.post("/api/setup/complete", json={"password": "Another password 1"}).status_code == 403
    assert owner.post("/api/auth/login", json={"password": PASSWORD}).status_code == 200


def test_a_password_is_needed(stranger):
    for body in ({}, {"password": ""}):
        answer = stranger.post("/api/setup/complete", json=body)
        assert answer.status_code == 400
        assert answer.json["message"] == "Password is required"
    for weak in ("short", "password", "x" * 1025):
        assert stranger.post("/api/setup/complete", json={"password": weak}).status_code == 400
    assert stranger.get("/api/setup/status").json["completed"] is False


def test_what_was_collected_is_applied(stranger, app):
    key = "K" * 40
    stranger.post(
        "/api/setup/complete",
        json={
            "password": PASSWORD,
            "siteSettings": {
                "siteName": "Ours", "siteDescription": "What runs", "refreshInterval": 30000, "setupPath": "github",
                "pathSettings": {
                    "repository": "us/ours", "schedule": "*/10 * * * *", "apiKey": key,
                    "jobs": [{"name": "Often", "description": "", "cronExpression": "*/5 * * * *", "enabled": True}],
                },
            },
        },
    )  # fmt: skip
    public = stranger.get("/api/settings").json
    assert public["siteName"] == "Ours"
    assert public["refreshInterval"] == 30000
    assert stranger.get("/api/ping", headers={"X-API-Key": key}).status_code == 200
    assert stranger.get("/api/services", headers={"X-API-Key": key}).status_code == 403
    owner = app.test_client()
    owner.post("/api/auth/login", json={"password": PASSWORD})
    assert owner.get("/api/settings").json["githubAction"]["repository"] == "us/ours"
    assert owner.get("/api/ping/cron").json[0]["status"] == "running"


def test_a_key_that_could_be_guessed_is_refused_before_anything_happens(stranger):
    body = {"password": PASSWORD, "siteSettings": {"pathSettings": {"apiKey": "short"}}}
    assert stranger.post("/api/setup/complete", json=body).status_code == 400
    assert stranger.get("/api/setup/status").json["completed"] is False


@pytest.mark.parametrize(
    ("headers", "environ"),
    [
        ({}, FROM_ELSEWHERE),
        ({"X-Forwarded-For": "127.0.0.1"}, {}),
        ({"Forwarded": "for=127.0.0.1"}, {}),
        ({"Host": "uptime.example.com"}, {}),
        ({"Origin": "https://evil.example"}, {}),
        ({"Sec-Fetch-Site": "cross-site"}, {}),
        ({"X-Setup-Token": "wrong"}, {}),
    ],
)
def test_from_anywhere_else_it_takes_the_token(app, stranger, headers, environ):
    body = {"password": PASSWORD}
    answer = stranger.post("/api/setup/complete", json=body, headers=headers, environ_overrides=environ)
    assert answer.status_code == 403
    assert answer.json["error"] is True
    assert stranger.get("/api/setup/status").json["completed"] is False
    token = app.extensions["core"].users.setup_token()
    right = stranger.post(
        "/api/setup/complete", json=body, headers=headers | {"X-Setup-Token": token}, environ_overrides=environ
    )
    assert right.status_code == 200


@pytest.mark.parametrize("place", ["query", "body"])
def test_the_token_may_stand_in_the_url_or_in_the_body(app, stranger, place):
    token = app.extensions["core"].users.setup_token()
    body = {"password": PASSWORD} | ({"setupToken": token} if place == "body" else {})
    path = "/api/setup/complete" + (f"?token={token}" if place == "query" else "")
    assert stranger.post(path, json=body, environ_overrides=FROM_ELSEWHERE).status_code == 200


def test_of_two_at_once_exactly_one_wins(app):
    answers, ready = [], threading.Barrier(4)

    def attempt(number: int) -> None:
        ready.wait()
        body = {"password": f"the Password of {number}"}
        answers.append(app.test_client().post("/api/setup/complete", json=body).status_code)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(200) == 1
    assert set(answers) <= {200, 401, 403}


def test_starting_over_takes_the_password(owner, stranger, target, redis_client):
    owner.post("/api/services", json={"name": "Shop", "url": f"{target}/200"})
    redis_client.set("of-somebody-else", "1")
    assert stranger.post("/api/setup/reset", json={"password": PASSWORD}).status_code == 401
    assert owner.post("/api/setup/reset").status_code == 400
    assert owner.post("/api/setup/reset", json={"password": "wrong one 1"}).status_code == 401
    assert len(owner.get("/api/services").json["services"]) == 1
    answer = owner.post("/api/setup/reset", json={"password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json["message"] == "Application reset successfully"
    assert answer.json["keysDeleted"] > 0
    assert stranger.get("/api/setup/status").json["completed"] is False
    assert owner.get("/api/services").status_code == 401
    assert redis_client.get("of-somebody-else") == b"1"


def test_the_address_that_the_originals_own_page_calls_starts_over_too(owner, stranger):
    assert owner.post("/api/admin/reset", json={"password": "wrong one 1"}).json.keys() == {"message"}
    assert owner.post("/api/admin/reset", json={"password": PASSWORD}).json["success"] is True
    assert stranger.get("/api/setup/status").json["completed"] is False


def test_the_development_reset_is_shut(owner):
    answer = owner.post("/api/dev/reset-setup")
    assert answer.status_code == 403
    assert answer.json == {"error": "This endpoint is only available in development mode"}


def test_on_a_development_server_it_is_open_to_the_owner(app, owner, stranger):
    app.debug = True
    assert stranger.post("/api/dev/reset-setup").status_code == 401
    assert owner.post("/api/dev/reset-setup").json["success"] is True
    assert stranger.get("/api/setup/status").json["completed"] is False


def test_the_store_answers(stranger):
    body = stranger.get("/api/test-redis").json
    assert body["connected"] is True
    assert body["ping"] == body["pingResult"] == "PONG"
    assert body["success"] is True


def test_init_changes_nothing(stranger, owner):
    assert stranger.get("/api/init").json == {"success": True, "message": "Redis initialized with default data"}
    assert owner.get("/api/services").json == {"services": []}


def test_the_environment_is_told_without_details(stranger):
    body = stranger.get("/api/environment").json
    assert body.keys() == {"isEdgeRuntime", "isVercel", "runtimeInfo"}
    assert body["isEdgeRuntime"] is False
    assert body["isVercel"] is False
    assert body["runtimeInfo"].keys() == {"nodeVersion", "platform", "env"}


def test_the_old_loop_is_answered_and_not_revived(stranger):
    assert stranger.get("/api/edge-ping").status_code == 204


def test_a_title_is_not_fetched_from_this_machine(owner, stranger, target):
    assert stranger.get(f"/api/utils/fetch-title?url={target}/200").status_code == 401
    assert owner.get("/api/utils/fetch-title").json == {"error": "URL parameter is required"}
    for url in (f"{target}/200", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "nonsense"):
        answer = owner.get("/api/utils/fetch-title", query_string={"url": url})
        assert answer.status_code in (400, 500)
        assert isinstance(answer.json["error"], str)


def test_a_title_is_fetched_from_where_it_may(settings, target):
    settings = replace(settings, outbound_allow=(ip_network("127.0.0.0/8"),))
    store = open_store(settings)
    client = create_app(settings, store).test_client()
    client.post("/api/setup/complete", json={"password": PASSWORD})
    client.post("/api/auth/login", json={"password": PASSWORD})
    found = client.get("/api/utils/fetch-title", query_string={"url": f"{target}/200"})
    assert found.status_code == 200
    assert found.json["title"].startswith("A page")
    failed = client.get("/api/utils/fetch-title", query_string={"url": f"{target}/500"})
    assert (failed.status_code, failed.json) == (500, {"error": "Failed to fetch webpage title"})
    store.close()
