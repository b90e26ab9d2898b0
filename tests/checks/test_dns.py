"""DNS records: found, missing, expected; and name servers that cannot be relied on."""

import asyncio
from typing import Any

import dns.flags
import dns.message
import pytest

from tests.servers.checking import SHORT_MS, TIMEOUT_MS, checking
from tests.servers.dns import Answer, NameServer, Reply, name_server, records, refused, zone
from tests.servers.tcp import closed_port
from uptime.addresses import Policy
from uptime.checks.dns import CHECK, RECORD_TYPES
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result


def ask(
    answer: Answer, timeout_ms: int = TIMEOUT_MS, *, usual: bool = False, **target: Any
) -> tuple[Result, NameServer]:
    """What comes of asking a server that answers like that, named by the target or one of the usual ones."""

    async def scenario() -> tuple[Result, NameServer]:
        async with name_server(answer) as server, checking(resolvers=(server.address,)) as checker:
            named = {} if usual else {"server": server.address}
            built = CHECK.build({"name": "site.test", **named, **target})
            return await checker.loop.look(CHECK, built, timeout_ms), server

    return asyncio.run(scenario())


def holding(*texts: str) -> Answer:
    return lambda query, tcp: [records(query, *texts)]


RECORDS = {
    "A": ("192.0.2.7", "192.0.2.7"),
    "AAAA": ("2001:db8:0::7", "2001:db8::7"),
    "CNAME": ("Other.test.", "other.test"),
    "MX": ("10 mail.site.test.", "10 mail.site.test."),
    "NS": ("ns1.site.test.", "NS1.site.test"),
    "TXT": ('"v=spf1 " "-all"', "v=spf1 -all"),
    "SOA": ("ns1.test. root.test. 1 2 3 4 5", "ns1.test. root.test. 1 2 3 4 5"),
    "SRV": ("1 2 5060 sip.test.", "1 2 5060 sip.test"),
    "CAA": ('0 issue "letsencrypt.org"', '0 issue "letsencrypt.org"'),
    "PTR": ("host.test.", "host.test"),
}


@pytest.mark.parametrize("kind", RECORD_TYPES)
def test_records_of_each_type_are_found_and_compared(kind: str) -> None:
    sent, expected = RECORDS[kind]
    found, server = ask(holding(sent), record_type=kind, expected=[expected])
    assert found.ok, found.message
    assert found.message.startswith(f"{kind}: ")
    assert found.facts["ttl"] == "60"
    assert server.asked == [("site.test", kind)]
    other, _ = ask(holding(sent), record_type=kind, expected=["something else"])
    assert other.reason is Reason.CONTENT
    assert other.message.startswith(f"No {kind} record has an expected value. Found: ")


def test_one_of_several_expected_values_is_enough() -> None:
    both = holding("192.0.2.1", "192.0.2.2")
    assert ask(both, expected=["192.0.2.9", "192.0.2.2"])[0].ok
    assert not ask(both, expected=["192.0.2.9"])[0].ok


def test_part_of_a_record_is_enough_where_that_is_asked_for() -> None:
    text = holding('"google-site-verification=abc"', '"v=spf1 include:mail.test -all"')
    assert ask(text, record_type="TXT", expected=["include:mail.test"], match="contains")[0].ok
    assert ask(text, record_type="TXT", expected=["include:mail.test"])[0].reason is Reason.CONTENT


def test_the_usual_name_servers_are_asked_where_none_is_named() -> None:
    found, server = ask(holding("192.0.2.7"), usual=True)
    assert found.ok
    assert server.asked == [("site.test", "A")]


def test_an_address_is_turned_round_to_ask_for_its_name() -> None:
    _, server = ask(holding("host.test."), record_type="PTR", name="192.0.2.7")
    assert server.asked == [("7.2.0.192.in-addr.arpa", "PTR")]


