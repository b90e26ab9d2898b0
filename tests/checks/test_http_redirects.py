"""Redirects are followed hop by hop, each as carefully as the first."""

import asyncio
from ipaddress import ip_network

import pytest

from tests.servers.certificates import good
from tests.servers.checking import PUNCTUAL_MS, Checker, checking
from tests.servers.http import OK, Answer, Request, WebServer, by_path, falls_silent, moved, response, says, serving
from uptime.addresses import Policy
from uptime.domain.result import Reason, Result


def looked(answer: Answer, path: str = "", **target: object) -> tuple[Result, list[Request]]:
    async def scenario() -> tuple[Result, list[Request]]:
        async with serving(answer) as server, checking() as checker:
            return await checker.look(server.url + path, **target), server.requests

    return asyncio.run(scenario())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status: int) -> None:
    found, requests = looked(by_path(root=moved("/there?a=b#c", status), there=says(OK)))
    assert found.ok
    assert [request.path for request in requests] == ["/", "/there?a=b"]


@pytest.mark.parametrize("status", [300, 304, 305])
def test_other_statuses_are_not_followed(status: int) -> None:
    found, requests = looked(by_path(root=moved("/there", status), there=says(OK)))
    assert (found.reason, found.status_code, len(requests)) == (Reason.STATUS, status, 1)


