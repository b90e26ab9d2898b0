"""Targets: built from plain values, bounded by what each setting says, and written back."""

import math
from dataclasses import dataclass

import pytest

from uptime.checks import check_types
from uptime.checks._kind import CheckFailed, CheckType, down, setting, up
from uptime.domain.errors import Invalid
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Reason, Result


def _even(number: int) -> int:
    if number % 2:
        raise ValueError("The number must be even.")
    return number


@dataclass(frozen=True, slots=True)
class Thing:
    """One setting of each kind."""

    name: str = setting("Name", limit=10)
    colour: str = setting("Colour", default="red", choices=("red", "blue"))
    text: str = setting("Text", default="", lines=True)
    secret: str = setting("Secret", default="", secret=True)
    number: int = setting("Number", default=2, low=0, high=2_000_000, check=_even)
    share: float = setting("Share", default=0.5, low=0, high=1)
    least: int = setting("Least", default=3, low=3)
    most: int = setting("Most", default=3, high=3)
    days: int | None = setting("Days", default=None, low=1)
    wanted: bool = setting("Wanted", default=True)
    words: tuple[str, ...] = setting("Words", default=())
    ports: tuple[int, ...] = setting("Ports", default=(), low=1, high=65_535)
    headers: dict[str, str] = setting("Headers", default={})  # noqa: RUF009


async def run(target: Thing, net: object) -> Result:
    return up("Seen")


KIND = CheckType("thing", "Thing", Thing, run, str, lambda url: {}, ("thing",))


def test_what_is_not_said_is_the_default() -> None:
    assert KIND.build({"name": "a"}) == Thing("a")
    assert KIND.build({"name": "a"}).headers == {}


def test_what_is_stored_builds_the_same_target_again() -> None:
    raw = {"name": "a", "days": 3, "words": ["x", "y"], "headers": {"k": "v"}, "share": 1, "wanted": False}
    target = KIND.build(raw)
    assert KIND.dump(target)["words"] == ["x", "y"]
    assert KIND.build(KIND.dump(target)) == target


def test_what_no_setting_is_named_after_is_ignored() -> None:
    assert KIND.build({"name": "a", "colour of the sky": 1}) == Thing("a")


def test_the_secrets_are_known_by_name() -> None:
    assert KIND.secrets() == {"secret"}


REFUSED = [
    ({}, "name", "Name is missing."),
    ({"name": None}, "name", "Name is of the wrong type."),
    ({"name": 3}, "name", "Name is of the wrong type."),
    ({"name": "a" * 11}, "name", "Name is longer than 10 characters."),
    ({"name": "a\nb"}, "name", "Name holds control characters."),
    ({"text": "a\x00b"}, "text", "Text holds control characters."),
    ({"colour": "green"}, "colour", "Colour must be one of red, blue."),
    ({"number": True}, "number", "Number is of the wrong type."),
    ({"number": "2"}, "number", "Number is of the wrong type."),
    ({"number": 2.5}, "number", "Number must be a whole number."),
    ({"number": 3}, "number", "The number must be even."),
    ({"number": 2_000_001}, "number", "Number must be from 0 to 2000000."),
    ({"number": -1}, "number", "Number must be from 0 to 2000000."),
    ({"number": 10**400}, "number", "Number is not a number that can be used."),
    ({"share": math.nan}, "share", "Share is not a number that can be used."),
    ({"share": math.inf}, "share", "Share is not a number that can be used."),
    ({"number": math.nan}, "number", "Number is not a number that can be used."),
    ({"least": 2}, "least", "Least must be at least 3."),
    ({"most": 4}, "most", "Most must be at most 3."),
    ({"days": 0}, "days", "Days must be at least 1."),
    ({"wanted": 1}, "wanted", "Wanted is of the wrong type."),
    ({"words": "x"}, "words", "Words is of the wrong type."),
    ({"words": [1]}, "words", "Words is of the wrong type."),
    ({"words": ["x"] * 101}, "words", "Words has more than 100 entries."),
    ({"ports": [0]}, "ports", "Ports must be from 1 to 65535."),
    ({"headers": []}, "headers", "Headers is of the wrong type."),
    ({"headers": {"k": 1}}, "headers", "Headers is of the wrong type."),
    ({"headers": {str(n): "" for n in range(101)}}, "headers", "Headers has more than 100 entries."),
]


