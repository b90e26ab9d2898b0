"""What all web services have in common: what is a failure, for how long, and that nothing secret is said."""

import json
import socket
import time
from datetime import timedelta
from email.utils import format_datetime

import pytest

from tests.channels.samples import AT, EVENT, EVERY, HOSTILE, LINK, hostile, long, told
from tests.channels.services import BY_WORD, CASES, HALF, SECRET, Case
from tests.servers.recording import Reply, recording
from uptime.channels import channel_types
from uptime.config import Settings
from uptime.domain import fields
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.domain.notification import Notification, Occasion
from uptime.outbound import Outbound

any_one = pytest.mark.parametrize("case", [BY_WORD["gotify"]], ids=["gotify"])
"""For what lies in no channel but in what they share."""

each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.word)

SECRETS = (SECRET, HALF, "upspeak-0123456789", "u" * 30, "http://")


def failure(case: Case, out: Outbound, *replies: Reply, about: Notification | None = None) -> DeliveryFailed:
    """How a message fails when the service answers like this; whatever it says, no secret is in it."""
    with recording(*replies) as service, pytest.raises(DeliveryFailed) as failed:
        case.kind.send(case.at(service.url), about or told(), out)
    assert not [secret for secret in SECRETS if secret in failed.value.message]
    assert failed.value.__cause__ is None
    return failed.value


@each
@pytest.mark.parametrize("occasion", EVERY)
def test_a_message_of_every_occasion_is_accepted_and_carries_its_event(case, occasion, out):
    with recording(case.accepts) as service:
        case.kind.send(case.at(service.url), told(occasion), out)
    assert len(service.asked) == 1
    assert service.asked[0].headers["x-upspeak-event"] == EVENT
    assert service.asked[0].headers["content-type"] in ("application/json", "application/x-www-form-urlencoded")
    assert service.asked[0].method == ("PUT" if case.word == "matrix" else "POST")


@each
def test_a_refusal_is_for_good_and_repeats_what_the_service_says(case, out):
    failed = failure(case, out, case.refuses)
    assert failed.permanent
    assert failed.retry_after is None
    assert case.complaint in failed.message
    assert str(case.refuses.status) in failed.message


@each
def test_a_service_that_is_busy_is_asked_again_when_it_says(case, out):
    failed = failure(case, out, Reply(429, {"error": "slow down"}, {"Retry-After": "30"}))
    assert (failed.permanent, failed.retry_after) == (False, 30)


@any_one
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_service_that_is_busy_or_broken_is_asked_again(case, status, out):
    failed = failure(case, out, Reply(status, "<html>sorry</html>", {"Content-Type": "text/html"}))
    assert not failed.permanent
    assert failed.retry_after is None
    assert failed.message == f"{failed.message.split()[0]} did not accept the message ({status})."


@any_one
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 410, 413, 422, 451])
def test_any_other_refusal_is_for_good(case, status, out):
    assert failure(case, out, Reply(status)).permanent


@any_one
@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"Retry-After": "30"}, "", 30),
        ({"Retry-After": "999999999"}, "", 86_400),
        ({"Retry-After": format_datetime(AT + timedelta(seconds=90), usegmt=True),
          "Date": format_datetime(AT, usegmt=True)}, "", 90),
        ({"Retry-After": format_datetime(AT - timedelta(seconds=90), usegmt=True)}, "", 0),
        ({"Retry-After": "soon"}, "", None),
        ({"Retry-After": "-5"}, "", None),
        ({}, {"message": "You are being rate limited.", "retry_after": 0.573, "global": False}, 0.573),
        ({}, {"ok": False, "error_code": 429, "parameters": {"retry_after": 12}}, 12),
        ({}, {"errcode": "M_LIMIT_EXCEEDED", "error": "Too many", "retry_after_ms": 2_500}, 2.5),
        ({"Retry-After": "40"}, {"retry_after": "x", "parameters": 3, "retry_after_ms": None}, 40),
        ({}, {"retry_after": -1}, None),
        ({}, '{"retry_after": NaN}', None),
        ({}, f'{{"retry_after": 1{"0" * 400}}}', 86_400),
        ({}, "[" * 30_000, None),
    ],
)  # fmt: skip
def test_the_pause_it_asks_for_is_passed_on(case, headers, body, seconds, out):
    failed = failure(case, out, Reply(429, body, headers))
    assert not failed.permanent
    assert failed.retry_after == seconds


@any_one
@pytest.mark.parametrize(("status", "permanent"), [(301, True), (302, False), (303, False), (307, False), (308, True)])
def test_a_redirect_is_a_failure_that_says_so(case, status, permanent, out):
    failed = failure(case, out, Reply(status, "", {"Location": f"https://login.example.com/{SECRET}?{HALF}"}))
    assert failed.permanent is permanent
    assert f"redirect to login.example.com ({status})" in failed.message


@each
def test_a_redirect_is_not_followed(case, out):
    with recording(case.accepts) as elsewhere:
        assert "redirect" in failure(case, out, Reply(307, "", {"Location": f"{elsewhere.url}/"})).message
    assert elsewhere.asked == []


@any_one
def test_a_redirect_to_nowhere_is_one_too(case, out):
    assert "redirect" in failure(case, out, Reply(302, "", {"Location": "http://[::1"})).message
    assert "redirect" in failure(case, out, Reply(304)).message


@each
def test_a_service_that_never_answers_is_left_at_the_deadline(case, impatient):
    began = time.monotonic()
    failed = failure(case, impatient, Reply(silent=True))
    assert time.monotonic() - began < 3
    assert not failed.permanent
    assert "in time" in failed.message


