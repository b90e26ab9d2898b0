"""Logins, by the digest of the token that the browser holds."""

from datetime import datetime
from typing import Any

from uptime.domain.user import SESSION_LIFE, Session
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode


class Sessions:
    """The sessions of all users."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def add(self, session: Session) -> None:
        pipe = self._client.pipeline(transaction=False)
        # Index first: a session that the index does not know could not be ended with the others.
        pipe.sadd(keys.sessions(session.user_id), session.digest)
        pipe.expire(keys.sessions(session.user_id), SESSION_LIFE)
        pipe.set(keys.session(session.digest), encode(session), ex=SESSION_LIFE)
        pipe.execute()

    def get(self, digest: str, now: datetime) -> Session | None:
        """The session, unless it has ended."""
        session = self.find(digest)
        return session if session is not None and session.alive(now) else None

    def find(self, digest: str) -> Session | None:
        """The session, though it may have been idle for too long."""
        raw = self._client.get(keys.session(digest))
        return decode(Session, raw) if raw else None

    def many(self, user_id: int, now: datetime) -> list[Session]:
        """The sessions of a user, the one seen last first."""
        digests: set[Any] = self._client.smembers(keys.sessions(user_id))
        found = [self.get(digest.decode(), now) for digest in digests]
        return sorted((one for one in found if one is not None), key=lambda one: one.seen_at, reverse=True)

    def touch(self, session: Session) -> None:
        """Write down when it was last seen; one that has ended meanwhile stays ended."""
        self._client.set(keys.session(session.digest), encode(session), xx=True, keepttl=True)

    def end(self, session: Session) -> None:
        self._client.delete(keys.session(session.digest))
        self._client.srem(keys.sessions(session.user_id), session.digest)

    def end_all(self, user_id: int, but: str | None = None) -> None:
        """End every session of a user but the one of that digest."""
        digests: set[Any] = self._client.smembers(keys.sessions(user_id))
        for found in digests:
            digest = found.decode()
            if digest != but:
                self._client.delete(keys.session(digest))
                self._client.srem(keys.sessions(user_id), digest)
