"""What the owner can do, by forms alone."""

import dataclasses
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.conftest import NOW
from tests.site.conftest import add_monitor
from uptime.domain.monitor import MonitorDraft
from uptime.site.monitors import PAGE


def core(app):
    return app.extensions["core"]


def test_a_monitor_is_added_shown_and_edited(app, owner, stranger, target):
    made = add_monitor(owner, target, description="The front door", interval="30")
    page = owner.get(f"/admin/monitors/{made}").text
    assert "Website" in page
    assert "every 30 s" in page
    assert "The front door" in stranger.get("/").text
    changed = owner.submit(f"/admin/monitors/{made}/edit", name="Front door", interval="45")
    assert changed.location == f"/admin/monitors/{made}?done=saved"
    monitor = core(app).monitors.get(1, made)
    assert (monitor.name, monitor.interval, monitor.target["url"]) == ("Front door", 45, target)


def test_the_form_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(owner, target):
    answer = owner.submit("/admin/monitors/new", name="", target__url="not a url", interval="often", slow_ms="0")
    assert answer.status_code == 400
    assert 'id="f-name-error"' in answer.text
    assert "Check every must be a whole number." in answer.text
    assert 'value="often"' in answer.text
    assert 'value="not a url"' in answer.text
    assert "<details open>" in answer.text


def test_what_the_check_type_refuses_stands_beside_its_field(owner):
    answer = owner.submit("/admin/monitors/new", name="Odd", target__url="gopher://example.org")
    assert answer.status_code == 400
    assert 'id="f-target-url-error"' in answer.text


def test_two_fields_of_one_name_are_told_apart(owner):
    answer = owner.submit("/admin/monitors/new?type=dns", to="/admin/monitors/new", name="Zone", target__name="a..b")
    assert answer.status_code == 400
    assert 'id="f-target-name-error"' in answer.text
    assert 'id="f-name-error"' not in answer.text


def test_a_name_that_is_taken_is_refused(owner, target):
    add_monitor(owner, target)
    answer = owner.submit("/admin/monitors/new", name="Website", target__url=target)
    assert answer.status_code == 400
    assert 'id="f-name-error"' in answer.text


def test_every_check_type_has_a_form(app, owner):
    for word, kind in core(app).monitors.kinds().items():
        page = owner.get(f"/admin/monitors/new?type={word}")
        assert page.status_code == 200, word
        assert ('name="target.' in page.text) is bool(dataclasses.fields(kind.target))
    assert owner.get("/admin/monitors/new?type=nothing").status_code == 404


def test_a_push_and_a_group_are_made_by_their_forms_and_an_edit_keeps_what_the_form_does_not_show(app, owner):
    monitors = core(app).monitors
    owner.submit("/admin/monitors/new?type=push", name="Backup", target__cron="0 2 * * *")
    job = monitors.by_name(1, "Backup").id
    weights = {"target__rule": "weighted", "target__members": f"{job}\n", "target__weights": f"{job}: 2.5"}
    owner.submit("/admin/monitors/new?type=group", name="Shop", **weights)
    shop = monitors.by_name(1, "Shop").id
    assert monitors.get(1, shop).target["weights"] == {str(job): 2.5}
    before = monitors.get(1, job)
    monitors.replace(1, job, replace(before, parent=shop, weight=7), NOW)
    answer = owner.submit(f"/admin/monitors/{job}/edit", name="Nightly")
    assert answer.status_code == 303, answer.text
    after = monitors.get(1, job)
    assert (after.name, after.parent, after.weight) == ("Nightly", shop, 7)
    assert after.target == before.target, "the token above all"