@pytest.mark.parametrize(("raw", "field", "message"), REFUSED)
def test_what_is_out_of_bounds_is_refused_by_name(raw: dict, field: str, message: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(Invalid) as refused:
        KIND.build(raw if field == "name" else {"name": "a", **raw})
    assert (refused.value.field, refused.value.message) == (field, message)


def test_both_ends_of_each_bound_are_accepted() -> None:
    for raw in ({"number": 0}, {"number": 2_000_000}, {"share": 0}, {"share": 1.0}, {"number": 4.0}, {"days": None}):
        KIND.build({"name": "a" * 10, **raw})
    KIND.build({"name": "a", "text": "one\n\ttwo", "words": ["x"] * 100})


def test_a_message_and_its_evidence_are_cut_to_length() -> None:
    found = down(Reason.STATUS, "m" * 300, evidence="e" * 3_000)
    assert (len(found.message), len(found.evidence or "")) == (200, 1_000)
    assert CheckFailed(Reason.DNS, "No such name.").result == down(Reason.DNS, "No such name.")


CALL = {"proto": "syntax = 'proto3';", "service": "a.B", "method": "C", "keyword": "fine"}
BESIDE: dict[str, tuple[str, dict[str, JsonValue]]] = {
    "keyword": ("http", {"keyword": "fine"}),
    "json-query": ("http", {"expected": "fine"}),
    "grpc-keyword": ("grpc", {**CALL}),
}
"""Types whose URLs are those of another: its scheme, and the settings that they need beside."""

PORTED = ("tcp", "tls", "udp", "grpc", "grpc-keyword")


@pytest.mark.parametrize("kind", check_types().values(), ids=lambda kind: kind.word)
def test_every_type_reads_the_address_it_shows(kind: CheckType) -> None:
    assert bool(kind.schemes) is (kind.word not in BESIDE)
    scheme, beside = BESIDE.get(kind.word) or (kind.schemes[0], {})
    target = kind.build(kind.parse(f"{scheme}://example.com{':8080' if kind.word in PORTED else ''}") | beside)
    assert kind.build(kind.parse(kind.address(target)) | beside) == target
    assert kind.build(kind.dump(target)) == target


REFUSED_URLS = {
    "tcp": [
        "tcp://",
        "tcp://host",
        "tcp://host:0",
        "tcp://host:65536",
        "tcp://host:80/path",
        "tcp://a b:80",
        "tcp://host:80?x=1",
    ],
    "tls": ["tls://", "tls://user@host", "tls://host\\x", "tls://host#x", "tls://[::1", "tls://" + "a" * 64],
    "dns": ["dns://", "dns://host?type=XYZ", "dns://host/path", "dns://ho\nst", "dns://host?server=a:b:c:"],
    "udp": ["udp://", "udp://host", "udp://host:0", "udp://host:80/path", "tcp://host:80"],
    "ssh": ["ssh://", "ssh://user@host", "ssh://host/path", "ssh:host"],
    "smtp": ["smtp://", "smtps://", "smtp://user@host", "smtpss://host", "imap://host", "smtp://host:99999"],
    "imap": ["imap://", "imaps://host/INBOX", "imap4://host"],
    "pop3": ["pop3://", "pop://host", "pop3s://host?x=1"],
    "websocket": ["ws://", "http://host", "wss://host:0"],
    "ping": ["ping://", "ping://host:80", "http://host", "ping:host", "ping://" + "a." * 5_000],
}


@pytest.mark.parametrize(("word", "url"), [(word, url) for word, urls in REFUSED_URLS.items() for url in urls])
def test_an_address_of_no_such_form_is_refused(word: str, url: str) -> None:
    kind = check_types()[word]
    with pytest.raises(Invalid):
        kind.build(kind.parse(url))


def test_addresses_of_every_form_are_read() -> None:
    kinds = check_types()
    read = {url: kinds[url.partition(":")[0]].parse(url) for url in (
        "tcp://[::1]:80", "tls://münchen.example", "dns://_dmarc.example.com?type=txt&server=[::1]:5353", "ping://[::1]",
    )}  # fmt: skip
    assert list(read.values()) == [
        {"host": "::1", "port": 80},
        {"host": "münchen.example", "port": 443},
        {"name": "_dmarc.example.com", "record_type": "TXT", "server": "[::1]:5353"},
        {"host": "::1"},
    ]
