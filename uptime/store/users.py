"""People, their login words, and whether the set-up has happened."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from uptime.domain.errors import Conflict, NotFound, Unavailable
from uptime.domain.schedule import from_ms, to_ms
from uptime.domain.user import Invitation, User
from uptime.store import keys
from uptime.store.changing import ATTEMPTS
from uptime.store.client import Client
from uptime.store.codec import decode, encode
from uptime.store.scripts import Argument, Script

REFUSALS = {
    2: "There is a user of this name already.",
    3: "There is a user with this e-mail address already.",
    4: "This is the last owner of the account. Make somebody else an owner first.",
    5: "Somebody else was faster, or this has been used before.",
}
CHANGED = 1
"""Somebody else has written the user meanwhile."""


class Users:
    """The users of all accounts. Names and e-mail addresses are unique among all of them, in any case of letters."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._write = Script("user_write")

    def new_id(self) -> int:
        """The id of a user who is not the first."""
        return int(self._client.incr(keys.user_ids())) + 1

    def new_account(self) -> int:
        """The id of an account that is not the first."""
        return int(self._client.incr(keys.account_ids())) + 1

    def create_first(self, user: User) -> bool:
        """Complete the set-up with this user; of several callers exactly one is told True."""
        self._client.sadd(keys.accounts(), user.account)
        return self._put(b"", None, user, "first", keys.set_up()) == 0

    def add(self, user: User, invitation: Invitation | None = None) -> None:
        """Store a new user, which uses the invitation up. Conflict: a login word is taken, or it has been used."""
        self._client.sadd(keys.accounts(), user.account)
        if invitation is None:
            _accepted(self._put(b"", None, user))
        else:
            spent = keys.invitations(user.account)
            _accepted(self._put(b"", None, user, "invited", spent, str(invitation.id)))

    def change(self, user_id: int, alter: Callable[[User], User]) -> tuple[User, User]:
        """Change a user, whoever else does so at the same time: before and after. NotFound; Conflict."""
        for _ in range(ATTEMPTS):
            raw: Any = self._client.get(keys.user(user_id))
            if raw is None:
                raise NotFound("user")
            before = decode(User, raw)
            after = alter(before)
            if after == before:
                return before, after
            if _accepted(self._put(raw, before, after)):
                return before, after
        raise Unavailable("Too many others change this user at this moment. Try again.", retry_after=1)

    def remove(self, user_id: int, check: Callable[[User], None]) -> User:
        """Take a user away whom `check` does not refuse. NotFound; Conflict: the last owner."""
        for _ in range(ATTEMPTS):
            raw: Any = self._client.get(keys.user(user_id))
            if raw is None:
                raise NotFound("user")
            user = decode(User, raw)
            check(user)
            if _accepted(self._put(raw, user, None)):
                self._client.hdel(keys.last_logins(), str(user_id))
                return user
        raise Unavailable("Too many others change this user at this moment. Try again.", retry_after=1)

    def _put(
        self, raw: bytes, before: User | None, after: User | None, on: str = "", place: str = "", field: str = ""
    ) -> int:
        user = after or before
        assert user is not None  # noqa: S101 - narrows the type
        key = keys.user(user.id)
        place = place or keys.set_up()
        places = [key, keys.logins(), keys.members(user.account), keys.owners(user.account), place]
        written = encode(replace(after, last_login_at=None)) if after else b""
        name, email = _words(after) if after else ("", "")
        arguments: list[Argument] = [raw, written, user.id, int(bool(after and after.owns)), on, field, name, email]
        freed = [word for word in _words(before) if word] if before else []
        return int(self._write.run(self._client, places, [*arguments, *freed]))

    def is_set_up(self) -> bool:
        return bool(self._client.exists(keys.set_up()))

    def many(self) -> list[User]:
        """Everybody, by id."""
        found: Any = self._client.hvals(keys.logins())
        return self._read(found)

    def members(self, account: int) -> list[User]:
        """The users of an account, by id."""
        found: Any = self._client.smembers(keys.members(account))
        return [user for user in self._read(found) if user.account == account]

    def owners(self, account: int) -> list[User]:
        """The active owners of an account, by id."""
        found: Any = self._client.smembers(keys.owners(account))
        return [user for user in self._read(found) if user.owns]

    def get(self, user_id: int) -> User:
        """One user. NotFound."""
        found = self.find(user_id)
        if found is None:
            raise NotFound("user")
        return found

    def find(self, user_id: int) -> User | None:
        raw = self._client.get(keys.user(user_id))
        return None if raw is None else decode(User, raw)

    def by_login(self, word: str) -> User | None:
        """The user of a name or an e-mail address."""
        user_id = self._client.hget(keys.logins(), _word(word))
        return None if user_id is None else self.find(int(user_id))

    def note_login(self, user_id: int, now: datetime) -> None:
        """Write down when somebody logged in last."""
        self._client.hset(keys.last_logins(), str(user_id), to_ms(now))

    def _read(self, ids: Sequence[bytes] | set[bytes]) -> list[User]:
        wanted = sorted({int(user_id) for user_id in ids})
        if not wanted:
            return []
        raw: Any = self._client.mget([keys.user(user_id) for user_id in wanted])
        seen: Any = self._client.hmget(keys.last_logins(), [str(user_id) for user_id in wanted])
        found = zip(raw, seen, strict=True)
        return [
            replace(decode(User, user), last_login_at=None if at is None else from_ms(int(at)))
            for user, at in found
            if user is not None
        ]


def _accepted(answer: int) -> bool:
    """Whether it was written; False: the user has changed. Conflict for whatever cannot be."""
    if answer in REFUSALS:
        raise Conflict(REFUSALS[answer])
    return answer != CHANGED


def _words(user: User) -> tuple[str, str]:
    """What a user can log in with."""
    return _word(user.name), _word(user.email)


def _word(text: str) -> str:
    """A name or an address as it is compared: in no case of letters, and without what no store could hold."""
    return text.casefold().encode("utf-8", "replace").decode()
