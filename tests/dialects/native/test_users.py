"""Alice owns the first account, bob works in it, eve owns another; each is told what is theirs and nothing else."""

from dataclasses import replace

import pyotp
import pytest

from tests.core.people import token_in
from tests.servers.smtp import receiving
from uptime.domain.mail import Mailbox, MailServer, Security
from uptime.domain.user import Role
from uptime.web import create_app, open_store

PASSWORD = "a long Password 9"
NEW = "another Password 8"


@pytest.fixture
def settings(settings):
    return replace(settings, registration="open")


@pytest.fixture
def alice(owner):
    return owner


@pytest.fixture
def join(app, alice):
    """Lets somebody join alice's account: a client that is logged in."""

    def made(name: str, role: str = "viewer"):
        invited = alice.post("/api/invitations", json={"email": f"{name}@example.com", "role": role})
        assert invited.status_code == 201, invited.json
        client = app.test_client()
        body = {"token": token_in(invited.json["link"]), "password": PASSWORD, "name": name}
        assert client.post("/api/invitations/accept", json=body).status_code == 201
        return client

    return made


@pytest.fixture
def eve(app, alice):
    client = app.test_client()
    body = {"email": "eve@example.com", "password": PASSWORD, "name": "eve"}
    assert client.post("/api/auth/register", json=body).status_code == 201
    return client


def id_of(client) -> int:
    return client.get("/api/users/me").json["id"]


def login(app, name, **more):
    return app.test_client().post("/api/auth/login", json={"username": name, "password": PASSWORD, **more})


def test_everybody_knows_who_they_are(alice, join, api):
    bob = join("bob", "editor")
    me = bob.get("/api/users/me").json
    assert me.keys() == {
        "id", "name", "email", "firstName", "lastName", "role", "active", "secondFactor", "createdAt", "lastLoginAt",
    }  # fmt: skip
    assert (me["name"], me["email"], me["role"], me["active"]) == ("bob", "bob@example.com", "editor", True)
    assert api.get("/api/users/me").json["id"] == id_of(alice) == 1


def test_an_invitation_is_accepted_once_and_logs_in(app, alice, stranger):
    body = {"email": "bob@example.com", "role": "editor", "firstName": "Bob"}
    made = alice.post("/api/users", json=body).json
    assert made.keys() == {"success", "invitation", "mailed", "link", "problem"}
    assert made["mailed"] is False
    assert alice.get("/api/invitations").json["invitations"] == [made["invitation"]]
    assert made["invitation"]["invitedBy"] == "admin"
    accept = {"token": token_in(made["link"]), "password": PASSWORD, "name": "bob"}
    client = app.test_client()
    assert client.post("/api/invitations/accept", json=accept | {"password": "short"}).status_code == 400
    assert client.post("/api/invitations/accept", json=accept | {"name": "admin"}).status_code == 409
    answer = client.post("/api/invitations/accept", json=accept)
    assert (answer.status_code, answer.json["user"]["firstName"]) == (201, "Bob")
    assert client.get("/api/services").status_code == 200
    again = stranger.post("/api/invitations/accept", json=accept | {"name": "eve"})
    assert (again.status_code, "used" in again.json["message"]) == (400, True)
    assert alice.get("/api/invitations").json["invitations"] == []
    assert [user["name"] for user in alice.get("/api/users").json["users"]] == ["admin", "bob"]


def test_an_invitation_that_was_withdrawn_is_good_for_nothing(alice, stranger):
    made = alice.post("/api/invitations", json={"email": "bob@example.com"}).json
    which = f"/api/invitations?id={made['invitation']['id']}"
    assert alice.delete(which).json == {"success": True, "message": "Invitation withdrawn"}
    assert alice.delete(which).status_code == 404
    accept = {"token": token_in(made["link"]), "password": PASSWORD}
    assert stranger.post("/api/invitations/accept", json=accept).status_code == 400


