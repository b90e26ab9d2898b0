"""MQTT: brokers that let us in, messages that are as expected or not, and hostile ones."""

from collections.abc import Iterator

import pytest

from tests.servers.checking import SHORT_MS, Watch
from tests.servers.mqtt import PASSWORD, USER, Broker, broker
from tests.servers.tcp import Behaviour, begins, closed_port, closes, drips, resets, says_nothing
from uptime.checks.mqtt import CHECK
from uptime.domain.errors import Invalid
from uptime.domain.result import Reason, Result


@pytest.fixture(scope="module")
def server() -> Iterator[Broker]:
    with broker() as found:
        found.publish("house/cellar", '{"level": 12, "note": "all dry"}')
        found.publish("house/attic", b"\xff\x00 ill")
        yield found


def ask(watch: Watch, server: Broker, timeout_ms: int = 5_000, **target: object) -> Result:
    usual = {"host": "127.0.0.1", "port": server.port, "username": USER, "password": PASSWORD}
    return watch.look(CHECK, timeout_ms, **usual | target)


def test_a_broker_that_lets_us_in_is_up(watch: Watch, server: Broker) -> None:
    found = ask(watch, server)
    assert (found.ok, found.message, found.address) == (True, "The broker let us in", "127.0.0.1")
    assert ask(watch, server, port=server.open_port, username="", password="").ok


def test_any_message_on_the_topic_is_up_where_no_text_is_expected(watch: Watch, server: Broker) -> None:
    found = ask(watch, server, topic="house/cellar")
    assert (found.ok, found.message) == (True, 'house/cellar: {"level": 12, "note": "all dry"}')


@pytest.mark.parametrize("topic", ["house/#", "house/+", "+/cellar"])
def test_a_message_that_holds_the_text_is_waited_for(watch: Watch, server: Broker, topic: str) -> None:
    found = ask(watch, server, topic=topic, keyword="dry", port=server.open_port, username="", password="")
    assert found.facts["topic"] == "house/cellar"


def test_messages_without_the_text_are_down(watch: Watch, server: Broker) -> None:
    found = ask(watch, server, 400, topic="house/#", keyword="fire")
    assert found.reason is Reason.CONTENT
    what = 'is not as expected: The text "fire" is missing.'
    assert found.message == f"The last of 2 messages on house/# {what}"
    assert found.evidence in ('{"level": 12, "note": "all dry"}', "� ill")
    assert found.latency_ms < 400 * 1.2


def test_a_message_in_which_a_query_finds_what_is_expected_is_up(watch: Watch, server: Broker) -> None:
    found = ask(watch, server, 20_000, topic="house/cellar", query="level", operator=">", expected="10")
    assert (found.ok, found.message, found.facts["value"]) == (True, 'The query gives "12"', "12")


@pytest.mark.long
def test_messages_in_which_a_query_finds_something_else_are_down(watch: Watch, server: Broker) -> None:
    other = {"topic": "house/cellar", "query": "$.note", "language": "jsonpath"}
    assert ask(watch, server, 20_000, **other, expected="all dry").ok, "which loads the language"
    found = ask(watch, server, 1_500, **other, expected="all wet")
    assert found.reason is Reason.CONTENT, found
    assert 'The query gives "all dry", but exactly "all wet" was expected.' in found.message
    assert ask(watch, server, 1_500, **other | {"topic": "house/attic"}, expected="1").reason is Reason.CONTENT


