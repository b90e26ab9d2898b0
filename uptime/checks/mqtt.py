"""MQTT: up when the broker lets us in and, where a topic is named, a message comes that is as expected."""

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uptime.checks._endpoint import checked_host, shown
from uptime.checks._kind import CheckType, down, setting, up
from uptime.checks._login import address, login
from uptime.checks._optional import lacking
from uptime.checks._text import said
from uptime.checks._tls import TlsOptions, authorities
from uptime.checks.json_query import LANGUAGES, WORDS, judged, must_compare
from uptime.checks.websocket import WebSocketTarget, place, upgraded
from uptime.domain.errors import Invalid
from uptime.domain.monitor import JsonValue
from uptime.domain.result import Reason, Result

if TYPE_CHECKING:
    from uptime.checks._mqtt import Session
    from uptime.checks._net import Net, Stream

SCHEMES = ("mqtt", "mqtts")
USUAL_PORT, USUAL_TLS_PORT = 1883, 8883
EARLY = 0.05
"""What share of the time is left when a message is no longer waited for."""


def _topic(topic: str) -> str:
    levels = topic.split("/")
    if len(topic.encode()) > 65_535 or "#" in "".join(levels[:-1]):
        raise ValueError("A topic is not longer than 65,535 bytes, and # may only be its last level.")
    if any(("#" in level or "+" in level) and len(level) > 1 for level in levels):
        raise ValueError("+ and # stand for whole levels of a topic.")
    return topic


def _path(path: str) -> str:
    if path and not path.startswith("/"):
        raise ValueError("A path begins with /.")
    return path


@dataclass(frozen=True, slots=True)
class MqttTarget:
    """Which broker is asked, who logs in there, and which message is waited for."""

    host: str = setting("Host name or address", check=checked_host)
    port: int = setting("Port", default=USUAL_PORT, low=1, high=65_535)
    topic: str = setting("Topic", default="", check=_topic, help="Empty: being let in is enough")
    keyword: str = setting("Keyword", default="", limit=1_024, help="Text that a message must hold; empty: any will do")
    query: str = setting("Query", default="", limit=4_096, lines=True, help="Asked of each message; empty: none")
    language: str = setting("Query language", default="jsonata", choices=LANGUAGES)
    operator: str = setting("Comparison", default="==", choices=tuple(WORDS), help="<, <=, > and >= compare numbers")
    expected: str = setting("Expected value", default="", limit=4_096, lines=True)
    username: str = setting("User name", default="", limit=1_024)
    password: str = setting("Password", default="", limit=1_024, secret=True)
    websocket_path: str = setting("WebSocket path", default="", limit=1_024, help="Empty: no WebSocket", check=_path)
    tls: bool = setting("TLS", default=False)
    verify_tls: bool = setting("Verify the certificate", default=True)
    ca_pem: str = setting("Further authorities", default="", limit=131_072, lines=True, check=authorities)
    ip_family: str = setting("Address family", default="any", choices=("any", "4", "6"))

    def __post_init__(self) -> None:
        """Invalid: the query is none, or the numbers to compare are none."""
        if self.query:
            must_compare(self.language, self.query, self.operator, self.expected)


async def run(target: MqttTarget, net: "Net") -> Result:
    if missing := await lacking("mqtt", net):
        return missing
    from uptime.checks._mqtt import Session

    tls = TlsOptions(verify=target.verify_tls, ca_pem=target.ca_pem) if target.tls else None
    async with net.connect(target.host, target.port, tls, target.ip_family) as stream:
        if target.websocket_path:
            await _upgraded(target, stream, net)
        net.silence = "The broker did not answer"
        session = Session(target, stream)
        await session.welcomed()
        result = await _awaited(target, session, net) if target.topic else up("The broker let us in")
        session.leave()
    return result


async def _upgraded(target: MqttTarget, stream: "Stream", net: "Net") -> None:
    scheme = "wss" if target.tls else "ws"
    url = f"{scheme}://{shown(target.host, target.port)}{target.websocket_path}"
    await upgraded(WebSocketTarget(url, subprotocols=("mqtt",)), place(url), stream, net)


async def _awaited(target: MqttTarget, session: "Session", net: "Net") -> Result:
    """What the messages on the topic come to, before the time is up."""
    await session.subscribe(target.topic)
    count, result = 0, None
    try:
        async with asyncio.timeout(net.remaining() * (1 - EARLY)):
            net.silence = f"No message came on the topic {said(target.topic, 80)}"
            async for topic, payload in session.messages():
                count += 1
                result = await _judged(target, topic, payload.decode(errors="replace"), net)
                if result.ok:
                    return result
    except TimeoutError:
        if result is None:
            raise
    assert result is not None  # noqa: S101 - messages do not end by themselves
    whole = "The only message" if count == 1 else f"The last of {count} messages"
    return replace(result, message=f"{whole} on {said(target.topic, 60)} is not as expected: {result.message}"[:200])


async def _judged(target: MqttTarget, topic: str, text: str, net: "Net") -> Result:
    if target.keyword not in text:
        return down(Reason.CONTENT, f'The text "{said(target.keyword, 60)}" is missing.', evidence=said(text, 1_000))
    if not target.query:
        return up(f"{said(topic, 60)}: {said(text, 100)}", facts={"topic": said(topic, 200)})
    found = await net.query_document(target.language, target.query, text)
    return judged(found, target.operator, target.expected, said(text, 1_000))


def _address(target: MqttTarget) -> str:
    return address("mqtts" if target.tls else "mqtt", target.host, target.port)


def _parse(url: str) -> dict[str, JsonValue]:
    found = login(url, SCHEMES)
    if found.name:
        raise Invalid("url", "The topic is a setting of its own and no part of the URL.")
    tls = found.scheme == "mqtts"
    return found.settings(USUAL_TLS_PORT if tls else USUAL_PORT) | {"tls": tls}


CHECK = CheckType("mqtt", "MQTT", MqttTarget, run, _address, _parse, SCHEMES)
