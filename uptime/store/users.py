"""People, and whether the set-up has happened."""

from uptime.domain.errors import NotFound
from uptime.domain.user import User
from uptime.store import keys
from uptime.store.client import Client
from uptime.store.codec import decode, encode
from uptime.store.scripts import Script


class Users:
    """The users of all accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._first = Script("first_user")

    def create_first(self, user: User) -> bool:
        """Complete the set-up with this user; of several callers exactly one is told True."""
        place = [keys.set_up(), keys.user(user.id), keys.user_names()]
        return bool(self._first.run(self._client, place, [encode(user), user.name, user.id]))

    def is_set_up(self) -> bool:
        return bool(self._client.exists(keys.set_up()))

    def many(self) -> list[User]:
        """Everybody, by id."""
        ids = sorted(int(user_id) for user_id in self._client.hvals(keys.user_names()))
        return [self.get(user_id) for user_id in ids]

    def get(self, user_id: int) -> User:
        """One user. NotFound."""
        raw = self._client.get(keys.user(user_id))
        if raw is None:
            raise NotFound("user")
        return decode(User, raw)

    def by_name(self, name: str) -> User | None:
        user_id = self._client.hget(keys.user_names(), name)
        return None if user_id is None else self.get(int(user_id))

    def save(self, user: User) -> None:
        """Replace a user whose name is what it was."""
        self._client.set(keys.user(user.id), encode(user))
