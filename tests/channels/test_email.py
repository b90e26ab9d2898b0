"""E-mail: who gets what, from which server, and what a refusal of one address means."""

from dataclasses import replace

import pytest

from tests.channels.telling import CLOSED, DOWN, HERE, SEVERAL, out
from tests.servers.certificates import authority, good
from tests.servers.smtp import MailSink, receiving
from uptime.channels.email import CHANNEL
from uptime.config import Settings
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.domain.mail import MailServer, Security


def environment(sink: MailSink, settings: Settings = HERE) -> Settings:
    return replace(settings, smtp_url=MailServer("127.0.0.1", sink.port, Security.NONE))


def test_a_mail_holds_the_evidence_and_the_event() -> None:
    with receiving() as sink:
        CHANNEL.send(CHANNEL.build({"to": ["a@example.com"]}), DOWN, out(environment(sink, CLOSED)))
    message = sink.mails[0].message
    text, html = (part.get_content() for part in message.iter_parts())
    assert message["Subject"] == "Shop <b> is down: answered 503 Service Unavailable, but 200 was expected"
    assert message["X-Upspeak-Event"] == "m7-4"
    for evidence in ("Shop <b> is down.", "2 Mar 2026, 10:00:05 UTC", "up 3 min 20 s", "Status code: 503", "connect 2",
                     "server: <nginx>", "https://shop.example/", "https://up.example/monitors/7?a=1&b=2"):  # fmt: skip
        assert evidence in text
    assert ">Status code</th>" in html
    assert "HTTP 503 Service Unavailable<br>server: &lt;nginx&gt;" in html
    assert '<a href="https://up.example/monitors/7?a=1&amp;b=2">' in html
    assert "<b>" not in html
    assert 'content="light dark"' in html
    assert not [word for word in ("src=", "url(", "<img", "<script", "http-equiv", "background") if word in html]


def test_everybody_gets_a_mail_of_their_own() -> None:
    with receiving() as sink:
        settings = CHANNEL.build({"to": ["a@example.com", "b@example.com", "a@example.com"]})
        CHANNEL.send(settings, SEVERAL, out(environment(sink)))
    assert [mail.to for mail in sink.mails] == [("a@example.com",), ("b@example.com",)]
    assert len({mail.message["Message-ID"] for mail in sink.mails}) == 2
    assert "Shop is down: port 80 is closed" in sink.mails[0].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_an_own_server_logs_in_and_names_its_sender(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "ca.pem").write_text(authority().pem)
    with receiving(starttls=good().context(), login={"up": "sesame"}) as sink:
        settings = CHANNEL.build(
            {"to": ["a@example.com"], "host": "127.0.0.1", "port": sink.port, "username": "up", "password": "sesame",
             "sender": "Alarm <alarm@example.net>"}
        )  # fmt: skip
        CHANNEL.send(settings, DOWN, out(replace(HERE, check_ca_file=tmp_path / "ca.pem")))
    (mail,) = sink.mails
    assert (mail.encrypted, mail.login, mail.sender) == (True, "up", "alarm@example.net")
    assert mail.message["From"] == "Alarm <alarm@example.net>"


def test_an_own_server_at_a_private_address_is_refused() -> None:
    with receiving() as sink:
        settings = CHANNEL.build(
            {"to": ["a@example.com"], "host": "127.0.0.1", "port": sink.port, "security": "none"}
        )  # fmt: skip
        with pytest.raises(DeliveryFailed, match="not allowed") as refused:
            CHANNEL.send(settings, DOWN, out(CLOSED))
    assert refused.value.permanent
    assert sink.connections == 0


def test_nobody_writes_in_another_name_by_the_server_of_the_environment() -> None:
    with receiving() as sink:
        settings = CHANNEL.build({"to": ["a@example.com"], "sender": "boss@example.com"})
        CHANNEL.send(settings, DOWN, out(environment(sink)))
    assert sink.mails[0].sender == "status@example.org"


def test_an_address_refused_for_now_is_tried_again_and_the_others_get_nothing_twice() -> None:
    settings = CHANNEL.build({"to": ["a@example.com", "b@example.com", "c@example.com"]})
    with receiving() as sink:
        sink.answers |= {"b@example.com": "451 Later", "c@example.com": "550 Nobody"}
        with pytest.raises(DeliveryFailed, match=r"b@example\.com: 451 Later") as refused:
            CHANNEL.send(settings, DOWN, out(environment(sink)))
        assert not refused.value.permanent
        del sink.answers["b@example.com"]
        with pytest.raises(DeliveryFailed, match=r"c@example\.com: 550 Nobody") as refused:
            CHANNEL.send(settings, DOWN, out(environment(sink)))
        assert refused.value.permanent
        assert [mail.to[0][0] for mail in sink.mails] == ["a", "b"]
        sink.answers.clear()
        CHANNEL.send(settings, DOWN, out(environment(sink)))
    assert [mail.to[0][0] for mail in sink.mails] == ["a", "b", "a", "b", "c"]


def test_a_lost_server_forgets_nobody_who_has_the_mail() -> None:
    settings = CHANNEL.build({"to": ["a@example.com", "b@example.com"]})
    with receiving() as sink:
        sink.answers["b@example.com"] = "451 Later"
        with pytest.raises(DeliveryFailed, match="451"):
            CHANNEL.send(settings, DOWN, out(environment(sink)))
        away = replace(HERE, smtp_url=MailServer("127.0.0.1", 1, Security.NONE))
        with pytest.raises(DeliveryFailed, match="cannot be reached"):
            CHANNEL.send(settings, DOWN, out(away))
        sink.answers.clear()
        CHANNEL.send(settings, DOWN, out(environment(sink)))
    assert [mail.to[0][0] for mail in sink.mails] == ["a", "b"]


@pytest.mark.parametrize(
    "raw",
    [{}, {"to": []}, {"to": "a@example.com"}, {"to": ["nobody"]}, {"to": ["a@example.com\nBcc: b@example.com"]},
     {"to": [f"a{number}@example.com" for number in range(21)]}, {"to": ["a@example.com"], "sender": "x"},
     {"to": ["a@example.com"], "port": 0}, {"to": ["a@example.com"], "security": "maybe"}],
)  # fmt: skip
def test_nonsense_is_refused_by_field(raw: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        CHANNEL.build(raw)  # type: ignore[arg-type]
    assert refused.value.field in {"to", "sender", "port", "security"}


def test_the_place_names_no_secret() -> None:
    settings = CHANNEL.build({"to": ["a@example.com"], "host": "mail.example.com", "password": "sesame"})
    assert CHANNEL.place(settings) == "a@example.com by mail.example.com"
    assert CHANNEL.secrets() == {"password"}
    assert CHANNEL.build(CHANNEL.dump(settings)) == settings