def test_a_monitor_of_a_type_that_is_not_there_is_shown_as_unknown(app, owner):
    draft = MonitorDraft("Queue", "kafka-producer", {"password": "hunter2"})
    made = core(app).monitors.add(1, draft, datetime.now(UTC), any_type=True)
    core(app).checking.check_now(1, made.id, datetime.now(UTC))
    for path in ("/admin", f"/admin/monitors/{made.id}"):
        page = owner.get(path)
        assert page.status_code == 200
        assert "Not checked yet" in page.text
        assert "hunter2" not in page.text
    assert "This version cannot check monitors of the type kafka-producer" in page.text
    assert owner.get(f"/admin/monitors/{made.id}/edit").status_code == 404


def test_names_are_text_and_never_markup(owner, stranger, target):
    add_monitor(owner, target, name="<script>alert(1)</script>", description='"><img src=x>')
    for page in (stranger.get("/"), owner.get("/admin"), owner.get("/admin/settings")):
        assert "<script>alert" not in page.text
        assert "<img src=x>" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text


def test_checking_now_puts_a_heartbeat_on_record(owner, stranger, target):
    made = add_monitor(owner, target)
    answer = owner.press(f"/admin/monitors/{made}/edit", f"/admin/monitors/{made}/check")
    assert answer.location == f"/admin/monitors/{made}?done=checked"
    assert "Operational" in owner.get(f"/admin/monitors/{made}").text


def test_a_failing_check_is_explained(owner, target):
    made = add_monitor(owner, target + "/broken")
    owner.press(f"/admin/monitors/{made}/edit", f"/admin/monitors/{made}/check")
    page = owner.get(f"/admin/monitors/{made}").text
    assert "Unexpected status" in page
    assert "in a row, 0 retries allowed: down." in page
    assert "so far" in page


def test_a_monitor_is_paused_and_resumed(app, owner, target):
    made = add_monitor(owner, target)
    owner.press("/admin/jobs", f"/admin/monitors/{made}/pause")
    assert core(app).monitors.get(1, made).paused
    assert "Paused" in owner.get("/admin").text
    owner.submit(f"/admin/monitors/{made}/edit", name="Still paused")
    assert core(app).monitors.get(1, made).paused
    owner.press("/admin/jobs", f"/admin/monitors/{made}/resume")
    assert not core(app).monitors.get(1, made).paused


def test_removing_asks_for_the_name(app, owner, target):
    made = add_monitor(owner, target)
    page = f"/admin/monitors/{made}/delete"
    assert owner.submit(page, name="Websit").status_code == 400
    assert owner.submit(page, name="Website", keep_history=None).location == "/admin?done=removed"
    assert owner.get(f"/admin/monitors/{made}").status_code == 404


def test_a_secret_is_masked_and_survives_an_edit(app, owner, target):
    made = add_monitor(owner, target, target__password="open sesame", target__username="ali")
    page = owner.get(f"/admin/monitors/{made}/edit").text
    assert "open sesame" not in page
    owner.submit(f"/admin/monitors/{made}/edit", name="Cave")
    assert core(app).monitors.get(1, made).target["password"] == "open sesame"


def test_heartbeats_are_shown_a_page_at_a_time(app, owner, target):
    made = add_monitor(owner, target)
    for _ in range(PAGE + 3):
        core(app).checking.check_now(1, made, datetime.now(UTC))
    shown, path = [], f"/admin/monitors/{made}"
    while path:
        page = owner.get(path).text
        shown.append(page.split('id="beats"')[1].count('data-label="Answer"'))
        older = re.search(r'href="([^"]+before=[^"]+)"', page)
        path = older.group(1).replace("&amp;", "&") if older else ""
    assert shown == [PAGE, 3]


