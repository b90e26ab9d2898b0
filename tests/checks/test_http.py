"""The HTTP check as people set it up: what is sent, what is expected, what is refused."""

import asyncio

import pytest

from tests.servers.checking import checking
from tests.servers.http import OK, Answer, Request, moved, response, says, serving
from uptime import __version__
from uptime.checks import check_types
from uptime.checks._place import place_of
from uptime.checks.http import CHECK, request_of
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result


def looked(answer: Answer | None = None, url: str = "{}", **target: object) -> tuple[Result, Request]:
    async def scenario() -> tuple[Result, Request]:
        async with serving(answer or says(OK)) as server, checking() as checker:
            where = url.replace("{port}", str(server.port)).replace("{}", server.url)
            return await checker.look(where, **target), server.requests[-1]

    return asyncio.run(scenario())


def test_an_answer_as_expected_is_up() -> None:
    found, request = looked()
    assert (found.ok, found.message, found.status_code, found.address) == (True, "200 OK", 200, "127.0.0.1")
    assert (request.method, request.path) == ("GET", "/")
    assert request.headers["user-agent"] == f"Upspeak/{__version__}"
    assert request.headers["accept-encoding"] == "gzip, deflate"
    assert request.headers["cache-control"] == "no-cache"


def test_the_phases_add_up_to_the_latency() -> None:
    found, _ = looked()
    phases = found.phases
    assert phases is not None
    total = phases.name_ms + phases.connect_ms + phases.tls_ms + phases.wait_ms + phases.receive_ms
    assert found.latency_ms == pytest.approx(total)
    assert phases.connect_ms > 0


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("body", ["", '{"a": 1}'])
def test_every_method_is_sent_with_and_without_a_body(method: str, body: str) -> None:
    found, request = looked(method=method, body=body)
    assert found.ok
    assert (request.method, request.body.decode()) == (method, body)
    assert ("content-length" in request.headers) == bool(body or method in ("POST", "PUT", "PATCH"))


def test_head_is_sent_without_a_body() -> None:
    found, request = looked(says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), method="HEAD", body="x")
    assert found.ok
    assert (request.method, request.body) == ("HEAD", b"")


def test_one_check_leaves_no_trace_in_the_next() -> None:
    """Handles are used again: method, body, headers and credentials must not be."""

    async def scenario() -> list[Request]:
        async with serving(says(OK)) as server, checking(concurrency=1) as checker:
            await checker.look(server.url + "a%20b", method="POST", body="x", bearer="t", headers={"X-A": "1"})
            await checker.look(server.url + "c", method="HEAD")
            await checker.look(server.url + "d")
            return server.requests

    first, second, third = asyncio.run(scenario())
    assert (first.method, first.path, first.body, first.headers["x-a"]) == ("POST", "/a%20b", b"x", "1")
    assert (second.method, second.path) == ("HEAD", "/c")
    assert (third.method, third.path, third.body) == ("GET", "/d", b"")
    assert not {"authorization", "x-a", "content-type", "content-length"} & third.headers.keys()


@pytest.mark.parametrize(
    ("body_type", "sent"),
    [
        ("json", "application/json"),
        ("form", "application/x-www-form-urlencoded"),
        ("xml", "text/xml; charset=utf-8"),
        ("text", "text/plain; charset=utf-8"),
    ],
)
def test_the_type_of_the_body_is_sent(body_type: str, sent: str) -> None:
    _, request = looked(method="POST", body="ü", body_type=body_type)
    assert request.headers["content-type"] == sent
    assert request.body == "ü".encode()


def test_headers_are_sent_and_replace_ours() -> None:
    _, request = looked(
        headers={
            "user-agent": "mine",
            "Host": "other.test",
            "X-Empty": "",
            "Content-Length": "9",
            "Cache-Control": "max-age=0",
        }
    )
    assert request.headers["user-agent"] == "mine"
    assert request.headers["host"] == "other.test"
    assert request.headers["x-empty"] == ""
    assert request.headers["cache-control"] == "max-age=0"
    assert "content-length" not in request.headers


BASIC = "Basic dXNlcjp3b3Jk"


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ({}, None),
        ({"username": "user", "password": "word"}, BASIC),
        ({"username": "üser", "password": "wörd"}, "Basic w7xzZXI6d8O2cmQ="),
        ({"url": "http://user:word@127.0.0.1:{port}/"}, BASIC),
        ({"url": "http://other:one@127.0.0.1:{port}/", "username": "user", "password": "word"}, BASIC),
        ({"bearer": "token"}, "Bearer token"),
        ({"bearer": "token", "username": "user"}, "Bearer token"),
        ({"bearer": "token", "headers": {"authorization": "Own"}}, "Own"),
    ],
)
def test_credentials_are_sent(target: dict[str, str], sent: str | None) -> None:
    _, request = looked(**{"url": "{}", **target})
    assert request.headers.get("authorization") == sent


