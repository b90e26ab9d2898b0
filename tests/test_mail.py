"""Outgoing mail: what arrives in a real server, what is never sent, and how a failure reads."""

import email.utils
import time
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from tests.servers.certificates import authority, good, issue
from tests.servers.smtp import MailSink, never_ends, playing, receiving, says, silent
from uptime.config import Settings
from uptime.domain.errors import DeliveryFailed
from uptime.domain.mail import Mailbox, MailServer, Security
from uptime.mail import Letter, Mailer, composed

SENDER = Mailbox("status@example.org", "Upspeak")

PLAIN = MailServer("127.0.0.1", 0, Security.NONE)


def mailer(port: int, security: Security = Security.NONE, *, timeout: float = 10.0, **more: object) -> Mailer:
    """A mailer whose server is the one of the environment."""
    named = {name: more.pop(name) for name in ("username", "password") if name in more}
    server = replace(PLAIN, port=port, security=security, **named)  # type: ignore[arg-type]
    return Mailer(
        Settings(secret_key="x" * 32, smtp_url=server, mail_from=SENDER, **more),  # type: ignore[arg-type]
        timeout=timeout,
    )


@pytest.fixture(scope="module")
def own_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    file.write_text(authority().pem)
    return file


def send(by: Mailer, to: str = "anna@example.com") -> None:
    by.send(to, "Shop is down", "Shop is down.\n", event_id="m7-4")


def refused(by: Mailer, to: str = "anna@example.com") -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failure:
        send(by, to)
    return failure.value


def test_a_mail_arrives_with_its_headers_and_both_parts() -> None:
    with receiving() as sink:
        mailer(sink.port).send(
            "Änna@exämple.com".replace("Ä", "A"),
            "Größe: 5 €",
            "Grüße\n.\n..\nFrom here",
            "<p>Grüße</p>",
            event_id="m7-4",
            unsubscribe="https://up.example/unsubscribe/" + "t" * 200,
        )
    (mail,) = sink.mails
    assert (mail.sender, mail.to, mail.encrypted) == ("status@example.org", ("Anna@xn--exmple-cua.com",), False)
    message = mail.message
    assert message["From"] == "Upspeak <status@example.org>"
    assert message["To"] == "Anna@xn--exmple-cua.com"
    assert message["Subject"] == "Größe: 5 €"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Upspeak-Event"] == "m7-4"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert b"\r\nList-Unsubscribe: <https://up.example/unsubscribe/" + b"t" * 200 + b">\r\n" in mail.raw
    assert abs(email.utils.parsedate_to_datetime(message["Date"]).timestamp() - time.time()) < 60
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content() for part in message.iter_parts()] == [
        "Grüße\r\n.\r\n..\r\nFrom here\r\n",
        "<p>Grüße</p>\r\n",
    ]


def test_the_message_id_is_that_of_the_event_and_the_recipient() -> None:
    with receiving() as sink:
        by = mailer(sink.port)
        for to, event in (
            ("a@example.com", "1"),
            ("a@example.com", "1"),
            ("b@example.com", "1"),
            ("a@example.com", "2"),
        ):
            by.send(to, "s", "t", event_id=event)
    ids = [mail.message["Message-ID"] for mail in sink.mails]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert all(each.endswith("@example.org>") and "example.com" not in each for each in ids)


def test_several_mails_take_one_conversation_and_one_refusal_stops_no_other() -> None:
    with receiving() as sink:
        sink.answers["b@example.com"] = "550 No such mailbox"
        letters = [Letter(f"{name}@example.com", "s", "t", "1") for name in "abc"]
        failed = mailer(sink.port).send_all(letters)
    assert [mail.to for mail in sink.mails] == [("a@example.com",), ("c@example.com",)]
    assert {to: failure.message for to, failure in failed.items()} == {
        "b@example.com": "127.0.0.1 refused b@example.com: 550 No such mailbox"
    }
    assert sink.connections == 1


def test_a_mail_goes_through_starttls_and_tls_with_a_login(own_authority: Path) -> None:
    login = {"up@example.org": "sesame-öffne"}
    with receiving(starttls=good().context(), login=login) as sink:
        for name, password in login.items():
            send(mailer(sink.port, Security.STARTTLS, username=name, password=password, check_ca_file=own_authority))
    with receiving(tls=good().context(), login={"up": "sesame"}) as other:
        send(mailer(other.port, Security.TLS, username="up", password="sesame", check_ca_file=own_authority))
    assert [(mail.encrypted, mail.login) for mail in sink.mails] == [(True, "up@example.org")]
    assert [(mail.encrypted, mail.login) for mail in other.mails] == [(True, "up")]


