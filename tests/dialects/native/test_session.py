"""Logging in and out, and passwords."""

import pytest

PASSWORD = "a long Password 9"
NEW = "another Password 8"


def test_both_cookies_are_put_as_the_wire_says(app, owner):
    answer = app.test_client().post("/api/auth/login", json={"password": PASSWORD})
    assert answer.json == {"success": True, "message": "Login successful"}
    cookies = answer.headers.getlist("Set-Cookie")
    assert sorted(cookie.split("=")[0] for cookie in cookies) == ["authToken", "session"]
    assert len({cookie.split("=", 1)[1].split(";")[0] for cookie in cookies}) == 1
    for cookie in cookies:
        parts = {part.strip().split("=")[0] for part in cookie.split(";")}
        assert {"Path", "Max-Age", "Expires", "HttpOnly", "SameSite"} <= parts
        assert "Secure" not in parts
        assert "Max-Age=86400" in cookie
        assert "SameSite=Lax" in cookie
    secure = app.test_client().post("/api/auth/login", json={"password": PASSWORD}, base_url="https://localhost")
    assert all("Secure" in cookie for cookie in secure.headers.getlist("Set-Cookie"))


def test_either_cookie_is_a_login(app, owner):
    token = owner.get_cookie("session").value
    for name in ("session", "authToken"):
        client = app.test_client()
        client.set_cookie(name, token)
        assert client.get("/api/auth/validate").json == {"valid": True}
        assert client.get("/api/services").status_code == 200


@pytest.mark.parametrize("body", [{}, {"password": ""}])
def test_a_password_is_needed(owner, body):
    answer = owner.post("/api/auth/login", json=body)
    assert answer.status_code == 400
    assert answer.json == {"error": "Password is required"}


def test_a_wrong_password_is_refused(owner, stranger):
    answer = stranger.post("/api/auth/login", json={"password": "wrong one 1"})
    assert answer.status_code == 401
    assert answer.json == {"error": "Invalid credentials"}
    assert "Set-Cookie" not in answer.headers


def test_nobody_can_log_in_before_the_setup(stranger):
    assert stranger.post("/api/auth/login", json={"password": PASSWORD}).status_code == 401


def test_too_many_wrong_passwords_are_slowed_down(owner, stranger):
    answers = [stranger.post("/api/auth/login", json={"password": f"wrong one {n}"}) for n in range(12)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert isinstance(answers[-1].json["error"], str)
    assert owner.get("/api/auth/validate").status_code == 200


def test_logging_out_ends_the_login(app, owner):
    token = owner.get_cookie("session").value
    answer = owner.post("/api/auth/logout")
    assert answer.json == {"success": True}
    assert owner.get("/api/auth/validate").json == {"valid": False, "reason": "invalid_token"}
    client = app.test_client()
    client.set_cookie("authToken", token)
    refused = client.get("/api/auth/validate")
    assert refused.status_code == 401
    assert refused.json == {"valid": False, "reason": "invalid_token"}


def test_logging_out_without_a_login_is_fine(stranger):
    assert stranger.post("/api/auth/logout").json == {"success": True}
    assert stranger.get("/api/auth/validate").json == {"valid": False, "reason": "no_token"}


def test_a_new_password_ends_every_other_login(app, owner):
    other = app.test_client()
    other.post("/api/auth/login", json={"password": PASSWORD})
    answer = owner.post("/api/auth/change-password", json={"currentPassword": PASSWORD, "newPassword": NEW})
    assert answer.json == {"success": True, "message": "Password changed successfully"}
    assert owner.get("/api/auth/validate").status_code == 200
    assert other.get("/api/auth/validate").status_code == 401
    assert other.post("/api/auth/login", json={"password": PASSWORD}).status_code == 401
    assert other.post("/api/auth/login", json={"password": NEW}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [("post", "/api/auth/change-password", "error"), ("put", "/api/admin/password", "message")],
)
def test_changing_the_password_takes_the_old_one(owner, stranger, api, method, path, key):
    change = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert getattr(stranger, method)(path, json=change).status_code == 401
    assert getattr(api, method)(path, json=change).status_code == 401
    for body in ({}, {"currentPassword": PASSWORD}, {"newPassword": NEW}):
        answer = getattr(owner, method)(path, json=body)
        assert (answer.status_code, answer.json) == (400, {key: "Current password and new password are required"})
    short = getattr(owner, method)(path, json=change | {"newPassword": "short"})
    assert (short.status_code, short.json) == (400, {key: "New password must be at least 8 characters long"})
    wrong = getattr(owner, method)(path, json=change | {"currentPassword": "wrong one 1"})
    assert (wrong.status_code, wrong.json) == (401, {key: "Current password is incorrect"})


def test_the_administrators_form_answers_with_a_sentence(owner):
    change = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert owner.put("/api/admin/password", json=change).json == {"message": "Password updated successfully"}


def test_whoever_knows_the_stores_address_sets_a_new_password(app, owner, stranger, settings):
    body = {"redisUrl": settings.redis_url, "newPassword": NEW}
    wrong = stranger.post("/api/admin/password/reset", json=body | {"redisUrl": "redis://127.0.0.1:1"})
    assert (wrong.status_code, wrong.json) == (401, {"message": "Redis URL verification failed"})
    assert stranger.post("/api/admin/password/reset", json={"newPassword": NEW}).json == {
        "message": "Redis URL is required"
    }
    missing = stranger.post("/api/admin/password/reset", json={"redisUrl": settings.redis_url})
    assert missing.json == {"message": "New password is required"}
    assert stranger.post("/api/admin/password/reset", json=body | {"newPassword": "short"}).status_code == 400
    assert owner.get("/api/auth/validate").status_code == 200
    answer = stranger.post("/api/admin/password/reset", json=body)
    assert (answer.status_code, answer.json) == (200, {"message": "Password reset successfully"})
    assert owner.get("/api/auth/validate").status_code == 401
    assert stranger.post("/api/auth/login", json={"password": NEW}).status_code == 200


def test_the_other_reset_never_connects_to_what_it_is_given(owner, stranger):
    body = {"redisUrl": "redis://127.0.0.1:1/0", "newPassword": NEW}
    answer = stranger.post("/api/auth/reset-password", json=body)
    assert answer.status_code == 400
    assert answer.json == {"error": "Failed to connect to Redis with the provided URL"}
    for url in ("http://127.0.0.1", "nonsense"):
        wrong = stranger.post("/api/auth/reset-password", json=body | {"redisUrl": url})
        assert wrong.json == {"error": "Invalid Redis URL format"}
    assert stranger.post("/api/auth/reset-password", json={}).json == {
        "error": "Redis URL and new password are required"
    }


def test_guessing_the_stores_address_is_slowed_down(owner, stranger):
    body = {"redisUrl": "redis://127.0.0.1:1/0", "newPassword": NEW}
    answers = [stranger.post("/api/admin/password/reset", json=body) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert "Retry-After" in answers[-1].headers


def test_the_stores_address_is_told_to_the_owner_alone(owner, stranger):
    assert stranger.post("/api/admin/redis/verify", json={"password": PASSWORD}).status_code == 401
    assert owner.post("/api/admin/redis/verify", json={}).json == {"message": "Password is required"}
    wrong = owner.post("/api/admin/redis/verify", json={"password": "wrong one 1"})
    assert (wrong.status_code, wrong.json) == (401, {"message": "Password verification failed"})
    answer = owner.post("/api/admin/redis/verify", json={"password": PASSWORD})
    assert answer.json["message"] == "Password verified successfully"
    assert answer.json["redisUrl"].startswith("unix://")
