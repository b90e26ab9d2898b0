"""Alice owns the first account; mail goes to a server of ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.conftest import NOW
from tests.core.conftest import PASSWORD
from tests.servers.smtp import MailSink, receiving
from uptime.config import Settings
from uptime.core import Core
from uptime.domain.mail import Mailbox, MailServer, Security
from uptime.domain.user import SCOPE_OF, Caller, Role, User
from uptime.store import Store

HERE = "192.0.2.1"
BASE = "https://status.example.com"


def settings(**more: Any) -> Settings:
    return Settings(secret_key="x" * 32, public_url=BASE, **more)


@contextmanager
def mailing(store: Store, **more: Any) -> Iterator[tuple[Core, MailSink]]:
    """A core whose mail goes to a server that keeps it."""
    with receiving() as sink:
        server = MailServer("127.0.0.1", sink.port, Security.NONE)
        yield Core(store, settings(smtp_url=server, mail_from=Mailbox("status@example.com"), **more)), sink


def link_in(sink: MailSink) -> str:
    """The link of the newest mail."""
    text = sink.mails[-1].message.get_body(("plain",))
    assert text
    (link,) = re.findall(rf"^{BASE}/\S+", text.get_content(), re.MULTILINE)
    return str(link)


def token_in(link: str) -> str:
    return link.partition("?token=")[2]


def first_owner(core: Core) -> User:
    return core.users.set_up("alice", PASSWORD, "alice@example.com", None, NOW)


def caller_of(user: User, role: Role | None = None) -> Caller:
    """A session of a user, as it would call."""
    caller = Caller(user.account, SCOPE_OF[user.role], f"user {user.id}", role=user.role, user_id=user.id)
    return replace(caller, user_name=user.name, scope=SCOPE_OF[role or user.role], role=role or user.role)
