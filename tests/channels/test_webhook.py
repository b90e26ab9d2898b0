"""Webhooks: what is in the body, who can verify it, and what an answer means."""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.channels.telling import CLOSED, DOWN, SEVERAL, out
from tests.servers.hooks import Hooks, listening
from uptime.channels.webhook import CHANNEL, compose, signed
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.domain.notification import Notification, Occasion

DOCS = (Path(__file__).parent.parent.parent / "docs" / "channels.md").read_text()

SECRET = "sesame's öffne $dich"


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with listening() as found:
        yield found


def test_the_body_holds_the_whole_event(hooks: Hooks) -> None:
    settings = CHANNEL.build({"url": f"{hooks.url}/in?token=1", "headers": {"Authorization": "Bearer x"}})
    CHANNEL.send(settings, DOWN, out())
    (hit,) = hooks.hits
    assert (hit.method, hit.path, hit.headers["Content-Type"]) == ("POST", "/in?token=1", "application/json")
    assert (hit.headers["Authorization"], hit.headers["X-Upspeak-Event"]) == ("Bearer x", "m7-4")
    assert "X-Upspeak-Signature" not in hit.headers
    assert json.loads(hit.body) == {
        "version": 1,
        "event": "m7-4",
        "occasion": "down",
        "title": DOWN.title,
        "text": DOWN.text,
        "at": "2026-03-02T10:00:05.000Z",
        "monitor": {"id": 7, "name": "Shop <b>", "type": "http", "address": "https://shop.example/"},
        "status": "down",
        "before": "up",
        "since": "2026-03-02T10:00:05.000Z",
        "duration": 200.0,
        "reason": "status",
        "message": "Answered 503 Service Unavailable, but 200 was expected.",
        "link": "https://up.example/monitors/7?a=1&b=2",
        "evidence": {
            "statusCode": 503,
            "latencyMs": 123.4,
            "phases": {"nameMs": 1, "connectMs": 2, "tlsMs": 3, "waitMs": 100, "receiveMs": 0},
            "excerpt": "HTTP 503 Service Unavailable\nserver: <nginx>",
        },
        "lines": [],
    }


def test_several_changes_stand_in_lines_and_what_is_not_known_is_null() -> None:
    several = json.loads(compose(SEVERAL))
    assert several["lines"][0] == {
        "event": "m7-4",
        "name": "Shop",
        "status": "down",
        "at": "2026-03-02T10:00:05.000Z",
        "message": "Port 80 is closed.",
    }
    assert (several["monitor"], several["status"], several["evidence"], several["link"]) == (None, None, None, None)


def test_the_documented_body_is_what_is_sent() -> None:
    documented = json.loads(re.search(r"```json\n(.*?)```", DOCS, re.DOTALL)[1])  # type: ignore[index]
    sent = json.loads(compose(DOWN))

    def shape(value: object) -> object:
        return {name: shape(inner) for name, inner in value.items()} if isinstance(value, dict) else type(value)

    assert shape(documented) == shape(sent)
    missing = [occasion for occasion in Occasion if f"`{occasion.value}`" not in DOCS]
    assert missing == []


def test_each_sending_is_signed_anew_about_the_same_event(hooks: Hooks) -> None:
    settings = CHANNEL.build({"url": hooks.url, "secret": SECRET, "method": "PUT"})
    before = int(time.time())
    CHANNEL.send(settings, DOWN, out())
    CHANNEL.send(settings, replace(DOWN, at=DOWN.at), out())
    first, second = hooks.hits
    assert first.method == "PUT"
    assert first.body == second.body
    for hit in hooks.hits:
        stamp = int(hit.headers["X-Upspeak-Timestamp"])
        assert before <= stamp <= time.time()
        assert hit.headers["X-Upspeak-Signature"] == signed(hit.body, SECRET, stamp)


def test_a_signature_is_the_documented_one() -> None:
    assert signed(b"{}", "secret", 1_772_445_605) == (
        "v1=aaa6c45750b48be12218de85a41157ce11877f17f21eb5181ee61ca3902c38e3"
    )


Verify = Callable[[str, str, str, Path], bool]


def documented(language: str) -> str:
    """The example in the docs."""
    after = DOCS.partition("### Verifying a webhook")[2]
    return re.search(rf"```{language}\n(.*?)```", after, re.DOTALL)[1]  # type: ignore[index]


DRIVERS = {
    "python": (
        [sys.executable, "-c"],
        "\nimport sys\nbody = open(sys.argv[4], 'rb').read()\nsys.exit(not verified(*sys.argv[1:4], body))",
    ),
    "js": (
        ["node", "-e"],
        "\nconst [secret, timestamp, signature, file] = process.argv.slice(1);"
        "\nconst body = require('node:fs').readFileSync(file);"
        "\nprocess.exit(verified(secret, timestamp, signature, body) ? 0 : 1);",
    ),
    "sh": (["sh", "-c"], '\nverified "$0" "$@"'),
}


