"""A conversation with an MQTT broker on a connection that is there already."""

import asyncio
import secrets
import struct
from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, cast

from paho.mqtt.client import Client, MQTTMessage, _WebsocketWrapper
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from uptime.checks._kind import CheckFailed
from uptime.checks._text import said
from uptime.domain.result import Reason

if TYPE_CHECKING:
    from uptime.checks._net import Stream
    from uptime.checks.mqtt import MqttTarget

RECEIVED_LIMIT = 4 << 20
"""How many bytes are listened to."""

KEEPALIVE_S = 300
"""Longer than any check, so that the broker expects no sign of life meanwhile."""

NOTHING, WELCOME = b"", b"\x20"
"""How the first answer of a broker begins, whatever it says."""

NONSENSE = (struct.error, LookupError, ValueError, TypeError, AttributeError, AssertionError)
"""What the library raises when the bytes that it reads are none of the protocol."""


class _Pipe:
    """What the library takes for its socket. It reads what has come already, and never waits."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.arrived = bytearray()

    def recv(self, size: int) -> bytes:
        if not self.arrived:
            raise BlockingIOError
        data = bytes(self.arrived[:size])
        del self.arrived[:size]
        return data

    def send(self, data: bytes | bytearray) -> int:
        self._writer.write(bytes(data))
        return len(data)

    def fileno(self) -> int:
        return -1

    def setblocking(self, _: bool) -> None:
        """It never blocks."""

    def close(self) -> None:
        """Whoever connected closes."""


class _Framed(_WebsocketWrapper):
    """The library's frames of WebSocket, after an upgrade that is done."""

    def _do_handshake(self, _: Any) -> None:
        self.connected = True


class _Client(Client):
    def __init__(self, socket: Any) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=f"upspeak-{secrets.token_hex(6)}")
        self._ours = socket

    def _create_socket(self) -> Any:
        return self._ours


class Session:
    """One login. What the broker says comes in as long as somebody asks for it."""

    def __init__(self, target: "MqttTarget", stream: "Stream") -> None:
        self._reader, writer = stream
        self._pipe = _Pipe(writer)
        self._received = 0
        self._answers: deque[ReasonCode] = deque()
        self._messages: deque[MQTTMessage] = deque()
        framed = _Framed(cast(Any, self._pipe), "", 0, False, "", None) if target.websocket_path else None
        self._client = client = _Client(framed or self._pipe)
        self._first = NOTHING if framed else WELCOME
        client.on_connect = lambda _client, _data, _flags, code, _more: self._answers.append(code)
        client.on_subscribe = lambda _client, _data, _number, codes, _more: self._answers.extend(codes[:1])
        client.on_message = lambda _client, _data, message: self._messages.append(message)
        if target.username or target.password:
            client.username_pw_set(target.username, target.password or None)
        client.connect(target.host, target.port, keepalive=KEEPALIVE_S)

    async def welcomed(self) -> None:
        """Returns when the broker has let us in. CheckFailed: it has not."""
        if (refused := await self._answer_to_come()).is_failure:
            raise CheckFailed(Reason.STATUS, f"The broker refused: {said(refused)}.")

    async def subscribe(self, topic: str) -> None:
        """Returns when the broker sends what comes on the topic. CheckFailed: it does not."""
        self._client.subscribe(topic)
        if (await self._answer_to_come()).is_failure:
            raise CheckFailed(Reason.STATUS, f"The broker does not allow a subscription to {said(topic, 100)}.")

    async def messages(self) -> AsyncIterator[tuple[str, bytes]]:
        """Topic and payload of each message, as long as there are some to come."""
        while True:
            while self._messages:
                message = self._messages.popleft()
                yield message.topic, bytes(message.payload)
            await self._read()

    def leave(self) -> None:
        """Say goodbye."""
        self._client.disconnect()

    async def _answer_to_come(self) -> ReasonCode:
        while not self._answers:
            await self._read()
        return self._answers.popleft()

    async def _read(self) -> None:
        data = await self._reader.read(65_536)
        self._received += len(data)
        if not data:
            raise CheckFailed(Reason.PROTOCOL, "The broker closed the connection.")
        if self._received > RECEIVED_LIMIT:
            raise CheckFailed(Reason.PROTOCOL, f"The broker sent more than {RECEIVED_LIMIT >> 20} MiB: listen to less.")
        if self._received == len(data) and not data.startswith(self._first):
            raise CheckFailed(
                Reason.PROTOCOL, "No answer as MQTT gives it.", evidence=said(data.decode("latin-1"), 200)
            )
        self._pipe.arrived += data
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        try:
            while self._pipe.arrived and code is MQTTErrorCode.MQTT_ERR_SUCCESS:
                code = self._client.loop_read()
        except NONSENSE as error:
            raise CheckFailed(Reason.PROTOCOL, "No answer as MQTT gives it.") from error
        refused = any(answer.is_failure for answer in self._answers)
        if code is not MQTTErrorCode.MQTT_ERR_SUCCESS and not refused:
            raise CheckFailed(Reason.PROTOCOL, "No answer as MQTT gives it.")
