"""Who may call what, browsers that were tricked, and what every answer carries."""

from dataclasses import replace

import pytest

from uptime.web import create_app, open_store

PUBLIC = {
    "status", "service_history", "histories", "uptime", "days", "outages", "changes", "setup_status",
    "complete_setup", "test_redis", "login", "logout", "validate", "reset_password", "reset_password_by_admin",
    "settings", "appearance", "status_page", "init", "environment", "edge_ping", "openapi", "docs",
    "reset_in_development", "badge", "overall_badge", "subscribe", "summary", "page_status", "components",
    "recent_incidents", "unresolved_incidents", "scheduled_maintenances",
    "beat", "signal", "post_beat", "post_signal",
    "accept_invitation", "register", "forgot", "reset_by_link",
}  # fmt: skip
"""The operations that a stranger may call; each guards by itself what it must not show."""

EVIL = [
    {"Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
]


def operations(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("native."):
            yield rule, app.view_functions[rule.endpoint]


def test_every_operation_is_guarded_or_listed(app):
    found = {rule.endpoint.removeprefix("native.") for rule, view in operations(app) if view.needs is None}
    assert found == PUBLIC


def test_a_stranger_is_refused_wherever_a_key_is_needed(app, owner, stranger):
    for rule, view in operations(app):
        if view.needs is None:
            continue
        path = rule.rule.replace("<name:serviceName>", "x")
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            for spelling in (path, path + "/"):
                answer = stranger.open(spelling, method=method, json={} if method != "GET" else None)
                assert answer.status_code == 401, (method, spelling)
                wrong = stranger.open(spelling, method=method, headers={"X-API-Key": "wrong"})
                assert wrong.status_code == 401


def test_override_headers_open_nothing(stranger, owner):
    for name in ("X-HTTP-Method-Override", "X-Original-URL", "X-Rewrite-URL"):
        assert stranger.get("/api/services", headers={name: "/api/status"}).status_code == 401
    assert stranger.get("/api/SERVICES").status_code == 404
    assert stranger.get("/api/status/../services").status_code in (401, 404)


@pytest.mark.parametrize("headers", EVIL)
def test_a_page_of_another_site_changes_nothing_with_a_cookie(owner, target, headers):
    service = {"name": "Shop", "url": f"{target}/200"}
    assert owner.post("/api/services", json=service, headers=headers).status_code == 403
    assert owner.get("/api/ping", headers=headers).status_code == 403
    assert owner.delete("/api/ping-history", headers=headers).status_code == 403
    assert owner.post("/api/auth/logout", headers=headers).status_code == 403
    assert owner.post("/api/auth/login", json={"password": "a long Password 9"}, headers=headers).status_code == 403
    assert owner.get("/api/services", headers=headers).json == {"services": []}


def test_a_page_of_ours_and_a_program_change_things_with_a_cookie(owner, target):
    service = {"name": "Shop", "url": f"{target}/200"}
    for number, headers in enumerate(({}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"})):
        answer = owner.post("/api/services", json=service | {"name": f"Shop {number}"}, headers=headers)
        assert answer.status_code == 201
    assert owner.get("/api/ping", headers={"Sec-Fetch-Site": "none"}).status_code == 200


def test_a_form_of_an_old_browser_changes_nothing_with_a_cookie(owner):
    body = '{"name": "x", "url": "http://127.0.0.1:1", "a": "="}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = owner.post("/api/services", data=body, content_type=kind)
        assert answer.status_code == 403


def test_a_key_needs_no_origin(api, target):
    service = {"name": "Shop", "url": f"{target}/200"}
    answer = api.post("/api/services", json=service, headers={"Origin": "https://dashboard.example"})
    assert answer.status_code == 201


def test_public_reads_are_open_to_pages_of_any_site_and_nothing_else_is(owner, stranger):
    for path in ("/api/status", "/api/history", "/api/uptime", "/api/openapi.json"):
        answer = stranger.get(path)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    for path in ("/api/services", "/api/settings", "/api/auth/validate", "/api/keys"):
        assert "Access-Control-Allow-Origin" not in owner.get(path).headers


def test_nothing_but_the_status_may_be_kept_by_caches(owner):
    for path in ("/api/services", "/api/history", "/api/settings", "/api/nothing", "/api/auth/validate"):
        assert owner.get(path).headers["Cache-Control"] == "no-store"
    assert owner.get("/api/status").headers["Cache-Control"] != "no-store"


def test_answers_are_json_without_a_character_set(owner):
    for path in ("/api/status", "/api/services", "/api/nothing", "/api/history/nothing"):
        assert owner.get(path).headers["Content-Type"] == "application/json"


def test_head_stands_wherever_get_does(owner):
    for path in ("/api/status", "/api/services", "/api/settings"):
        answer = owner.head(path)
        assert answer.status_code == 200
        assert answer.data == b""


def test_options_tells_what_is_allowed(stranger):
    answer = stranger.options("/api/services")
    assert answer.status_code == 204
    assert answer.data == b""
    allowed = {method.strip() for method in answer.headers["Allow"].split(",")}
    assert allowed == {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}


def test_a_wrong_method_and_an_unknown_path_are_refused_in_the_documented_form(stranger):
    wrong = stranger.delete("/api/status")
    assert wrong.status_code == 405
    assert wrong.json.keys() == {"error", "message", "status"}
    assert "GET" in wrong.headers["Allow"]
    unknown = stranger.get("/api/nothing/at/all")
    assert (unknown.status_code, unknown.json["error"], unknown.json["status"]) == (404, True, 404)
    assert stranger.get("/api/admin/nothing").json.keys() == {"message"}


def test_a_slash_at_the_end_is_accepted(owner, target):
    owner.post("/api/services/", json={"name": "Shop", "url": f"{target}/200"})
    for path in ("/api/status/", "/api/services/", "/api/history/Shop/", "/api/setup/status/"):
        assert owner.get(path).status_code == 200


def test_the_same_is_served_under_the_dialects_own_path(owner, stranger):
    assert stranger.get("/compat/openuptimes/api/status").json == stranger.get("/api/status").json
    assert stranger.get("/compat/openuptimes/api/services").status_code == 401
    assert owner.get("/compat/openuptimes/api/services").json == {"services": []}


def test_callers_that_ask_too_often_are_slowed_down(settings):
    store = open_store(settings)
    app = create_app(replace(settings, rate_limit_factor=0.01), store)
    client = app.test_client(use_cookies=False)
    answers = [client.get("/api/history") for _ in range(60)]
    slowed = [answer for answer in answers if answer.status_code == 429]
    assert slowed
    assert int(slowed[0].headers["Retry-After"]) > 0
    assert slowed[0].json.keys() == {"error"}
    assert client.get("/api/status").status_code == 200
    store.close()
