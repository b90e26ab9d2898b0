"""Signed tokens: what was promised to whoever holds one, for one purpose, until a moment or for good."""

import hashlib
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

from uptime.domain.errors import Unauthenticated
from uptime.domain.monitor import JsonValue
from uptime.domain.schedule import to_ms

LENGTH_LIMIT = 4_096


class Tokens:
    """Makes and reads tokens. Another `SECRET_KEY` makes all of them worthless."""

    def __init__(self, secret_key: str) -> None:
        self._secret = secret_key

    def sign(self, purpose: str, value: JsonValue, until: datetime | None = None) -> str:
        """A token that holds a value in clear, and that nobody else can make."""
        made: str = self._signer(purpose).dumps([value, None if until is None else to_ms(until)])
        return made

    def read(self, purpose: str, token: str, now: datetime) -> JsonValue:
        """The value of a token. Unauthenticated: it is none of ours, for something else, or its time is over."""
        try:
            value, until_ms = self._signer(purpose).loads(token[:LENGTH_LIMIT])
        except (BadData, ValueError):
            raise Unauthenticated("This link is not valid, or it is no longer.") from None
        if until_ms is not None and to_ms(now) >= until_ms:
            raise Unauthenticated("This link has expired.")
        found: JsonValue = value
        return found

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._secret, salt=f"upspeak {purpose}", signer_kwargs={"digest_method": hashlib.sha256}
        )
