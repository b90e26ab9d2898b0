"""API keys: their secret is told once, when they are made."""

from collections.abc import Iterable
from typing import Literal

from uptime.dialects.native.write import Wire, ms, ms_or_none
from uptime.domain.user import ApiKey, Scope


class Key(Wire):
    """A key without its secret; `hint` is what it is recognised by, `userId` whose it is; times in ms since 1970."""

    id: int
    name: str
    scope: Scope
    service_id: int | None
    hint: str
    created_at: int
    last_used_at: int | None
    expires_at: int | None
    user_id: int


class Keys(Wire):
    """All keys."""

    keys: list[Key]


class KeyMade(Wire):
    """A new key; `secret` is shown this once."""

    success: Literal[True]
    key: Key
    secret: str


def key(key: ApiKey) -> Key:
    return Key(
        id=key.id,
        name=key.name,
        scope=key.scope,
        service_id=key.monitor_id,
        hint=key.hint,
        created_at=ms(key.created_at),
        last_used_at=ms_or_none(key.last_used_at),
        expires_at=ms_or_none(key.expires_at),
        user_id=key.user_id,
    )


def keys(found: Iterable[ApiKey]) -> Keys:
    return Keys(keys=[key(each) for each in found])


def made(new: ApiKey, secret: str) -> KeyMade:
    return KeyMade(success=True, key=key(new), secret=secret)
