"""Forms made from the settings of a check type."""

from dataclasses import dataclass

import pytest

from uptime.checks._kind import setting
from uptime.site.forms import Widget, filled, read, shown, target_fields


@dataclass(frozen=True, slots=True)
class Everything:
    host: str = setting("Host")
    port: int = setting("Port", low=1, high=65_535)
    share: float = setting("Share", default=0.5, low=0, high=1)
    days: int | None = setting("Days", default=None)
    loud: bool = setting("Loud", default=True)
    kind: str = setting("Kind", default="a", choices=("a", "b"))
    word: str = setting("Word", default="", secret=True)
    body: str = setting("Body", default="", lines=True)
    codes: tuple[str, ...] = setting("Codes", default=("200", "2xx"))
    headers: dict[str, str] = setting("Headers", default={"A": "b: c"})  # noqa: RUF009 - made anew for each


FIELDS = target_fields(Everything)
GOOD = {"target.host": " example.org ", "target.port": "80"}


def test_each_type_of_value_has_its_widget_and_default():
    assert {field.name.removeprefix("target."): (field.widget, field.value) for field in FIELDS} == {
        "host": (Widget.TEXT, ""),
        "port": (Widget.NUMBER, ""),
        "share": (Widget.NUMBER, "0.5"),
        "days": (Widget.NUMBER, ""),
        "loud": (Widget.CHECK, "on"),
        "kind": (Widget.CHOICE, "a"),
        "word": (Widget.SECRET, ""),
        "body": (Widget.LINES, ""),
        "codes": (Widget.LIST, "200\n2xx"),
        "headers": (Widget.PAIRS, "A: b: c"),
    }
    assert [field.name for field in FIELDS if field.required] == ["target.host", "target.port"]


def test_what_a_form_shows_is_read_back_as_it_was():
    typed = {field.name: field.value for field in FIELDS if field.value} | GOOD
    values, errors = read(FIELDS, typed)
    assert errors == {}
    assert values == {
        "target.host": "example.org", "target.port": 80, "target.share": 0.5, "target.days": None,
        "target.loud": True, "target.kind": "a", "target.word": "", "target.body": "",
        "target.codes": ["200", "2xx"], "target.headers": {"A": "b: c"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("host", "", "Host is missing."),
        ("port", "http", "Port must be a whole number."),
        ("port", "8.5", "Port must be a whole number."),
        ("port", "0", "Port must be from 1 to 65535."),
        ("share", "half", "Share must be a number."),
        ("share", "nan", "Share must be a number."),
        ("kind", "c", "Kind: choose one of the list."),
        ("headers", "no colon", "Write each line as “Name: value”; “no colon” is not."),
    ],
)
def test_what_cannot_be_read_is_explained(name, text, complaint):
    _, errors = read(FIELDS, GOOD | {f"target.{name}": text})
    assert errors == {f"target.{name}": complaint}


def test_a_number_left_empty_takes_its_default_and_an_optional_one_is_none():
    values, _ = read(FIELDS, GOOD | {"target.share": "", "target.days": ""})
    assert "target.share" not in values
    assert values["target.days"] is None


def test_a_secret_keeps_its_blanks():
    values, _ = read(FIELDS, GOOD | {"target.word": " open sesame "})
    assert values["target.word"] == " open sesame "


def test_a_box_that_is_not_ticked_is_shown_so_again():
    fields = {field.name: field for field in filled(FIELDS, {"target.loud": ""}, {"target.host": "No."})}
    assert fields["target.loud"].value == ""
    assert fields["target.host"].error == "No."
    assert shown(True) == "on"
