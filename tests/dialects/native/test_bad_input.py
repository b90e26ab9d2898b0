"""Whatever is sent, the answer is one of this wire's own."""

import json
from urllib.parse import quote

import pytest

HOSTILE_BODIES = [
    b"", b"null", b"[]", b'"text"', b"5", b"{", b"{]", b'{"name": }', b"\xff\xfe", b'{"a": NaN}', b'{"a": Infinity}',
    b'{"a": -Infinity}', b'{"ttl": 1e999}', b'{"ttl": ' + b"9" * 5_000 + b"}", b'{"name": "\\ud800", "url": "http://a"}',
    b'{"name": "a\\u0000b", "url": "http://a"}', b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"name": ["x"], "url": {"y": 1}}', b'{"ttl": true}', b'{"id": {}}', b"\x00", b"a=b&c=d", b"<xml/>",
]  # fmt: skip

WRITES = [
    ("POST", "/api/services"), ("PUT", "/api/services?name=x"), ("PUT", "/api/services/x"),
    ("PATCH", "/api/ping-history/ttl"), ("PATCH", "/api/ping-history"), ("POST", "/api/setup/complete"),
    ("POST", "/api/setup/reset"), ("POST", "/api/auth/login"), ("POST", "/api/auth/change-password"),
    ("POST", "/api/auth/reset-password"), ("PUT", "/api/admin/password"), ("POST", "/api/admin/password/reset"),
    ("POST", "/api/admin/redis/verify"), ("PUT", "/api/settings"), ("PUT", "/api/settings/general"),
    ("PUT", "/api/settings/appearance"), ("PUT", "/api/settings/statuspage"), ("POST", "/api/ping/cron"),
    ("POST", "/api/ping/cron/create"), ("PUT", "/api/ping/cron"), ("PUT", "/api/ping/cron/update"),
    ("POST", "/api/ping/cron/next-run"), ("POST", "/api/keys"), ("POST", "/api/admin/reset"),
]  # fmt: skip


def is_ours(answer, path):
    """Whether an error has the form that its operation has."""
    body = answer.json
    if path.startswith("/api/admin/"):
        return body.keys() == {"message"}
    return body.keys() in ({"error", "message", "status"}, {"error"})


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_body_that_makes_no_sense_is_refused(api, method, path):
    for body in HOSTILE_BODIES:
        for kind in ("application/json", "text/plain"):
            answer = getattr(api, method.lower())(path, data=body, content_type=kind)
            assert answer.status_code < 500, body[:50]
            assert answer.status_code != 422
            if answer.status_code >= 400:
                assert is_ours(answer, path), body[:50]


@pytest.mark.parametrize("body", [body for body in HOSTILE_BODIES if body not in (b"",)])
def test_a_service_is_never_made_of_nonsense(api, body):
    assert api.post("/api/services", data=body, content_type="application/json").status_code == 400
    assert api.get("/api/services").json == {"services": []}


def test_a_body_over_one_mebibyte_is_too_large(api):
    body = json.dumps({"name": "x", "url": "http://a.test", "description": "y" * 1_048_576}).encode()
    answer = api.post("/api/services", data=body, content_type="application/json")
    assert answer.status_code == 413
    assert answer.json["status"] == 413
    code = api.put("/api/settings", data=body, content_type="application/json")
    assert (code.status_code, code.json.keys()) == (413, {"error"})


def test_the_field_is_named_in_plain_words(api):
    def message(**body):
        return api.post("/api/services", json={"name": "x", "url": "http://127.0.0.1:1"} | body).json["message"]

    assert message(timeout="5") == "timeout must be a whole number."
    assert message(visible=1) == "visible must be true or false."
    assert "expectedStatus" in message(expectedStatus={})
    assert "interval" in message(interval=1)


HOSTILE_TEXTS = [
    "../../etc/passwd", "a/b/c", "%", "%00", "%2e%2e", "\u202eevil", "🙂" * 100, "__proto__", "x" * 5_000,
    "' OR 1=1 --", "{{7*7}}", "${jndi}", "<script>alert(1)</script>", "\r\nSet-Cookie: a=b", "*", "up:*", "\u0000",
]  # fmt: skip

READS = [
    "/api/history?service={}", "/api/uptime?service={}", "/api/uptime?timeRange={}",
    "/api/history?startTime={0}&endTime={0}",
    "/api/services?name={}", "/api/services?id={}", "/api/ping-stats?limit={}", "/api/ping/cron?id={}",
    "/api/ping/cron?id={}&history=1", "/api/status?history={}", "/api/status?limit={}", "/api/days?days={}&name=x",
    "/api/keys?id={}", "/api/utils/fetch-title?url={}", "/api/history/{}", "/api/ping?source={}", "/api/ping?runId={}",
]  # fmt: skip


@pytest.mark.parametrize("path", READS)
def test_a_query_that_makes_no_sense_is_harmless(api, path):
    for text in [*HOSTILE_TEXTS, "-1", "1e309", "NaN", "9" * 5_000, "٣", "0x10", ""]:
        address = path.replace("{0}", "{}").replace("{}", quote(text, safe=""))
        answer = api.get(address)
        assert answer.status_code < 500 or (answer.status_code == 500 and "fetch-title" in path), address[:80]
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("name", [text for text in HOSTILE_TEXTS if "\r" not in text and "\0" not in text])
def test_a_name_is_data(api, stranger, name):
    name = name[:200]
    answer = api.post("/api/services", json={"name": name, "url": "http://127.0.0.1:1"})
    assert answer.status_code == 201
    assert answer.json["service"]["name"] == name
    assert stranger.get("/api/status").json["services"][0]["name"] == name
    assert api.delete("/api/services", query_string={"name": name}).status_code == 200


def test_a_missing_body_is_refused_where_one_is_needed(api):
    answer = api.post("/api/services")
    assert answer.status_code == 400
    assert answer.json["status"] == 400


def test_json_is_read_whatever_the_content_type_says(api):
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        assert api.patch("/api/ping-history/ttl", data=b'{"ttl": 100}', content_type=kind).status_code == 200
