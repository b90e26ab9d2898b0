"""Groups, manual services, tags and projects on the native wire."""

from typing import Any

import pytest


def add(api: Any, name: str, **more: Any) -> dict[str, Any]:
    answer = api.post("/api/services", json={"name": name, **more})
    assert answer.status_code == 201, answer.json
    service: dict[str, Any] = answer.json["service"]
    return service


def statuses(client: Any) -> dict[str, str]:
    return {line["name"]: line["status"] for line in client.get("/api/status").json["services"]}


def test_a_group_is_made_of_services(api, stranger, target):
    shop = add(api, "Shop", type="group", rule="any")
    assert (shop["url"], shop["rule"]) == ("group://", "any")
    web = add(api, "Web", url=f"{target}/200", parent=shop["id"])
    assert web["parent"] == shop["id"]
    assert statuses(stranger) == {"Shop": "up", "Web": "up"}
    add(api, "Db", url=f"{target}/500", parent=shop["id"])
    assert statuses(stranger)["Shop"] == "up"
    changed = api.put("/api/services?name=Shop", json={"name": "Shop", "url": "group://", "members": [web["id"]]})
    assert changed.json["service"]["members"] == [web["id"]]
    assert api.post("/api/services/check?name=Shop").json["service"]["status"] == "down"


@pytest.mark.parametrize(
    "more",
    [{"parent": 99}, {"parent": "1"}, {"project": 99}, {"tags": [{"id": 99}]}, {"tags": [1]}, {"weight": -1},
     {"tags": [{"id": 1, "value": "x" * 256}]}, {"parent": 2**60}],
)  # fmt: skip
def test_what_is_not_there_cannot_be_named(api, target, more):
    answer = api.post("/api/services", json={"name": "Web", "url": f"{target}/200", **more})
    assert answer.status_code == 400
    assert answer.json.keys() == {"error", "message", "status"}


@pytest.mark.parametrize(
    "more", [{"rule": "most"}, {"count": 0}, {"weights": {"a": 1}}, {"members": [99]}, {"memberTags": [99]}]
)
def test_a_group_that_makes_no_sense_is_refused(api, more):
    assert api.post("/api/services", json={"name": "Shop", "type": "group", **more}).status_code == 400


def test_a_circle_is_refused(api):
    top = add(api, "Top", type="group")
    below = add(api, "Below", type="group", parent=top["id"])
    answer = api.put("/api/services?name=Top", json={"name": "Top", "type": "group", "parent": below["id"]})
    assert (answer.status_code, answer.json["message"]) == (400, "The monitor would stand above itself.")


def test_a_person_says_where_a_manual_service_stands(api, stranger):
    add(api, "River", type="manual")
    assert statuses(stranger) == {"River": "unknown"}
    for word in ("up", "degraded", "down"):
        answer = api.post("/api/services/status?name=River", json={"status": word, "message": "two metres"})
        assert answer.status_code == 200
        assert answer.json["service"]["status"] == word
        assert statuses(stranger) == {"River": word}
    entry = stranger.get("/api/history/River").json["history"][0]
    assert entry["error"] == "two metres"


def test_who_may_say_it(api, keyed, stranger, target):
    river = add(api, "River", type="manual")
    add(api, "Web", url=f"{target}/200")
    body = {"status": "up"}
    assert stranger.post("/api/services/status?name=River", json=body).status_code == 401
    assert keyed("read").post("/api/services/status?name=River", json=body).status_code == 403
    assert keyed("write", river["id"]).post("/api/services/status?name=River", json=body).status_code == 200
    assert keyed("write", river["id"]).post("/api/services/status?name=Web", json=body).status_code == 404
    assert api.post("/api/services/status?name=Web", json=body).status_code == 409
    assert api.post("/api/services/status?name=River", json={"status": "pending"}).status_code == 400
    assert api.post("/api/services/status?name=River", json={"status": "up", "message": "x" * 201}).status_code == 400


def test_services_carry_tags(api, target):
    made = api.post("/api/tags", json={"name": "eu", "color": "#00ff00"})
    assert made.status_code == 201
    tag = made.json["tag"]
    assert tag == {"id": tag["id"], "name": "eu", "color": "#00ff00"}
    carried = [{"id": tag["id"], "value": "west"}]
    assert add(api, "Web", url=f"{target}/200", tags=carried)["tags"] == carried
    changed = api.put(f"/api/tags?id={tag['id']}", json={"name": "Europe"}).json["tag"]
    assert (changed["name"], changed["color"]) == ("Europe", "#00ff00")
    assert api.get("/api/tags").json == {"tags": [changed]}
    assert api.delete(f"/api/tags?id={tag['id']}").json == {"success": True, "message": "Tag deleted"}
    assert "tags" not in api.get("/api/services?name=Web").json["services"][0]
    assert api.delete(f"/api/tags?id={tag['id']}").status_code == 404


def test_projects_hold_services_in_an_order(api, target):
    a, b = (api.post("/api/projects", json={"name": name}).json["project"] for name in "ab")
    add(api, "Web", url=f"{target}/200", project=b["id"])
    listed = api.post("/api/projects/order", json={"ids": [b["id"]]}).json["projects"]
    assert [(each["name"], each["order"], each["services"]) for each in listed] == [("b", 0, 1), ("a", 1, 0)]
    assert api.get("/api/projects").json["projects"] == listed
    assert api.post("/api/projects/order", json={"ids": [a["id"], a["id"]]}).status_code == 400
    body = {"name": "b", "description": "Two", "color": "#000000", "icon": "cloud", "order": 5}
    changed = api.put(f"/api/projects?id={b['id']}", json=body).json["project"]
    assert changed == body | {"id": b["id"], "services": 1}
    assert api.delete(f"/api/projects?id={b['id']}").status_code == 200
    assert "project" not in api.get("/api/services?name=Web").json["services"][0]


@pytest.mark.parametrize("noun", ["tags", "projects"])
def test_names_are_taken_once_and_only_writers_write(api, keyed, stranger, noun):
    made = api.post(f"/api/{noun}", json={"name": "a"}).json[noun[:-1]]
    bound = keyed("write", add(api, "River", type="manual")["id"])
    assert api.post(f"/api/{noun}", json={"name": "a"}).status_code == 409
    assert api.post(f"/api/{noun}", json={"name": ""}).status_code == 400
    assert api.post(f"/api/{noun}", json={"name": "b", "color": "red"}).status_code == 400
    assert keyed("read").get(f"/api/{noun}").status_code == 200
    for method, path in (("post", f"/api/{noun}"), ("put", f"/api/{noun}?id={made['id']}")):
        assert getattr(keyed("read"), method)(path, json={"name": "c"}).status_code == 403
        assert getattr(stranger, method)(path, json={"name": "c"}).status_code == 401
        assert getattr(bound, method)(path, json={"name": "c"}).status_code == 403
    assert stranger.get(f"/api/{noun}").status_code == 401
    assert keyed("read").delete(f"/api/{noun}?id={made['id']}").status_code == 403
    assert api.put(f"/api/{noun}?id=99", json={"name": "c"}).status_code == 404