def test_nothing_is_sent_unencrypted_where_encryption_was_chosen(own_authority: Path) -> None:
    with receiving(login={"up": "sesame"}) as sink:
        failure = refused(mailer(sink.port, Security.STARTTLS, username="up", password="sesame"))
        assert "does not offer STARTTLS" in failure.message
        assert failure.permanent
        failure = refused(mailer(sink.port, Security.TLS, check_ca_file=own_authority))
        assert "does not speak TLS" in failure.message
    assert sink.mails == []


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_certificate_nobody_vouches_for_stops_the_mail(security: Security, own_authority: Path) -> None:
    foreign = issue("other.example", by=authority()).context()
    for context, ca in ((good().context(), None), (foreign, own_authority)):
        options = {"starttls": context} if security is Security.STARTTLS else {"tls": context}
        with receiving(**options) as sink:
            failure = refused(mailer(sink.port, security, check_ca_file=ca, username="up", password="sesame"))
        assert failure.message == "The certificate of 127.0.0.1 cannot be verified."
        assert not failure.permanent
        assert sink.mails == []


@pytest.mark.parametrize(
    ("where", "answer", "permanent", "sentence"),
    [
        ("MAIL", "451 Try later", False, "127.0.0.1 refused the sender status@example.org: 451 Try later"),
        ("MAIL", "553 Not yours", True, "127.0.0.1 refused the sender status@example.org: 553 Not yours"),
        ("anna@example.com", "450 Greylisted", False, "127.0.0.1 refused anna@example.com: 450 Greylisted"),
        ("anna@example.com", "550 Nobody", True, "127.0.0.1 refused anna@example.com: 550 Nobody"),
        ("DATA", "452 Full", False, "127.0.0.1 refused: 452 Full"),
        ("DATA", "554 Spam", True, "127.0.0.1 refused: 554 Spam"),
    ],
)  # fmt: skip
def test_a_refusal_is_final_when_the_server_says_so(where: str, answer: str, permanent: bool, sentence: str) -> None:
    with receiving() as sink:
        sink.answers[where] = answer
        failure = refused(mailer(sink.port))
    assert (failure.message, failure.permanent) == (sentence, permanent)


@pytest.mark.parametrize(("answer", "permanent"), [("535 sesame is wrong", True), ("454 Not now, sesame", False)])
def test_a_refused_login_is_told_without_the_password(answer: str, permanent: bool, own_authority: Path) -> None:
    with receiving(starttls=good().context(), login={"up": "sesame"}) as sink:
        sink.answers["AUTH"] = answer
        by = mailer(sink.port, Security.STARTTLS, username="up", password="sesame", check_ca_file=own_authority)
        failure = refused(by)
    assert failure.message.startswith(f"127.0.0.1 refused the login ({answer[:3]}).")
    assert "sesame" not in failure.message + repr(failure) + repr(by)
    assert failure.permanent is permanent


def test_a_server_without_login_says_so() -> None:
    with receiving() as sink:
        failure = refused(mailer(sink.port, username="up", password="sesame"))
    assert "offers no login" in failure.message
    assert failure.permanent


@pytest.mark.parametrize(
    ("lines", "permanent", "sentence"),
    [
        ((b"554 Go away",), True, "127.0.0.1 refused: 554 Go away"),
        ((b"421 Busy",), False, "127.0.0.1 refused: 421 Busy"),
        ((b"SSH-2.0-OpenSSH",), False, "127.0.0.1 refused: that is not how SMTP answers."),
        ((b"220 hello",), False, "127.0.0.1 ended the conversation too early."),
        ((b"220 hello", b"250 yes", b"250 yes", b"250 yes", b"354 go on"), False,
         "127.0.0.1 ended the conversation too early."),
    ],
)  # fmt: skip
def test_a_server_that_breaks_off_is_a_sentence(lines: tuple[bytes, ...], permanent: bool, sentence: str) -> None:
    with playing(says(*lines)) as port:
        failure = refused(mailer(port))
    assert (failure.message, failure.permanent) == (sentence, permanent)


@pytest.mark.parametrize(
    "part", [silent, never_ends(b"2", 0.05), never_ends(b"220-hello\r\n", 0.05), says(b"220 hello", b"250")],
    ids=["silent", "drips", "goes on", "stops"],
)  # fmt: skip
def test_one_deadline_ends_everything(part) -> None:  # type: ignore[no-untyped-def]
    began = time.monotonic()
    with playing(part) as port:
        failure = refused(mailer(port, timeout=0.6))
    assert time.monotonic() - began < 2
    assert not failure.permanent


def test_a_server_that_talks_without_end_is_left() -> None:
    with playing(never_ends(b"220-" + b"x" * 1_000 + b"\r\n", 0)) as port:
        failure = refused(mailer(port, timeout=20))
    assert failure.message == "127.0.0.1 ended the conversation too early."


