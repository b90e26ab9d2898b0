"""Names to addresses: asked once for all who wait, remembered as long as the answer allows."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.exception
import dns.resolver

from uptime.addresses import is_address
from uptime.checks._kind import CheckFailed
from uptime.checks._place import host_of
from uptime.checks._resolver_files import Watched, asker_of, read_hosts, server_of, system_asker
from uptime.domain.result import Reason

LONGEST_S = 60.0
GRACE_S, LONG_GRACE_S = 0.05, 1.0
"""How long an answer for the other family is waited for once there are IPv4 addresses; and once there are only IPv6."""

TTL_CAP_S, PARTIAL_TTL_CAP_S = 300.0, 10.0
CACHE_LIMIT = 10_000
LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up came to. `ttl` in seconds; `why` says why there are no addresses."""

    addresses: tuple[str, ...] = ()
    ttl: float = 0.0
    why: str = ""
    no_such_name: bool = False


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[Found]
    waiting: int = 0


@dataclass(slots=True)
class _Cache:
    entries: dict[tuple[str, str | None], tuple[float, tuple[str, ...]]] = field(default_factory=dict)

    def get(self, key: tuple[str, str | None], now: float) -> tuple[str, ...] | None:
        entry = self.entries.get(key)
        return entry[1] if entry is not None and entry[0] > now else None

    def put(self, key: tuple[str, str | None], found: Found, now: float) -> None:
        self.entries.pop(key, None)
        while len(self.entries) >= CACHE_LIMIT:
            del self.entries[next(iter(self.entries))]
        self.entries[key] = (now + found.ttl, found.addresses)


