"""Every outgoing mail: by SMTP, under one deadline, to a vetted address, with errors in plain sentences."""

import base64
import hashlib
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy

import idna

from uptime.addresses import Policy
from uptime.config import Settings
from uptime.domain.errors import DeliveryFailed
from uptime.domain.mail import Mailbox, MailServer, Security, address_of
from uptime.domain.wording import one_line
from uptime.letters import page
from uptime.punctual import PunctualSocket, connected, verifying, vetted

SUBJECT_LIMIT = 200
REPLY_LIMIT = 160
TIMEOUT = 30.0
ROOM = 1_048_576
"""Bytes that a server may say in one conversation."""

UNFOLDED = frozenset({"Subject", "Message-ID", "List-Unsubscribe", "X-Upspeak-Event"})


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one address. `event_id` names what it is about; sent again, the mail has the same Message-ID.

    Without HTML of its own that is made from the text. `unsubscribe` is a URL that ends further mails when it is
    posted to.
    """

    to: str
    subject: str
    text: str
    event_id: str
    html: str | None = None
    unsubscribe: str | None = None


class Mailer:
    """Sends mail by the server of the environment, wherever that is, or by another, where that is allowed."""

    def __init__(
        self,
        settings: Settings,
        *,
        server: MailServer | None = None,
        sender: Mailbox | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._server = server or settings.smtp_url
        self._sender = sender or settings.mail_from
        self._policy = Policy(allow_private=False, allow=settings.outbound_allow) if server else None
        self._further = settings.check_ca_file
        self._timeout = timeout

    @property
    def ready(self) -> bool:
        """Whether mail can be sent at all."""
        return self._server is not None and self._sender is not None

    def send(
        self,
        to: str,
        subject: str,
        text: str,
        html: str | None = None,
        *,
        event_id: str,
        unsubscribe: str | None = None,
    ) -> None:
        """Hand over one mail. DeliveryFailed: it was not accepted."""
        for failure in self.send_all([Letter(to, subject, text, event_id, html, unsubscribe)]).values():
            raise failure

    def send_all(self, letters: Sequence[Letter]) -> dict[str, DeliveryFailed]:
        """Hand over mails in one conversation; which addresses were refused, and why.

        DeliveryFailed: nothing could be handed over at all.
        """
        failed: dict[str, DeliveryFailed] = {}
        with self._conversation() as (smtp, sender, server):
            for letter in letters:
                try:
                    with _in_plain_words(server):
                        _hand_over(smtp, sender, letter)
                except DeliveryFailed as failure:
                    failed[letter.to] = failure
        return failed

    def knock(self) -> None:
        """Greet the server and log in, no more. DeliveryFailed: mail could not be sent now."""
        with self._conversation():
            pass

    @contextmanager
    def _conversation(self) -> Iterator[tuple["_Smtp", Mailbox, MailServer]]:
        if self._server is None or self._sender is None:
            missing = "MAIL_FROM" if self._server else "SMTP_URL" if self._sender else "SMTP_URL and MAIL_FROM"
            raise DeliveryFailed(f"No mail can be sent: {missing} must be set.", permanent=True)
        server, end = self._server, time.monotonic() + self._timeout
        addresses = vetted(server.host, server.port, end, self._policy)
        smtp = _Smtp(server, lambda: connected(addresses, server.port, end), lambda: verifying(self._further))
        try:
            with _in_plain_words(server):
                smtp.begin()
            yield smtp, self._sender, server
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        finally:
            smtp.close()


class _Smtp(smtplib.SMTP):
    """A conversation over a socket that keeps to its deadline, encrypted as the server's settings say or not at all."""

    def __init__(
        self, server: MailServer, connect: Callable[[], PunctualSocket], tls: Callable[[], ssl.SSLContext]
    ) -> None:
        # Without a name of ours given here the library asks the resolver for it, which knows no deadline.
        super().__init__(local_hostname="localhost")
        self._server = server
        self._connect = connect
        self._tls = tls
        self._host = server.host

    def begin(self) -> None:
        code, reply = self.connect(self._server.host, self._server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, reply)
        self.ehlo_or_helo_if_needed()
        if self._server.security is Security.STARTTLS:
            self.starttls(context=self._tls())
            self._keep_time(self.sock)
            self.ehlo_or_helo_if_needed()
        if self._server.username:
            self._log_in(self._server.username, self._server.password)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock: socket.socket = self._connect()
        self._end = sock.end  # type: ignore[attr-defined]
        self.local_hostname = _own_name(sock)
        if self._server.security is Security.TLS:
            sock = self._tls().wrap_socket(sock, server_hostname=host)
        self._keep_time(sock)
        return sock

    def _keep_time(self, sock: socket.socket | None) -> None:
        sock.end, sock.room = self._end, ROOM  # type: ignore[union-attr]

    def _log_in(self, username: str, password: str) -> None:
        if f"{username}{password}".isascii():
            self.login(username, password)
            return
        # The library sends ASCII only; PLAIN is defined for UTF-8.
        plain = base64.b64encode(f"\0{username}\0{password}".encode()).decode()
        code, reply = self.docmd("AUTH", f"PLAIN {plain}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, reply)


def _own_name(sock: socket.socket) -> str:
    name = socket.gethostname()
    if re.fullmatch(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", name):
        return name
    address = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _hand_over(smtp: _Smtp, sender: Mailbox, letter: Letter) -> None:
    try:
        to = _on_the_wire(letter.to)
    except ValueError as error:
        raise DeliveryFailed(str(error), permanent=True) from None
    origin = _on_the_wire(sender.address)
    message = composed(Mailbox(origin, sender.name), to, letter)
    if f"{origin}{to}".isascii():
        smtp.sendmail(origin, [to], message.as_bytes())
    elif smtp.has_extn("smtputf8"):
        raw = message.as_bytes(policy=_Wire(utf8=True))
        smtp.sendmail(origin, [to], raw, mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    else:
        raise DeliveryFailed(f"{to} has letters beyond ASCII, and the mail server does not take those.", permanent=True)


def _on_the_wire(address: str) -> str:
    """The address with the domain as it is in DNS. ValueError, as a sentence, where it is none."""
    local, _, domain = address_of(address).rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            raise ValueError(f'"{address[:60]}" is not an e-mail address.') from None
    return f"{local}@{domain}"


def composed(sender: Mailbox, to: str, letter: Letter) -> EmailMessage:
    """The message with its headers, each of one line whatever names hold."""
    message = EmailMessage(policy=_Wire())
    message["From"] = _address(sender.address, _line(sender.name))
    message["To"] = _address(to)
    message["Subject"] = _line(letter.subject)
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = _message_id(letter.event_id, to, sender.address)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Upspeak-Event"] = _line(letter.event_id)
    if letter.unsubscribe is not None and re.fullmatch(r"https?://[!-;=?-~]{1,900}", letter.unsubscribe):
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_body(letter.text))
    message.add_alternative(_body(letter.html or page(letter.subject, letter.text)), subtype="html")
    return message


class _Wire(EmailPolicy):
    """Folds less than the library, which encodes long words where nobody decodes them and begins on a second line."""

    linesep = "\r\n"
    cte_type = "7bit"

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == "Subject" and not value.isascii():
            value = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        if name in UNFOLDED:
            return f"{name}: {value}{self.linesep}".encode("ascii", "replace")
        return super().fold_binary(name, value)


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)


def _line(text: str) -> str:
    # A name in the form of an encoded word would be decoded by the library, and what it hides become a header.
    return one_line(text, SUBJECT_LIMIT).replace("=?", "= ?")


def _body(text: str) -> str:
    """Text that every server takes: no control characters, no lone surrogates."""
    kept = "".join(char for char in text if char in "\n\t" or not (ord(char) < 32 or ord(char) == 127))
    return kept.encode("utf-8", "replace").decode()


def _message_id(event_id: str, to: str, sender: str) -> str:
    digest = hashlib.sha256(f"{event_id}\n{to}".encode("utf-8", "replace")).hexdigest()[:32]
    return f"<{digest}@{sender.rpartition('@')[2]}>"


@contextmanager
def _in_plain_words(server: MailServer) -> Iterator[None]:
    """What goes wrong in a conversation as DeliveryFailed: permanent where the server says so with 5yz."""
    where = server.host
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        # Not a word of the server's: it may repeat what it was sent.
        sentence = f"{where} refused the login ({error.smtp_code}). Look at user name and password."
        raise DeliveryFailed(sentence, permanent=_final(error.smtp_code)) from None
    except smtplib.SMTPRecipientsRefused as error:
        (address, (code, reply)), *_ = error.recipients.items()
        raise DeliveryFailed(_said(f"{where} refused {address}", code, reply), permanent=_final(code)) from None
    except smtplib.SMTPSenderRefused as error:
        sentence = _said(f"{where} refused the sender {error.sender}", error.smtp_code, error.smtp_error)
        raise DeliveryFailed(sentence, permanent=_final(error.smtp_code)) from None
    except smtplib.SMTPResponseException as error:
        sentence = _said(f"{where} refused", error.smtp_code, error.smtp_error)
        raise DeliveryFailed(sentence, permanent=_final(error.smtp_code)) from None
    except smtplib.SMTPNotSupportedError as error:
        raise DeliveryFailed(_missing(where, str(error)), permanent=True) from None
    except smtplib.SMTPServerDisconnected as error:
        raise DeliveryFailed(_silence(where, str(error)), permanent=False) from None
    except smtplib.SMTPException:
        raise DeliveryFailed(f"{where} offers no way to log in that is known here.", permanent=True) from None
    except ssl.SSLCertVerificationError:
        raise DeliveryFailed(f"The certificate of {where} cannot be verified.", permanent=False) from None
    except ssl.SSLError:
        raise DeliveryFailed(f"{where} does not speak TLS on port {server.port}.", permanent=False) from None
    except TimeoutError:
        raise DeliveryFailed(f"{where} did not answer in time.", permanent=False) from None
    except (OSError, UnicodeError):
        raise DeliveryFailed(f"{where} cannot be reached on port {server.port}.", permanent=False) from None


def _final(code: int) -> bool:
    return 500 <= code < 600


def _said(what: str, code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    said = one_line(text, REPLY_LIMIT)
    return f"{what}: {code} {said}".rstrip() if code > 0 else f"{what}: that is not how SMTP answers."


def _missing(where: str, error: str) -> str:
    if "STARTTLS" in error:
        return f"{where} does not offer STARTTLS, and without it nothing is sent. Choose another security or port."
    if "AUTH" in error:
        return f"{where} offers no login. Leave out user name and password, or choose another security or port."
    return f"{where} does not do what is needed: {one_line(error, REPLY_LIMIT)}"


def _silence(where: str, error: str) -> str:
    return f"{where} did not answer in time." if "timed out" in error else f"{where} ended the conversation too early."
