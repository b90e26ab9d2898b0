"""Maintenance on the native wire: planned, begun by a script, and what readers without a word for it hear."""

from datetime import UTC, datetime, timedelta

import pytest

DAILY = {"title": "Backup", "strategy": "interval", "time": "02:30", "duration": 1800, "timezone": "Europe/Berlin"}


def plan(api, **more):
    answer = api.post("/api/maintenance", json=DAILY | more)
    assert answer.status_code == 201, answer.json
    return answer.json["maintenance"]


@pytest.fixture
def shop(api, target):
    """A service that is up."""
    return api.post("/api/services", json={"name": "Shop", "url": f"{target}/200"}).json["service"]["id"]


def test_a_maintenance_is_planned_listed_replaced_and_deleted(api, shop):
    made = plan(api, services=["Shop"], description="Two\nlines")
    assert made == {
        "id": made["id"], "title": "Backup", "description": "Two\nlines", "strategy": "interval",
        "status": made["status"], "active": True,
        "timezone": "Europe/Berlin", "start": None, "end": None, "time": "02:30:00", "duration": 1800,
        "intervalDays": 1, "weekdays": [], "days": [], "cron": "", "services": [shop], "allServices": False,
        "pauseChecks": False, "adHoc": False, "windows": made["windows"], "createdAt": made["createdAt"],
        "updatedAt": made["createdAt"],
    }  # fmt: skip
    assert api.get("/api/maintenance").json == {"maintenances": [made]}
    changed = api.put(f"/api/maintenance?id={made['id']}", json=made | {"title": "Vacuum", "services": [shop]})
    assert changed.json["maintenance"]["title"] == "Vacuum"
    assert changed.json["maintenance"]["windows"] == made["windows"]
    assert api.get(f"/api/maintenance?id={made['id']}").json["maintenances"] == [changed.json["maintenance"]]
    assert api.delete(f"/api/maintenance?id={made['id']}").json["success"] is True
    assert api.get("/api/maintenance").json == {"maintenances": []}


def test_the_windows_of_the_next_thirty_days_come_along(api):
    windows = plan(api)["windows"]
    assert len(windows) in (30, 31)
    assert {window["end"] - window["start"] for window in windows} == {1_800_000}
    now = datetime.now(UTC)
    assert datetime.fromtimestamp(windows[-1]["start"] / 1000, UTC) < now + timedelta(days=30)
    assert len(plan(api, strategy="cron", cron="* * * * *", duration=60)["windows"]) == 100
    assert plan(api, strategy="manual")["windows"][0]["end"] is None
    assert plan(api, active=False)["windows"] == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"strategy": "manual"}, "under_maintenance"),
        ({"strategy": "manual", "active": False}, "inactive"),
        ({"strategy": "single", "start": "2020-01-01T10:00", "end": "2020-01-01 12:00:00"}, "ended"),
        ({"strategy": "single", "start": "2999-01-01", "end": "2999-01-02"}, "scheduled"),
        ({"strategy": "interval", "intervalDays": 30, "start": "2999-01-01"}, "scheduled"),
        ({"strategy": "weekday", "weekdays": [1, 0], "end": "2020-01-01"}, "ended"),
        ({"strategy": "day_of_month", "days": [31, -1], "start": "2999-01-01"}, "scheduled"),
        ({"strategy": "cron", "cron": "0 3 * * 1", "start": "2999-01-01"}, "scheduled"),
    ],
)
def test_each_strategy_says_where_it_stands(api, fields, status):
    assert plan(api, **fields)["status"] == status


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""}, {"title": 5}, {"title": "a\nb"}, {"strategy": "never"}, {"strategy": None}, {"timezone": "Mars"},
        {"start": "tomorrow"}, {"start": "2026-01-01T10:00Z"}, {"end": "2026-13-01"}, {"time": "25:00"},
        {"time": "10:00+01:00"}, {"duration": 0}, {"duration": -1}, {"duration": True}, {"duration": 1e9},
        {"intervalDays": 0}, {"strategy": "single"}, {"strategy": "weekday"}, {"weekdays": [7]}, {"weekdays": ["mon"]},
        {"days": [0]}, {"strategy": "cron"}, {"strategy": "cron", "cron": "* * *"}, {"services": "Shop"},
        {"services": [0]}, {"services": [None]}, {"weekdays": [1] * 101}, {"active": "yes"},
    ],
)  # fmt: skip
def test_a_maintenance_that_makes_no_sense_is_refused(api, fields):
    answer = api.post("/api/maintenance", json=DAILY | fields)
    assert (answer.status_code, answer.json["error"]) == (400, True)
    assert api.get("/api/maintenance").json == {"maintenances": []}