class Resolver:
    """Asks `servers` (`host:port`; none means the system's), without search lists, on the loop it is started in."""

    def __init__(
        self,
        servers: Sequence[str] | None = None,
        *,
        hosts: Path = Path("/etc/hosts"),
        system: Path = Path("/etc/resolv.conf"),
    ) -> None:
        self._servers = tuple(servers or ())
        self._hosts_file = Watched(hosts)
        self._system_file = Watched(system)
        self._hosts: dict[str, tuple[str, ...]] = {}
        self._cache = _Cache()
        self._flights: dict[tuple[str, str | None], _Flight] = {}
        self._asker = asker_of([])

    def start(self) -> None:
        """Read the system's files. To be called once, before the first look-up."""
        if self._servers:
            self._asker = asker_of([server_of(server) for server in self._servers])
        self._reread(time.monotonic())

    def _reread(self, now: float) -> None:
        if self._hosts_file.changed(now):
            self._hosts = read_hosts(self._hosts_file.path)
        if not self._servers and self._system_file.changed(now):
            self._asker = system_asker(self._system_file.path)

    async def addresses(self, host: str, family: str | None, deadline: float) -> list[str]:
        """The addresses of a host, IPv4 first; `family` is "4", "6" or None for both.

        CheckFailed: there are none (dns), or none by the deadline in monotonic seconds (timeout).
        """
        now = time.monotonic()
        self._reread(now)
        try:
            host = host_of(host)
        except ValueError as error:
            raise CheckFailed(Reason.DNS, str(error)) from None
        if is_address(host):
            return _of_family(host, (host,), family)
        known = self._hosts.get(host) or (LOOPBACK if host == "localhost" or host.endswith(".localhost") else None)
        if known is not None:
            return _of_family(host, known, family)
        key = host, family
        cached = self._cache.get(key, now)
        if cached is None:
            cached = await self._fly(key, deadline)
        return list(cached)

    async def _fly(self, key: tuple[str, str | None], deadline: float) -> tuple[str, ...]:
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.ensure_future(self._look_up(*key)))
        flight.waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                found = await asyncio.shield(flight.task)
        except TimeoutError:
            raise CheckFailed(Reason.TIMEOUT, f"The name {key[0][:100]} could not be looked up in time.") from None
        finally:
            flight.waiting -= 1
            if not flight.waiting and self._flights.get(key) is flight:
                del self._flights[key]
                flight.task.cancel()
        if not found.addresses:
            raise CheckFailed(Reason.DNS, found.why)
        return found.addresses

    async def _look_up(self, host: str, family: str | None) -> Found:
        if family is None:
            found = await self._both(host)
        else:
            found = await self._ask(host, "A" if family == "4" else "AAAA")
        if found.addresses and found.ttl > 0:
            self._cache.put((host, family), found, time.monotonic())
        return found

    async def _both(self, host: str) -> Found:
        """Both families at once. The slower answer gets a moment: one that never comes must not fail the check."""
        four, six = _task(self._ask(host, "A")), _task(self._ask(host, "AAAA"))
        try:
            await asyncio.wait({four, six}, return_when=asyncio.FIRST_COMPLETED)
            if four.done() and (four.result().addresses or four.result().no_such_name):
                await asyncio.wait({six}, timeout=GRACE_S)
            elif six.done() and six.result().addresses:
                await asyncio.wait({four}, timeout=LONG_GRACE_S)
            else:
                await asyncio.wait({four, six})
            return _merged(four.result() if four.done() else None, six.result() if six.done() else None)
        finally:
            four.cancel()
            six.cancel()

    async def _ask(self, host: str, kind: str) -> Found:
        try:
            answer = await self.query(host, kind, None, time.monotonic() + LONGEST_S)
        except CheckFailed as failed:
            return Found(why=failed.result.message, no_such_name=isinstance(failed.__cause__, dns.resolver.NXDOMAIN))
        addresses = tuple(record.address for record in answer.rrset or ())
        why = f"The name {host[:100]} has no IPv{'4' if kind == 'A' else '6'} address."
        return Found(addresses, min(float(answer.chaining_result.minimum_ttl), TTL_CAP_S), why)

    async def query(self, name: str, rdtype: str, server: str | None, deadline: float) -> dns.resolver.Answer:
        """Ask for records of any type, of one server (an address, with or without port) or of the usual ones.

        An answer without records is an answer. CheckFailed: there is none (dns), or not in time (timeout).
        """
        asker = self._asker if server is None else asker_of([server_of(server)])
        shown = name[:100]
        try:
            async with asyncio.timeout_at(deadline):
                return await asker.resolve(
                    name, rdtype, raise_on_no_answer=False, search=False, lifetime=deadline - time.monotonic()
                )
        except (TimeoutError, dns.resolver.LifetimeTimeout):
            raise CheckFailed(Reason.TIMEOUT, f"No name server answered in time when asked for {shown}.") from None
        except dns.resolver.NXDOMAIN as error:
            raise CheckFailed(Reason.DNS, f"There is no such name as {shown}.") from error
        except dns.resolver.NoNameservers as error:
            raise CheckFailed(Reason.DNS, f"The name servers could not say what {shown} is: {_why(error)}.") from error
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise CheckFailed(Reason.DNS, f"The name {shown} cannot be looked up: it is not a valid name.") from error

    async def close(self) -> None:
        """Break off what is under way."""
        flights = [flight.task for flight in self._flights.values()]
        self._flights.clear()
        for task in flights:
            task.cancel()
        await asyncio.gather(*flights, return_exceptions=True)


def _task(ask: Coroutine[Any, Any, Found]) -> asyncio.Task[Found]:
    return asyncio.ensure_future(ask)


def _merged(four: Found | None, six: Found | None) -> Found:
    parts = [part for part in (four, six) if part is not None]
    addresses = tuple(address for part in parts for address in part.addresses)
    if not addresses:
        return parts[0] if all(part.why != "" for part in parts) else Found(why="The name has no addresses.")
    ttl = min(part.ttl for part in parts if part.addresses)
    complete = len(parts) == 2 and all(part.addresses or part.ttl for part in parts)
    return Found(addresses, ttl if complete else min(ttl, PARTIAL_TTL_CAP_S))


def _of_family(host: str, addresses: Sequence[str], family: str | None) -> list[str]:
    fitting = [address for address in addresses if family is None or (":" in address) == (family == "6")]
    if not fitting:
        raise CheckFailed(Reason.DNS, f"{host[:100]} has no IPv{family} address.")
    return fitting


def _why(error: dns.resolver.NoNameservers) -> str:
    """What the last server said, in a word."""
    errors = error.kwargs.get("errors") or []
    said = errors[-1][3] if errors else "there is none to ask"
    return said if isinstance(said, str) else "no usable answer"
