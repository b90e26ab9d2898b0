"""E-mail: one mail to each address, by the server of the environment or by one of the channel's own."""

from dataclasses import dataclass

from uptime.channels._kind import ChannelType, setting
from uptime.domain.mail import PORTS, Mailbox, MailServer, Security, address_of, mailbox_of
from uptime.domain.notification import Notification
from uptime.mail import Letter, Mailer
from uptime.outbound import Outbound

RECIPIENTS = 20
UNFINISHED = 1_000

Attempt = tuple[str, str, tuple[str, ...]]


def _to(addresses: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(addresses) <= RECIPIENTS:
        raise ValueError(f"From 1 to {RECIPIENTS} e-mail addresses are needed.")
    return tuple(dict.fromkeys(address_of(address) for address in addresses))


def _sender(text: str) -> str:
    if text:
        mailbox_of(text)
    return text


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """Whom to write to, and by which server if not by that of the environment."""

    to: tuple[str, ...] = setting("To", help="One or several e-mail addresses", check=_to)
    sender: str = setting("From", default="", limit=512, help="Without one MAIL_FROM is used", check=_sender)
    host: str = setting("Mail server", default="", limit=255, help="Without one that of SMTP_URL is used")
    port: int | None = setting("Port", default=None, low=1, high=65_535, help="587, 465 or 25 as the security is")
    security: str = setting("Security", default=Security.STARTTLS.value, choices=tuple(Security))
    username: str = setting("User name", default="", limit=1_024)
    password: str = setting("Password", default="", limit=1_024, secret=True)


def compose(notification: Notification, to: str) -> Letter:
    """The mail to one address."""
    return Letter(to, notification.title, notification.text, notification.id)


def send(settings: EmailSettings, notification: Notification, out: Outbound) -> None:
    """Write to every address. DeliveryFailed: one of them was refused; the next attempt goes to those alone."""
    mailer = Mailer(out.settings, server=_own_server(settings), sender=_own_sender(settings))
    attempt = (notification.id, settings.host, settings.to)
    accepted = _ACCEPTED.get(attempt, frozenset())
    failed = mailer.send_all([compose(notification, to) for to in settings.to if to not in accepted])
    _ACCEPTED.pop(attempt, None)
    if failed:
        passing = [failure for failure in failed.values() if not failure.permanent]
        if passing:
            _remember(attempt, frozenset(settings.to) - frozenset(failed))
        raise passing[0] if passing else next(iter(failed.values()))


def place(settings: EmailSettings) -> str:
    """The addresses, and the server if it is the channel's own."""
    return ", ".join(settings.to) + (f" by {settings.host}" if settings.host else "")


def _own_server(settings: EmailSettings) -> MailServer | None:
    if not settings.host:
        return None
    security = Security(settings.security)
    port = settings.port or PORTS[security]
    return MailServer(settings.host, port, security, settings.username, settings.password)


def _own_sender(settings: EmailSettings) -> Mailbox | None:
    """Who it is from; the server of the environment writes in nobody's name but its own."""
    return mailbox_of(settings.sender) if settings.sender and settings.host else None


def _remember(attempt: Attempt, accepted: frozenset[str]) -> None:
    while len(_ACCEPTED) >= UNFINISHED:
        _ACCEPTED.pop(next(iter(_ACCEPTED), attempt), None)
    _ACCEPTED[attempt] = accepted


_ACCEPTED: dict[Attempt, frozenset[str]] = {}
"""Of messages that will be tried again: the addresses that have them, so that nobody gets one twice from here."""

CHANNEL = ChannelType("email", "E-mail", EmailSettings, send, place)
