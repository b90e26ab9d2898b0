"""Invitations: a link that makes whoever has it a user of the account, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from uptime.core.audit import Audit
from uptime.core.links import Links
from uptime.core.members import Members, UserDraft, require_manager
from uptime.domain.errors import Conflict, DeliveryFailed, Invalid, NotFound
from uptime.domain.user import Caller, Invitation, User, checked_email, checked_person
from uptime.mail import Mailer

if TYPE_CHECKING:
    from uptime.store import Store

PAGE = "join"
LIFE = timedelta(days=7)
OPEN_LIMIT = 100
"""Invitations of an account that wait at once."""

USED = "This invitation has been used, or was taken back. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation. `link` is None where it went out by mail; else `problem` says why it did not."""

    invitation: Invitation
    link: str | None = None
    problem: str = ""


class Invitations:
    """The invitations of all accounts."""

    def __init__(self, store: "Store", members: Members, links: Links, mailer: Mailer, audit: Audit) -> None:
        self._store = store
        self._members = members
        self._links = links
        self._mailer = mailer
        self._audit = audit

    def list(self, account: int, now: datetime) -> list[Invitation]:
        """Those that wait, the oldest first; their links are told nowhere."""
        return self._store.invitations.many(account, now)

    def invite(self, caller: Caller, draft: UserDraft, now: datetime) -> Invited:
        """Hold a place for somebody; the link goes out by mail, or back to the caller. Invalid, Forbidden, Conflict."""
        require_manager(caller, draft.role)
        email = checked_email(draft.email)
        self._check_room(caller.account, email, now)
        invitation = Invitation(
            id=self._store.invitations.new_id(),
            account=caller.account,
            email=email,
            role=draft.role,
            invited_by=caller.user_name or caller.name,
            created_at=now,
            expires_at=now + LIFE,
            first_name=checked_person("first_name", draft.first_name),
            last_name=checked_person("last_name", draft.last_name),
        )
        self._store.invitations.add(invitation)
        self._audit.note("invitation", None, invitation, now)
        return self._sent(invitation)

    def _check_room(self, account: int, email: str, now: datetime) -> None:
        # Only who is in this account is told of: whom other accounts have is nobody's business.
        if any(user.email.casefold() == email.casefold() for user in self._members.list(account)):
            raise Conflict("There is a user with this e-mail address already.")
        self._store.invitations.forget_old(account, now)
        if len(self.list(account, now)) >= OPEN_LIMIT:
            raise Conflict(f"{OPEN_LIMIT} invitations wait already. Take some back first.")

    def _sent(self, invitation: Invitation) -> Invited:
        link = self._links.make(PAGE, [invitation.account, invitation.id], invitation.expires_at)
        if not self._mailer.ready:
            return Invited(invitation, link, "This installation sends no mail: hand the link over yourself.")
        site = self._store.sites.get(invitation.account).name
        try:
            self._mailer.send(
                invitation.email,
                f"{invitation.invited_by} invites you to {site}",
                _text(invitation, site, link),
                event_id=f"invitation-{invitation.id}",
            )
        except DeliveryFailed as failed:
            return Invited(invitation, link, f"The mail could not be sent. {failed.message}")
        return Invited(invitation)

    def withdraw(self, caller: Caller, invitation_id: int, now: datetime) -> None:
        """Take an invitation back. NotFound, Forbidden."""
        invitation = self._store.invitations.get(caller.account, invitation_id)
        require_manager(caller, invitation.role)
        if not self._store.invitations.remove(invitation):
            raise NotFound("invitation")
        self._audit.note("invitation", invitation, None, now)

    def read(self, token: str, now: datetime) -> Invitation:
        """The invitation of a link. Invalid: it is no good, or not any more."""
        match self._links.read(PAGE, token, now):
            case [int(account), int(invitation_id)]:
                try:
                    return self._store.invitations.get(account, invitation_id)
                except NotFound:
                    raise Invalid("token", USED) from None
        raise Invalid("token", USED)

    def accept(
        self,
        token: str,
        password: str,
        now: datetime,
        *,
        name: str = "",
        first_name: str | None = None,
        last_name: str | None = None,
    ) -> User:
        """Become a user of the account; without a name one is called by the address. Invalid, Conflict.

        Of several that accept at once one is let in.
        """
        invitation = self.read(token, now)
        draft = UserDraft(
            invitation.email,
            invitation.role,
            name,
            invitation.first_name if first_name is None else first_name,
            invitation.last_name if last_name is None else last_name,
        )
        return self._members.create(invitation.account, draft, password, now, invitation)


def _text(invitation: Invitation, site: str, link: str) -> str:
    return (
        f"{invitation.invited_by} invites you to {site} as {invitation.role}.\n\n"
        f"Choose a password here:\n{link}\n\n"
        f"The link is good once, until {invitation.expires_at:%d %B %Y, %H:%M} UTC. "
        "If you expected no invitation, leave it alone: nothing happens.\n"
    )
