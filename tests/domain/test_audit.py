"""What differs between two states of a noun, and what of it may be shown."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.conftest import NOW
from uptime.domain.audit import Actor, Change, Entry, Verb, Wanted, actor_of, changes
from uptime.domain.masking import MASK
from uptime.domain.settings import PublicPage, Site
from uptime.domain.user import Caller, Role, Scope


@dataclass(frozen=True)
class Part:
    colour: str = ""
    key: str = ""


@dataclass(frozen=True)
class Thing:
    id: int = 1
    name: str = "a"
    size: int | None = None
    role: Role = Role.VIEWER
    part: Part = Part()
    target: dict[str, object] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    updated_at: object = None


THING = Thing()


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (THING, []),
        (replace(THING, id=2, updated_at=NOW), []),
        (replace(THING, name="b"), [("name", "a", "b")]),
        (replace(THING, size=0), [("size", None, 0)]),
        (replace(THING, role=Role.ADMIN), [("role", "viewer", "admin")]),
        (replace(THING, part=Part("red")), [("part.colour", "", "red")]),
        (replace(THING, target={"url": "x", "empty": ""}), [("target.url", None, "x")]),
        (replace(THING, target={"when": NOW}), [("target.when", None, "2026-03-02T10:00:00+00:00")]),
        (replace(THING, parts=(Part("red"),)), [("parts", [], [{"colour": "red", "key": ""}])]),
        (replace(THING, name="b", size=1), [("name", "a", "b"), ("size", None, 1)]),
    ],
)
def test_the_fields_that_differ_are_told(after: Thing, found: list[tuple[str, object, object]]) -> None:
    assert [(one.field, one.before, one.after) for one in changes(THING, after)] == found


def test_what_was_added_or_removed_is_told_whole_but_for_what_is_empty() -> None:
    thing = Thing(name="a", part=Part("red"))
    made = [(one.field, one.before, one.after) for one in changes(None, thing)]
    assert made == [("name", None, "a"), ("role", None, "viewer"), ("part.colour", None, "red")]
    gone = [(one.field, one.before, one.after) for one in changes(thing, None)]
    assert gone == [("name", "a", None), ("role", "viewer", None), ("part.colour", "red", None)]


@pytest.mark.parametrize("hidden", ["part.key", "part"])
@pytest.mark.parametrize(("before", "after"), [("", "s3cret"), ("s3cret", ""), ("s3cret", "an0ther")])
def test_secrets_are_asterisks_but_that_they_changed_is_told(hidden: str, before: str, after: str) -> None:
    found = changes(replace(THING, part=Part(key=before)), replace(THING, part=Part(key=after)), {hidden})
    assert found == (Change("part.key", MASK if before else None, MASK if after else None),)


def test_passwords_in_urls_are_masked_wherever_they_stand() -> None:
    before, after = "https://u:old@host/", "https://u:new@host/"
    found = changes(
        replace(THING, target={"url": before, "urls": [before]}),
        replace(THING, target={"url": after, "urls": [after]}),
    )
    shown = f"https://u:{MASK}@host/"
    assert [(one.before, one.after) for one in found] == [(shown, shown), ([shown], [shown])]


def test_long_texts_are_cut_and_many_changes_too() -> None:
    (found,) = changes(THING, replace(THING, name="x" * 5_000))
    assert found.after == "x" * 300 + "…"
    many = replace(THING, target={str(number): "x" for number in range(500)})
    assert len(changes(THING, many)) == 100


def test_the_settings_of_a_site_are_told_by_their_parts() -> None:
    before = Site(modified_at=NOW)
    after = replace(before, page=PublicPage(enabled=False), modified_at=NOW + timedelta(hours=1))
    assert changes(before, after) == (Change("page.enabled", True, False),)


def test_an_actor_is_a_user_perhaps_with_a_key_or_a_stranger() -> None:
    caller = Caller(1, Scope.ADMIN, "key 7", user_id=3, user_name="bob", key_id=7)
    assert actor_of(caller, "192.0.2.1") == Actor("bob", 3, 7, "192.0.2.1")
    assert actor_of(Caller(1, Scope.PING, "cron secret"), "") == Actor("cron secret")
    assert actor_of(None, "192.0.2.1") == Actor("stranger", None, None, "192.0.2.1")


ENTRY = Entry(1, NOW, 1, Actor("bob", 3), Verb.CHANGED, "monitor", "7", "Shop")


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(), True),
        (Wanted("monitor", Verb.CHANGED, 3, "7", NOW, NOW), True),
        (Wanted(noun="user"), False),
        (Wanted(verb=Verb.ADDED), False),
        (Wanted(user_id=4), False),
        (Wanted(object_id="8"), False),
        (Wanted(since=NOW + timedelta(seconds=1)), False),
        (Wanted(until=NOW - timedelta(seconds=1)), False),
    ],
)
def test_an_entry_fits_whatever_is_asked_for(wanted: Wanted, fits: bool) -> None:
    assert wanted.fits(ENTRY) is fits