def test_an_international_name_is_asked_for_in_ascii() -> None:
    _, server = ask(holding("192.0.2.7"), name="bücher.test")
    assert server.asked == [("xn--bcher-kva.test", "A")]


def test_a_name_that_does_not_exist_is_down() -> None:
    found, _ = ask(zone())
    assert (found.reason, found.message) == (Reason.DNS, "There is no such name as site.test.")


def test_a_name_without_such_records_is_down() -> None:
    found, _ = ask(holding(), record_type="MX")
    assert (found.reason, found.message) == (Reason.DNS, "The name site.test has no MX record.")


@pytest.mark.parametrize("code", [2, 5])
def test_a_name_server_that_refuses_is_down(code: int) -> None:
    found, _ = ask(lambda query, tcp: [refused(query, code)])
    assert found.reason is Reason.DNS


def test_answers_that_are_not_ours_are_ignored() -> None:
    def answer(query: dns.message.Message, _tcp: bool) -> list[Reply]:
        right = records(query, "192.0.2.7")
        wrong_id = (int.from_bytes(right[:2], "big") ^ 1).to_bytes(2, "big") + records(query, "192.0.2.66")[2:]
        other = dns.message.make_query("other.test", "A")
        other.id = query.id
        return [wrong_id, records(other, "192.0.2.66"), b"\x00", (0.05, right)]

    found, _ = ask(answer, expected=["192.0.2.7"])
    assert found.ok


def test_a_truncated_answer_is_asked_for_again_over_tcp() -> None:
    def answer(query: dns.message.Message, tcp: bool) -> list[Reply]:
        return [records(query, "192.0.2.7") if tcp else records(query, flags=dns.flags.TC)]

    found, server = ask(answer)
    assert found.ok
    assert server.over_tcp == 1


@pytest.mark.parametrize("usual", [True, False])
def test_a_name_server_that_says_nothing_ends_on_time(usual: bool) -> None:
    found, _ = ask(lambda query, tcp: [], SHORT_MS, usual=usual)
    assert found.reason is Reason.TIMEOUT
    assert found.latency_ms < SHORT_MS * 1.1


def test_a_name_server_may_be_given_by_name() -> None:
    async def scenario() -> Result:
        async with name_server(holding("192.0.2.7")) as server, checking() as checker:
            target = CHECK.build({"name": "site.test", "server": f"localhost:{server.port}"})
            return await checker.loop.look(CHECK, target, TIMEOUT_MS)

    assert asyncio.run(scenario()).ok


def test_a_name_server_that_is_not_allowed_is_never_asked() -> None:
    async def scenario() -> tuple[Result, NameServer]:
        async with name_server(holding("192.0.2.7")) as server, checking(policy=Policy(allow_private=False)) as checker:
            target = CHECK.build({"name": "site.test", "server": server.address})
            return await checker.loop.look(CHECK, target, TIMEOUT_MS), server

    found, server = asyncio.run(scenario())
    assert found.reason is Reason.BLOCKED
    assert server.asked == []


def test_a_port_without_a_name_server_is_down() -> None:
    async def scenario() -> Result:
        async with checking() as checker:
            target = CHECK.build({"name": "site.test", "server": f"127.0.0.1:{closed_port()}"})
            return await checker.loop.look(CHECK, target, SHORT_MS)

    assert asyncio.run(scenario()).reason in (Reason.TIMEOUT, Reason.DNS)


def test_control_characters_of_a_record_reach_nobody() -> None:
    found, _ = ask(holding('"one\\010two\\000"'), record_type="TXT")
    assert found.message == "TXT: one two "


def test_a_name_server_must_be_a_host_and_a_port() -> None:
    for server in ("a b", "host:0", "host:65536", "host:port", ":53", "[::1"):
        with pytest.raises(Invalid):
            CHECK.build({"name": "site.test", "server": server})
    for server in ("", "1.1.1.1", "ns.test:5353", "::1", "[::1]:53", "[::1]"):
        CHECK.build({"name": "site.test", "server": server})
