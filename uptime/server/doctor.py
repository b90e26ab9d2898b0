"""What can be wrong with an installation, looked at one by one."""

import socket
from collections.abc import Callable, Iterator

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.resolver

from uptime.config import SECRET_FILE, Settings
from uptime.domain.errors import DeliveryFailed
from uptime.mail import Mailer
from uptime.server.doctor_store import of_store
from uptime.server.findings import Finding

SHORT_SECRET = 32
WELL_KNOWN_NAME = "example.com"
ANSWERED = frozenset({dns.rcode.NOERROR, dns.rcode.NXDOMAIN})
NAME_TIMEOUT, MAIL_TIMEOUT = 3.0, 10.0


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, the ones about the store first."""
    yield from of_store(settings)
    yield from (look(settings) for look in LOOKS)


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
    servers = settings.check_resolvers or _system_servers()
    where = "CHECK_RESOLVERS" if settings.check_resolvers else "/etc/resolv.conf"
    if not servers:
        return Finding("DNS", f"{where} names no server; set CHECK_RESOLVERS.", doubtful=True)
    silent = [server for server in servers if not _resolves(server)]
    if silent:
        return Finding("DNS", f"no answer from {', '.join(silent)}; correct {where}.", doubtful=True)
    return Finding("DNS", f"{', '.join(servers)} of {where} {'answers' if len(servers) == 1 else 'answer'}")


def _system_servers() -> tuple[str, ...]:
    try:
        found = dns.resolver.Resolver().nameservers
    except dns.resolver.NoResolverConfiguration:
        return ()
    return tuple(f"[{server}]:53" if ":" in str(server) else f"{server}:53" for server in found)


def _resolves(server: str) -> bool:
    """Whether a name server (`host:port`) answers a question, whatever the answer is."""
    host, _, port = server.rpartition(":")
    question = dns.message.make_query(WELL_KNOWN_NAME, "A")
    try:
        answer = dns.query.udp(question, host.strip("[]"), NAME_TIMEOUT, int(port))
    except (OSError, dns.exception.DNSException, ValueError):
        return False
    return answer.rcode() in ANSWERED


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