@pytest.mark.parametrize(
    ("expected", "status", "ok"),
    [
        ([], 200, True),
        (["200"], 200, True),
        (["200"], 201, False),
        (["200", "404"], 404, True),
        (["200-299"], 299, True),
        (["200-299"], 300, False),
        (["2xx"], 226, True),
        (["2XX", "401"], 401, True),
        (["5xx"], 503, True),
        (["999"], 999, True),
    ],
)
def test_expected_statuses_are_numbers_ranges_and_classes(expected: list[str], status: int, ok: bool) -> None:
    found, _ = looked(says(response(b"", status=f"{status} Whatever")), expected_status=expected)
    assert (found.ok, found.status_code) == (ok, status)
    assert found.reason is (None if ok else Reason.STATUS)


def test_a_wrong_status_names_what_was_expected() -> None:
    found, _ = looked(says(response(b"", status="503 Busy \x1b[31m")), expected_status=["200-204", "3xx"])
    assert found.message == "Answered 503 Busy  [31m, but one of 200-204, 3xx was expected."


def test_an_address_family_may_be_chosen() -> None:
    assert looked(ip_family="4")[0].ok

    async def scenario() -> Result:
        async with serving(says(OK)) as server, checking() as checker:
            return await checker.look(server.url, ip_family="6")

    found = asyncio.run(scenario())
    assert (found.reason, found.message) == (Reason.DNS, "127.0.0.1 has no IPv6 address.")


def test_ipv6_is_spoken() -> None:
    async def scenario() -> tuple[Result, Request]:
        async with serving(says(OK), host="::1") as server, checking() as checker:
            return await checker.look(f"http://[0:0::1]:{server.port}/"), server.requests[0]

    found, request = asyncio.run(scenario())
    assert (found.ok, found.address) == (True, "::1")
    assert request.headers["host"].startswith("[::1]:")


def test_a_closed_port_is_down_by_its_connection() -> None:
    async def scenario() -> Result:
        async with serving(says(OK)) as server, checking() as checker:
            pass
        async with checking() as checker:
            return await checker.look(server.url)

    found = asyncio.run(scenario())
    assert (found.ok, found.reason) == (False, Reason.CONNECT)
    assert "the connection was refused: nothing listens on that port" in found.message


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert looked()[0].ok


def test_each_check_has_a_connection_of_its_own() -> None:
    async def scenario() -> int:
        async with serving(says(OK)) as server, checking() as checker:
            for _ in range(5):
                assert (await checker.look(server.url)).ok
            return server.connections

    assert asyncio.run(scenario()) == 5


def test_secrets_are_named_and_stay_out_of_messages() -> None:
    assert CHECK.secrets() == {"password", "bearer"}
    for answer in (says(b""), says(response(b"", status="500 No")), moved("ftp://x")):
        found, _ = looked(answer, url="http://us3r:s3cret@127.0.0.1:{port}/t0ken", bearer="s3cret")
        assert "s3cret" not in f"{found.message}{found.evidence}"


def test_a_target_comes_back_as_it_was_stored() -> None:
    target = CHECK.build(
        {"url": "https://site.test/", "expected_status": ["2xx"], "headers": {"A": "b"}, "expiry_days": 7}
    )
    assert CHECK.build(CHECK.dump(target)) == target
    assert CHECK.address(target) == "https://site.test/"
    assert CHECK.build(CHECK.parse("https://site.test/")).url == "https://site.test/"
    assert check_types()["http"] is CHECK
    assert CHECK.schemes == ("http", "https")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "ftp://site.test/"),
        ("url", "http://"),
        ("url", "http://site.test:99999/"),
        ("url", 5),
        ("method", "BREW"),
        ("method", "get"),
        ("expected_status", ["2000"]),
        ("expected_status", ["299-200"]),
        ("expected_status", ["ok"]),
        ("expected_status", "200"),
        ("headers", {"A b": "c"}),
        ("headers", {"A": "b\r\nC: d"}),
        ("headers", {"": "x"}),
        ("headers", ["a"]),
        ("body", "x" * 70_000),
        ("body_type", "yaml"),
        ("keyword", "a\x00b"),
        ("regex", "("),
        ("max_redirects", 11),
        ("max_redirects", -1),
        ("expiry_days", -1),
        ("ca_pem", "no certificate"),
        ("ip_family", "5"),
        ("verify_tls", "yes"),
    ],
)
def test_what_cannot_be_is_refused_with_the_name_of_its_field(field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        CHECK.build({"url": "http://site.test/", field: value})  # type: ignore[dict-item]
    assert refused.value.field == field
    assert refused.value.message.endswith(".")


def test_a_missing_url_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        CHECK.build({})
    assert refused.value.field == "url"


def test_the_first_request_holds_what_the_target_asks_for() -> None:
    target = CHECK.build({"url": "http://site.test/x", "regex": "a", "keyword": "b", "expiry_days": 3})
    request = request_of(target)
    assert request.place == place_of("http://site.test/x")
    assert (request.keep_body, request.keyword, request.look_at_certificate) == (True, "b", True)
    assert request.body_for == frozenset({200})
