"""API keys and what each scope opens."""

from datetime import UTC, datetime, timedelta

import pytest

from uptime.domain.user import Scope


def test_a_secret_is_shown_once(owner):
    made = owner.post("/api/keys", json={"name": "Mine", "scope": "read"})
    assert made.status_code == 201
    secret = made.json["secret"]
    assert len(secret) >= 32
    listed = owner.get("/api/keys")
    assert secret not in listed.text
    key = listed.json["keys"][0]
    assert key == made.json["key"]
    assert (key["name"], key["scope"], key["serviceId"], key["expiresAt"]) == ("Mine", "read", None, None)


@pytest.mark.parametrize(
    "body",
    [{}, {"name": 5}, {"name": "x", "scope": "root"}, {"name": "x", "serviceId": "1"},
     {"name": "x", "expiresAt": 1e400}, {"name": "a\nb"}],
)  # fmt: skip
def test_a_key_that_makes_no_sense_is_refused(owner, body):
    assert owner.post("/api/keys", json=body).status_code == 400


def test_a_revoked_key_opens_nothing(owner, keyed):
    reader = keyed("read")
    assert reader.get("/api/services").status_code == 200
    [key] = owner.get("/api/keys").json["keys"]
    assert owner.delete(f"/api/keys?id={key['id']}").json["success"] is True
    assert reader.get("/api/services").status_code == 401
    assert owner.delete(f"/api/keys?id={key['id']}").status_code == 404
    assert owner.delete("/api/keys").status_code == 400


def test_an_expired_key_opens_nothing(app, stranger):
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    keys = app.extensions["core"].api_keys
    _, secret = keys.make(1, "Old", Scope.ADMIN, long_ago, expires_at=long_ago + timedelta(days=1))
    assert stranger.get("/api/services", headers={"X-API-Key": secret}).status_code == 401


READS = ("/api/services", "/api/ping-history/ttl", "/api/ping-stats", "/api/ping/cron")
ADMINS = ("/api/keys", "/api/settings/general", "/api/settings/github")


@pytest.mark.parametrize("scope", ["read", "ping", "write", "admin"])
def test_each_scope_opens_what_it_holds(keyed, scope):
    caller = keyed(scope)
    reads, pings, writes = scope != "ping", scope != "read", scope in ("write", "admin")
    for path in READS:
        assert caller.get(path).status_code == (200 if reads else 403)
    assert caller.get("/api/ping").status_code == (200 if pings else 403)
    assert caller.patch("/api/ping-history/ttl", json={"ttl": 5000}).status_code == (200 if writes else 403)
    assert caller.delete("/api/ping-history").status_code == (200 if writes else 403)
    for path in ADMINS:
        assert caller.get(path).status_code == (200 if scope == "admin" else 403)
    refused = caller.post("/api/keys", json={"name": "more"})
    assert refused.status_code == (201 if scope == "admin" else 403)
    assert caller.get("/api/settings").json.keys() >= {"siteName"}
    assert ("historyTTL" in caller.get("/api/settings").json) is (scope == "admin")


def test_a_key_bound_to_one_service_knows_no_other(api, keyed, target):
    first = api.post("/api/services", json={"name": "Shop", "url": f"{target}/200", "visible": False}).json["service"]
    api.post("/api/services", json={"name": "Blog", "url": f"{target}/200", "visible": False})
    bound = keyed("write", first["id"])
    assert [each["name"] for each in bound.get("/api/services").json["services"]] == ["Shop"]
    assert [each["name"] for each in bound.get("/api/ping").json["services"]] == ["Shop"]
    assert bound.get("/api/history/Blog").status_code == 404
    assert bound.get("/api/history/Shop").status_code == 200
    assert bound.delete("/api/services?name=Blog").status_code == 404
    assert bound.put("/api/services?name=Blog", json={"name": "x", "url": target}).status_code == 404
    assert bound.post("/api/services", json={"name": "x", "url": target}).status_code == 403
    assert bound.put("/api/services?name=Shop", json={"name": "Shop", "url": target}).status_code == 200
    assert bound.delete("/api/ping-history?scope=all").status_code == 403
    assert bound.patch("/api/ping-history/ttl", json={"ttl": 1}).status_code == 403


def test_a_key_cannot_be_bound_to_a_service_that_is_not_there(owner):
    assert owner.post("/api/keys", json={"name": "x", "serviceId": 99}).status_code == 404
