"""Every change stands in the log of its account, with its actor, without secrets, for as long as it is kept."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.core.conftest import PASSWORD, draft
from tests.store.refusing import server
from uptime.config import Settings
from uptime.core import Core
from uptime.core.members import UserDraft
from uptime.domain.audit import SYSTEM, Actor, Entry, Verb, Wanted
from uptime.domain.channel import ChannelDraft, ContactDraft
from uptime.domain.errors import Unauthenticated
from uptime.domain.heartbeat import Status
from uptime.domain.maintenance import MaintenanceDraft, Strategy
from uptime.domain.masking import MASK
from uptime.domain.monitor import MonitorDraft
from uptime.domain.project import ProjectDraft
from uptime.domain.user import SCOPE_OF, Caller, Role, Scope, User
from uptime.store import Store

HERE = "192.0.2.1"
BOB = Actor("bob", 2, None, HERE)


@pytest.fixture
def core(store: Store) -> Core:
    return Core(store, Settings(secret_key="x" * 32), lambda: BOB)


def told(core: Core, account: int = 1, **wanted: Any) -> list[Entry]:
    return core.audit.read(account, NOW, Wanted(**wanted)).entries


def differences(entry: Entry) -> dict[str, tuple[Any, Any]]:
    return {change.field: (change.before, change.after) for change in entry.changes}


def lines(entries: list[Entry]) -> list[tuple[str, str, str]]:
    return [(entry.noun, entry.verb, entry.object_name) for entry in entries]


def test_monitors_are_told_from_their_making_to_their_end(core: Core) -> None:
    monitor = core.monitors.add(1, draft("Shop"), NOW)
    core.monitors.pause(1, monitor.id, NOW)
    core.monitors.pause(1, monitor.id, NOW)
    core.monitors.replace(1, monitor.id, draft("Store", interval=120), NOW)
    core.monitors.remove(1, monitor.id, NOW, keep_history=True)
    found = told(core)
    assert lines(found) == [
        ("monitor", "removed", "Store"),
        ("monitor", "changed", "Store"),
        ("monitor", "changed", "Shop"),
        ("monitor", "added", "Shop"),
    ]
    assert {entry.actor for entry in found} == {BOB}
    assert {entry.object_id for entry in found} == {str(monitor.id)}
    assert differences(found[1]) == {"name": ("Shop", "Store"), "interval": (60, 120), "paused": (True, False)}
    assert differences(found[2]) == {"paused": (False, True)}
    assert differences(found[3])["target.url"] == (None, "http://127.0.0.1:9/")


def test_a_secret_of_a_target_is_never_told(core: Core, store: Store) -> None:
    secrets = ("a-secret-1", "a-secret-2", "in-the-url-1", "in-the-url-2")
    first, second = (
        draft(target={"url": f"http://u:in-the-url-{n}@127.0.0.1:9/", "password": f"a-secret-{n}", "username": "u"})
        for n in (1, 2)
    )
    monitor = core.monitors.add(1, first, NOW)
    core.monitors.replace(1, monitor.id, second, NOW)
    core.monitors.remove(1, monitor.id, NOW, keep_history=False)
    changed = differences(told(core)[1])
    assert changed["target.password"] == (MASK, MASK)
    assert changed["target.url"] == (f"http://u:{MASK}@127.0.0.1:9/",) * 2
    raw = b"".join(store.client.zrange("up:{a1}:audit", 0, -1))
    assert not [secret for secret in secrets if secret.encode() in raw]


def test_sites_jobs_and_keys_are_told(core: Core) -> None:
    core.sites.update(1, lambda site: replace(site, name="Mine", modified_at=NOW))
    core.sites.update(1, lambda site: replace(site, intervals_reset_at=NOW))
    core.history.set_ttl(1, 3_600, NOW)
    job = core.cron_jobs.make(1, "Nightly", "", "0 3 * * *", NOW, enabled=True)
    core.cron_jobs.switch(1, job.id, False, NOW)
    core.cron_jobs.remove(1, job.id, NOW)
    key, secret = core.api_keys.make(1, "script", Scope.READ, NOW)
    core.api_keys.revoke(1, key.id, NOW)
    found = told(core)
    assert lines(found) == [
        ("api key", "removed", "script"),
        ("api key", "added", "script"),
        ("cron job", "removed", "Nightly"),
        ("cron job", "changed", "Nightly"),
        ("cron job", "added", "Nightly"),
        ("site", "changed", "Mine"),
        ("site", "changed", "Mine"),
    ]
    assert differences(found[3]) == {"enabled": (True, False)}
    assert differences(found[5]) == {"ttl": (86_400, 3_600)}
    assert differences(found[6]) == {"name": ("Upspeak", "Mine")}
    assert secret not in repr(found)


def alice_of(core: Core) -> tuple[User, Caller]:
    user = core.users.set_up("alice", PASSWORD, "alice@example.com", None, NOW)
    return user, Caller(1, SCOPE_OF[user.role], "user 1", role=user.role, user_id=user.id)


def test_people_are_told_with_their_roles_and_without_their_secrets(core: Core, store: Store) -> None:
    _, alice = alice_of(core)
    bob = core.members.add(alice, UserDraft("bob@example.com", Role.EDITOR, "bob"), PASSWORD, NOW)
    core.members.give_role(alice, bob.id, Role.VIEWER, NOW)
    core.members.deactivate(alice, bob.id, NOW)
    core.users.set_password(core.users.named("bob"), "another long password", NOW)
    prepared = core.second_factors.prepare(bob.id, "another long password", HERE, NOW)
    core.members.remove(alice, bob.id, NOW)
    found = told(core, object_id=str(bob.id))
    assert [entry.verb for entry in found] == [
        Verb.REMOVED,
        Verb.CHANGED,
        Verb.CHANGED,
        Verb.CHANGED,
        Verb.ADDED,
    ]
    assert differences(found[3]) == {"role": ("editor", "viewer")}
    assert differences(found[2]) == {"active": (True, False)}
    assert differences(found[1]) == {"password_hash": (MASK, MASK)}
    assert differences(found[4])["email"] == (None, "bob@example.com")
    raw = b"".join(store.client.zrange("up:{a1}:audit", 0, -1))
    assert b"argon2" not in raw
    assert prepared.secret.encode() not in raw


def test_logins_are_told_and_so_are_refusals_without_what_was_typed(core: Core, store: Store) -> None:
    user, _ = alice_of(core)
    token, session = core.users.login("alice", PASSWORD, HERE, NOW)
    core.users.logout(token, NOW)
    for name in ("alice", "my password by mistake"):
        with pytest.raises(Unauthenticated):
            core.users.login(name, "wrong password", "198.51.100.7", NOW)
    unknown, refused, went, came, _ = told(core)
    assert (unknown.verb, unknown.object_id, unknown.object_name) == (Verb.REFUSED, "", "")
    assert (refused.verb, refused.object_id, refused.actor.address) == (Verb.REFUSED, str(user.id), "198.51.100.7")
    assert [(one.verb, one.actor) for one in (went, came)] == [
        (Verb.LOGGED_OUT, Actor("alice", user.id, None, session.address)),
        (Verb.LOGGED_IN, Actor("alice", user.id, None, HERE)),
    ]
    raw = b"".join(store.client.zrange("up:{a1}:audit", 0, -1))
    assert b"mistake" not in raw
    assert token.encode() not in raw


def test_a_flood_of_refusals_does_not_push_the_changes_out(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    alice_of(core)
    caplog.set_level("INFO", "uptime.core.audit")
    for number in range(15):
        with pytest.raises(Unauthenticated):
            core.users.login("alice", "wrong password", f"198.51.100.{number}", NOW)
    assert len(told(core, verb=Verb.REFUSED)) == 10
    assert sum("refused" in line for line in caplog.messages) == 15


def test_each_account_reads_its_own(core: Core) -> None:
    core.monitors.add(1, draft("Ours"), NOW)
    core.monitors.add(2, draft("Theirs"), NOW)
    assert [entry.object_name for entry in told(core, 1)] == ["Ours"]
    assert [entry.object_name for entry in told(core, 2)] == ["Theirs"]


def test_the_log_is_read_page_by_page_and_by_what_is_wanted(core: Core) -> None:
    for number in range(25):
        core.monitors.add(1, draft(f"m{number}"), NOW + timedelta(seconds=number))
        core.cron_jobs.make(1, f"j{number}", "", "0 3 * * *", NOW + timedelta(seconds=number))
    seen, before = [], None
    while True:
        page = core.audit.read(1, NOW, Wanted(noun="monitor"), before=before, limit=10)
        seen += [entry.object_name for entry in page.entries]
        if page.following is None:
            break
        before = page.following
    assert seen == [f"m{number}" for number in reversed(range(25))]
    assert [entry.object_name for entry in told(core, since=NOW + timedelta(seconds=24))] == ["j24", "m24"]
    assert len(core.audit.read(1, NOW, limit=50).entries) == 50
    assert core.audit.read(1, NOW, limit=50).following is None


def test_it_is_kept_for_400_days_and_ten_thousand_entries(core: Core, store: Store) -> None:
    for day in (0, 399, 400, 401):
        core.monitors.add(1, draft(f"day {day}"), NOW + timedelta(days=day))
    later = NOW + timedelta(days=401)
    assert [entry.object_name for entry in core.audit.read(1, later).entries] == ["day 401", "day 400", "day 399"]
    assert store.client.zcard("up:{a1}:audit") == 3
    assert 400 * 86_400 < store.client.ttl("up:{a1}:audit") <= 401 * 86_400
    raw = json.loads(store.client.zrange("up:{a1}:audit", -1, -1)[0])
    store.client.zadd("up:{a1}:audit", {json.dumps(raw | {"id": n}): n for n in range(100, 10_200)})
    store.client.set("up:{a1}:audit:ids", 10_199)
    core.monitors.add(1, draft("newest"), later)
    assert store.client.zcard("up:{a1}:audit") == 10_000
    assert core.audit.read(1, later).entries[0].object_name == "newest"


def test_what_is_done_while_the_store_takes_no_more_is_at_least_logged(caplog: pytest.LogCaptureFixture) -> None:
    with server() as private:
        store = Store(private.url)
        core = Core(store, Settings(secret_key="x" * 32))
        private.fill()
        caplog.set_level("INFO", "uptime.core.audit")
        core.audit.note("monitor", None, replace(draft("Shop")), NOW, account=1)
        store.close()
    assert "monitor - 'Shop' added" in caplog.messages[0]
    assert "missing from the audit log" in caplog.messages[1]


def test_who_acts_is_the_system_where_nobody_says(store: Store) -> None:
    core = Core(store, Settings(secret_key="x" * 32))
    core.monitors.add(1, draft("Shop"), NOW)
    assert told(core)[0].actor == SYSTEM


def test_channels_contacts_and_maintenances_are_told_without_secrets(core: Core, store: Store) -> None:
    hook = {"url": "https://hooks.example.com/a", "secret": "a-secret-of-the-hook"}
    channel = core.channels.add(1, ChannelDraft("Hook", "webhook", hook), NOW)
    core.channels.replace(1, channel.id, ChannelDraft("Hook", "webhook", hook | {"secret": "another-secret-1"}), NOW)
    contact = core.contacts.add(1, ContactDraft("Team", (channel.id,)), NOW)
    core.contacts.replace(1, contact.id, ContactDraft("Crew", (channel.id,)), NOW)
    core.contacts.remove(1, contact.id, NOW)
    core.channels.remove(1, channel.id, NOW)
    planned = core.maintenances.add(1, MaintenanceDraft("Works", Strategy.MANUAL, all_monitors=True), NOW)
    core.maintenances.pause(1, planned.id, NOW)
    core.maintenances.remove(1, planned.id, NOW)
    found = told(core)
    assert lines(found) == [
        ("maintenance", "removed", "Works"),
        ("maintenance", "changed", "Works"),
        ("maintenance", "added", "Works"),
        ("channel", "removed", "Hook"),
        ("contact", "removed", "Crew"),
        ("contact", "changed", "Crew"),
        ("contact", "added", "Team"),
        ("channel", "changed", "Hook"),
        ("channel", "added", "Hook"),
    ]
    assert differences(found[1]) == {"active": (True, False)}
    assert differences(found[7]) == {"settings.secret": (MASK, MASK)}
    assert b"-secret" not in b"".join(store.client.zrange("up:{a1}:audit", 0, -1))


def test_tags_projects_and_what_people_say_are_told(core: Core) -> None:
    tag = core.tags.add(1, "eu", "#000000", NOW)
    core.tags.change(1, tag.id, NOW, name="Europe")
    first, second = (core.projects.add(1, ProjectDraft(name), NOW) for name in ("a", "b"))
    core.projects.arrange(1, [second.id, first.id], NOW)
    core.projects.remove(1, first.id, NOW)
    core.tags.remove(1, tag.id, NOW)
    river = core.monitors.add(1, MonitorDraft("River", "manual", {}), NOW)
    for _ in range(2):
        core.manual.say(1, river.id, Status.DOWN, "two metres", "bob", NOW)
    found = told(core)
    assert lines(found) == [
        ("monitor", "changed", "River"), ("monitor", "added", "River"), ("tag", "removed", "Europe"),
        ("project", "removed", "a"), ("project", "changed", "a"), ("project", "added", "b"), ("project", "added", "a"),
        ("tag", "changed", "Europe"), ("tag", "added", "eu"),
    ]  # fmt: skip
    assert differences(found[0]) == {"status": ("unknown", "down"), "message": ("", "two metres")}
    assert differences(found[-2]) == {"name": ("eu", "Europe")}


def test_a_new_token_of_a_push_monitor_is_told_and_not_shown(core: Core) -> None:
    made = core.monitors.add(1, MonitorDraft("Backup", "push", {}), NOW)
    renewed = core.monitors.renew_token(1, made.id, NOW)
    [changed, added] = told(core)
    assert differences(changed) == {"target.token": (MASK, MASK)}
    for secret in (made.target["token"], renewed.target["token"]):
        assert str(secret) not in repr([changed, added])
