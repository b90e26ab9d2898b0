"""Who gets in: strangers see public pages only, the owner's forms cannot be forged, set-up happens once."""

import pytest
from flask import Flask

from tests.site.conftest import PASSWORD, Visitor, add_monitor
from uptime.site import PUBLIC, access

PRIVATE_SAMPLE = {"monitor_id": 1, "key_id": 1, "job_id": "j"}


def private_routes(app: Flask, method: str) -> list[str]:
    """The paths of every private page that answers this method."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.endpoint.startswith("admin.") and method in rule.methods:
                values = {name: PRIVATE_SAMPLE[name] for name in rule.arguments}
                found.append(rule.build(values)[1])
    return found


def test_every_page_is_either_private_or_listed_with_a_reason(app):
    ours = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in ("site", "admin")}
    assert {endpoint for endpoint in ours if endpoint.startswith("site.")} == set(PUBLIC)
    assert all(PUBLIC.values())
    assert len(private_routes(app, "GET")) > 10


def test_a_stranger_is_sent_to_the_login_from_every_private_page(app, owner, stranger):
    for path in private_routes(app, "GET"):
        answer = stranger.get(path)
        assert (answer.status_code, answer.location.split("?")[0]) == (303, "/login"), path


def test_a_stranger_changes_nothing(app, owner, stranger):
    for path in private_routes(app, "POST"):
        assert stranger.client.post(path, data={"token": "x"}).status_code == 401, path


def test_a_form_without_its_token_is_refused(app, owner):
    for path in private_routes(app, "POST"):
        assert owner.client.post(path, data={}).status_code == 403, path


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}, {"Referer": "https://evil.example/form"}],
)  # fmt: skip
def test_a_form_from_another_site_is_refused_even_with_the_token(owner, headers):
    token = owner.fields("/admin/jobs")["token"]
    answer = owner.client.post("/admin/runs/clear", data={"token": token}, headers=headers)
    assert answer.status_code == 403


def test_the_token_of_another_session_is_refused(app, owner):
    other = Visitor(app.test_client())
    assert other.submit("/login", password=PASSWORD).status_code == 303
    token = other.fields("/admin/jobs")["token"]
    assert owner.client.post("/admin/runs/clear", data={"token": token}).status_code == 403
    assert other.client.post("/admin/runs/clear", data={"token": token}).status_code == 303


def test_private_pages_are_kept_by_nobody(app, owner):
    answer = owner.get("/admin")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
    assert "<script>" not in answer.text


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app, owner):
    answer = Visitor(app.test_client()).submit("/login", password=PASSWORD)
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("upspeak="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_under_tls_the_session_cookie_is_bound_to_the_host(app, owner):
    client = app.test_client()
    page = client.get("/login", base_url="https://status.example")
    token = page.text.split('name="token" value="')[1].split('"')[0]
    answer = client.post("/login", base_url="https://status.example", data={"token": token, "password": PASSWORD})
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-upspeak="))
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_a_wrong_password_is_told_and_nothing_else(owner, stranger):
    answer = stranger.submit("/login", password="not the password")
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "not the password" not in answer.text


def test_after_ten_wrong_passwords_the_door_stays_shut_for_a_while(owner, stranger):
    answers = [stranger.submit("/login", password=f"wrong number {n}").status_code for n in range(11)]
    assert answers[:10] == [401] * 10
    last = stranger.submit("/login", password=PASSWORD)
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0


def test_the_login_form_of_one_browser_is_of_no_use_in_another(app, owner, stranger):
    token = stranger.fields("/login")["token"]
    other = app.test_client()
    assert other.post("/login", data={"token": token, "password": PASSWORD}).status_code == 403
    other.get("/login")
    assert other.post("/login", data={"token": token, "password": PASSWORD}).status_code == 403


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("/admin/keys?x=1", "/admin/keys?x=1"), ("//evil.example", "/admin"), ("https://evil.example", "/admin"),
        ("/\\evil.example", "/admin"), ("javascript:alert(1)", "/admin"), ("", "/admin"), ("/a\\..\\b", "/admin"),
        ("/\tevil", "/admin"),
    ],
)  # fmt: skip
def test_after_the_login_only_pages_of_ours_are_shown(app, wanted, shown):
    with app.test_request_context():
        assert access.onward(wanted) == shown


def test_the_login_leads_to_the_page_that_was_asked_for(owner, stranger):
    asked = stranger.get("/admin/keys")
    answer = stranger.submit(asked.location, to="/login", password=PASSWORD)
    assert answer.location == "/admin/keys"


def test_logging_out_ends_the_session_on_the_server(app, owner):
    token = owner.client.get_cookie("upspeak").value
    assert owner.press("/admin/jobs", "/logout").status_code == 303
    again = app.test_client()
    again.set_cookie("upspeak", token)
    assert again.get("/admin").status_code == 303


def test_before_the_set_up_the_front_page_leads_there(stranger):
    assert stranger.get("/").location == "/setup"
    assert stranger.get("/login").location == "/setup"


def test_setting_up_happens_once(app, owner, stranger):
    assert stranger.get("/setup").location == "/login"
    assert stranger.client.post("/setup", data={"password": "another one"}).status_code == 409


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1"), ({"Forwarded": "for=127.0.0.1"}, "127.0.0.1"),
        ({"Host": "status.example"}, "127.0.0.1"), ({"Origin": "https://evil.example"}, "127.0.0.1"),
        ({"Sec-Fetch-Site": "cross-site"}, "127.0.0.1"), ({}, "192.0.2.7"),
    ],
)  # fmt: skip
def test_from_elsewhere_setting_up_needs_the_token(app, stranger, headers, address):
    answer = stranger.get("/setup", headers=headers, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == 403
    assert "set-up token" in answer.text
    token = app.extensions["core"].users.setup_token()
    answer = stranger.get(f"/setup?token={token}", headers=headers, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == 200
    answer = stranger.get("/setup", headers=headers | {"X-Setup-Token": token})
    assert answer.status_code == 200
    assert stranger.get("/setup?token=wrong").status_code == 403


def test_the_set_up_keeps_what_was_typed_and_says_what_is_wrong(stranger):
    answer = stranger.submit("/setup", password="short", again="other", name="My <site>", url="ftp://x")
    assert answer.status_code == 400
    assert "My &lt;site&gt;" in answer.text
    assert "The two passwords are not the same." in answer.text
    assert "short" not in answer.text.replace("beats short", "")
    answer = stranger.submit("/setup", password="short", again="short")
    assert answer.status_code == 400
    assert 'id="f-password-error"' in answer.text


def test_the_set_up_makes_the_first_monitor(app, stranger, target):
    done = stranger.submit("/setup", password=PASSWORD, again=PASSWORD, name="Example Inc.", url=target)
    assert done.location == "/admin?done=welcome"
    assert "127.0.0.1" in stranger.get("/admin").text


def test_a_changed_password_ends_the_other_sessions(app, owner):
    other = Visitor(app.test_client())
    other.submit("/login", password=PASSWORD)
    new = "another long and quiet evening"
    assert owner.submit("/admin/password", current="wrong", password=new, again=new).status_code == 400
    assert owner.submit("/admin/password", current=PASSWORD, password=new, again="x").status_code == 400
    assert owner.submit("/admin/password", current=PASSWORD, password=new, again=new).status_code == 303
    assert owner.get("/admin").status_code == 200
    assert other.get("/admin").status_code == 303


def test_a_hidden_monitor_and_a_missing_one_look_alike(owner, stranger, target):
    hidden = add_monitor(owner, target, visible=None)
    one, other = stranger.get(f"/monitors/{hidden}"), stranger.get("/monitors/987")
    assert (one.status_code, one.text) == (404, other.text)
    assert "Website" not in stranger.get("/").text