def test_a_redirect_without_location_is_judged_by_its_status() -> None:
    found, _ = looked(says(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"))
    assert (found.reason, found.status_code) == (Reason.STATUS, 302)


def test_an_expected_redirect_is_not_followed() -> None:
    found, requests = looked(moved("/there"), expected_status=["3xx"])
    assert (found.ok, found.status_code, len(requests)) == (True, 302, 1)


def test_a_monitor_may_follow_nothing() -> None:
    found, requests = looked(moved("/there"), follow_redirects=False)
    assert (found.reason, found.status_code, len(requests)) == (Reason.STATUS, 302, 1)


def hops(count: int) -> Answer:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        number = int(request.path.lstrip("/") or 0)
        await (says(OK) if number == count else moved(f"/{number + 1}"))(request, writer)

    return answer


def test_ten_redirects_are_followed() -> None:
    found, requests = looked(hops(10))
    assert (found.ok, len(requests)) == (True, 11)


def test_eleven_redirects_are_too_many() -> None:
    found, requests = looked(hops(11))
    assert (found.ok, found.reason, len(requests)) == (False, Reason.REDIRECT, 11)


def test_a_circle_ends() -> None:
    found, _ = looked(moved("/"))
    assert found.reason is Reason.REDIRECT
    assert found.message == "More than 10 redirects in a row: they may lead in a circle."


def test_a_monitor_may_allow_fewer() -> None:
    found, requests = looked(hops(3), max_redirects=2)
    assert (found.reason, len(requests)) == (Reason.REDIRECT, 3)


def test_the_body_of_a_redirect_is_not_waited_for() -> None:
    start = falls_silent(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 999\r\n\r\n")
    found, _ = looked(by_path(root=start, there=says(OK)))
    assert found.ok
    assert found.latency_ms < 1_000


@pytest.mark.parametrize(
    "location",
    [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "javascript:alert(1)",
        "http://",
        "http:///there",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:65536/",
        "http://127.0.0.1:port/",
        "http://[::1/",
        "http://a b/",
        f"http://{'a' * 64}.test/",
        "http://a..test/",
        "http://127.0.0.1/\x01",
        f"http://127.0.0.1/{'a' * 9_000}",
    ],
)
def test_a_redirect_to_where_no_check_may_go_is_a_fault(location: str) -> None:
    found, requests = looked(moved(location))
    assert (found.ok, found.reason, found.status_code, len(requests)) == (False, Reason.REDIRECT, 302, 1)
    assert len(found.message) <= 200


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (b"/gr\xc3\xbc\xc3\x9fe", "/gr%C3%BC%C3%9Fe"),
        (b"/gr\xfc\xdfe", "/gr%FC%DFe"),
        (b"/a b", "/a%20b"),
        (b"?q=\xc3\xbc", "/x/y?q=%C3%BC"),
        (b"../z", "/z"),
        (b"z", "/x/z"),
        (b"  /z  ", "/z"),
        (b"/%c3%bc%", "/%c3%bc%"),
    ],
)
def test_locations_are_taken_as_utf8_and_encoded(location: bytes, path: str) -> None:
    answers = iter([says(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"), says(OK)])

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        await next(answers)(request, writer)

    found, requests = looked(answer, "x/y")
    assert found.ok
    assert requests[-1].path == path


def test_a_redirect_may_change_host_and_scheme() -> None:
    async def scenario() -> Result:
        async with (
            checking() as checker,
            serving(says(OK), tls=good().context()) as secure,
            serving(moved(f"https://LOCALHOST:{secure.port}/")) as plain,
        ):
            return await checker.look(plain.url)

    found = asyncio.run(scenario())
    assert found.ok
    assert found.phases is not None
    assert found.phases.tls_ms > 0
    assert found.certificate is not None


CREDENTIALS = {
    "headers": {"X-Api-Key": "key", "Cookie": "a=b", "Accept-Language": "de", "User-Agent": "mine"},
    "username": "user",
    "password": "word",
}


async def credentials_at(to: Answer, checker: Checker, first: WebServer) -> dict[str, str]:
    async with serving(to) as second:
        first_url = f"{first.url}?to={second.port}"
        assert (await checker.look(first_url, **CREDENTIALS)).ok
        return second.requests[-1].headers


def test_credentials_go_along_within_one_origin() -> None:
    found, requests = looked(by_path(root=moved("/there"), there=says(OK)), **CREDENTIALS)
    assert found.ok
    assert requests[-1].headers["authorization"] == "Basic dXNlcjp3b3Jk"
    assert requests[-1].headers["x-api-key"] == "key"
    assert requests[-1].headers["cookie"] == "a=b"


def test_credentials_are_dropped_where_port_or_host_changes() -> None:
    async def to_port(request: Request, writer: asyncio.StreamWriter) -> None:
        await moved(f"http://127.0.0.1:{request.path.partition('=')[2]}/")(request, writer)

    async def scenario() -> dict[str, str]:
        async with serving(to_port) as first, checking() as checker:
            return await credentials_at(says(OK), checker, first)

    headers = asyncio.run(scenario())
    assert not {"authorization", "cookie", "x-api-key"} & headers.keys()
    assert (headers["accept-language"], headers["user-agent"]) == ("de", "mine")


def test_credentials_in_a_location_are_not_used() -> None:
    async def to_itself(request: Request, writer: asyncio.StreamWriter) -> None:
        where = f"http://thief:word@{request.headers['host']}/there"
        await (says(OK) if request.path == "/there" else moved(where))(request, writer)

    found, requests = looked(to_itself)
    assert found.ok
    assert "authorization" not in requests[-1].headers


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "PUT", "GET"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
        (302, "PUT", "PUT"),
        (303, "HEAD", "HEAD"),
    ],
)
def test_method_and_body_change_as_browsers_do_it(status: int, method: str, then: str) -> None:
    last = says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    answer = by_path(root=moved("/there", status), there=last)
    found, requests = looked(answer, method=method, body="{}")
    assert found.ok
    assert requests[-1].method == then
    assert requests[-1].body == (b"{}" if then in ("POST", "PUT") else b"")
    assert ("content-type" in requests[-1].headers) == (then in ("POST", "PUT", "HEAD"))


def test_every_hop_passes_the_address_policy() -> None:
    async def scenario(location: str) -> tuple[Result, int]:
        policy = Policy(allow_private=True, deny=[ip_network("127.0.0.2/32")])
        async with (
            checking(policy=policy) as checker,
            serving(says(OK), host="127.0.0.2") as denied,
            serving(moved(location.format(port=denied.port))) as first,
        ):
            return await checker.look(first.url), denied.connections

    for spelling in ("127.0.0.2", "0x7f000002", "127.2", "[::ffff:127.0.0.2]", "[::127.0.0.2]", "[64:ff9b::7f00:2]"):
        found, connections = asyncio.run(scenario(f"http://{spelling}:{{port}}/"))
        assert (found.reason, connections) == (Reason.BLOCKED, 0), (spelling, found)


def test_all_hops_share_one_deadline() -> None:
    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await moved("/")(request, writer)

    async def scenario() -> Result:
        async with serving(slowly) as server, checking() as checker:
            return await checker.look(server.url, PUNCTUAL_MS)

    found = asyncio.run(scenario())
    assert found.reason is Reason.TIMEOUT
    assert found.latency_ms <= PUNCTUAL_MS * 1.1


def test_the_phases_of_all_hops_are_summed() -> None:
    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        await (moved("/there") if request.path == "/" else says(response(b"hello")))(request, writer)

    found, _ = looked(slowly)
    assert found.ok
    assert found.phases is not None
    assert 100 <= found.phases.wait_ms <= 400
