"""Mail servers: real ones that keep what they are given and refuse what they are told to, and some that misbehave."""

import asyncio
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Mail:
    """A mail as it came in."""

    sender: str
    to: tuple[str, ...]
    raw: bytes
    encrypted: bool
    login: str

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class MailSink:
    """A server that is listening, what it was given, and what it answers to a verb or an address instead of yes."""

    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    login: Mapping[str, str] = field(default_factory=dict)
    connections: int = 0

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.answers:
            return self.answers["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        login = session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else ""
        to = tuple(envelope.rcpt_tos)
        encrypted = server.transport.get_extra_info("sslcontext") is not None
        self.mails.append(Mail(str(envelope.mail_from), to, content, encrypted, login))
        return "250 OK"

    def judge(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        if "AUTH" in self.answers:
            return AuthResult(success=False, handled=False, message=self.answers["AUTH"])
        assert isinstance(given, LoginPassword)
        good = self.login.get(given.login.decode()) == given.password.decode()
        return AuthResult(success=good, handled=False, auth_data=given)


@contextmanager
def receiving(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, login: Mapping[str, str] | None = None
) -> Iterator[MailSink]:
    """A mail server on loopback, with TLS from the first byte or by STARTTLS, and for those only who log in."""
    sink, loop = MailSink(login=login or {}), asyncio.new_event_loop()

    def conversation() -> SMTP:
        sink.connections += 1
        with warnings.catch_warnings(action="ignore"):
            return SMTP(
                sink, hostname="mail.test", enable_SMTPUTF8=True, tls_context=starttls, require_starttls=bool(starttls),
                auth_required=bool(login), auth_require_tls=bool(starttls) or not login, authenticator=sink.judge,
                auth_exclude_mechanism=["LOGIN"], loop=loop,
            )  # fmt: skip

    listener = loop.run_until_complete(loop.create_server(conversation, "127.0.0.1", 0, ssl=tls))
    sink.port = listener.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def close() -> None:
        listener.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


Part = Callable[[socket.socket], None]


@contextmanager
def playing(part: Part) -> Iterator[int]:
    """A port that plays a part with each connection, one after the other, and closes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, suppress(OSError):
                part(client)

    threading.Thread(target=serve, daemon=True).start()
    with listener:
        yield listener.getsockname()[1]
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def says(*lines: bytes) -> Part:
    """Says each line, the second and those after it in answer to whatever comes."""

    def part(client: socket.socket) -> None:
        for line in lines:
            client.sendall(line + b"\r\n")
            client.recv(65_536)

    return part


def never_ends(line: bytes, pause: float) -> Part:
    """Goes on saying the line until nobody listens."""

    def part(client: socket.socket) -> None:
        while True:
            client.sendall(line)
            time.sleep(pause)

    return part


def silent(client: socket.socket) -> None:
    """Says nothing and waits until the other side gives up."""
    while client.recv(65_536):
        pass
