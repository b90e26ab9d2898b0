"""Status pages on the native wire: made, changed, ordered, protected, and nobody else's."""

from typing import Any

import pytest


@pytest.fixture
def service(api: Any, target: str) -> int:
    made = api.post("/api/services", json={"name": "Shop", "url": f"{target}/200"})
    return int(made.json["service"]["id"])


def make(api: Any, slug: str = "shop", **fields: Any) -> Any:
    answer = api.post("/api/pages", json={"slug": slug, "title": "Shop"} | fields)
    assert answer.status_code == 201, answer.json
    return answer.json


def test_the_first_page_is_the_one_of_the_settings(api: Any, app: Any) -> None:
    [first] = api.get("/api/pages").json["pages"]
    assert (first["id"], first["slug"], first["title"], first["published"]) == (1, "default", "Service Status", True)
    assert api.put("/api/pages/1", json={"title": "Hello", "customCSS": "p{}"}).json["customCSS"] == "p{}"
    assert app.extensions["core"].sites.get(1).page.title == "Hello"
    assert api.post("/api/pages/1/unpublish").json["published"] is False
    assert api.get("/api/status").json["services"] == []
    assert api.put("/api/pages/1", json={"slug": "other"}).status_code == 400
    assert api.delete("/api/pages/1").status_code == 409


def test_a_page_is_made_changed_and_deleted(api: Any, service: int, stranger: Any) -> None:
    sections = [{"heading": "Front", "services": [service]}]
    made = make(api, "Shop", sections=sections, hosts=["Status.example.com"], theme="dark", sorting="name")
    assert (made["slug"], made["url"], made["hosts"], made["sections"]) == (
        "shop",
        "/status/shop",
        ["status.example.com"],
        sections,
    )
    changed = api.put(f"/api/pages/{made['id']}", json={"footer": "Bye", "published": False}).json
    assert changed | {"footer": "", "published": True, "updatedAt": 0} == made | {"updatedAt": 0}
    assert stranger.get("/status/shop").status_code == 404
    assert api.post(f"/api/pages/{made['id']}/publish").json["published"] is True
    assert stranger.get("/status/shop").status_code == 200
    assert api.get(f"/api/pages/{made['id']}").json["footer"] == "Bye"
    assert api.delete(f"/api/pages/{made['id']}").json["success"] is True
    assert stranger.get("/status/shop").status_code == 404
    assert api.get(f"/api/pages/{made['id']}").status_code == 404


def test_pages_are_put_into_an_order(api: Any) -> None:
    make(api, "a")
    make(api, "b")
    ordered = api.put("/api/pages/order", json={"ids": [3, 1]}).json
    assert [page["slug"] for page in ordered["pages"]] == ["b", "default", "a"]
    assert api.put("/api/pages/order", json={"ids": [99]}).status_code == 404


def test_a_page_is_protected_and_its_password_never_shown(api: Any, stranger: Any) -> None:
    made = make(api)
    path = f"/api/pages/{made['id']}"
    protected = api.put(f"{path}/access", json={"access": "password", "password": "sesame"})
    assert protected.json["access"] == "password"
    for answer in (protected, api.get(path), api.get("/api/pages")):
        assert "sesame" not in answer.text
        assert "argon2" not in answer.text
    assert stranger.get("/status/shop").status_code == 401
    link = api.post(f"{path}/link").json
    assert stranger.get(link["url"]).status_code == 200
    assert api.put(f"{path}/access", json={"access": "link"}).json["access"] == "link"
    assert stranger.get(link["url"]).status_code == 401
    assert api.put(f"{path}/access", json={"access": "password"}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"slug": "x"},
        {"slug": "a--b", "title": "x"},
        {"slug": "a", "title": ""},
        {"slug": "a", "title": "x", "theme": "pink"},
        {"slug": "a", "title": "x", "sorting": 1},
        {"slug": "a", "title": "x", "sections": [{"services": [99]}]},
        {"slug": "a", "title": "x", "sections": [1]},
        {"slug": "a", "title": "x", "hosts": ["a b"]},
        {"slug": "a", "title": "x", "logo": "https://elsewhere.example/x.png"},
    ],
)
def test_what_makes_no_sense_is_refused(api: Any, body: dict[str, Any]) -> None:
    assert api.post("/api/pages", json=body).status_code == 400


def test_a_slug_and_a_host_name_are_taken_once(api: Any) -> None:
    make(api, hosts=["status.example.com"])
    assert api.post("/api/pages", json={"slug": "shop", "title": "x"}).status_code == 409
    assert api.post("/api/pages", json={"slug": "default", "title": "x"}).status_code == 409
    taken = {"slug": "other", "title": "x", "hosts": ["status.example.com"]}
    assert api.post("/api/pages", json=taken).status_code == 409


def test_each_scope_opens_what_it_holds(keyed: Any, api: Any) -> None:
    make(api)
    for scope, reads, writes in (("read", 200, 403), ("ping", 403, 403), ("write", 200, 201), ("admin", 200, 201)):
        caller = keyed(scope)
        assert caller.get("/api/pages").status_code == reads
        assert caller.get("/api/pages/2").status_code == reads
        assert caller.post("/api/pages", json={"slug": scope, "title": "x"}).status_code == writes


def test_another_account_knows_nothing_of_it_and_has_pages_of_its_own(api: Any, theirs: Any, stranger: Any) -> None:
    make(api)
    assert theirs.get("/api/pages").json == {"pages": []}
    for page in (1, 2):
        for method, path, body in (
            ("get", "", None),
            ("put", "", {"title": "Mine"}),
            ("delete", "", None),
            ("post", "/publish", {}),
            ("post", "/unpublish", {}),
            ("put", "/access", {"access": "link"}),
            ("post", "/link", {}),
        ):
            assert getattr(theirs, method)(f"/api/pages/{page}{path}", json=body).status_code == 404, (method, path)
    assert theirs.post("/api/pages", json={"slug": "shop", "title": "x"}).status_code == 409
    assert theirs.post("/api/pages", json={"slug": "theirs", "title": "x"}).status_code == 201
    assert stranger.get("/status/theirs").status_code == 200


def test_a_team_mate_does_what_the_role_allows(api: Any, member: Any) -> None:
    make(api)
    for role, status in (("viewer", 403), ("responder", 403), ("editor", 200), ("admin", 200)):
        mate = member(role)
        assert mate.get("/api/pages/2").status_code == 200
        assert mate.put("/api/pages/2", json={"footer": role}).status_code == status
    api.put("/api/pages/2/access", json={"access": "password", "password": "sesame"})
    log = api.get("/api/audit").text
    assert "status page" in log
    assert "argon2" not in log
    assert "sesame" not in log
