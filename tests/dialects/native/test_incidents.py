"""Incidents on the native wire: their life, their filters, and nobody else's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.core.conftest import draft, fill
from uptime.store import Store


@pytest.fixture
def service(api: Any, target: str) -> int:
    made = api.post("/api/services", json={"name": "Shop", "url": f"{target}/200"})
    return int(made.json["service"]["id"])


def begin(api: Any, **fields: Any) -> Any:
    answer = api.post("/api/incidents", json={"title": "Slow", "text": "We **look**"} | fields)
    assert answer.status_code == 201, answer.json
    return answer.json


def test_an_incident_lives_from_beginning_to_postmortem(api: Any, service: int) -> None:
    made = begin(api, services=[{"id": service, "impact": "partial_outage"}], pinned=True)
    assert (made["status"], made["impact"], made["pinned"], made["draft"]) == (
        "investigating",
        "partial_outage",
        True,
        False,
    )
    assert (
        made["updates"][0].items()
        >= {"id": 1, "text": "We **look**", "html": "<p>We <strong>look</strong></p>"}.items()
    )
    path = f"/api/incidents/{made['id']}"
    worse = {"status": "identified", "text": "The cache", "services": [{"id": service, "impact": "major_outage"}]}
    updated = api.post(f"{path}/updates", json=worse)
    assert (updated.status_code, updated.json["impact"], len(updated.json["updates"])) == (201, "major_outage", 2)
    corrected = api.put(f"{path}/updates/2", json={"status": "identified", "text": "The database"}).json
    assert corrected["updates"][1]["text"] == "The database"
    assert corrected["updates"][1]["at"] == updated.json["updates"][1]["at"]
    resolved = api.post(f"{path}/resolve", json={"text": "Over"}).json
    assert resolved["resolvedAt"] == resolved["updates"][-1]["at"]
    assert api.post(f"{path}/resolve").json == resolved
    assert api.post(f"{path}/reopen", json={}).json["resolvedAt"] is None
    assert api.post(f"{path}/resolve").json["status"] == "resolved"
    assert api.put(f"{path}/postmortem", json={"text": "Learned"}).json["postmortem"] == "Learned"
    assert len(api.delete(f"{path}/updates/2").json["updates"]) == 4
    assert api.get(path).json["postmortem"] == "Learned"
    assert api.delete(path).json == {"success": True, "message": "Incident deleted"}
    assert api.get(path).status_code == 404


def test_what_is_left_out_of_a_change_stays(api: Any, service: int) -> None:
    made = begin(api, services=[{"id": service}], style="danger", pages=[1])
    changed = api.put(f"/api/incidents/{made['id']}", json={"title": "Very slow"}).json
    assert changed | {"title": "", "updatedAt": 0} == made | {"title": "", "updatedAt": 0}
    changed = api.put(f"/api/incidents/{made['id']}", json={"services": [], "pages": []}).json
    assert (changed["services"], changed["pages"], changed["style"]) == ([], [], "danger")


def test_they_are_listed_by_what_they_are(api: Any, service: int) -> None:
    begin(api, title="one", services=[{"id": service}])
    begin(api, title="two", draft=True, pages=[1])
    begin(api, title="three", pages=[9])
    api.post("/api/incidents/1/resolve")

    def titles(query: str = "") -> list[str]:
        return [each["title"] for each in api.get(f"/api/incidents?{query}").json["incidents"]]

    assert titles() == ["three", "two", "one"]
    assert titles("state=open") == ["three", "two"]
    assert titles("state=resolved") == ["one"]
    assert titles("draft=false") == ["three", "one"]
    assert titles(f"serviceId={service}") == ["one"]
    assert titles("pageId=1") == ["two", "one"]
    assert titles("limit=1&offset=1") == ["two"]
    assert api.get("/api/incidents?limit=1").json["total"] == 3
    later = int((datetime.now(UTC) + timedelta(minutes=1)).timestamp() * 1000)
    assert titles(f"since={later}") == []
    assert titles(f"until={later}") == ["three", "two", "one"]


def test_an_outage_becomes_a_draft(api: Any, app: Any, redis_url: str) -> None:
    store, now = Store(redis_url), datetime.now(UTC)
    monitor = app.extensions["core"].monitors.add(1, draft("Shop"), now - timedelta(hours=3))
    service = monitor.id
    assert api.post("/api/incidents/draft", json={"serviceId": service}).status_code == 404
    fill(store, monitor, now - timedelta(hours=2), now, lambda at: at > now - timedelta(hours=1))
    store.close()
    made = api.post("/api/incidents/draft", json={"serviceId": service}).json
    assert (made["title"], made["draft"], made["outage"]["serviceId"]) == ("Shop is down", True, service)
    again = api.post("/api/incidents/draft", json={"serviceId": service, "start": made["outage"]["start"]}).json
    assert again["id"] == made["id"]
    assert api.put(f"/api/incidents/{made['id']}", json={"draft": False}).json["draft"] is False


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": "x" * 256},
        {"title": 5},
        {"title": "x", "status": "over"},
        {"title": "x", "style": "pink"},
        {"title": "x", "services": [{"id": 99}]},
        {"title": "x", "services": [{"id": 1, "impact": "terrible"}]},
        {"title": "x", "services": [1]},
        {"title": "x", "text": "x" * 20_001},
        {"title": "x", "startedAt": 253_402_300_799_999},
        {"title": "x", "pages": ["1"]},
    ],
)
def test_what_makes_no_sense_is_refused(api: Any, body: dict[str, Any]) -> None:
    answer = api.post("/api/incidents", json=body)
    assert (answer.status_code, answer.json["error"]) == (400, True)


@pytest.mark.parametrize("path", ["x", "0", "-1", "1.5", "9" * 30, "%20"])
def test_an_id_is_a_number(api: Any, path: str) -> None:
    assert api.get(f"/api/incidents/{path}").status_code in (400, 404)


def test_each_scope_opens_what_it_holds(keyed: Any, api: Any, service: int) -> None:
    begin(api)
    for scope, reads, writes in (("read", 200, 403), ("ping", 403, 403), ("write", 200, 201)):
        caller = keyed(scope)
        assert caller.get("/api/incidents").status_code == reads
        assert caller.get("/api/incidents/1").status_code == reads
        assert caller.post("/api/incidents", json={"title": "x"}).status_code == writes
    bound = keyed("write", service)
    assert bound.get("/api/incidents").status_code == 403
    assert bound.post("/api/incidents", json={"title": "x"}).status_code == 403


def test_another_account_knows_nothing_of_it(api: Any, service: int, theirs: Any) -> None:
    path = f"/api/incidents/{begin(api)['id']}"
    assert theirs.get("/api/incidents").json == {"incidents": [], "total": 0}
    for method, where, body in (
        ("get", path, None),
        ("put", path, {"title": "Mine"}),
        ("delete", path, None),
        ("post", f"{path}/updates", {"text": "x"}),
        ("put", f"{path}/updates/1", {"text": "x"}),
        ("delete", f"{path}/updates/1", None),
        ("post", f"{path}/resolve", {}),
        ("post", f"{path}/reopen", {}),
        ("put", f"{path}/postmortem", {"text": "x"}),
        ("post", "/api/incidents/draft", {"serviceId": service}),
    ):
        assert getattr(theirs, method)(where, json=body).status_code == 404, (method, where)
    assert theirs.post("/api/incidents", json={"title": "x", "services": [{"id": service}]}).status_code == 400


def test_a_team_mate_responds_as_far_as_the_role_goes(api: Any, member: Any, stranger: Any) -> None:
    path = f"/api/incidents/{begin(api)['id']}"
    viewer, responder = member("viewer"), member("responder")
    assert viewer.get(path).status_code == 200
    assert viewer.post(f"{path}/resolve").status_code == 403
    resolved = responder.post(f"{path}/resolve").json
    assert (resolved["status"], resolved["updates"][-1]["author"]) == ("resolved", "responder1")
    assert stranger.get(path).status_code == 401
    entry = api.get("/api/audit").json["entries"][0]
    assert (entry["noun"], entry["actor"]) == ("incident", "responder1")
