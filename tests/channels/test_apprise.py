"""Apprise: what reaches a service, what it may not reach, and when it is given up."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.channels.telling import CLOSED, DOWN, HERE, out
from tests.servers.hooks import listening
from tests.servers.smtp import playing, receiving, silent
from uptime.channels import apprise
from uptime.channels.apprise import CHANNEL
from uptime.domain.errors import DeliveryFailed, Invalid
from uptime.domain.notification import Notification, Occasion

ROOT = Path(__file__).parent.parent.parent


def refused(url: str, settings=HERE, timeout: float = 30.0) -> DeliveryFailed:  # type: ignore[no-untyped-def]
    with pytest.raises(DeliveryFailed) as failure:
        apprise.send(CHANNEL.build({"url": url}), DOWN, out(settings), timeout)
    return failure.value


def test_a_message_arrives_with_its_event() -> None:
    with listening() as hooks:
        CHANNEL.send(CHANNEL.build({"url": f"json://127.0.0.1:{hooks.port}/in?+X-Token=t"}), DOWN, out())
    (hit,) = hooks.hits
    sent = json.loads(hit.body)
    assert (hit.method, hit.path, hit.headers["X-Token"]) == ("POST", "/in", "t")
    assert (sent["title"], sent["type"]) == (DOWN.title, "failure")
    assert "Status code: 503" in sent["message"]
    assert sent["message"].endswith("\n\nEvent: m7-4")


def test_a_mail_arrives_by_apprise_too() -> None:
    with receiving() as sink:
        url = f"mailto://127.0.0.1:{sink.port}?from=up@example.org&to=a@example.com&smtp=127.0.0.1&mode=insecure"
        CHANNEL.send(CHANNEL.build({"url": url}), DOWN, out())
    assert [mail.to for mail in sink.mails] == [("a@example.com",)]


@pytest.mark.parametrize(
    "url",
    ["json://localhost:{port}/", "mailto://a:b@127.0.0.1:{port}?from=a@example.com", "rsyslog://127.0.0.1:{port}/"],
)
def test_a_private_address_is_refused_however_it_is_reached(url: str) -> None:
    with listening() as hooks:
        failure = refused(url.format(port=hooks.port), CLOSED)
    assert "not allowed" in failure.message
    assert failure.permanent
    assert hooks.hits == []


def test_a_redirect_does_not_lead_to_a_private_address() -> None:
    with listening() as inside, listening() as outside:
        outside.status, outside.headers = 302, {"Location": f"http://127.0.0.2:{inside.port}/"}
        settings = replace(HERE, outbound_allow=(ip_network("127.0.0.1/32"),))
        failure = refused(f"json://127.0.0.1:{outside.port}/", settings)
    assert "Connections to 127.0.0.2 are not allowed" in failure.message
    assert len(outside.hits) == 1


@pytest.mark.parametrize(("status", "permanent"), [(403, True), (429, False)])
def test_an_answer_decides_whether_it_is_tried_again(status: int, permanent: bool) -> None:
    with listening() as hooks:
        hooks.status = status
        failure = refused(f"json://sesame:hush@127.0.0.1:{hooks.port}/")
    assert failure.message == f"JSON did not accept the message. It answered with {status}."
    assert failure.permanent is permanent


def test_a_closed_port_is_tried_again() -> None:
    failure = refused("json://127.0.0.1:1/")
    assert (failure.message, failure.permanent) == ("JSON did not accept the message.", False)


@pytest.mark.parametrize("url", ["nonsense://x", "tgram://x"])
def test_a_url_apprise_does_not_know_is_a_sentence(url: str) -> None:
    failure = refused(url)
    assert failure.message.startswith("Apprise cannot use the URL")
    assert failure.permanent


def test_a_service_that_never_answers_is_given_up() -> None:
    with playing(silent) as port:
        began = time.monotonic()
        failure = refused(f"json://127.0.0.1:{port}/?rto=60", timeout=4.0)
    assert time.monotonic() - began < 8
    assert (failure.message, failure.permanent) == ("Apprise was not done within 4 s.", False)


def guarded(program: str) -> str:
    """What a program prints that runs under the guard."""
    start = "import sys\nfrom uptime.channels._apprise_process import Guard\nguard = Guard([])\n"
    act = f"sys.addaudithook(guard)\ntry:\n    {program}\nexcept PermissionError as error:\n    print(error)\n"
    return subprocess.run(
        [sys.executable, "-c", f"import os, socket, subprocess\n{start}{act}"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=30,
    ).stdout.strip()  # fmt: skip


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("subprocess.run(['true'])", "Apprise may start no program."),
        ("os.system('true')", "Apprise may start no program."),
        ("os.fork()", "Apprise may start no program."),
        ("os.posix_spawn('/bin/true', ['true'], {})", "Apprise may start no program."),
        ("open('/etc/passwd')", "Apprise may read no files."),
        ("open('README.md')", "Apprise may read no files."),
        ("os.open('/etc/passwd', 0)", "Apprise may read no files."),
        ("socket.socket(socket.AF_UNIX).connect('/run/x')", "Apprise may connect to nothing but the network."),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('10.0.0.1', 9))",
         "Connections to 10.0.0.1 are not allowed: it is a private address. An administrator can allow it."),
        ("socket.socket().connect_ex(('::ffff:127.0.0.1', 9))", "Connections to ::ffff:127.0.0.1 are not allowed: it "
         "is a private address. An administrator can allow it."),
        ("socket.socket().connect(('localhost', 9))", "localhost is not an address."),
    ],
)  # fmt: skip
def test_the_guard_forbids_what_a_message_has_no_business_with(program: str, sentence: str) -> None:
    assert guarded(program) == sentence


def test_the_process_ends_with_the_one_that_asked() -> None:
    """Killed while a service keeps it waiting, the notifier leaves nobody behind."""
    with playing(silent) as port:
        asking = (
            "from tests.channels.telling import DOWN, out\nfrom uptime.channels.apprise import CHANNEL\n"
            f"CHANNEL.send(CHANNEL.build({{'url': 'json://127.0.0.1:{port}/?rto=60'}}), DOWN, out())"
        )
        parent = subprocess.Popen([sys.executable, "-c", asking], cwd=ROOT, stderr=subprocess.DEVNULL)
        child = _within(10, lambda: _child(parent.pid))
        parent.kill()
        parent.wait()
        assert _within(10, lambda: not os.path.exists(f"/proc/{child}"))


def _child(pid: int) -> int:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(listed[0]) if listed else 0


def _within(seconds: float, found):  # type: ignore[no-untyped-def]
    end, pause = time.monotonic() + seconds, threading.Event()
    while not (value := found()):
        assert time.monotonic() < end
        pause.wait(0.05)
    return value


def test_without_the_package_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise, "find_spec", lambda name: None)
    failure = refused("json://127.0.0.1/")
    assert failure.message == "Apprise is not installed. Where the notifier runs: pip install apprise==2.2.0"
    assert f"\n{apprise.PACKAGE} " in (ROOT / "requirements-dev.txt").read_text()
    assert failure.permanent


@pytest.mark.parametrize("occasion", Occasion, ids=str)
def test_every_occasion_is_as_grave_as_it_is(occasion: Occasion) -> None:
    sent = apprise.compose(Notification("e", occasion, "T", "x", DOWN.at))
    assert sent["type"] in {"failure", "success", "warning", "info"}


@pytest.mark.parametrize("raw", [{}, {"url": ""}, {"url": "x"}, {"url": "a://b c"}, {"url": "a://b\nc"}])
def test_nonsense_is_refused_by_field(raw: dict[str, object]) -> None:
    with pytest.raises(Invalid) as wrong:
        CHANNEL.build(raw)  # type: ignore[arg-type]
    assert wrong.value.field == "url"


def test_nothing_secret_is_in_the_place() -> None:
    settings = CHANNEL.build({"url": "TGRAM://123:sesame/chat"})
    assert CHANNEL.place(settings) == "tgram:// by Apprise"
    assert CHANNEL.secrets() == {"url"}
