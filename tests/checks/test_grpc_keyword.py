"""gRPC keyword: methods made of their definition, called with JSON, answered in JSON."""

from collections.abc import Iterator

import pytest

from tests.servers.checking import Watch
from tests.servers.grpc import PROTO, Grpc, grpc_server
from uptime.checks.grpc_keyword import CHECK
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result


@pytest.fixture(scope="module")
def server() -> Iterator[Grpc]:
    with grpc_server() as found:
        yield found


def ask(watch: Watch, server: Grpc, **target: object) -> Result:
    usual = {"host": "127.0.0.1", "port": server.port, "proto": PROTO, "service": "Clerk", "method": "Greet"}
    return watch.look(CHECK, 10_000, **usual | {"keyword": "hello"} | target)


def test_a_keyword_in_the_answer_is_up(watch: Watch, server: Grpc) -> None:
    found = ask(watch, server, body='{"name": "Bob", "times": "2"}', bearer="sesame")
    assert (found.ok, found.message) == (True, 'The text "hello" is in the answer'), found
    request, metadata = server.asked[-1]
    assert request == b"\x0a\x03Bob\x10\x02"
    assert metadata["authorization"] == "Bearer sesame"


@pytest.mark.parametrize("keyword", ['{"said_text":"hello","count":7,"more":[]', '"count":7'])
def test_the_answer_is_searched_as_json_with_the_names_of_the_definition(
    watch: Watch, server: Grpc, keyword: str
) -> None:
    assert ask(watch, server, keyword=keyword, service="shop.Clerk").ok


def test_a_keyword_that_is_missing_or_must_be_is_down(watch: Watch, server: Grpc) -> None:
    found = ask(watch, server, keyword="bye")
    assert (found.reason, found.message) == (Reason.CONTENT, 'The text "bye" is missing from the answer.')
    assert found.evidence is not None
    assert "hello" in found.evidence
    assert ask(watch, server, keyword="bye", keyword_absent=True).ok
    assert ask(watch, server, keyword_absent=True).reason is Reason.CONTENT


def test_an_error_of_the_method_is_told(watch: Watch, server: Grpc) -> None:
    found = ask(watch, server, method="Refuse")
    assert found.reason is Reason.STATUS
    assert found.message == "The call was answered with PERMISSION_DENIED: not for you at all."


def test_an_answer_that_is_none_is_told(watch: Watch, server: Grpc) -> None:
    assert ask(watch, server, method="Mumble").reason is Reason.PROTOCOL


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"proto": "nonsense"}, "line 1:1: "),
        ({"proto": 'syntax = "proto3"; import "other.proto";'}, "other.proto"),
        ({"proto": 'syntax = "proto3"; import "/etc/passwd";'}, "cannot be used"),
        ({"service": "Nobody"}, "has no service Nobody"),
        ({"method": "Nothing"}, "has no method Nothing"),
        ({"method": "Talk"}, "streams"),
        ({"body": '{"colour": 1}'}, "does not fit the method"),
    ],
)
def test_what_cannot_be_called_is_unknown_and_says_why(
    watch: Watch, server: Grpc, target: dict[str, object], why: str
) -> None:
    found = ask(watch, server, **target)
    assert found.reason is Reason.INTERNAL
    assert why in found.message
    assert "root:" not in str(found)


def test_the_definition_is_compiled_once(watch: Watch, server: Grpc) -> None:
    ask(watch, server)
    assert ask(watch, server).latency_ms < 200


@pytest.mark.parametrize("wrong", [{"body": "[]"}, {"body": "{"}, {"keyword": ""}, {"service": " "}, {"proto": ""}])
def test_settings_that_make_no_call_are_refused(wrong: dict[str, str]) -> None:
    right = {"host": "a.test", "port": 1, "proto": PROTO, "service": "Clerk", "method": "Greet", "keyword": "x"}
    CHECK.build(right)
    with pytest.raises(Invalid):
        CHECK.build(right | wrong)
