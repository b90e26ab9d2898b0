"""Domain expiry: registries that answer by RDAP or WHOIS, that know nothing, and hostile ones."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.servers.checking import TIMEOUT_MS, Watch
from tests.servers.http import Answer, by_path, falls_silent, moved, resets, response, says, serving
from tests.servers.tcp import Behaviour, closed_port, drips, port, says_nothing
from tests.servers.whois import whois
from uptime.checks import _rdap, _whois, domain_expiry
from uptime.checks._registration import moment
from uptime.checks.domain_expiry import CHECK
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    yield
    domain_expiry._known.clear()
    _rdap._servers.clear()


def day(left: int) -> str:
    return f"{NOW + timedelta(days=left, hours=1):%Y-%m-%d}"


def record(left: float, **more: Any) -> bytes:
    expires = NOW + timedelta(days=left, hours=1)
    card = ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Names & Co"]]]
    found = {
        "objectClassName": "domain",
        "events": [
            {"eventAction": "registration", "eventDate": "2001-01-01T00:00:00Z"},
            {"eventAction": "expiration", "eventDate": expires.isoformat().replace("+00:00", "Z")},
        ],
        "entities": [{"roles": ["abuse"]}, {"roles": ["registrar"], "vcardArray": card}],
        "status": ["active", "client transfer prohibited"],
    }
    return json.dumps(found | more).encode()


def rdap(body: bytes, status: str = "200 OK") -> Answer:
    return says(response(body, "Content-Type: application/rdap+json", status=status))


def ask(
    watch: Watch,
    answer: Answer | None,
    answers: dict[str, str] | None = None,
    timeout_ms: int = TIMEOUT_MS,
    **target: Any,
) -> Result:
    """What a look finds where a registry answers by RDAP, by WHOIS, or neither."""

    async def scenario() -> Result:
        async with serving(answer or rdap(b"")) as web, whois(answers or {}) as names:
            settings = {
                "domain": "example.test",
                "rdap_url": f"{web.url}rdap" if answer else f"http://127.0.0.1:{closed_port()}/",
                "whois_server": f"127.0.0.1:{names.number if answers is not None else closed_port()}",
            }
            result = await watch.loop.look(CHECK, CHECK.build(settings | target), timeout_ms)
            asked.extend(request.path for request in web.requests)
            return result

    return watch.run(scenario())


asked: list[str] = []


def test_a_domain_that_is_registered_for_long_is_up(watch: Watch) -> None:
    found = ask(watch, rdap(record(200)))
    assert found.ok, found
    assert found.message == f"example.test is registered until {day(200)} (200 days left)"
    assert found.facts["expires"].startswith(day(200))
    assert found.facts["registrar"] == "Names & Co"
    assert found.facts["states"] == "active, client transfer prohibited"
    assert found.facts["source"] == "rdap"
    assert asked[-1] == "/rdap/domain/example.test"


@pytest.mark.parametrize(
    ("left", "message"),
    [
        (13, f"example.test expires in 13 days, on {day(13)}; at least 14 days were asked for. Renew it."),
        (1, f"example.test expires in 1 day, on {day(1)}; at least 14 days were asked for. Renew it."),
        (-3, f"example.test has expired on {day(-3)}."),
    ],
)
def test_a_domain_that_expires_too_soon_is_down(watch: Watch, left: int, message: str) -> None:
    found = ask(watch, rdap(record(left)))
    assert (found.reason, found.message) == (Reason.CONTENT, message)
    assert ask(watch, rdap(record(left)), expiry_days=0).ok is (left > 0)


def test_a_domain_in_redemption_is_down_whatever_its_date_says(watch: Watch) -> None:
    found = ask(watch, rdap(record(300, status=["redemption period"])))
    assert found.message == "example.test has run out: its state is redemption period."


def test_a_redirect_to_the_registrar_is_followed(watch: Watch) -> None:
    assert ask(watch, by_path(rdap=moved("/other/domain/example.test"), other=rdap(record(100)))).ok


def test_an_international_domain_is_asked_for_as_it_is_registered(watch: Watch) -> None:
    assert ask(watch, rdap(record(100)), domain="bücher.test").ok
    assert asked[-1] == "/rdap/domain/xn--bcher-kva.test"


def test_a_good_answer_is_remembered_and_a_bad_one_is_not(watch: Watch) -> None:
    async def scenario() -> tuple[list[bool], int]:
        bodies = [record(3), record(300), record(1)]

        async def answer(request: Any, writer: asyncio.StreamWriter) -> None:
            await rdap(bodies.pop(0))(request, writer)

        async with serving(answer) as web:
            target = CHECK.build({"domain": "example.test", "rdap_url": web.url, "whois_server": "127.0.0.1:9"})
            results = [await watch.loop.look(CHECK, target, TIMEOUT_MS) for _ in range(4)]
            return [result.ok for result in results], len(web.requests)

    assert watch.run(scenario()) == ([False, True, True, True], 2)


def test_the_server_is_found_in_the_list_that_iana_keeps(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> tuple[Result, Result, Result, list[str]]:
        async with serving(by_path(list=falls_silent(), co=rdap(record(90)), other=rdap(b"no"))) as web:
            services = [
                [["test", "example"], [f"{web.url}other/"]],
                [["co.test"], ["http://127.0.0.1:9/", f"{web.url}co/"][1:]],
                "nonsense",
                [],
            ]
            listing = json.dumps({"services": services}).encode()
            async with serving(rdap(listing)) as iana, whois({}) as names:
                monkeypatch.setattr(_rdap, "SERVERS_URL", iana.url)
                found = [
                    await watch.loop.look(
                        CHECK,
                        CHECK.build({"domain": name, "whois_server": f"127.0.0.1:{names.number}"}),
                        TIMEOUT_MS,
                    )
                    for name in ("shop.co.test", "shop.nowhere", "shop.example")
                ]
                return found[0], found[1], found[2], [request.path for request in (*web.requests, *iana.requests)]

    known, unlisted, broken, paths = watch.run(scenario())
    assert known.ok, known
    assert "does not know shop.nowhere" in unlisted.message
    assert broken.reason is Reason.CONTENT
    assert paths == ["/co/domain/shop.co.test", "/other/domain/shop.example", "/"]


WHOIS = """   Domain Name: EXAMPLE.TEST
   Registrar: Names & Co
   Registry Expiry Date: {day}T04:00:00Z
   Domain Status: clientTransferProhibited https://icann.org/epp
