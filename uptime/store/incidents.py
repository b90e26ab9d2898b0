"""What people wrote about trouble, by account."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from uptime.domain.errors import NotFound
from uptime.domain.incident import Cause, Incident
from uptime.domain.schedule import to_ms
from uptime.domain.subscriber import untold
from uptime.store import keys
from uptime.store.changing import change, read
from uptime.store.client import Client, Commands
from uptime.store.codec import decode, encode


class Incidents:
    """The incidents of all accounts. An incident and its places in the indexes are written in one step."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def add(self, incident: Incident, *, tell: bool = True) -> Incident:
        """Store a new incident, with its id. One drafted from an outage that has its incident already is that one.

        `tell`: subscribers are to hear of what is new.
        """
        account = incident.account
        self._client.sadd(keys.accounts(), account)
        incident = replace(incident, id=int(self._client.incr(keys.incident_ids())))

        def attempt(pipe: Commands) -> Incident:
            known = _drafted(pipe, account, incident.outage)
            pipe.multi()
            if known is not None:
                return known
            _write(pipe, incident, untold(None, incident) if tell else ())
            return incident

        return change(self._client, keys.incidents(account), attempt)

    def get(self, account: int, incident_id: int) -> Incident:
        """One incident. NotFound."""
        return _found(self._client.hget(keys.incidents(account), str(incident_id)))

    def update(
        self, account: int, incident_id: int, alter: Callable[[Incident], Incident], *, tell: bool = True
    ) -> tuple[Incident, Incident]:
        """Change an incident, whoever else does so at the same time; as it was, and as it is now. NotFound.

        `tell`: subscribers are to hear of what is new.
        """

        def attempt(pipe: Commands) -> tuple[Incident, Incident]:
            before = _found(read(pipe, "HGET", keys.incidents(account), incident_id))
            after = alter(before)
            pipe.multi()
            _write(pipe, after, untold(before, after) if tell else ())
            return before, after

        return change(self._client, keys.incidents(account), attempt)

    def remove(self, account: int, incident_id: int) -> Incident:
        """Delete an incident; returns it as it was. NotFound."""

        def attempt(pipe: Commands) -> Incident:
            gone = _found(read(pipe, "HGET", keys.incidents(account), incident_id))
            pipe.multi()
            pipe.hdel(keys.incidents(account), str(incident_id))
            pipe.zrem(keys.incidents_by_time(account), incident_id)
            pipe.srem(keys.incidents_open(account), incident_id)
            if gone.outage is not None:
                pipe.hdel(keys.incident_causes(account), _cause(gone.outage))
            return gone

        return change(self._client, keys.incidents(account), attempt)

    def between(self, account: int, since: datetime | None = None, until: datetime | None = None) -> list[Incident]:
        """Incidents that began from `since` to `until`, the newest first."""
        low = "-inf" if since is None else to_ms(since)
        high = "+inf" if until is None else to_ms(until)
        ids: Any = self._client.zrevrangebyscore(keys.incidents_by_time(account), high, low)
        return self._many(account, ids)

    def open(self, account: int) -> list[Incident]:
        """Incidents that are not resolved, the newest first."""
        ids: Any = self._client.smembers(keys.incidents_open(account))
        return sorted(self._many(account, ids), key=_began, reverse=True)

    def untold(self, account: int) -> list[tuple[int, int]]:
        """The incidents and updates that subscribers have not been told, in their order."""
        found: Any = self._client.smembers(keys.incidents_untold(account))
        return sorted(_telling(member) for member in found)

    def told(self, account: int, incident_id: int, update_id: int) -> None:
        """An update is on its way to everybody who wants it."""
        self._client.srem(keys.incidents_untold(account), f"{incident_id}:{update_id}")

    def accounts(self) -> list[int]:
        """All accounts that have incidents or anything else."""
        return sorted(int(account) for account in self._client.smembers(keys.accounts()))

    def _many(self, account: int, ids: Iterable[bytes]) -> list[Incident]:
        wanted = [incident_id.decode() for incident_id in ids]
        found: Any = self._client.hmget(keys.incidents(account), wanted) if wanted else []
        return [decode(Incident, raw) for raw in found if raw is not None]


def _drafted(pipe: Commands, account: int, cause: Cause | None) -> Incident | None:
    if cause is None:
        return None
    incident_id = read(pipe, "HGET", keys.incident_causes(account), _cause(cause))
    raw = read(pipe, "HGET", keys.incidents(account), incident_id) if incident_id else None
    return decode(Incident, raw) if raw else None


def _write(pipe: Commands, incident: Incident, new: Iterable[int]) -> None:
    account, key = incident.account, str(incident.id)
    for update_id in new:
        pipe.sadd(keys.incidents_untold(account), f"{key}:{update_id}")
    pipe.hset(keys.incidents(account), key, encode(incident))
    pipe.zadd(keys.incidents_by_time(account), {key: _began(incident)[0]})
    if incident.resolved:
        pipe.srem(keys.incidents_open(account), key)
    else:
        pipe.sadd(keys.incidents_open(account), key)
    if incident.outage is not None:
        pipe.hset(keys.incident_causes(account), _cause(incident.outage), key)


def _began(incident: Incident) -> tuple[int, int]:
    began = incident.started_at or incident.created_at
    return to_ms(began) if began else 0, incident.id


def _cause(cause: Cause) -> str:
    return f"{cause.monitor_id}:{to_ms(cause.start)}"


def _telling(member: bytes) -> tuple[int, int]:
    incident_id, _, update_id = member.decode().partition(":")
    return int(incident_id), int(update_id)


def _found(raw: Any) -> Incident:
    if raw is None:
        raise NotFound("incident")
    return decode(Incident, raw)
