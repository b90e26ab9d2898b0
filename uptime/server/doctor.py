"""What can be wrong with an installation, looked at one by one."""

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from uptime.config import SECRET_FILE, Settings
from uptime.domain.errors import DeliveryFailed, Unavailable
from uptime.mail import Mailer
from uptime.store import Patience, Store
from uptime.worker.embedded import CannotRun, answers, binary
from uptime.worker.process import open_store

OLDEST_STORE = (6, 2)
CLOCKS_APART = 1.0
"""Seconds by which the clock of the store may differ from ours."""
SHORT_SECRET = 32
WELL_KNOWN_NAME = "example.com"
MAIL_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at and how it is. `broken`: it must be put right; `doubtful`: it should be."""

    what: str
    sentence: str
    broken: bool = False
    doubtful: bool = False

    @property
    def mark(self) -> str:
        return "FAIL" if self.broken else "WARN" if self.doubtful else "ok"


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, the ones about the store first."""
    yield from _store(settings)
    yield from (look(settings) for look in LOOKS)


def _store(settings: Settings) -> Iterator[Finding]:
    if settings.redis_url is None and not answers(settings.socket):
        yield _embedded_at_rest(settings)
        return
    store = open_store(settings, Patience.WORKER)
    try:
        yield Finding("store", f"answers within {store.ping():.1f} ms")
        yield from _of_server(store)
        yield from _parts(store)
    except Unavailable as error:
        yield Finding("store", error.message, broken=True)
    finally:
        store.close()


def _embedded_at_rest(settings: Settings) -> Finding:
    where = settings.data_dir.absolute()
    try:
        return Finding("store", f"nothing runs in {where}; `run` would start {binary()}", doubtful=True)
    except CannotRun as error:
        return Finding("store", str(error), broken=True)


def _of_server(store: Store) -> Iterator[Finding]:
    info: dict[str, Any] = store.client.info()
    number = str(info.get("valkey_version") or info.get("redis_version", "0.0"))
    old = tuple(int(part) for part in number.split(".")[:2]) < OLDEST_STORE
    yield Finding("version", f"{number}" + ("; at least 6.2 is needed" if old else ""), broken=old)
    yield _eviction(str(info.get("maxmemory_policy", "")))
    yield _persistence(bool(info.get("aof_enabled")), str(info.get("aof_last_write_status", "ok")))
    seconds, micros = store.client.time()
    apart = abs(time.time() - seconds - micros / 1e6)
    yield Finding("clock", f"{apart:.1f} s apart from the store's", broken=apart > CLOCKS_APART)


def _eviction(policy: str) -> Finding:
    if policy in ("noeviction", ""):
        return Finding("eviction", "the store never throws data away")
    return Finding(
        "eviction", f"maxmemory-policy is {policy}: a full store loses history. Set noeviction.", broken=True
    )


def _persistence(appends: bool, last_write: str) -> Finding:
    if not appends:
        return Finding(
            "persistence", "no append-only file: a crash loses what is new. Set appendonly yes.", doubtful=True
        )
    return Finding("persistence", f"append-only file, last write {last_write}", broken=last_write != "ok")


def _parts(store: Store) -> Iterator[Finding]:
    now = datetime.now(UTC)
    for kind in ("checks", "scheduler", "notifier"):
        count = store.workers.alive(kind, now)
        yield Finding(f"part {kind}", f"{count} running", doubtful=not count)


def _secret(settings: Settings) -> Finding:
    if len(settings.secret_key) < SHORT_SECRET:
        return Finding(
            "secret key", f"shorter than {SHORT_SECRET} characters; make one: openssl rand -hex 32", doubtful=True
        )
    kept = settings.data_dir / SECRET_FILE
    own = kept.exists() and kept.read_text().strip() == settings.secret_key
    if own and kept.stat().st_mode & 0o077:
        return Finding("secret key", f"others can read {kept}: chmod 600", doubtful=True)
    return Finding("secret key", "kept in the data folder" if own else "set in the environment")


def _names(settings: Settings) -> Finding:
    if settings.check_resolvers:
        return Finding("DNS", f"CHECK_RESOLVERS: {', '.join(settings.check_resolvers)}")
    try:
        socket.getaddrinfo(WELL_KNOWN_NAME, 443)
    except OSError as error:
        return Finding("DNS", f"{WELL_KNOWN_NAME} cannot be resolved: {error.strerror}", doubtful=True)
    return Finding("DNS", f"{WELL_KNOWN_NAME} resolves")


def _icmp(settings: Settings) -> Finding:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
        except OSError:
            continue
        return Finding("ICMP", "ping checks can be made")
    return Finding(
        "ICMP", "ping checks cannot be made: widen net.ipv4.ping_group_range, or grant CAP_NET_RAW", doubtful=True
    )


def _proxies(settings: Settings) -> Finding:
    if settings.trusted_proxies:
        return Finding("proxies", f"believed: {', '.join(str(network) for network in settings.trusted_proxies)}")
    behind = (settings.public_url or "").startswith("https:")
    sentence = "none is believed" + ("; behind one with TLS set TRUSTED_PROXIES to its address" if behind else "")
    return Finding("proxies", sentence, doubtful=behind)


def _mail(settings: Settings) -> Finding:
    mailer = Mailer(settings, timeout=MAIL_TIMEOUT)
    if not mailer.ready:
        sentence = "SMTP_URL and MAIL_FROM are not both set: no password resets, invitations or mail to subscribers"
        return Finding("mail", sentence, doubtful=True)
    try:
        mailer.knock()
    except DeliveryFailed as failure:
        return Finding("mail", failure.message, broken=failure.permanent, doubtful=True)
    return Finding("mail", "the server of SMTP_URL lets us in")


LOOKS: tuple[Callable[[Settings], Finding], ...] = (_secret, _names, _icmp, _proxies, _mail)
