"""Names: whom we ask, what we believe, how long we wait, and what we remember."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import dns.flags
import dns.message
import dns.rdatatype
import pytest

from tests.servers.checking import PUNCTUAL_MS, checking
from tests.servers.dns import Answer, NameServer, Reply, name_server, records, refused, zone
from tests.servers.http import OK, says, serving
from uptime.checks._kind import CheckFailed
from uptime.checks._resolver import Resolver, server_of
from uptime.domain.result import Reason, Result

SITE = {"site__test": "192.0.2.1 192.0.2.2 2001:db8::1"}
TRUNCATED = dns.flags.TC


Ask = Callable[[Resolver, NameServer], Awaitable[None]]


def asking(answer: Answer, ask: Ask, hosts: Path = Path("/nonexistent")) -> NameServer:
    """Let a resolver loose on a name server; what the server was asked."""

    async def scenario() -> NameServer:
        async with name_server(answer) as server:
            resolver = Resolver([server.address], hosts=hosts)
            resolver.start()
            try:
                await ask(resolver, server)
            finally:
                await resolver.close()
            return server

    return asyncio.run(scenario())


def soon(seconds: float = 3.0) -> float:
    return time.monotonic() + seconds


def of_type(query: dns.message.Message, kind: str) -> bool:
    return dns.rdatatype.to_text(query.question[0].rdtype) == kind


def test_a_name_becomes_its_addresses_ipv4_first() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        found = await resolver.addresses("site.test", None, soon())
        assert sorted(found[:2]) == ["192.0.2.1", "192.0.2.2"]
        assert found[2:] == ["2001:db8::1"]
        assert sorted(await resolver.addresses("site.test", "4", soon())) == ["192.0.2.1", "192.0.2.2"]
        assert await resolver.addresses("site.test", "6", soon()) == ["2001:db8::1"]

    asking(zone(**SITE), ask)


@pytest.mark.parametrize("host", ["192.0.2.7", "0xc0.0.2.7", "3221225991", "2001:db8::7", "::ffff:192.0.2.7"])
def test_an_address_is_not_looked_up(host: str) -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        found = await resolver.addresses(host, None, soon())
        assert found in (["192.0.2.7"], ["2001:db8::7"], ["::ffff:c000:207"])

    assert asking(zone(), ask).asked == []


def test_international_names_are_asked_in_their_encoded_form() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        assert await resolver.addresses("BÜCHER.test", "4", soon()) == ["192.0.2.1"]

    assert asking(zone(**{"xn--bcher-kva__test": "192.0.2.1"}), ask).asked == [("xn--bcher-kva.test", "A")]


def test_underscores_and_capitals_are_accepted() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        assert await resolver.addresses("Under_Score.TEST", "4", soon()) == ["192.0.2.1"]

    asking(zone(under_score__test="192.0.2.1"), ask)


def test_search_lists_are_not_used() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        with pytest.raises(CheckFailed):
            await resolver.addresses("site", "4", soon())

    assert asking(zone(), ask).asked == [("site", "A")]


@pytest.mark.parametrize(("code", "why"), [(3, "There is no such name as site.test."), (2, "SERVFAIL"), (5, "REFUSED")])
def test_a_refusal_of_the_name_server_is_class_dns(code: int, why: str) -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        with pytest.raises(CheckFailed) as failed:
            await resolver.addresses("site.test", None, soon())
        assert failed.value.result.reason is Reason.DNS
        assert why in failed.value.result.message

    asking(lambda query, _: [refused(query, code)], ask)


def test_a_name_without_addresses_is_class_dns() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        for family in (None, "4", "6"):
            with pytest.raises(CheckFailed) as failed:
                await resolver.addresses("site.test", family, soon())
            assert failed.value.result.reason is Reason.DNS

    asking(zone(site__test=""), ask)


def test_a_name_server_that_is_silent_is_a_timeout_on_the_millisecond() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        began = time.monotonic()
        with pytest.raises(CheckFailed) as failed:
            await resolver.addresses("site.test", None, soon(0.5))
        assert failed.value.result.reason is Reason.TIMEOUT
        assert 0.49 <= time.monotonic() - began <= 0.7

    asking(lambda query, _: [], ask)


def test_an_aaaa_that_is_never_answered_does_not_hold_the_check() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        began = time.monotonic()
        assert await resolver.addresses("site.test", None, soon()) == ["192.0.2.1"]
        assert time.monotonic() - began < 1

    asking(lambda query, _: [records(query, "192.0.2.1")] if of_type(query, "A") else [], ask)


@pytest.mark.parametrize("code", [2, 3, 5])
def test_an_aaaa_that_is_refused_does_not_matter(code: int) -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        assert await resolver.addresses("site.test", None, soon()) == ["192.0.2.1"]

    def answer(query: dns.message.Message, _: bool) -> list[Reply]:
        return [(0.05, records(query, "192.0.2.1"))] if of_type(query, "A") else [refused(query, code)]

    asking(answer, ask)


def test_ipv4_that_comes_later_than_ipv6_is_waited_for() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        assert await resolver.addresses("site.test", None, soon()) == ["192.0.2.1", "2001:db8::1"]

    def answer(query: dns.message.Message, _: bool) -> list[Reply]:
        return [(0.3, records(query, "192.0.2.1"))] if of_type(query, "A") else [records(query, "2001:db8::1")]

    asking(answer, ask)


def test_a_name_with_ipv6_alone_is_found_however_late() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        assert await resolver.addresses("site.test", None, soon()) == ["2001:db8::1"]

    def answer(query: dns.message.Message, _: bool) -> list[Reply]:
        return [records(query)] if of_type(query, "A") else [(0.3, records(query, "2001:db8::1"))]

    asking(answer, ask)


def test_answers_with_a_wrong_id_or_to_another_question_are_ignored() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        assert await resolver.addresses("site.test", "4", soon()) == ["192.0.2.1"]

    def answer(query: dns.message.Message, _: bool) -> list[Reply]:
        forged = dns.message.from_wire(records(query, "192.0.2.66"))
        forged.id = query.id ^ 1
        other = dns.message.make_query("other.test", "A")
        other.id = query.id
        return [forged.to_wire(), records(other, "192.0.2.66"), b"\0\1\2", (0.05, records(query, "192.0.2.1"))]

    asking(answer, ask)


def test_records_of_another_kind_are_no_addresses() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        with pytest.raises(CheckFailed) as failed:
            await resolver.addresses("site.test", "4", soon(0.5))
        assert failed.value.result.reason is Reason.DNS

    def answer(query: dns.message.Message, _: bool) -> list[Reply]:
        reply = dns.message.make_response(query)
        reply.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "TXT", '"192.0.2.66"'))
        return [reply.to_wire()]

    asking(answer, ask)


def test_an_alias_is_followed() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        assert await resolver.addresses("site.test", "4", soon()) == ["192.0.2.1"]

    def answer(query: dns.message.Message, _: bool) -> list[Reply]:
        reply = dns.message.make_response(query)
        reply.answer.append(dns.rrset.from_text("site.test.", 60, "IN", "CNAME", "other.test."))
        reply.answer.append(dns.rrset.from_text("other.test.", 60, "IN", "A", "192.0.2.1"))
        return [reply.to_wire()]

    asking(answer, ask)


def test_a_truncated_answer_is_asked_for_again_over_tcp() -> None:
    many = [f"192.0.2.{number}" for number in range(1, 101)]

    async def ask(resolver: Resolver, server: NameServer) -> None:
        assert sorted(await resolver.addresses("site.test", "4", soon())) == sorted(many)
        assert server.over_tcp == 1

    def answer(query: dns.message.Message, tcp: bool) -> list[Reply]:
        return [records(query, *many)] if tcp else [records(query, flags=TRUNCATED)]

    asking(answer, ask)


def test_the_next_server_is_asked_when_one_refuses_or_is_silent() -> None:
    async def scenario(first: Answer) -> tuple[list[str], float]:
        async with name_server(first) as bad, name_server(zone(**SITE)) as good:
            resolver = Resolver([bad.address, good.address])
            resolver.start()
            began = time.monotonic()
            found = await resolver.addresses("site.test", "6", soon(5))
            await resolver.close()
            return found, time.monotonic() - began

    for first in (lambda query, _: [], lambda query, _: [refused(query, 5)]):
        found, took = asyncio.run(scenario(first))
        assert found == ["2001:db8::1"]
        assert took < 2.5


def test_an_answer_is_remembered_for_its_ttl() -> None:
    async def ask(resolver: Resolver, server: NameServer) -> None:
        for _ in range(3):
            await resolver.addresses("site.test", "4", soon())
        assert len(server.asked) == 1
        key = ("site.test", "4")
        expires, addresses = resolver._cache.entries[key]
        assert 25 < expires - time.monotonic() <= 30
        resolver._cache.entries[key] = (time.monotonic() - 1, addresses)
        await resolver.addresses("site.test", "4", soon())
        assert len(server.asked) == 2

    asking(zone(30, **SITE), ask)


def test_an_answer_without_ttl_is_not_remembered() -> None:
    async def ask(resolver: Resolver, server: NameServer) -> None:
        await resolver.addresses("site.test", "4", soon())
        await resolver.addresses("site.test", "4", soon())
        assert len(server.asked) == 2

    asking(zone(0, **SITE), ask)


def test_a_long_ttl_is_capped() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        await resolver.addresses("site.test", "4", soon())
        assert resolver._cache.entries["site.test", "4"][0] - time.monotonic() <= 300

    asking(zone(1_000_000, **SITE), ask)


def test_failures_are_not_remembered() -> None:
    answers = iter([3, 0])

    async def ask(resolver: Resolver, _: NameServer) -> None:
        with pytest.raises(CheckFailed):
            await resolver.addresses("site.test", "4", soon())
        assert await resolver.addresses("site.test", "4", soon()) == ["192.0.2.1"]

    def answer(query: dns.message.Message, _: bool) -> list[Reply]:
        return [refused(query, 3) if next(answers) else records(query, "192.0.2.1")]

    asking(answer, ask)


def test_who_asks_at_the_same_time_shares_one_question() -> None:
    async def ask(resolver: Resolver, server: NameServer) -> None:
        found = await asyncio.gather(*(resolver.addresses("site.test", None, soon()) for _ in range(50)))
        assert all(addresses == ["192.0.2.1", "2001:db8::1"] for addresses in found)
        assert sorted(server.asked) == [("site.test", "A"), ("site.test", "AAAA")]

    def answer(query: dns.message.Message, _: bool) -> list[Reply]:
        return [(0.1, records(query, "192.0.2.1" if of_type(query, "A") else "2001:db8::1"))]

    asking(answer, ask)


def test_one_who_gives_up_does_not_take_the_others_along() -> None:
    async def ask(resolver: Resolver, server: NameServer) -> None:
        patient = asyncio.create_task(resolver.addresses("site.test", "4", soon()))
        with pytest.raises(CheckFailed):
            await resolver.addresses("site.test", "4", soon(0.05))
        assert await patient == ["192.0.2.1"]
        assert len(server.asked) == 1

    asking(lambda query, _: [(0.2, records(query, "192.0.2.1"))], ask)


def test_a_question_nobody_waits_for_is_dropped() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        with pytest.raises(CheckFailed):
            await resolver.addresses("site.test", None, soon(0.05))
        assert resolver._flights == {}
        await asyncio.sleep(0.01)
        assert len(asyncio.all_tasks()) <= 2

    asking(lambda query, _: [], ask)


def test_the_hosts_file_comes_first(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(
        "# comment\n192.0.2.9 Site.test alias.test # more\n2001:db8::9 site.test\nbroken\nfe80::1%lo x.test\n"
    )

    async def ask(resolver: Resolver, _: NameServer) -> None:
        assert await resolver.addresses("site.test", None, soon()) == ["192.0.2.9", "2001:db8::9"]
        assert await resolver.addresses("ALIAS.test", "4", soon()) == ["192.0.2.9"]
        with pytest.raises(CheckFailed):
            await resolver.addresses("alias.test", "6", soon())

    assert asking(zone(), ask, hosts).asked == []


def test_localhost_is_never_looked_up() -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        for host in ("localhost", "LOCALHOST", "site.localhost"):
            assert await resolver.addresses(host, None, soon()) == ["127.0.0.1", "::1"]

    assert asking(zone(), ask).asked == []


@pytest.mark.parametrize("host", ["a..test", "a" * 64 + ".test", "a b.test", "", "a\\b.test", "::g", "é" * 64])
def test_what_is_no_name_is_class_dns(host: str) -> None:
    async def ask(resolver: Resolver, _: NameServer) -> None:
        with pytest.raises(CheckFailed) as failed:
            await resolver.addresses(host, None, soon())
        assert failed.value.result.reason is Reason.DNS

    assert asking(zone(), ask).asked == []


def test_any_type_of_record_may_be_asked_of_any_server() -> None:
    async def ask(resolver: Resolver, server: NameServer) -> None:
        answer = await resolver.query("site.test", "TXT", server.address, soon())
        assert [record.to_text() for record in answer.rrset or ()] == ['"hello"']
        with pytest.raises(CheckFailed) as failed:
            await resolver.query("site.test", "NONSENSE", None, soon())
        assert failed.value.result.reason is Reason.DNS

    asking(lambda query, _: [records(query, '"hello"')], ask)


@pytest.mark.parametrize(
    ("written", "address", "port"),
    [
        ("192.0.2.1", "192.0.2.1", 53),
        ("192.0.2.1:5353", "192.0.2.1", 5353),
        ("2001:db8::1", "2001:db8::1", 53),
        ("[2001:db8::1]:5353", "2001:db8::1", 5353),
        ("[2001:db8::1]", "2001:db8::1", 53),
    ],
)
def test_name_servers_are_written_with_or_without_port(written: str, address: str, port: int) -> None:
    server = server_of(written)
    assert (server.address, server.port) == (address, port)  # type: ignore[attr-defined]


@pytest.mark.parametrize("written", ["", "ns.test", "192.0.2.1:x", "[::1", "192.0.2.1:99999"])
def test_what_is_no_name_server_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        server_of(written)


def test_the_systems_servers_are_read_anew_when_they_change(tmp_path: Path) -> None:
    system = tmp_path / "resolv.conf"
    resolver = Resolver(system=system, hosts=Path("/nonexistent"))
    resolver.start()
    assert [str(server) for server in resolver._asker.nameservers] == ["Do53:127.0.0.1@53"]
    system.write_text("nameserver 192.0.2.53\nsearch test\noptions timeout:30\n")
    resolver._reread(time.monotonic() + 60)
    assert resolver._asker.nameservers == ["192.0.2.53"]
    assert resolver._asker.timeout == 1.0


def test_the_vetted_address_is_the_one_that_is_used() -> None:
    """The second answer differs: nobody may ask twice between vetting and connecting."""
    turns = {"A": iter(["127.0.0.1"] + ["127.0.0.2"] * 9)}

    def answer(query: dns.message.Message, _: bool) -> list[Reply]:
        return [records(query, next(turns["A"]), ttl=0)] if of_type(query, "A") else [records(query)]

    async def scenario() -> tuple[Result, int, int]:
        async with serving(says(OK)) as vetted, name_server(answer) as names:
            async with checking(resolvers=(names.address,)) as checker:
                found = await checker.look(f"http://site.test:{vetted.port}/")
            return found, vetted.connections, len([kind for _, kind in names.asked if kind == "A"])

    found, connections, questions = asyncio.run(scenario())
    assert (found.ok, found.address, connections, questions) == (True, "127.0.0.1", 1, 1)


def test_a_check_whose_name_is_never_answered_times_out_on_time() -> None:
    async def scenario() -> Result:
        async with name_server(lambda query, _: []) as names, checking(resolvers=(names.address,)) as checker:
            return await checker.look("http://site.test/", PUNCTUAL_MS)

    found = asyncio.run(scenario())
    assert found.reason is Reason.TIMEOUT
    assert PUNCTUAL_MS * 0.95 <= found.latency_ms <= PUNCTUAL_MS * 1.1
    assert found.phases is not None
    assert found.phases.name_ms == pytest.approx(found.latency_ms, abs=20)