>>> Last update <<<
"""


@pytest.mark.parametrize(
    "answer",
    [None, rdap(b"", "404 Not Found"), rdap(b"", "429 Slow Down"), rdap(b"[]"), rdap(b"{}"), rdap(b"[" * 90_000)],
    ids=["refused", "unknown", "limited", "list", "dateless", "deep"],
)
def test_whois_is_asked_where_rdap_says_nothing(watch: Watch, answer: Answer | None) -> None:
    found = ask(watch, answer, {"example.test": WHOIS.format(day=day(60))})
    assert found.ok, found
    assert found.facts["source"] == "whois"
    assert found.facts["registrar"] == "Names & Co"
    assert found.facts["states"] == "client transfer prohibited"


def test_whois_is_asked_where_rdap_does_not_answer(watch: Watch) -> None:
    found = ask(watch, falls_silent(), {"example.test": WHOIS.format(day=day(60))}, 1_000)
    assert found.ok, found
    assert 400 < found.latency_ms < 900


@pytest.mark.parametrize(
    "line",
    [
        "Registrar Registration Expiration Date: 2031-05-06T07:08:09Z", "Expiry date:  06-May-2031",
        "paid-till:     2031-05-06T21:00:00Z", "[Expires on]                    2031/05/06",
        "expires............: 6.5.2031 10:00:00", "renewal date:          2031.05.06 14:00:00", "expires:     20310506",
        "Expiration Date             : 2031. 05. 06.", "Expire Date:         2031-05-06",
        "Record expires on 2031-05-06 (YYYY-MM-DD)", "Expiration Time: 2031-05-06 12:00:00",
        "Valid Until: 06.05.2031", "Expiry Date: 06/05/2031", "   Expiration Date: 06-05-2031",
        "domain expires: May 6 2031", "Expires On: 2031-05-06T00:00:00.0Z",
    ],
)  # fmt: skip
def test_a_date_is_understood_as_registries_write_it(watch: Watch, line: str) -> None:
    found = ask(watch, None, {"example.test": f"% Terms: this expires never\r\nDomain: x\r\n{line}\r\n"})
    assert found.facts["expires"].startswith("2031-05-06"), found


def test_the_whois_server_is_the_one_that_iana_names(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> Result:
        async with whois({"example.test": f"Expiry Date: {day(40)}"}) as registry:
            referral = {"test": f"domain: TEST\r\nwhois:        127.0.0.1:{registry.number}\r\n"}
            async with whois(referral) as iana:
                monkeypatch.setattr(_whois, "ROOT", f"127.0.0.1:{iana.number}")
                settings = {"domain": "example.test", "rdap_url": f"http://127.0.0.1:{closed_port()}"}
                found = await watch.loop.look(CHECK, CHECK.build(settings), TIMEOUT_MS)
                settings["domain"] = "example.other"
                lost = await watch.loop.look(CHECK, CHECK.build(settings), TIMEOUT_MS)
                assert lost.message == "IANA knows no WHOIS server for .other."
                return found

    assert watch.run(scenario()).ok


def test_a_domain_that_nobody_knows_is_down(watch: Watch) -> None:
    found = ask(watch, rdap(b"", "404 Not Found"), {})
    assert found.reason is Reason.CONTENT
    assert found.message == "The registry does not know example.test: it is not registered, or no domain of its own."
    assert ask(watch, None, {"example.test": "Status: free\r\n"}).message == found.message


def test_a_registry_that_keeps_the_date_to_itself_is_told(watch: Watch) -> None:
    found = ask(watch, None, {"example.test": "Domain: example.test\r\nStatus: connect\r\n"})
    assert (found.reason, found.message) == (Reason.CONTENT, "The registry does not say when example.test expires.")


def test_where_nobody_answers_the_reason_is_that_of_rdap(watch: Watch) -> None:
    assert ask(watch, None).reason is Reason.CONNECT
    assert ask(watch, rdap(b"", "429 Slow Down")).message.startswith("The registry has had too many questions")
    assert ask(watch, rdap(b"", "503 Away")).reason is Reason.STATUS
    assert ask(watch, rdap(b"<html>")).reason is Reason.PROTOCOL
    assert ask(watch, resets(b"HTTP/1.1 200")).reason is Reason.PROTOCOL


@pytest.mark.parametrize(
    ("behave", "reason"),
    [(says_nothing, Reason.TIMEOUT), (drips(b"x"), Reason.TIMEOUT), (drips(b"y" * 65_536, 0), Reason.CONNECT)],
    ids=["silent", "drips", "floods"],
)
def test_a_whois_server_that_misbehaves_ends_on_time(watch: Watch, behave: Behaviour, reason: Reason) -> None:
    async def scenario() -> Result:
        async with port(behave) as found:
            settings = {"domain": "example.test", "rdap_url": f"http://127.0.0.1:{closed_port()}"}
            settings["whois_server"] = f"127.0.0.1:{found.number}"
            return await watch.loop.look(CHECK, CHECK.build(settings), 400)

    result = watch.run(scenario())
    assert result.reason is reason
    assert result.latency_ms < 400 * 1.2


@pytest.mark.parametrize(
    "text",
    ["\n" * 65_000, "expires: a" + " " * 60_000 + "b", "expires: 1\n" * 5_900, "status: " * 8_000, "[" * 65_000],
    ids=["lines", "spaces", "dates", "states", "brackets"],
)
def test_an_answer_that_is_hard_to_read_is_read_quickly(watch: Watch, text: str) -> None:
    found = ask(watch, None, {"example.test": text})
    assert found.reason is Reason.CONTENT
    assert found.latency_ms < 300


@pytest.mark.parametrize("text", ["", "soon", "99/99/9999", "2031", "31-Feb-2031", "\x00", "9" * 400])
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment(text) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"domain": "localhost"}, {"domain": "127.0.0.1"}, {"domain": "a b.test"}, {"domain": "::1"},
        {"rdap_url": "ftp://a"}, {"whois_server": "a:b"}, {"expiry_days": -1},
    ],
)  # fmt: skip
def test_settings_that_name_no_domain_or_server_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        CHECK.build({"domain": "example.test"} | wrong)


def test_a_url_says_which_domain() -> None:
    assert CHECK.parse("domain://example.test") == {"domain": "example.test"}
    assert CHECK.address(CHECK.build({"domain": "example.test"})) == "domain://example.test"
