"""Channels, contacts and alerts on the native wire."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.servers.recording import Reply, Service, recording
from uptime.config import Settings
from uptime.store import Store
from uptime.web import create_app

HOOK = {"name": "Hook", "type": "webhook", "settings": {"url": "https://hooks.example/secret-path", "secret": "s3cret"}}


@pytest.fixture
def service() -> Iterator[Service]:
    with recording() as listening:
        yield listening


@pytest.fixture
def app(redis_url: str):
    """The application, which may send to this machine."""
    environment = {"REDIS_URL": redis_url, "SECRET_KEY": "a secret key of the tests, so long"}
    return create_app(Settings.from_environment(environment | {"OUTBOUND_ALLOW": "127.0.0.0/8"}))


def made(owner, **fields):
    answer = owner.post("/api/channels", json=HOOK | fields)
    assert answer.status_code == 201
    return answer.json["channel"]


def test_a_channel_is_added_shown_replaced_and_deleted(owner):
    channel = made(owner, delay=60, repeat=600, quiet={"begin": "22:00", "end": "07:00", "zone": "Europe/Berlin"})
    assert channel["place"] == "hooks.example"
    assert channel["settings"]["secret"] == channel["settings"]["url"] == "********"
    assert (channel["delay"], channel["repeat"], channel["enabled"], channel["standard"]) == (60, 600, True, True)
    assert channel["quiet"] == {"begin": "22:00", "end": "07:00", "zone": "Europe/Berlin"}
    assert channel in owner.get("/api/channels").json["channels"]
    body = {"name": "New", "type": "webhook", "settings": channel["settings"], "occasions": ["down"]}
    replaced = owner.put(f"/api/channels?id={channel['id']}", json=body).json["channel"]
    assert (replaced["name"], replaced["occasions"], replaced["delay"]) == ("New", ["down"], 0)
    assert owner.delete(f"/api/channels?id={channel['id']}").json["success"] is True
    assert channel["id"] not in [each["id"] for each in owner.get("/api/channels").json["channels"]]
    assert owner.put(f"/api/channels?id={channel['id']}", json=body).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "a"},
        HOOK | {"type": "pigeon"},
        HOOK | {"settings": {}},
        HOOK | {"settings": {"url": 5}},
        HOOK | {"settings": []},
        HOOK | {"delay": -1},
        HOOK | {"repeat": 1},
        HOOK | {"delay": 10**400},
        HOOK | {"occasions": ["sunrise"]},
        HOOK | {"quiet": {"begin": "25:00", "end": "07:00"}},
        HOOK | {"quiet": {"begin": "22:00", "end": "07:00", "zone": "Nowhere/Else"}},
        HOOK | {"quiet": {"begin": "22:00", "end": "07:00", "zone": "../etc/passwd"}},
        HOOK | {"title": "{pigeon}"},
        HOOK | {"name": "a\nb"},
    ],
)
def test_a_channel_that_makes_no_sense_is_refused(owner, body):
    answer = owner.post("/api/channels", json=body)
    assert (answer.status_code, answer.json["error"]) == (400, True)
    assert [each["type"] for each in owner.get("/api/channels").json["channels"]] == ["email"]


def test_every_type_lists_its_settings(owner):
    types = {kind["type"]: kind for kind in owner.get("/api/channels/types").json["types"]}
    assert {"webhook", "email", "slack"} <= set(types)
    url = next(setting for setting in types["webhook"]["settings"] if setting["name"] == "url")
    assert (url["required"], url["secret"]) == (True, True)


def test_secrets_show_nowhere(owner):
    channel = made(owner, settings={"url": "http://127.0.0.1:1/secret-path", "secret": "s3cret"})
    assert owner.post(f"/api/channels/test?id={channel['id']}").status_code == 422
    for path in ("/api/channels", f"/api/channels/log?id={channel['id']}"):
        text = owner.get(path).text
        assert "s3cret" not in text
        assert "secret-path" not in text


def test_a_test_message_arrives_and_a_failure_is_explained(owner, service):
    settings = {"url": f"{service.url}/x"}
    channel = made(owner, settings=settings)
    assert owner.post(f"/api/channels/test?id={channel['id']}").json["entry"]["outcome"] == "sent"
    assert owner.post("/api/channels/try", json=HOOK | {"settings": settings}).json["success"] is True
    assert [asked.json["occasion"] for asked in service.asked] == ["test", "test"]
    with recording(Reply(410)) as gone:
        refused = owner.post("/api/channels/try", json=HOOK | {"settings": {"url": gone.url}})
    assert refused.status_code == 422
    assert "410" in refused.json["message"]
    log = owner.get(f"/api/channels/log?id={channel['id']}").json
    assert (log["waiting"], [line["outcome"] for line in log["log"]]) == (0, ["sent"])
    entry = log["log"][0]["id"]
    assert owner.post(f"/api/channels/replay?id={channel['id']}&entry={entry}").json["success"] is True
    assert owner.post(f"/api/channels/replay?id={channel['id']}&entry=none").status_code == 404


def test_templates_are_shown_in_their_words(owner):
    shown = owner.post("/api/channels/preview", json=HOOK | {"title": "{occasion}!", "text": "At {time}."}).json
    assert shown["title"] == "test!"
    assert shown["text"].startswith("At 2")


def test_contacts_name_channels_that_exist(owner):
    channel = made(owner)
    contact = owner.post("/api/contacts", json={"name": "Team", "channels": [channel["id"]]}).json["contact"]
    assert contact == {"id": contact["id"], "name": "Team", "channels": [channel["id"]]}
    assert contact in owner.get("/api/contacts").json["contacts"]
    where = f"/api/contacts?id={contact['id']}"
    assert owner.put(where, json={"name": "All"}).json["contact"]["channels"] == []
    assert owner.post("/api/contacts", json={"name": "Team", "channels": [999]}).status_code == 400
    assert owner.delete(where).json["success"] is True
    assert owner.delete(where).status_code == 404


def test_what_was_told_and_why_can_be_read_and_answered(owner, app, redis_url):
    owner.post("/api/services", json={"name": "Shop", "url": "http://127.0.0.1:1/", "timeout": 500})
    notifying, store = app.extensions["core"].notifying, Store(redis_url)
    notifying.decide(datetime.now(UTC))
    alerts = owner.get("/api/alerts?name=Shop").json
    assert (alerts["announced"], alerts["acknowledged"]) == ("down", None)
    assert alerts["decisions"][0]["told"] == "down"
    assert alerts["decisions"][0]["channels"] == [owner.get("/api/channels").json["channels"][0]["id"]]
    answered = owner.post("/api/alerts/acknowledge?name=Shop", json={"reason": "on it"}).json
    assert answered["acknowledged"]["reason"] == "on it"
    until = int(time.time() * 1000) + 60_000
    silenced = owner.post("/api/alerts/silence?name=Shop", json={"reason": "moved", "until": until}).json
    assert silenced["silenced"]["until"] == until
    assert owner.post("/api/alerts/silence?name=Shop", json={"until": 5}).status_code == 400
    ended = owner.post("/api/alerts/unsilence?name=Shop").json
    assert (ended["silenced"], ended["acknowledged"]) == (None, None)
    assert owner.get("/api/alerts?name=Nobody").status_code == 404
    store.close()


def test_what_is_well_needs_no_acknowledgement(owner):
    owner.post("/api/services", json={"name": "Shop", "url": "http://127.0.0.1:1/", "paused": True})
    assert owner.post("/api/alerts/acknowledge?name=Shop").status_code == 409


ADMINS = [("get", "/api/channels"), ("post", "/api/channels"), ("post", "/api/channels/test?id=1"),
          ("post", "/api/channels/try"), ("post", "/api/contacts"), ("get", "/api/channels/log?id=1")]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ADMINS)
@pytest.mark.parametrize("scope", ["read", "ping", "write"])
def test_only_admins_touch_channels(keyed, stranger, method, path, scope):
    assert getattr(keyed(scope), method)(path, json=HOOK).status_code == 403
    assert getattr(stranger, method)(path, json=HOOK).status_code == 401


def test_a_service_names_who_is_told(owner):
    channel = made(owner)
    contact = owner.post("/api/contacts", json={"name": "Team", "channels": [channel["id"]]}).json["contact"]
    service = {"name": "Shop", "url": "http://127.0.0.1:1/", "paused": True}
    named = [channel["id"], {"contact": contact["id"], "delay": 60, "repeat": 600}]
    shown = owner.post("/api/services", json=service | {"channels": named}).json["service"]
    assert shown["channels"] == named
    assert owner.get("/api/services?name=Shop").json["services"][0]["channels"] == named
    nobody = owner.put("/api/services?name=Shop", json=service | {"channels": []}).json["service"]
    assert nobody["channels"] == []
    assert "channels" not in owner.put("/api/services?name=Shop", json=service).json["service"]


@pytest.mark.parametrize("channels", [[999], [{"contact": 999}], [{}], [{"channel": 1, "contact": 1}], ["1"], [-1], 5])
def test_a_service_that_names_nobody_who_is_there_is_refused(owner, channels):
    body = {"name": "Shop", "url": "http://127.0.0.1:1/", "channels": channels}
    assert owner.post("/api/services", json=body).status_code == 400
