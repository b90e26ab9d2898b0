"""A status page in the common shape: as clients of that shape read it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.core.conftest import draft, fill
from uptime.store import Store

PARTS = ("summary", "status", "components", "incidents", "incidents/unresolved", "scheduled-maintenances")


@pytest.fixture
def shop(api: Any, app: Any, redis_url: str) -> list[int]:
    """A page with two sections: one service is up, one is down, one was never checked."""
    core, store, now = app.extensions["core"], Store(redis_url), datetime.now(UTC)
    ids = []
    for name in ("up", "down", "new"):
        monitor = core.monitors.add(1, draft(name), now - timedelta(hours=1))
        ids.append(monitor.id)
        if name != "new":
            fill(store, monitor, now - timedelta(hours=1), now, lambda at, name=name: name == "down")
    store.close()
    sections = [{"heading": "Front", "services": ids[:1]}, {"heading": "", "services": ids}]
    api.post("/api/pages", json={"slug": "shop", "title": "Shop", "sections": sections, "hosts": ["shop.example"]})
    return ids


def test_the_summary_holds_everything(api: Any, stranger: Any, shop: list[int]) -> None:
    affected = [{"id": shop[0], "impact": "degraded"}]
    api.post("/api/incidents", json={"title": "Slow", "text": "Looking", "services": affected})
    api.post("/api/incidents/1/updates", json={"status": "monitoring", "text": "Better"})
    body = stranger.get("/api/v2/summary.json?page=shop").json
    assert body.keys() == {"page", "status", "components", "incidents", "scheduled_maintenances"}
    assert body["page"].items() >= {"id": "2", "name": "Shop", "time_zone": "UTC"}.items()
    assert body["page"]["url"].endswith("/status/shop")
    assert body["status"] == {"indicator": "major", "description": "Partial System Outage"}
    group, up, down = body["components"]
    assert (group["group"], group["name"], group["components"], group["status"]) == (
        True,
        "Front",
        [up["id"]],
        "degraded_performance",
    )
    assert (up["id"], up["status"], up["group_id"], "components" in up) == (
        str(shop[0]),
        "degraded_performance",
        group["id"],
        False,
    )
    assert (down["name"], down["status"], down["group_id"]) == ("down", "major_outage", None)
    assert [component["position"] for component in body["components"]] == [1, 2, 3]
    [incident] = body["incidents"]
    assert incident.items() >= {"name": "Slow", "status": "monitoring", "impact": "minor", "resolved_at": None}.items()
    assert incident["monitoring_at"] == incident["incident_updates"][0]["display_at"]
    assert [said["body"] for said in incident["incident_updates"]] == ["Better", "Looking"]
    assert [component["id"] for component in incident["components"]] == [up["id"]]
    assert body["scheduled_maintenances"] == []


def test_each_part_stands_alone(api: Any, stranger: Any, shop: list[int]) -> None:
    whole = stranger.get("/api/v2/summary.json?page=shop").json
    assert stranger.get("/api/v2/status.json?page=shop").json == {"page": whole["page"], "status": whole["status"]}
    components = stranger.get("/api/v2/components.json?page=shop").json
    assert components == {"page": whole["page"], "components": whole["components"]}
    api.post("/api/incidents", json={"title": "over", "status": "resolved"})
    api.post("/api/incidents", json={"title": "open"})

    def names(part: str) -> list[str]:
        return [each["name"] for each in stranger.get(f"/api/v2/{part}.json?page=shop").json["incidents"]]

    assert sorted(names("incidents")) == ["open", "over"]
    assert names("incidents/unresolved") == ["open"]
    planned = stranger.get("/api/v2/scheduled-maintenances.json?page=shop").json
    assert planned == {"page": whole["page"], "scheduled_maintenances": []}


def test_the_page_is_that_of_the_host_name_or_the_first(stranger: Any, shop: list[int]) -> None:
    assert stranger.get("/api/v2/status.json").json["page"]["name"] == "Service Status"
    by_host = stranger.get("/api/v2/status.json", headers={"Host": "shop.example"}).json
    assert by_host["page"]["name"] == "Shop"


def test_caches_may_keep_it_and_pages_of_any_site_may_read_it(stranger: Any, shop: list[int]) -> None:
    for part in PARTS:
        answer = stranger.get(f"/api/v2/{part}.json")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"].startswith("public")
        again = stranger.get(f"/api/v2/{part}.json", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_what_is_hidden_is_refused_as_what_is_missing(api: Any, stranger: Any, shop: list[int]) -> None:
    api.post("/api/pages/2/unpublish")
    for part in PARTS:
        hidden, missing = (stranger.get(f"/api/v2/{part}.json?page={slug}") for slug in ("shop", "nothing"))
        assert (hidden.status_code, hidden.json) == (missing.status_code, missing.json)
        assert hidden.status_code == 404
    api.post("/api/pages/2/publish")
    api.put("/api/pages/2/access", json={"access": "link"})
    assert stranger.get("/api/v2/summary.json?page=shop").status_code == 401
    token = api.post("/api/pages/2/link").json["token"]
    opened = stranger.get(f"/api/v2/summary.json?page=shop&token={token}")
    assert (opened.status_code, opened.headers["Cache-Control"]) == (200, "private, no-store")


def test_strangers_read_the_history_of_what_stands_on_an_open_page(api: Any, stranger: Any, shop: list[int]) -> None:
    api.post("/api/pages/1/unpublish")
    assert stranger.get("/api/history/up").status_code == 200
    api.put("/api/pages/2/access", json={"access": "password", "password": "sesame"})
    assert stranger.get("/api/history/up").status_code == 404