def test_what_is_not_there_is_not_found(api, shop):
    made = plan(api)
    for answer in (
        api.get("/api/maintenance?id=99"),
        api.put("/api/maintenance?id=99", json=DAILY),
        api.delete("/api/maintenance?id=99"),
        *(api.post(f"/api/maintenance/{verb}?id=99") for verb in ("pause", "resume", "end")),
    ):
        assert (answer.status_code, answer.json["message"]) == (404, "Maintenance not found")
    for service in ("Nobody", 99):
        for answer in (
            api.post("/api/maintenance", json=DAILY | {"services": [shop, service]}),
            api.post("/api/maintenance/start", json={"duration": 60, "services": [service]}),
            api.put(f"/api/maintenance?id={made['id']}", json=DAILY | {"services": [service]}),
        ):
            assert (answer.status_code, answer.json["message"]) == (404, "Service not found")
    for path in ("/api/maintenance?id=x", "/api/maintenance?id=0"):
        assert api.get(path).status_code == 400
    assert api.delete("/api/maintenance").status_code == 400


def test_it_is_paused_resumed_and_ended(api):
    made = plan(api, strategy="manual", allServices=True)

    def then(verb):
        return api.post(f"/api/maintenance/{verb}?id={made['id']}").json["maintenance"]["status"]

    assert [then(verb) for verb in ("pause", "resume", "end", "end", "resume")] == [
        "inactive", "under_maintenance", "ended", "ended", "under_maintenance"
    ]  # fmt: skip


def test_a_script_begins_one_that_ends_by_itself(api, shop):
    answer = api.post("/api/maintenance/start", json={"duration": 600, "services": ["Shop"], "title": "Deploy"})
    assert answer.status_code == 201
    made = answer.json["maintenance"]
    assert (made["status"], made["adHoc"], made["services"]) == ("under_maintenance", True, [shop])
    [window] = made["windows"]
    assert window["end"] - window["start"] == 600_000
    ended = api.post(f"/api/maintenance/end?id={made['id']}").json["maintenance"]
    assert (ended["status"], ended["windows"]) == ("ended", [])


@pytest.mark.parametrize(
    "body",
    [{}, {"duration": 60}, {"duration": 0, "allServices": True}, {"duration": 10**12, "allServices": True},
     {"duration": "60", "allServices": True}],
)  # fmt: skip
def test_a_beginning_that_makes_no_sense_is_refused(api, body):
    assert api.post("/api/maintenance/start", json=body).status_code == 400


def test_who_may_do_what(api, stranger, keyed, shop):
    made = plan(api, services=[shop])
    reads = ["/api/maintenance"]
    writes = ["/api/maintenance/start", *(f"/api/maintenance/{verb}?id={made['id']}" for verb in ("pause", "resume"))]
    body = {"duration": 60, "allServices": True}
    for path in reads:
        assert stranger.get(path).status_code == 401
        assert keyed("ping").get(path).status_code == 403
        assert keyed("read").get(path).status_code == 200
        assert keyed("write", shop).get(path).status_code == 403
    for path in writes:
        assert stranger.post(path, json=body).status_code == 401
        assert keyed("read").post(path, json=body).status_code == 403
        assert keyed("write", shop).post(path, json=body).status_code == 403
        assert keyed("write").post(path, json=body).status_code in (200, 201)


def test_this_wire_has_no_word_for_it_and_hears_the_last_up_or_down(api, stranger, shop, target):
    api.post("/api/services", json={"name": "Broken", "url": f"{target}/500"})
    assert api.post("/api/maintenance/start", json={"duration": 600, "allServices": True}).status_code == 201

    def told():
        answer = stranger.get("/api/status").json
        return answer["overall"], [service["status"] for service in answer["services"]]

    assert told() == ("down", ["up", "down"])
    pinged = api.get("/api/ping").json["services"]
    assert [(each["status"], "error" in each) for each in pinged] == [("up", False), ("down", False)]
    assert told() == ("down", ["up", "down"])
    entries = api.get("/api/history/Broken").json["history"]
    assert [entry["status"] for entry in entries] == ["down", "down"]
    assert ["error" in entry for entry in entries] == [False, True]
    [change, _] = api.get("/api/changes?name=Broken").json["changes"]
    assert (change["before"], change["after"], change["error"]) == ("down", "down", "")
    assert change["trace"][0].startswith("Under maintenance")
    assert api.get("/api/outages?name=Broken").json["outages"][0]["end"] is not None
    uptime = api.get("/api/uptime").json["services"]["Shop"]
    assert (uptime["uptimePercentage"], uptime["checksCount"]) == (100, 1)
