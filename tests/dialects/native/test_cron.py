"""The built-in jobs."""

from datetime import UTC, datetime, timedelta

import pytest

JOB = {"name": "Often", "description": "d", "cronExpression": "*/5 * * * *", "enabled": True}


def make(api, **more):
    answer = api.post("/api/ping/cron", json=JOB | more)
    assert answer.status_code == 201, answer.json
    return answer.json


def test_a_new_job_says_stopped_and_is_listed_as_running(api):
    made = make(api)
    assert made["id"].startswith("job_")
    assert made["status"] == "stopped"
    assert made.keys() >= {"id", "name", "description", "cronExpression", "status", "createdAt", "updatedAt"}
    listed = api.get("/api/ping/cron").json
    assert [job["status"] for job in listed] == ["running"]
    assert listed[0]["nextRun"] % 300_000 == 0
    assert api.get("/api/ping/cron/list").json == listed
    assert api.get(f"/api/ping/cron?id={made['id']}").json == listed[0]


def test_a_job_is_told_in_short(api):
    made = make(api)
    body = api.get(f"/api/ping/cron/status?id={made['id']}").json
    assert body["status"] == "running"
    assert "cronExpression" not in body
    assert api.get("/api/ping/cron/status").json == {"error": "Job ID is required"}
    assert api.get("/api/ping/cron/status?id=no").status_code == 404


def test_an_unknown_job_is_not_found(api):
    assert api.get("/api/ping/cron?id=no").json == {"error": "Job not found"}
    assert api.put("/api/ping/cron", json={"id": "no", "name": "x"}).status_code == 404
    assert api.delete("/api/ping/cron?id=no").status_code == 404
    assert api.get("/api/ping/cron?id=no&history=1").json == {"history": []}


@pytest.mark.parametrize("expression", ["", "x", "* * *", "61 * * * *", "* * * * * * *", "@reboot", "* " * 500])
def test_an_expression_that_is_none_is_refused(api, expression):
    assert api.post("/api/ping/cron", json=JOB | {"cronExpression": expression}).status_code == 400
    assert api.post("/api/ping/cron/next-run", json={"cronExpression": expression}).status_code == 400
    made = make(api)
    if expression:
        assert api.put("/api/ping/cron", json={"id": made["id"], "cronExpression": expression}).status_code == 400


def test_the_strict_form_needs_a_name(api):
    for body in ({"name": "x"}, {"cronExpression": "* * * * *"}):
        answer = api.post("/api/ping/cron/create", json=body)
        assert (answer.status_code, answer.json) == (400, {"error": "Name and cron expression are required"})
    assert api.post("/api/ping/cron/create", json=JOB).status_code == 201
    assert api.post("/api/ping/cron", json={"cronExpression": "* * * * *"}).status_code == 201


def test_a_job_is_changed_started_and_stopped(api):
    made = make(api, enabled=False)
    changed = api.put("/api/ping/cron", json={"id": made["id"], "name": "New", "lastRun": 5}).json
    assert (changed["name"], changed["description"]) == ("New", "d")
    assert "lastRun" not in changed
    assert api.put("/api/ping/cron", json={"id": made["id"], "action": "start"}).json == {"success": True}
    assert api.get(f"/api/ping/cron?id={made['id']}").json["status"] == "running"
    assert api.put("/api/ping/cron", json={"id": made["id"], "action": "stop"}).json == {"success": True}
    assert api.put("/api/ping/cron", json={"id": "no", "action": "stop"}).json == {"success": False}
    assert api.put("/api/ping/cron", json={"id": made["id"], "action": "fly"}).json == {"error": "Invalid action"}
    assert api.put("/api/ping/cron", json={"name": "x"}).json == {"error": "Job ID is required"}
    assert api.put("/api/ping/cron/update", json={"id": made["id"], "name": ""}).json == {
        "error": "Name cannot be empty"
    }
    assert api.put("/api/ping/cron", json={"id": made["id"], "enabled": True}).json["status"] == "running"


@pytest.mark.parametrize(
    ("method", "path"),
    [("delete", "/api/ping/cron"), ("delete", "/api/ping/cron/delete"), ("post", "/api/ping/cron/delete")],
)
def test_a_job_is_removed(api, method, path):
    made = make(api)
    assert getattr(api, method)(f"{path}?id={made['id']}").json == {"success": True}
    assert api.get("/api/ping/cron").json == []
    assert getattr(api, method)(path).json == {"error": "Job ID is required"}


def test_an_export_can_be_imported(api):
    jobs = [
        {"name": "A", "description": "", "cronExpression": "0 0 * * *", "enabled": True},
        {"name": "B", "description": "b", "cronExpression": "*/15 1-5 * * mon-fri", "enabled": False},
    ]
    answer = api.post("/api/ping/cron", json={"version": "1.0", "exportedAt": "2026-01-01T00:00:00Z", "jobs": jobs})
    assert answer.status_code in (200, 201)
    assert answer.json == {"success": 2, "total": 2}
    listed = api.get("/api/ping/cron").json
    exported = [{name: job[name] for name in jobs[0]} for job in listed]
    assert sorted(exported, key=lambda job: job["name"]) == jobs
    broken = [*jobs, {"name": "C", "cronExpression": "x"}, 5, None, {}]
    assert api.post("/api/ping/cron", json={"jobs": broken}).json == {"success": 2, "total": 6}


def test_the_next_run_is_previewed(api):
    assert api.post("/api/ping/cron/next-run", json={"cronExpression": "0 0 1 1 *"}).json["nextRun"] > 0
    assert api.post("/api/ping/cron/next-run", json={}).json == {"error": "Cron expression is required"}
    assert api.post("/api/ping/cron/next-run", json={"cronExpression": "x"}).json == {
        "error": "Invalid cron expression"
    }


def test_what_a_job_did_is_told(app, api):
    made = make(api, cronExpression="* * * * *")
    cron_jobs, later = app.extensions["core"].cron_jobs, datetime.now(UTC) + timedelta(minutes=2)
    for job in cron_jobs.fire_due(later):
        cron_jobs.run(job.account, job.id, later)
    history = api.get(f"/api/ping/cron?id={made['id']}&history=true").json["history"]
    assert [run["status"] for run in history] == ["success"]
    job = api.get(f"/api/ping/cron?id={made['id']}").json
    assert job["lastRunStatus"] == "success"
    assert api.get("/api/ping-stats").json["recentHistory"][0]["source"] == "cron-job"