@pytest.mark.parametrize("language", DRIVERS)
def test_the_documented_examples_verify_what_is_sent(language: str, hooks: Hooks, tmp_path: Path) -> None:
    program, driver = DRIVERS[language]
    assert shutil.which(program[0]), f"{program[0]} is needed"
    CHANNEL.send(CHANNEL.build({"url": hooks.url, "secret": SECRET}), DOWN, out())
    (hit,) = hooks.hits
    stamp, signature = hit.headers["X-Upspeak-Timestamp"], hit.headers["X-Upspeak-Signature"]
    file = tmp_path / "body"

    def verified(secret: str, timestamp: str, given: str, body: bytes) -> bool:
        file.write_bytes(body)
        done = subprocess.run(
            [*program, documented(language) + driver, secret, timestamp, given, str(file)],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.stderr == ""
        return done.returncode == 0

    old = str(int(stamp) - 301)
    assert verified(SECRET, stamp, signature, hit.body)
    assert not verified(SECRET, stamp, signature, hit.body + b" ")
    assert not verified("another", stamp, signature, hit.body)
    assert not verified(SECRET, str(int(stamp) + 1), signature, hit.body)
    assert not verified(SECRET, stamp, "v1=", hit.body)
    assert not verified(SECRET, old, signed(hit.body, SECRET, int(old)), hit.body)


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        (301, True),
        (302, False),
        (400, True),
        (404, True),
        (410, True),
        (408, False),
        (429, False),
        (500, False),
        (503, False),
    ],
)
def test_an_answer_decides_whether_it_is_tried_again(hooks: Hooks, status: int, permanent: bool) -> None:
    hooks.status, hooks.headers = status, {"Location": "/elsewhere"}
    with pytest.raises(DeliveryFailed) as refused:
        CHANNEL.send(CHANNEL.build({"url": f"{hooks.url}/secret-path"}), DOWN, out())
    assert refused.value.permanent is permanent
    assert refused.value.message.startswith(f"127.0.0.1:{hooks.port} ")
    assert f"({status})" in refused.value.message
    assert "secret-path" not in refused.value.message
    assert len(hooks.hits) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_success_is_one(hooks: Hooks, status: int) -> None:
    hooks.status = status
    CHANNEL.send(CHANNEL.build({"url": hooks.url}), DOWN, out())


def test_a_pause_that_is_asked_for_is_told(hooks: Hooks) -> None:
    hooks.status, hooks.headers = 503, {"Retry-After": "7"}
    with pytest.raises(DeliveryFailed) as refused:
        CHANNEL.send(CHANNEL.build({"url": hooks.url}), DOWN, out())
    assert refused.value.retry_after == 7


def test_a_private_address_and_a_closed_port_are_sentences(hooks: Hooks) -> None:
    with pytest.raises(DeliveryFailed, match="not allowed") as refused:
        CHANNEL.send(CHANNEL.build({"url": hooks.url}), DOWN, out(CLOSED))
    assert refused.value.permanent
    assert hooks.hits == []
    with pytest.raises(DeliveryFailed, match="cannot be reached") as refused:
        CHANNEL.send(CHANNEL.build({"url": "http://127.0.0.1:1/"}), DOWN, out())
    assert not refused.value.permanent


@pytest.mark.parametrize(
    "raw",
    [{}, {"url": "example.com"}, {"url": "ftp://example.com"}, {"url": "http://"}, {"url": "http://a b/"},
     {"url": "http://[::1"}, {"url": "http://a:0/"}, {"url": "http://a", "method": "GET"},
     {"url": "http://a", "headers": {"a b": "c"}}, {"url": "http://a", "headers": {"a": "b\r\nc: d"}},
     {"url": "http://a", "headers": {"a": "ö"}}, {"url": "http://a", "headers": {"Host": "b"}},
     {"url": "http://a", "headers": {"X-Upspeak-Event": "b"}}, {"url": "http://a", "headers": {"a": " b"}}],
)  # fmt: skip
def test_nonsense_is_refused_by_field(raw: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        CHANNEL.build(raw)  # type: ignore[arg-type]
    assert refused.value.field in {"url", "method", "headers"}


def test_nothing_secret_is_in_the_place() -> None:
    settings = CHANNEL.build({"url": "https://up:sesame@hooks.example.com:8443/T00/B00?key=1", "secret": "s"})
    assert CHANNEL.place(settings) == "hooks.example.com:8443"
    assert CHANNEL.secrets() == {"url", "secret", "headers"}
    assert CHANNEL.build(CHANNEL.dump(settings)) == settings


def test_text_that_cannot_be_written_is_no_reason_not_to_send(hooks: Hooks) -> None:
    CHANNEL.send(CHANNEL.build({"url": hooks.url}), Notification("e", Occasion.TEST, "\ud800", "", DOWN.at), out())
    assert json.loads(hooks.hits[0].body)["title"] == "?"
