"""What a resolver reads from the system: the hosts file, and which name servers to ask."""

import re
from dataclasses import dataclass
from pathlib import Path

import dns.asyncresolver
import dns.exception
import dns.nameserver

from uptime.addresses import canonical

REREAD_S = 5.0
TRY_S = 1.0
"""How long one server gets before the question is asked again or elsewhere."""

UDP_SIZE = 1_232
UNSEEN = (-1, -1)

SERVER = re.compile(r"(?:(?P<host>[0-9.]+|\[[^\]]+\])(?::(?P<port>[0-9]{1,5}))?|(?P<bare>[^\[\]]+))", re.ASCII)


@dataclass(slots=True)
class Watched:
    """A file that is read again when it has changed; looked at every few seconds."""

    path: Path
    looked_at: float = -REREAD_S
    stamp: tuple[int, int] | None = UNSEEN

    def changed(self, now: float) -> bool:
        """Whether it is to be read; true the first time. `now` in monotonic seconds."""
        if now - self.looked_at < REREAD_S:
            return False
        self.looked_at = now
        try:
            found = self.path.stat()
            stamp = found.st_mtime_ns, found.st_ino
        except OSError:
            stamp = None
        changed, self.stamp = stamp != self.stamp, stamp
        return changed


def server_of(server: str) -> dns.nameserver.Nameserver:
    """A server written as address, address:port or [address]:port. ValueError: not an address."""
    found = SERVER.fullmatch(server)
    address = canonical(found["host"] or found["bare"]) if found else None
    port = int(found["port"] or 53) if found else 0
    if address is None or not 0 < port < 65_536:
        raise ValueError(f"{server} is not the address of a name server.")
    return dns.nameserver.Do53Nameserver(address, port)


def asker_of(servers: list[dns.nameserver.Nameserver]) -> dns.asyncresolver.Resolver:
    """What asks these servers in turn."""
    asker = dns.asyncresolver.Resolver(configure=False)
    asker.nameservers = servers
    asker.timeout = TRY_S
    asker.use_edns(0, 0, UDP_SIZE)
    return asker


def system_asker(path: Path) -> dns.asyncresolver.Resolver:
    """What asks the servers a resolv.conf names; this machine where it names none."""
    asker = asker_of([])
    try:
        asker.read_resolv_conf(str(path))
    except (OSError, dns.exception.DNSException):
        asker.nameservers = [dns.nameserver.Do53Nameserver("127.0.0.1")]
    asker.timeout = TRY_S
    return asker


def read_hosts(path: Path) -> dict[str, tuple[str, ...]]:
    """The addresses of each name, in lower case, as a hosts file gives them."""
    found: dict[str, tuple[str, ...]] = {}
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return found
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if literal := canonical(address):
            for name in names:
                before = found.get(name.lower(), ())
                if literal not in before:
                    found[name.lower()] = (*before, literal)
    return found
