"""Planned maintenance, and when windows begin and end next."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from uptime.domain.errors import NotFound
from uptime.domain.maintenance import Maintenance
from uptime.domain.schedule import to_ms
from uptime.store import keys
from uptime.store.changing import change, read
from uptime.store.client import Client, Commands
from uptime.store.codec import decode, encode
from uptime.store.scripts import Script

LEASE = timedelta(seconds=10)
"""How long a claimed edge is nobody else's; one whose taker died comes again afterwards."""

CLAIM_LIMIT = 100

Place = tuple[int, int]
"""An account and the id of one of its maintenances."""


class Maintenances:
    """The maintenances of all accounts. The set of edges follows from them and is mended from them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._claim = Script("cron_claim")

    def add(self, maintenance: Maintenance) -> Maintenance:
        """Store a new maintenance; with its id."""
        made = replace(maintenance, id=int(self._client.incr(keys.maintenance_ids())))
        self._client.sadd(keys.accounts(), made.account)
        with self._client.pipeline() as pipe:
            _write(pipe, made)
            pipe.execute()
        return made

    def get(self, account: int, maintenance_id: int) -> Maintenance:
        """One maintenance. NotFound."""
        raw = self._client.hget(keys.maintenances(account), str(maintenance_id))
        if raw is None:
            raise NotFound("maintenance")
        return decode(Maintenance, raw)

    def many(self, account: int) -> list[Maintenance]:
        """The maintenances of an account, the oldest first."""
        found = [decode(Maintenance, raw) for raw in self._client.hvals(keys.maintenances(account))]
        return sorted(found, key=lambda maintenance: maintenance.id)

    def accounts(self) -> list[int]:
        """The accounts that may have some."""
        return sorted(int(account) for account in self._client.smembers(keys.accounts()))

    def update(self, account: int, maintenance_id: int, alter: Callable[[Maintenance], Maintenance]) -> Maintenance:
        """Change a maintenance, whoever else does so at the same time; returns it as it is now. NotFound."""

        def attempt(pipe: Commands) -> Maintenance:
            raw = read(pipe, "HGET", keys.maintenances(account), maintenance_id)
            if raw is None:
                raise NotFound("maintenance")
            after = alter(decode(Maintenance, raw))
            pipe.multi()
            _write(pipe, after)
            return after

        return change(self._client, keys.maintenances(account), attempt)

    def remove(self, account: int, maintenance_id: int) -> None:
        """Delete a maintenance. NotFound."""
        with self._client.pipeline() as pipe:
            pipe.hdel(keys.maintenances(account), str(maintenance_id))
            pipe.zrem(keys.maintenance_edges(), f"{account}:{maintenance_id}")
            existed, _ = pipe.execute()
        if not existed:
            raise NotFound("maintenance")

    def claim_edges(self, now: datetime) -> list[Place]:
        """Maintenances of which a window has begun or ended by now; nobody else gets them until the lease ends."""
        arguments = [to_ms(now), to_ms(now + LEASE), CLAIM_LIMIT]
        members = self._claim.run(self._client, [keys.maintenance_edges()], arguments)
        return [_place(member) for member in members]

    def forget(self, place: Place) -> None:
        """Take a maintenance out of the edges."""
        self._client.zrem(keys.maintenance_edges(), f"{place[0]}:{place[1]}")


def _write(pipe: Commands, maintenance: Maintenance) -> None:
    """Both in one step, or of two changes at the same time one could leave the other's edge."""
    pipe.hset(keys.maintenances(maintenance.account), str(maintenance.id), encode(maintenance))
    member = f"{maintenance.account}:{maintenance.id}"
    if maintenance.edge_at is not None:
        pipe.zadd(keys.maintenance_edges(), {member: to_ms(maintenance.edge_at)})
    else:
        pipe.zrem(keys.maintenance_edges(), member)


def _place(member: bytes) -> Place:
    account, _, maintenance_id = member.decode().partition(":")
    return int(account), int(maintenance_id)