def test_a_closed_port_is_a_sentence() -> None:
    with playing(silent) as port:
        pass
    failure = refused(mailer(port))
    assert (failure.message, failure.permanent) == (f"127.0.0.1 cannot be reached on port {port}.", False)


def test_a_server_somebody_chose_must_be_allowed_but_not_that_of_the_environment() -> None:
    here = ip_network("127.0.0.0/8")
    with receiving() as sink:
        server = replace(PLAIN, port=sink.port)
        closed = Settings(secret_key="x" * 32, mail_from=SENDER)
        failure = refused(Mailer(closed, server=server))
        assert "Connections to 127.0.0.1 are not allowed" in failure.message
        assert failure.permanent
        send(Mailer(replace(closed, outbound_allow=(here,)), server=server))
        send(Mailer(replace(closed, smtp_url=server)))
    assert len(sink.mails) == 2


def test_without_settings_no_mail_is_ready() -> None:
    by = Mailer(Settings(secret_key="x" * 32))
    assert not by.ready
    assert "SMTP_URL and MAIL_FROM must be set" in refused(by).message
    assert not Mailer(Settings(secret_key="x" * 32, smtp_url=PLAIN)).ready
    assert mailer(25).ready


@pytest.mark.parametrize(
    "to",
    ["", "anna", "a@b@c", "a b@example.com", "a@example.com\r\nBcc: b@example.com", "a@-x.y", "<a@example.com>",
     "a@example.com>", "a,b@example.com", "a@" + "x" * 250, "a@ex\u202emple.com"],
)  # fmt: skip
def test_what_is_no_address_goes_nowhere(to: str) -> None:
    with receiving() as sink:
        failure = refused(mailer(sink.port), to)
    assert "is not an e-mail address" in failure.message
    assert failure.permanent
    assert sink.mails == []


def test_letters_beyond_ascii_before_the_at_need_a_server_that_takes_them() -> None:
    with receiving() as sink:
        send(mailer(sink.port), "änna@example.com")
    assert sink.mails[0].to == ("änna@example.com",)
    assert sink.mails[0].message["Subject"] == "Shop is down"
    yes = b"250 yes"
    with playing(says(b"220 hello", yes, yes, yes)) as port:
        failure = refused(mailer(port), "änna@example.com")
    assert "has letters beyond ASCII" in failure.message
    assert failure.permanent


HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Upspeak-Event", "MIME-Version"]

EVIL = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(["\r\n", "\n", "\r", "Bcc: eve@example.com", "=?utf-8?q?=0D=0ABcc:_x?=",
                         "=?utf-8?b?DQpCY2M6IHg=?=", "\x00",
                         "\u2028", "\x85", "<", ">", ",", ";", '"', "\\", "(", "@", "ä" * 90, "=?", "?="]),
        max_size=12,
    ).map("".join),
)  # fmt: skip


@given(EVIL, EVIL, EVIL, EVIL)
@bounds(max_examples=300, deadline=None)
def test_no_name_becomes_a_header(name: str, subject: str, event: str, text: str) -> None:
    message = composed(Mailbox("status@example.org", name), "anna@example.com", Letter("", subject, text, event))
    raw = message.as_bytes()
    head, _, _ = raw.partition(b"\r\n\r\n")
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert b"\r" not in head.replace(b"\r\n", b"")
    began = [line.partition(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert began[: len(HEADERS) - 1] == HEADERS[:-1]
    assert set(began) <= {*HEADERS, "Content-Type", "Content-Transfer-Encoding"}
    assert all(len(line) < 998 for line in raw.split(b"\r\n"))
    assert raw.isascii()


def test_a_name_that_looks_encoded_is_shown_as_it_is_written() -> None:
    with receiving() as sink:
        mailer(sink.port).send("a@example.com", "=?utf-8?q?=41?= is down", "t", event_id="1")
    assert sink.mails[0].message["Subject"] == "= ?utf-8?q?=41?= is down"


def test_knocking_logs_in_and_sends_nothing(sink_with_login: MailSink, own_authority: Path) -> None:
    mailer(sink_with_login.port, Security.STARTTLS, username="up", password="x", check_ca_file=own_authority).knock()
    with pytest.raises(DeliveryFailed, match="refused the login"):
        mailer(
            sink_with_login.port, Security.STARTTLS, username="up", password="y", check_ca_file=own_authority
        ).knock()
    assert sink_with_login.mails == []


@pytest.fixture
def sink_with_login():  # type: ignore[no-untyped-def]
    with receiving(starttls=good().context(), login={"up": "x"}) as sink:
        yield sink
