"""What belongs to no single noun: the site, the run log, the reset, the address of the store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.core.conftest import PASSWORD, at_once, draft
from uptime.config import Settings
from uptime.core import Core
from uptime.domain.cron_job import Run
from uptime.domain.settings import Site
from uptime.domain.user import Scope
from uptime.store import Store


def test_a_site_that_was_never_saved_is_the_default(core: Core) -> None:
    assert core.sites.get(1) == Site()


def test_edits_of_a_site_at_the_same_moment_are_all_kept(cores: list[Core]) -> None:
    def raise_ten_times(core: Core) -> None:
        for _ in range(10):
            core.sites.update(1, lambda site: replace(site, refresh_ms=site.refresh_ms + 1))

    at_once(*(lambda c=c: raise_ten_times(c) for c in cores))
    assert cores[0].sites.get(1).refresh_ms == 60_000 + 10 * len(cores)
    assert cores[0].sites.get(2) == Site()


def test_an_edit_that_fails_changes_nothing(core: Core) -> None:
    def broken(site: Site) -> Site:
        raise ValueError

    with pytest.raises(ValueError):
        core.sites.update(1, broken)
    assert core.sites.get(1) == Site()


def test_the_run_log_keeps_the_newest_thousand(core: Core, store: Store) -> None:
    for second in range(1_010):
        store.runs.append(1, Run(NOW + timedelta(seconds=second), 1, 2, 60_000, "internal"))
    runs = core.runs.recent(1)
    assert len(runs) == 1_000
    assert [run.at - NOW for run in runs[:2]] == [timedelta(seconds=1_009), timedelta(seconds=1_008)]
    assert len(core.runs.recent(1, 0)) == 1
    assert core.runs.recent(2) == []
    core.runs.clear(1)
    assert core.runs.recent(1) == []


def test_a_reset_deletes_what_is_ours_and_nothing_else(core: Core, store: Store) -> None:
    core.users.set_up("admin", PASSWORD, "a@b.c", None, NOW)
    token, _ = core.users.login(None, PASSWORD, "192.0.2.1", NOW)
    _, secret = core.api_keys.make(1, "k", Scope.ADMIN, NOW)
    core.monitors.add(1, draft(), NOW)
    assert core.status_pages.snapshot(NOW).view.lines
    store.client.set("theirs", "1")
    assert core.reset() > 8
    assert list(store.client.scan_iter("*")) == [b"theirs"]
    assert not core.users.is_set_up()
    assert core.users.session(token, NOW) is None
    assert core.api_keys.caller(secret, NOW) is None
    assert core.status_pages.snapshot(NOW).view.lines == ()
    core.users.set_up("admin", PASSWORD, "a@b.c", None, NOW)


def test_the_address_of_the_store_is_shown_without_its_password(store: Store) -> None:
    settings = Settings(secret_key="x" * 32, redis_url="redis://bob:secret@127.0.0.1:6379/2")
    assert Core(store, settings).store_address() == "redis://bob:********@127.0.0.1:6379/2"


def test_a_ping_is_measured(core: Core) -> None:
    assert 0 < core.ping() < 1_000