def test_a_key_is_shown_once_works_and_can_be_revoked(app, owner):
    answer = owner.submit("/admin/keys", name="nightly copy", scope="read")
    secret = re.search(r'<code class="secret">([^<]+)</code>', answer.text).group(1)
    assert f"Authorization: Bearer {secret}" in answer.text.replace("&#34;", '"')
    assert answer.headers["Cache-Control"] == "no-store"
    listed = owner.get("/admin/keys").text
    assert "nightly copy" in listed
    assert secret not in listed
    revoke = re.search(r'action="(/admin/keys/\d+/revoke)"', listed).group(1)
    assert owner.press("/admin/keys", revoke).location == "/admin/keys?done=revoked"
    assert "nightly copy" not in owner.get("/admin/keys").text


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("expires", "tomorrow"), ("expires", "2001-01-01")])
def test_a_key_that_cannot_be_made_is_explained(owner, field, value):
    answer = owner.submit("/admin/keys", **({"name": "a key"} | {field: value}))
    assert answer.status_code == 400
    assert f'id="f-{field}-error"' in answer.text


def test_a_cron_job_is_made_switched_and_deleted(app, owner):
    assert owner.submit("/admin/jobs", name="Often", expression="nonsense").status_code == 400
    assert owner.submit("/admin/jobs", name="Often", expression="*/5 * * * *").location == "/admin/jobs?done=made"
    job = core(app).cron_jobs.list(1)[0]
    assert "It has not run yet." in owner.get(f"/admin/jobs/{job.id}").text
    owner.press("/admin/jobs", f"/admin/jobs/{job.id}/switch", on="0")
    assert not core(app).cron_jobs.get(1, job.id).enabled
    owner.press("/admin/jobs", f"/admin/jobs/{job.id}/delete")
    assert core(app).cron_jobs.list(1) == []


def test_settings_reach_the_public_page(app, owner, stranger, target):
    add_monitor(owner, target)
    values = {
        "page__title": "How we are", "timezone": "Europe/Berlin", "page__description": "All <b>our</b> <script>x",
        "appearance__custom_css": "body { color: red }", "appearance__custom_header": "<em>Hello</em><img src=x>",
        "appearance__copyright_text": "{year} us", "ttl": "3600",
    }  # fmt: skip
    assert owner.submit("/admin/settings", **values).location == "/admin/settings?done=saved"
    page = stranger.get("/").text
    assert "How we are" in page
    assert "<b>our</b>" in page
    assert "<script>x" not in page
    assert "<em>Hello</em>" in page
    assert "<img src=x" not in page
    sheet = re.search(r'href="(/custom.css\?v=\w+)"', page).group(1)
    assert stranger.get(sheet).text == "body { color: red }"
    assert core(app).history.ttl(1) == 3600


def test_settings_that_cannot_be_are_explained(owner):
    answer = owner.submit("/admin/settings", timezone="Mars/Olympus", page__title="")
    assert answer.status_code == 400
    assert 'id="f-timezone-error"' in answer.text
    assert 'id="f-page-title-error"' in answer.text
    assert "Mars/Olympus" in answer.text


def test_the_owner_chooses_what_readers_see(owner, stranger, target):
    made = add_monitor(owner, target)
    assert "Website" in stranger.get("/").text
    owner.press("/admin/jobs", "/admin/settings/visible")
    assert "Website" not in stranger.get("/").text
    owner.press("/admin/jobs", "/admin/settings/visible", visible=str(made))
    assert "Website" in stranger.get("/").text


def test_the_run_log_lists_sweeps_and_can_be_cleared(app, owner):
    assert "No runs yet" in owner.get("/admin/runs").text
    assert owner.press("/admin/jobs", "/admin/runs/clear").location == "/admin/runs?done=cleared"


def test_only_known_words_are_said_after_an_action(owner):
    assert "Saved." in owner.get("/admin?done=saved").text
    assert "pwned" not in owner.get("/admin?done=pwned").text


def test_the_history_is_exported_without_formulas(owner, target):
    made = add_monitor(owner, target + "/broken", name="=1+1")
    owner.press("/admin/jobs", f"/admin/monitors/{made}/check")
    answer = owner.get(f"/admin/monitors/{made}/history.csv")
    header, first = answer.text.splitlines()
    assert header == "Service,Status,Timestamp,Response Time (ms),Status Code,Error"
    assert first.startswith("'=1+1,down,")
    assert "attachment" in answer.headers["Content-Disposition"]