CHANGES = [
    ("patch", "/api/users?id={bob}", {"firstName": "Robert"}),
    ("patch", "/api/users?id={bob}", {"role": "responder"}),
    ("post", "/api/users/deactivate?id={bob}", None),
    ("post", "/api/users/reactivate?id={bob}", None),
    ("delete", "/api/users?id={bob}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_users_are_managed_by_their_own_admins_alone(alice, join, eve, stranger, method, path, body):
    bob, mate = join("bob", "editor"), join("mate", "editor")
    address = path.format(bob=id_of(bob))
    for client, status in ((stranger, 401), (mate, 403), (eve, 404), (alice, 200)):
        assert getattr(client, method)(address, json=body).status_code == status


@pytest.mark.parametrize("path", ["/api/users", "/api/invitations", "/api/audit", "/api/keys"])
def test_only_admins_read_about_others(alice, join, eve, stranger, path):
    for client, status in ((stranger, 401), (join("bob", "editor"), 403), (join("ann", "admin"), 200), (alice, 200)):
        assert client.get(path).status_code == status
    assert "bob" not in eve.get(path).text


def test_eve_sees_nothing_of_alices_account(alice, join, eve, target):
    join("bob")
    alice.post("/api/services", json={"name": "Shop", "url": f"{target}/200"})
    assert [user["name"] for user in eve.get("/api/users").json["users"]] == ["eve"]
    assert eve.get("/api/services").json == {"services": []}
    assert eve.get("/api/users/me").json["role"] == "owner"
    invited = alice.post("/api/invitations", json={"email": "x@example.com"}).json["invitation"]["id"]
    assert eve.delete(f"/api/invitations?id={invited}").status_code == 404


def test_only_who_runs_the_installation_resets_it_or_sees_its_store(alice, join, eve):
    for path in ("/api/setup/reset", "/api/admin/reset", "/api/admin/redis/verify"):
        assert eve.post(path, json={"password": PASSWORD}).status_code == 403
    assert join("ann", "admin").post("/api/setup/reset", json={"password": PASSWORD}).status_code == 403
    assert alice.get("/api/services").status_code == 200


@pytest.mark.parametrize("role", Role)
def test_what_a_role_may_do(join, target, role):
    client = join("bob", role) if role is not Role.OWNER else join("bob", "owner")
    service = {"name": "Shop", "url": f"{target}/200"}
    planned = {"title": "Works", "strategy": "manual", "allServices": True}
    allowed = {
        Role.VIEWER: (200, 403, 403, 403, 403),
        Role.RESPONDER: (200, 200, 201, 403, 403),
        Role.EDITOR: (200, 200, 201, 201, 403),
        Role.ADMIN: (200, 200, 201, 201, 200),
        Role.OWNER: (200, 200, 201, 201, 200),
    }
    answers = (
        client.get("/api/services"),
        client.get("/api/ping"),
        client.post("/api/maintenance", json=planned),
        client.post("/api/services", json=service),
        client.get("/api/keys"),
    )
    assert tuple(answer.status_code for answer in answers) == allowed[role]
    refused = [answer.get_data(as_text=True) for answer in answers if answer.status_code == 403]
    assert all(f"Your role, {role}, does not allow this" in text for text in refused)


def test_the_last_owner_stays_and_admins_touch_no_owner(alice, join):
    ann = join("ann", "admin")
    for method, path in (("delete", "/api/users?id=1"), ("post", "/api/users/deactivate?id=1")):
        assert getattr(ann, method)(path).status_code == 403
        refused = getattr(alice, method)(path)
        assert (refused.status_code, "last owner" in refused.json["message"]) == (409, True)
    assert alice.patch("/api/users?id=1", json={"role": "admin"}).status_code == 409
    assert ann.patch(f"/api/users?id={id_of(ann)}", json={"role": "owner"}).status_code == 403
    assert ann.post("/api/invitations", json={"email": "x@example.com", "role": "owner"}).status_code == 403
    assert alice.patch(f"/api/users?id={id_of(ann)}", json={"role": "owner"}).json["user"]["role"] == "owner"


def test_another_role_and_a_deactivation_end_the_logins(app, alice, join):
    bob = join("bob", "editor")
    number = id_of(bob)
    assert alice.patch(f"/api/users?id={number}", json={"role": "viewer"}).json["user"]["role"] == "viewer"
    assert bob.get("/api/services").status_code == 401
    assert login(app, "bob").status_code == 200
    assert alice.post(f"/api/users/deactivate?id={number}").json["user"]["active"] is False
    assert login(app, "bob").status_code == 401
    alice.post(f"/api/users/reactivate?id={number}")
    assert login(app, "bob@example.com").status_code == 200


def test_a_key_is_its_makers_and_ends_with_them(app, alice, join, stranger):
    ann = join("ann", "admin")
    number = id_of(ann)
    made = ann.post("/api/keys", json={"name": "script", "scope": "admin"}).json
    assert made["key"]["userId"] == number
    headers = {"X-API-Key": made["secret"]}
    assert stranger.get("/api/users/me", headers=headers).json["name"] == "ann"
    assert stranger.get("/api/users", headers=headers).status_code == 200
    alice.patch(f"/api/users?id={number}", json={"role": "viewer"})
    assert stranger.get("/api/users", headers=headers).status_code == 403
    assert stranger.get("/api/services", headers=headers).status_code == 200
    alice.post(f"/api/users/deactivate?id={number}")
    assert stranger.get("/api/services", headers=headers).status_code == 401
    alice.delete(f"/api/users?id={number}")
    assert alice.get("/api/keys").json["keys"] == []


@pytest.mark.parametrize("scope", ["own", "respond"])
def test_no_key_is_made_for_what_takes_a_login(alice, scope):
    assert alice.post("/api/keys", json={"name": "x", "scope": scope}).status_code == 400


def test_one_changes_ones_own_names_and_the_address_with_the_password(app, join):
    bob = join("bob")
    changed = bob.patch("/api/users/me", json={"firstName": "Bob", "lastName": "Builder", "name": "rob"}).json["user"]
    assert (changed["firstName"], changed["lastName"], changed["name"]) == ("Bob", "Builder", "rob")
    new = {"email": "rob@example.com"}
    for body in (new, new | {"password": "wrong one 1"}):
        assert bob.patch("/api/users/me", json=body).status_code == 400
    assert bob.patch("/api/users/me", json={"role": "owner"}).json["user"]["role"] == "viewer"
    assert bob.patch("/api/users/me", json=new | {"password": PASSWORD}).status_code == 200
    assert login(app, "rob@example.com").status_code == 200
    assert bob.patch("/api/users/me", json={"name": "admin"}).status_code == 409


def test_a_viewer_changes_the_own_password(app, join):
    bob = join("bob")
    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert bob.post("/api/auth/change-password", json=body).status_code == 200
    assert login(app, "bob").status_code == 401


def test_logins_are_listed_and_ended(app, alice, join, api):
    bob = join("bob")
    phone = app.test_client()
    phone.post("/api/auth/login", json={"username": "bob", "password": PASSWORD})
    found = bob.get("/api/sessions").json["sessions"]
    assert [one["current"] for one in found].count(True) == 1
    assert all(one.keys() == {"id", "address", "createdAt", "seenAt", "current"} for one in found)
    other = next(one["id"] for one in found if not one["current"])
    assert alice.delete(f"/api/sessions?id={other}").status_code == 404
    assert api.get("/api/sessions").status_code == 401
    assert bob.delete(f"/api/sessions?id={other}").json == {"success": True, "message": "Login ended"}
    assert phone.get("/api/services").status_code == 401
    phone.post("/api/auth/login", json={"username": "bob", "password": PASSWORD})
    assert bob.delete("/api/sessions").status_code == 200
    assert phone.get("/api/services").status_code == 401
    assert len(bob.get("/api/sessions").json["sessions"]) == 1
    assert alice.get("/api/services").status_code == 200


def test_a_second_factor_from_its_preparation_to_its_end(app, alice, join, api):
    bob = join("bob")
    proof = {"password": PASSWORD}
    assert bob.get("/api/auth/second-factor").json == {"enabled": False, "recoveryCodesLeft": 0}
    assert api.get("/api/auth/second-factor").status_code == 401
    assert bob.post("/api/auth/second-factor/prepare", json={"password": "wrong one 1"}).status_code == 401
    assert bob.post("/api/auth/second-factor/enable", json=proof | {"code": "000000"}).status_code == 409
    secret = bob.post("/api/auth/second-factor/prepare", json=proof).json["secret"]
    totp = pyotp.TOTP(secret)
    assert bob.post("/api/auth/second-factor/enable", json=proof | {"code": "000000"}).status_code == 400
    enabled = bob.post("/api/auth/second-factor/enable", json=proof | {"code": totp.now()}).json
    assert len(enabled["recoveryCodes"]) == 10
    needed = login(app, "bob")
    assert (needed.status_code, needed.json["secondFactor"]) == (401, True)
    assert "Set-Cookie" not in needed.headers
    assert login(app, "bob", code="000000").status_code == 401
    assert login(app, "bob", code=enabled["recoveryCodes"][0]).status_code == 200
    assert bob.get("/api/auth/second-factor").json == {"enabled": True, "recoveryCodesLeft": 9}
    assert bob.get("/api/users/me").json["secondFactor"] is True
    fresh = bob.post("/api/auth/second-factor/recovery-codes", json=proof).json["recoveryCodes"]
    assert login(app, "bob", code=enabled["recoveryCodes"][1]).status_code == 401
    assert login(app, "bob", code=fresh[0]).status_code == 200
    assert bob.post("/api/auth/second-factor/disable", json=proof).json["success"] is True
    assert login(app, "bob").status_code == 200


def test_without_mail_nobody_is_sent_a_link(alice, stranger):
    known, unknown = (
        stranger.post("/api/auth/forgot", json={"email": email}) for email in ("admin@example.com", "no@example.com")
    )
    assert (known.status_code, known.json) == (unknown.status_code, unknown.json)
    assert (known.status_code, "sends no mail" in known.json["message"]) == (400, True)


def test_a_forgotten_password_is_set_by_a_link(settings):
    with receiving() as sink:
        server = MailServer("127.0.0.1", sink.port, Security.NONE)
        posted = replace(settings, smtp_url=server, mail_from=Mailbox("s@example.com"), serverless=True)
        store = open_store(posted)
        app = create_app(posted, store)
        client = app.test_client()
        client.post("/api/setup/complete", json={"password": PASSWORD})
        answers = [
            client.post("/api/auth/forgot", json={"email": email}, headers={"Host": "evil.example"})
            for email in ("admin@example.com", "nobody@example.com")
        ]
        assert answers[0].json == answers[1].json
        (mail,) = sink.mails
        body = mail.message.get_body(("plain",))
        assert body
        text = body.get_content()
        assert "evil" not in text
        token = token_in(next(line for line in text.splitlines() if "?token=" in line))
        assert client.post("/api/auth/reset", json={"token": token, "password": "short"}).status_code == 400
        assert client.post("/api/auth/reset", json={"token": token, "password": NEW}).status_code == 200
        assert client.post("/api/auth/reset", json={"token": token, "password": NEW}).status_code == 400
        assert client.post("/api/auth/login", json={"password": NEW}).status_code == 200
        store.close()


def test_where_registration_is_closed_nobody_registers(settings):
    store = open_store(settings)
    client = create_app(replace(settings, registration="closed"), store).test_client()
    client.post("/api/setup/complete", json={"password": PASSWORD})
    answer = client.post("/api/auth/register", json={"email": "eve@example.com", "password": PASSWORD})
    assert (answer.status_code, "invitation" in answer.json["message"]) == (403, True)
    store.close()


def test_a_page_of_another_site_lets_nobody_in(alice, stranger):
    headers = {"Origin": "https://evil.example"}
    bodies = {
        "/api/invitations/accept": {"token": "x", "password": PASSWORD},
        "/api/auth/register": {"email": "eve@example.com", "password": PASSWORD},
        "/api/auth/forgot": {"email": "admin@example.com"},
        "/api/auth/reset": {"token": "x", "password": PASSWORD},
    }
    for path, body in bodies.items():
        assert stranger.post(path, json=body, headers=headers).status_code == 403
    assert alice.delete("/api/sessions", headers=headers).status_code == 403


def test_the_audit_log_says_who_did_what(alice, join, api, target):
    bob = join("bob", "editor")
    bob.post("/api/services", json={"name": "Shop", "url": f"{target}/200", "bearerToken": "s3cret-token"})
    bob.put("/api/services?name=Shop", json={"name": "Store", "url": f"{target}/200"})
    api.delete("/api/services?name=Store")
    log = alice.get("/api/audit?noun=monitor").json
    removed, changed, added = log["entries"]
    assert added.keys() == {
        "id", "at", "actor", "userId", "keyId", "address", "verb", "noun", "objectId", "objectName", "changes",
    }  # fmt: skip
    assert [(one["actor"], one["userId"], one["verb"]) for one in (added, changed, removed)] == [
        ("bob", id_of(bob), "added"),
        ("bob", id_of(bob), "changed"),
        ("admin", 1, "removed"),
    ]
    assert removed["keyId"] is not None
    assert {one["address"] for one in log["entries"]} == {"127.0.0.1"}
    assert {"field": "name", "before": "Shop", "after": "Store"} in changed["changes"]
    assert "s3cret-token" not in alice.get("/api/audit?limit=500").text
    assert log["following"] is None


def test_the_audit_log_has_pages_and_filters(alice, join):
    join("bob")
    join("carol")
    first = alice.get("/api/audit?limit=2").json
    assert len(first["entries"]) == 2
    rest = alice.get(f"/api/audit?before={first['following']}").json["entries"]
    ids = [one["id"] for one in [*first["entries"], *rest]]
    assert ids == sorted(ids, reverse=True)
    assert {one["verb"] for one in alice.get("/api/audit", query_string={"verb": "logged in"}).json["entries"]} == {
        "logged in"
    }
    assert alice.get("/api/audit?user=1&noun=invitation").json["entries"][0]["objectName"] == "carol@example.com"
    assert alice.get("/api/audit?verb=stolen").status_code == 400
    assert alice.get("/api/audit?since=4102444800000").json["entries"] == []


def test_logins_and_refusals_are_in_the_audit_log(app, alice):
    login(app, "admin")
    app.test_client().post("/api/auth/login", json={"password": "wrong one 1"})
    found = [(one["verb"], one["actor"]) for one in alice.get("/api/audit?noun=user").json["entries"]]
    assert found[:2] == [("refused", "stranger"), ("logged in", "admin")]
