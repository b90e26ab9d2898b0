"""Invitations that nobody has accepted yet; accepting one is writing the user who does."""

from datetime import datetime

from uptime.domain.errors import NotFound
from uptime.domain.user import Invitation
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode


class Invitations:
    """The invitations of all accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def new_id(self) -> int:
        return int(self._client.incr(keys.invitation_ids()))

    def add(self, invitation: Invitation) -> None:
        self._client.hset(keys.invitations(invitation.account), str(invitation.id), encode(invitation))

    def many(self, account: int, now: datetime) -> list[Invitation]:
        """Those that can be accepted, by id."""
        found = [decode(Invitation, raw) for raw in self._client.hvals(keys.invitations(account))]
        return sorted((one for one in found if one.expires_at > now), key=lambda one: one.id)

    def get(self, account: int, invitation_id: int) -> Invitation:
        """One invitation, though its time may be over. NotFound."""
        raw = self._client.hget(keys.invitations(account), str(invitation_id))
        if raw is None:
            raise NotFound("invitation")
        return decode(Invitation, raw)

    def remove(self, invitation: Invitation) -> bool:
        """Take one back; False where it was gone already."""
        return bool(self._client.hdel(keys.invitations(invitation.account), str(invitation.id)))

    def forget_old(self, account: int, now: datetime) -> None:
        """Remove those whose time is over."""
        for raw in self._client.hvals(keys.invitations(account)):
            invitation = decode(Invitation, raw)
            if invitation.expires_at <= now:
                self.remove(invitation)
