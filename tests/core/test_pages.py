"""Status pages through the core: made, named, ordered, protected, and who may see what of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import NOW
from tests.core.conftest import accepted, at_once, draft
from uptime.core import Core
from uptime.domain.errors import Conflict, Invalid, NotFound, TooMany, Unauthenticated
from uptime.domain.status_page import Access, PageDraft, Section, StatusPage, Theme

LATER = NOW + timedelta(hours=1)


def add(core: Core, slug: str = "shop", account: int = 1, **fields: Any) -> StatusPage:
    return core.pages.add(account, PageDraft(slug, fields.pop("title", "Shop"), **fields), NOW)


def change(core: Core, page: StatusPage, **fields: Any) -> StatusPage:
    return core.pages.change(page.account, page.id, lambda before: replace(before, **fields), LATER)


def test_the_first_page_is_always_there_and_is_the_site(core: Core) -> None:
    [first] = core.pages.list(1)
    assert (first.id, first.slug, first.title, first.sections) == (1, "default", "Service Status", ())
    change(core, first, title="Hello", theme=Theme.DARK, published=False)
    assert core.sites.get(1).page.title == "Hello"
    assert not core.sites.get(1).page.enabled
    core.sites.update(1, lambda site: replace(site, page=replace(site.page, title="Again")))
    again = core.pages.by_slug("Default")
    assert (again.title, again.theme, again.published, again.updated_at) == ("Again", Theme.DARK, False, LATER)
    assert core.pages.list(2) == []


def test_the_first_page_keeps_its_slug_and_is_not_deleted(core: Core) -> None:
    with pytest.raises(Invalid):
        change(core, core.pages.first(), slug="other")
    with pytest.raises(Conflict):
        core.pages.remove(1, 1, NOW)
    with pytest.raises(Conflict):
        add(core, "default")
    with pytest.raises(NotFound):
        core.pages.get(2, 1)


def test_a_page_is_made_found_changed_and_deleted(core: Core) -> None:
    made = add(core, hosts=("status.example.com",), description="d")
    assert made.id == 2
    assert core.pages.get(1, 2) == core.pages.by_slug("SHOP") == core.pages.by_host("Status.example.com.") == made
    after = change(core, made, slug="store", hosts=("up.example.com",))
    assert (after.id, after.created_at, after.updated_at, after.description) == (2, NOW, LATER, "d")
    for gone in (lambda: core.pages.by_slug("shop"), lambda: core.pages.by_host("status.example.com")):
        with pytest.raises(NotFound):
            gone()
    assert core.pages.by_host("up.example.com") == after
    core.pages.remove(1, 2, NOW)
    with pytest.raises(NotFound):
        core.pages.by_slug("store")
    assert add(core, "store", hosts=("up.example.com",)).id == 3


def test_names_belong_to_one_page_of_all_accounts(core: Core) -> None:
    add(core, hosts=("status.example.com",))
    for fields in ({"slug": "Shop"}, {"slug": "other", "hosts": ("status.example.com",)}):
        with pytest.raises(Conflict):
            add(core, account=2, **fields)
    theirs = add(core, "other", account=2)
    with pytest.raises(Conflict):
        change(core, theirs, slug="shop")
    assert core.pages.by_slug("shop").account == 1


def test_of_two_who_want_a_slug_at_once_one_gets_it(cores: list[Core]) -> None:
    made = at_once(*(lambda core=core: add(core, "wanted") for core in cores))
    assert len(accepted(made)) == 1
    assert cores[0].pages.by_slug("wanted") == accepted(made)[0]


def test_changes_at_once_are_all_kept(cores: list[Core]) -> None:
    page = add(cores[0], sections=())

    def lengthen(core: Core) -> StatusPage:
        return core.pages.change(1, page.id, lambda before: replace(before, footer=before.footer + "x"), NOW)

    at_once(*(lambda core=core: lengthen(core) for core in cores))
    assert cores[0].pages.get(1, page.id).footer == "x" * len(cores)


def test_what_is_not_ones_own_does_not_exist(core: Core) -> None:
    mine, theirs = core.monitors.add(1, draft(), NOW), core.monitors.add(2, draft(), NOW)
    page = add(core, sections=(Section("", (mine.id,)),))
    for attempt in (
        lambda: core.pages.get(2, page.id),
        lambda: core.pages.change(2, page.id, lambda before: before, NOW),
        lambda: core.pages.publish(2, page.id, False, NOW),
        lambda: core.pages.protect(2, page.id, Access.LINK, None, NOW),
        lambda: core.pages.remove(2, page.id, NOW),
        lambda: core.pages.reorder(2, [page.id], NOW),
    ):
        with pytest.raises(NotFound):
            attempt()
    for monitor_id in (theirs.id, 99):
        with pytest.raises(Invalid):
            add(core, "x", sections=(Section("", (monitor_id,)),))
    core.monitors.remove(1, mine.id, NOW, keep_history=False)
    assert change(core, page, title="New").listed == (mine.id,)


def test_pages_stand_in_the_order_they_were_put(core: Core) -> None:
    for slug in ("a", "b", "c"):
        add(core, slug)
    assert [page.slug for page in core.pages.list(1)] == ["default", "a", "b", "c"]
    core.pages.reorder(1, [4, 1], NOW)
    assert [page.slug for page in core.pages.list(1)] == ["c", "default", "a", "b"]
    assert add(core, "d").position == 4
    with pytest.raises(NotFound):
        core.pages.reorder(1, [99], NOW)


def test_a_password_lets_readers_in_until_it_changes(core: Core) -> None:
    page = core.pages.protect(1, add(core).id, Access.PASSWORD, "sesame", NOW)
    assert not core.pages.admits(page, [], NOW)
    with pytest.raises(Unauthenticated):
        core.pages.unlock(page, "wrong", "1.2.3.4", NOW)
    token = core.pages.unlock(page, "sesame", "1.2.3.4", NOW)
    assert core.pages.admits(page, ["rubbish", token], NOW)
    assert not core.pages.admits(page, [token], NOW + timedelta(days=31))
    other = core.pages.protect(1, add(core, "other").id, Access.LINK, None, NOW)
    assert not core.pages.admits(other, [token], NOW)
    again = core.pages.protect(1, page.id, Access.PASSWORD, None, NOW)
    assert not core.pages.admits(again, [token], NOW)
    assert core.pages.unlock(again, "sesame", "1.2.3.4", NOW)
    assert "sesame" not in repr(again)


def test_passwords_are_not_guessed(core: Core) -> None:
    page = core.pages.protect(1, add(core).id, Access.PASSWORD, "sesame", NOW)
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            core.pages.unlock(page, "wrong", "1.2.3.4", NOW)
    with pytest.raises(TooMany):
        core.pages.unlock(page, "sesame", "1.2.3.4", NOW)
    assert core.pages.unlock(page, "sesame", "5.6.7.8", NOW)


def test_a_page_with_a_password_needs_one(core: Core) -> None:
    page = add(core)
    for password in (None, "", "x" * 1_025, "\ud800"):
        with pytest.raises(Invalid):
            core.pages.protect(1, page.id, Access.PASSWORD, password, NOW)
    open_ = core.pages.protect(1, page.id, Access.PUBLIC, None, NOW)
    with pytest.raises(Unauthenticated):
        core.pages.unlock(open_, "", "1.2.3.4", NOW)


def test_a_link_opens_its_page_until_it_is_renewed(core: Core) -> None:
    page = core.pages.protect(1, add(core).id, Access.LINK, None, NOW)
    token = core.pages.link(page)
    assert core.pages.admits(page, [token], NOW + timedelta(days=3_650))
    hidden = core.pages.publish(1, page.id, False, NOW)
    assert not core.pages.admits(hidden, [token], NOW)
    renewed = core.pages.protect(1, page.id, Access.LINK, None, NOW)
    assert not core.pages.admits(replace(renewed, published=True), [token], NOW)


def test_only_what_stands_on_an_open_page_is_public(core: Core) -> None:
    core.pages.publish(1, 1, False, NOW)
    listed, hidden = core.monitors.add(1, draft("a"), NOW), core.monitors.add(1, draft("b"), NOW)
    theirs = core.monitors.add(2, draft("c"), NOW)
    page = add(core, sections=(Section("", (listed.id,)),))
    add(core, "theirs", account=2, sections=(Section("", (theirs.id,)),))
    assert core.pages.public(1, [listed, hidden]) == [listed]
    assert core.pages.public_monitor(listed.id) == listed
    assert core.pages.public_monitor(theirs.id) == theirs
    core.pages.protect(1, page.id, Access.LINK, None, NOW)
    for monitor_id in (listed.id, hidden.id, 99):
        with pytest.raises(NotFound):
            core.pages.public_monitor(monitor_id)