@each
def test_a_service_that_is_not_there_is_asked_again(case, out):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(DeliveryFailed, match=f"cannot be reached on port {port}") as failed:
        case.kind.send(case.at(f"http://127.0.0.1:{port}"), told(), out)
    assert not failed.value.permanent


@each
def test_a_loopback_address_is_refused_for_good_unless_it_is_allowed(case):
    with recording(case.accepts) as service, pytest.raises(DeliveryFailed, match="not allowed") as failed:
        case.kind.send(case.at(service.url), told(), Outbound(Settings(secret_key="x" * 32)))
    assert failed.value.permanent
    assert service.asked == []


@each
@pytest.mark.parametrize("status", [400, 500])
def test_a_service_that_repeats_the_request_is_not_believed_to_hold_no_secrets(case, status, out):
    with recording(case.accepts) as service:
        case.kind.send(case.at(service.url), told(), out)
    asked = service.asked[0]
    echo = " ".join(["cannot", asked.path, *asked.headers.values()])
    for body in (echo, {"error": echo}, {"errors": [echo, asked.body.decode()]}, {"message": asked.path}):
        assert failure(case, out, Reply(status, body)).message


@any_one
@pytest.mark.parametrize("body", ["x" * 5_000, {"message": "y" * 5_000}, {"error": "a\nb\x00"}, "\x00\x01", "[1]"])
def test_what_the_service_says_is_kept_to_one_short_line(case, body, out):
    message = failure(case, out, Reply(400, body)).message
    assert message.isprintable()
    assert len(message) < 260


@each
def test_the_place_names_the_host_and_nothing_secret(case):
    settings = case.at("https://chat.example.com:8443")
    line = case.kind.place(settings)
    assert line.startswith("chat.example.com:8443")
    assert not [secret for secret in SECRETS if secret in line]
    for name in case.kind.secrets():
        assert len(str(getattr(settings, name))) < 5 or str(getattr(settings, name)) not in line
    assert "\n" not in line


@each
def test_the_settings_come_back_as_they_were_stored(case):
    settings = case.at("https://chat.example.com")
    assert case.kind.build(case.kind.dump(settings)) == settings
    assert case.kind.secrets()


@each
@pytest.mark.parametrize(
    "given",
    ["chat.example.com", "ftp://chat.example.com/x", "https://", "https://a b/x", "https://me:secret@chat.example.com/x",
     "https://chat.example.com:99999/x", "http://[::1/x", "", "https://chat.example.com\\@evil.example/x"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_without_being_repeated(case, given):
    name = "url" if "url" in case.settings else "base_url"
    with pytest.raises(Invalid) as refused:
        case.kind.build({**case.settings, name: given})
    assert refused.value.field == name
    assert len(given) < 10 or given not in refused.value.message
    assert "secret" not in refused.value.message


@pytest.mark.parametrize("case", [case for case in CASES if "base_url" in case.settings], ids=lambda case: case.word)
def test_the_address_of_a_service_is_taken_with_a_slash_and_refused_with_a_query(case):
    assert case.at("https://chat.example.com/sub/").base_url == "https://chat.example.com/sub"
    for rest in ("?x=1", "#x"):
        with pytest.raises(Invalid):
            case.at(f"https://chat.example.com/{rest}")


@each
def test_every_setting_has_a_word_for_people(case):
    assert all(fields.described(field).label for field, _ in fields.fields(case.kind.settings))


@each
@pytest.mark.parametrize("occasion", EVERY)
def test_every_message_says_what_is_known(case, occasion, out):
    notification = told(occasion)
    with recording(case.accepts) as service:
        case.kind.send(case.at(service.url), notification, out)
    asked = service.asked[0]
    told_there = " ".join(strings(asked.form if "urlencoded" in asked.headers["content-type"] else asked.json))
    known = ["Some text."] if not notification.lines else ["monitor-00000", "monitor-00020"]
    if notification.subject:
        known += ["2 Mar 2026, 10:04:00 UTC", "shop.example.com"]
    if occasion is Occasion.DOWN:
        known += ["3 d 4 h", "Unexpected status", "The status is 503, not 200.", "503", "182 ms", "TLS 21 ms"]
        known += ["please try again"]
    for text in known:
        assert text in plain(told_there)
    if notification.subject and case.word not in ("opsgenie",):
        assert LINK in plain(told_there)


@each
@pytest.mark.parametrize("occasion", EVERY)
def test_texts_that_are_too_long_or_hostile_make_a_message_all_the_same(case, occasion, out):
    with recording(case.accepts) as service:
        for notification in (long(occasion), hostile(occasion)):
            case.kind.send(case.at(service.url), notification, out)
    for asked in service.asked:
        assert len(asked.body) < 400_000
        assert strings(asked.form if "urlencoded" in asked.headers["content-type"] else asked.json)


@each
@pytest.mark.parametrize("unit", ["\u0301", "\ud800x\r\n", "🇩🇪", "\u202e\u200d"])
def test_strange_texts_make_a_message_too(case, unit, out):
    with recording(case.accepts) as service:
        case.kind.send(case.at(service.url), long(unit=unit), out)
    assert b"\r" not in service.asked[0].body


def test_every_web_service_is_tried_here():
    others = set(channel_types()) - set(BY_WORD)
    assert others <= {"apprise", "email", "webhook"}
    assert len(HOSTILE) > 100


def strings(value):
    """Every text in a body, wherever it stands."""
    if isinstance(value, dict):
        return [text for entry in value.values() for text in strings(entry)]
    if isinstance(value, list):
        return [text for entry in value for text in strings(entry)]
    return [value] if isinstance(value, str) else [json.dumps(value)]


def plain(text):
    """A text without the marks that services need."""
    for mark, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&"), ("<br>", "\n"), ("\\", "")):
        text = text.replace(mark, char)
    return text