def test_a_broker_behind_a_websocket_is_spoken_to(watch: Watch, server: Broker) -> None:
    by_websocket = {"port": server.websocket_port, "username": "", "password": "", "websocket_path": "/mqtt"}
    found = ask(watch, server, topic="house/+", keyword="dry", **by_websocket)
    assert (found.ok, found.facts["topic"]) == (True, "house/cellar"), found
    assert ask(watch, server, 500, websocket_path="/").reason is not None
    plain = watch.hostile(CHECK, begins(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 1_000, websocket_path="/")
    assert (plain.reason, plain.message) == (Reason.STATUS, "Answered 200 OK, but 101 was expected.")


@pytest.mark.long
def test_a_long_message_comes_in_one_piece_through_a_websocket(watch: Watch, server: Broker) -> None:
    server.publish("attic/long", "x" * 70_000 + "end")
    by_websocket = {"port": server.websocket_port, "username": "", "password": "", "websocket_path": "/mqtt"}
    assert ask(watch, server, topic="attic/long", keyword="xend", **by_websocket).ok


def test_a_topic_on_which_nothing_comes_is_down(watch: Watch, server: Broker) -> None:
    found = ask(watch, server, SHORT_MS, topic="house/moon")
    assert (found.reason, found.message) == (Reason.TIMEOUT, "No message came on the topic house/moon within 0.3 s.")


@pytest.mark.parametrize("target", [{"password": "wrong"}, {"username": "eve"}, {"username": "", "password": ""}])
def test_who_is_not_let_in_is_down(watch: Watch, server: Broker, target: dict[str, str]) -> None:
    found = ask(watch, server, **target)
    assert (found.reason, found.message) == (Reason.STATUS, "The broker refused: Not authorized.")
    assert PASSWORD not in str(found)


def test_tls_is_verified_unless_told_otherwise(watch: Watch, server: Broker) -> None:
    found = ask(watch, server, port=server.tls_port, tls=True, topic="house/cellar")
    assert found.ok
    assert found.certificate is not None
    elsewhere = {"host": "127.0.0.2", "port": server.tls_port, "tls": True}
    assert ask(watch, server, **elsewhere).reason is Reason.TLS
    assert ask(watch, server, **elsewhere, verify_tls=False).ok


def test_a_closed_port_is_refused(watch: Watch) -> None:
    assert watch.look(CHECK, host="127.0.0.1", port=closed_port()).reason is Reason.CONNECT


WELCOME = b"\x20\x02\0\0"
SILENT = {
    "silent": says_nothing,
    "cut": begins(WELCOME[:3]),
    "slow": drips(b"", 0.1),
    "welcomes": begins(WELCOME),
    "long": begins(WELCOME + b"\x90\x03\0\1\0" + b"\x30\xff\xff\xff\x7f"),
}


def test_brokers_that_do_not_answer_end_on_time(watch: Watch) -> None:
    for found in watch.all_hostile(CHECK, SILENT.values(), SHORT_MS, topic="a"):
        assert found.reason is Reason.TIMEOUT, found
        assert found.latency_ms < SHORT_MS * 1.2


NONSENSE = {
    "closes": closes,
    "resets": resets,
    "http": begins(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "noise": begins(b"\xff" * 99),
    "empty answer": begins(b"\x20\0"),
    "length": begins(b"\x20\xff\xff\xff\xff\xff"),
    "topic": begins(WELCOME + b"\x90\x03\0\1\0" + b"\x30\x03\xff\xff\0"),
    "flood": drips(b"\x30\x80\x80\x04\0\1b" + b"x" * 65_533, 0, WELCOME),
}


@pytest.mark.parametrize("behave", NONSENSE.values(), ids=NONSENSE)
def test_an_answer_of_another_kind_is_down(watch: Watch, behave: Behaviour) -> None:
    found = watch.hostile(CHECK, behave, 3_000, topic="a", keyword="z")
    assert found.reason is Reason.PROTOCOL, found
    assert found.latency_ms < 2_000


def test_a_subscription_that_is_not_allowed_is_told(watch: Watch) -> None:
    found = watch.hostile(CHECK, begins(WELCOME + b"\x90\x03\0\1\x80"), 1_000, topic="secrets")
    assert (found.reason, found.message) == (
        Reason.STATUS,
        "The broker does not allow a subscription to secrets.",
    )


@pytest.mark.parametrize("wrong", [{"query": "((("}, {"query": "a", "operator": "<"}, {"websocket_path": "mqtt"}])
def test_a_query_or_path_that_is_none_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        CHECK.build({"host": "a.test", "topic": "a"} | wrong)


@pytest.mark.parametrize("topic", ["a/#/b", "a#", "a/b+", "x" * 70_000])
def test_a_topic_that_is_none_is_refused(topic: str) -> None:
    with pytest.raises(Invalid):
        CHECK.build({"host": "a.test", "topic": topic})


def test_a_url_says_what_it_can() -> None:
    target = CHECK.build(CHECK.parse("mqtts://bob:p@a.test"))
    assert (target.host, target.port, target.username, target.password, target.tls) == (
        "a.test",
        8883,
        "bob",
        "p",
        True,
    )
    assert CHECK.address(target) == "mqtts://a.test:8883"
    assert CHECK.parse("mqtt://a.test")["port"] == 1883
    with pytest.raises(Invalid, match="topic"):
        CHECK.parse("mqtt://a.test/house")
