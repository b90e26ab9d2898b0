"""The people of an account: who they are, what they may do, whether they may come in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from uptime.core import passwords
from uptime.core.api_keys import ApiKeys
from uptime.core.audit import Audit
from uptime.core.second_factor import HIDDEN
from uptime.domain.errors import Forbidden, NotFound
from uptime.domain.feed import AccessChanged
from uptime.domain.monitor import JsonValue
from uptime.domain.user import Caller, Invitation, Role, User, checked_email, checked_login, checked_person

if TYPE_CHECKING:
    from uptime.store import Store


@dataclass(frozen=True, slots=True)
class UserDraft:
    """What somebody says about a new user. A name that is not given is the e-mail address."""

    email: str
    role: Role = Role.VIEWER
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    kept: Mapping[str, JsonValue] = field(default_factory=dict)


class Members:
    """The users of all accounts. Those of another account do not exist."""

    def __init__(self, store: "Store", api_keys: ApiKeys, audit: Audit) -> None:
        self._store = store
        self._api_keys = api_keys
        self._audit = audit

    def list(self, account: int) -> list[User]:
        """Everybody, by id."""
        return self._store.users.members(account)

    def get(self, account: int, user_id: int) -> User:
        """One user. NotFound."""
        for user in self.list(account):
            if user.id == user_id:
                return user
        raise NotFound("user")

    def add(self, caller: Caller, draft: UserDraft, password: str, now: datetime) -> User:
        """A new user who may come in at once. Invalid; Conflict: name or e-mail is taken; Forbidden."""
        require_manager(caller, draft.role)
        return self.create(caller.account, draft, password, now)

    def create(
        self, account: int, draft: UserDraft, password: str, now: datetime, invitation: Invitation | None = None
    ) -> User:
        """The same, whoever asks; an invitation is used up by it. Invalid, Conflict."""
        email = checked_email(draft.email)
        passwords.check_strength(password)
        user = User(
            id=self._store.users.new_id(),
            account=account,
            name=checked_login(draft.name or email, email),
            email=email,
            password_hash=passwords.hashed(password),
            created_at=now,
            password_changed_at=now,
            role=draft.role,
            first_name=checked_person("first_name", draft.first_name),
            last_name=checked_person("last_name", draft.last_name),
            kept=draft.kept,
        )
        self._store.users.add(user, invitation)
        self._audit.note("user", None, user, now, hidden=HIDDEN)
        return user

    def change(
        self,
        caller: Caller,
        user_id: int,
        now: datetime,
        *,
        name: str | None = None,
        email: str | None = None,
        first_name: str | None = None,
        last_name: str | None = None,
        kept: Mapping[str, JsonValue] | None = None,
    ) -> User:
        """Change what is not None. NotFound, Invalid, Conflict; Forbidden but for oneself and whoever manages users."""

        def alter(before: User) -> User:
            if before.id != caller.user_id:
                require_manager(caller, before.role)
            mail = before.email if email is None else checked_email(email)
            # Whoever logs in with the address goes on doing so with the new one.
            called = mail if name is None and before.name == before.email else before.name
            return replace(
                before,
                name=checked_login(name, mail) if name is not None else called,
                email=mail,
                first_name=before.first_name if first_name is None else checked_person("first_name", first_name),
                last_name=before.last_name if last_name is None else checked_person("last_name", last_name),
                kept=before.kept if kept is None else kept,
            )

        return self._change(caller, user_id, alter, now)

    def give_role(self, caller: Caller, user_id: int, role: Role, now: datetime) -> User:
        """Let a user do more or less from now on, which ends the user's sessions. NotFound, Forbidden.

        Conflict: the account would have no owner.
        """

        def alter(before: User) -> User:
            require_manager(caller, before.role)
            require_manager(caller, role)
            return replace(before, role=role)

        return self._change(caller, user_id, alter, now)

    def deactivate(self, caller: Caller, user_id: int, now: datetime) -> User:
        """Let a user in no more, with whatever password or key. NotFound, Forbidden; Conflict: the last owner."""
        return self._switch(caller, user_id, now, active=False)

    def reactivate(self, caller: Caller, user_id: int, now: datetime) -> User:
        """Let a user in again; keys that were not revoked open again. NotFound, Forbidden."""
        return self._switch(caller, user_id, now, active=True)

    def _switch(self, caller: Caller, user_id: int, now: datetime, *, active: bool) -> User:
        def alter(before: User) -> User:
            require_manager(caller, before.role)
            return replace(before, active=active)

        return self._change(caller, user_id, alter, now)

    def remove(self, caller: Caller, user_id: int, now: datetime) -> None:
        """Take a user away, with sessions and keys. NotFound, Forbidden; Conflict: the last owner."""
        self.get(caller.account, user_id)
        user = self._store.users.remove(user_id, lambda found: require_manager(caller, found.role))
        self._end_sessions(user)
        self._api_keys.revoke_all(user, now)
        self._audit.note("user", user, None, now, hidden=HIDDEN)

    def _change(self, caller: Caller, user_id: int, alter: Callable[[User], User], now: datetime) -> User:
        self.get(caller.account, user_id)
        before, after = self._store.users.change(user_id, alter)
        if (before.role, before.active) != (after.role, after.active):
            self._end_sessions(after)
        self._audit.note("user", before, after, now, hidden=HIDDEN)
        return after

    def _end_sessions(self, user: User) -> None:
        self._store.sessions.end_all(user.id)
        self._api_keys.forget()
        self._store.feed.publish([AccessChanged(user.account)])


def require_manager(caller: Caller, role: Role) -> None:
    """Forbidden unless the caller may make users of this role what they are."""
    if not caller.manages(role):
        whom = "owners" if role is Role.OWNER else "users"
        raise Forbidden(f"You may not manage {whom} of this account. Ask one of its owners.")
