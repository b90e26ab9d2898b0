"""The address policy: which addresses may be connected to. Checks and outbound requests both ask it."""

import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

CACHE_LIMIT = 8_192

METADATA = (
    "169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.42.42", "169.254.0.23", "100.100.100.200",
    "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe",
    "fd00:42::42", "fe80::a9fe:a9fe",
)  # fmt: skip
"""Where the large providers hand out the machine's credentials."""

NOWHERE = {
    "an unspecified address": ("0.0.0.0/8", "::/128"),
    "a multicast address": ("224.0.0.0/4", "ff00::/8"),
    "the broadcast address": ("255.255.255.255/32",),
}
"""What no check has any business with, whatever else is allowed."""

PRIVATE = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "192.0.0.0/24",
    "198.18.0.0/15", "240.0.0.0/4", "::1/128", "fc00::/7", "fe80::/10", "fec0::/10",
)  # fmt: skip
"""Private, loopback, link-local and reserved networks."""

EMBEDDING = (
    ("::ffff:0:0/96", 96), ("::ffff:0:0:0/96", 96), ("::/96", 96), ("2002::/16", 16), ("64:ff9b::/96", 96),
    ("64:ff9b:1::/48", 96), ("2001::/32", 32),
)  # fmt: skip
"""IPv6 networks that hold an IPv4 address: mapped, translated, compatible, 6to4, NAT64 twice, Teredo's server."""

TEREDO = IPv6Network("2001::/32")
ISATAP = (0x0000_5EFE, 0x0200_5EFE)

_NUMBER = r"(?:0[xX][0-9a-fA-F]*|[0-9]+)"
_NUMERIC = re.compile(rf"{_NUMBER}(?:\.{_NUMBER}){{0,3}}\.?", re.ASCII)


def canonical(host: str) -> str | None:
    """The one spelling of an address, or None when the host is a name.

    Every spelling the system accepts is understood: octal, hexadecimal, short forms, brackets.
    An address with a zone is none.
    """
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        if ":" in bare:
            return None if "%" in bare else str(IPv6Address(bare))
        if _NUMERIC.fullmatch(bare):
            return socket.inet_ntoa(socket.inet_aton(bare.rstrip(".")))
    except (ValueError, OSError):
        pass
    return None


@lru_cache(maxsize=CACHE_LIMIT)
def is_address(host: str) -> bool:
    """Whether a host is an address in its canonical form."""
    return canonical(host) == host


@lru_cache(maxsize=CACHE_LIMIT)
def is_private(address: str) -> bool:
    """Whether an address is private, loopback, link-local or reserved, also where it is wrapped in another."""
    found = list(_unwrapped(ip_address(address)))
    return any(each in network for network in map(ip_network, PRIVATE) for each in found)


class Policy:
    """Judges addresses. An allowed network beats a denied one unless that one's prefix is longer.

    `own` are addresses and ports of this software itself: its listening port, its store.
    """

    def __init__(
        self,
        *,
        allow_private: bool,
        deny: Sequence[Network] = (),
        allow: Sequence[Network] = (),
        own: Sequence[tuple[str, int]] = (),
    ) -> None:
        self._allow = tuple(allow)
        self._deny = tuple(_rules(deny, allow_private))
        self._own = {port: {ip_address(host) for host, at in own if at == port} for _, port in own}
        self._judged: dict[str, str | None] = {}

    def refusal(self, address: str, port: int) -> str | None:
        """Why this address must not be connected to, as a sentence, or None when it may be."""
        if port in self._own and (refused := self._own_refusal(address, port)):
            return refused
        if address not in self._judged:
            if len(self._judged) >= CACHE_LIMIT:
                self._judged.clear()
            self._judged[address] = self._judge(address)
        return self._judged[address]

    def _judge(self, text: str) -> str | None:
        try:
            found = ip_address(text)
        except ValueError:
            return f"{text[:60]} is not an address."
        for address in _unwrapped(found):
            if kind := self._denied(address):
                return f"Connections to {text} are not allowed: it is {kind}. An administrator can allow it."
        return None

    def _denied(self, address: Address) -> str | None:
        prefix, kind = max(((net.prefixlen, kind) for net, kind in self._deny if address in net), default=(-1, ""))
        return kind if prefix > self._allowed_prefix(address) else None

    def _allowed_prefix(self, address: Address) -> int:
        return max((net.prefixlen for net in self._allow if address in net), default=-1)

    def _own_refusal(self, text: str, port: int) -> str | None:
        for address in _unwrapped(ip_address(text)):
            if self._is_own(address, port) and self._allowed_prefix(address) < address.max_prefixlen:
                return f"Connections to {text} port {port} are not allowed: that is a port of this software itself."
        return None

    def _is_own(self, address: Address, port: int) -> bool:
        own = self._own[port]
        return address in own or (any(each.is_unspecified for each in own) and _is_local(address))


def _rules(deny: Iterable[Network], allow_private: bool) -> Iterator[tuple[Network, str]]:
    yield from ((net, "in a denied network") for net in deny)
    yield from ((ip_network(address), "a cloud metadata address") for address in METADATA)
    for kind, networks in NOWHERE.items():
        yield from ((ip_network(net), kind) for net in networks)
    if not allow_private:
        yield from ((ip_network(net), "a private address") for net in PRIVATE)


@cache
def _embedding() -> tuple[tuple[IPv6Network, int], ...]:
    return tuple((IPv6Network(net), offset) for net, offset in EMBEDDING)


def _unwrapped(address: Address) -> Iterator[Address]:
    """The address and every IPv4 address that it may stand for."""
    yield address
    if isinstance(address, IPv4Address) or address.is_unspecified or address == IPv6Address(1):
        return
    bits = int(address)
    for network, offset in _embedding():
        if address in network:
            yield IPv4Address(bits >> (96 - offset) & 0xFFFF_FFFF)
    if address in TEREDO:
        yield IPv4Address(bits & 0xFFFF_FFFF ^ 0xFFFF_FFFF)
    if bits >> 32 & 0xFFFF_FFFF in ISATAP:
        yield IPv4Address(bits & 0xFFFF_FFFF)


def _is_local(address: Address) -> bool:
    """Whether the address is one of this machine's: only those can be bound."""
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
