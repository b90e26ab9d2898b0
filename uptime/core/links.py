"""Links in mails: addresses of pages of ours with a signed token that says what they are for."""

from datetime import datetime

from uptime.config import Settings
from uptime.domain.errors import Invalid, Unauthenticated
from uptime.domain.monitor import JsonValue
from uptime.tokens import Tokens


class Links:
    """Makes links and reads their tokens."""

    def __init__(self, settings: Settings) -> None:
        self._tokens = Tokens(settings.secret_key)
        # Never the host that a request has named: anybody could have a mail sent that leads elsewhere.
        self._base = settings.public_url or f"http://{settings.host}:{settings.port}"

    def make(self, page: str, value: JsonValue, until: datetime | None = None) -> str:
        """The address of a page, which is the purpose of the token too; without a moment it is good for good."""
        return f"{self._base}/{page}?token={self._tokens.sign(page, value, until)}"

    def read(self, page: str, token: str, now: datetime) -> JsonValue:
        """What the link of a page holds. Invalid: it is none of ours, or its time is over."""
        try:
            return self._tokens.read(page, token, now)
        except Unauthenticated as refused:
            raise Invalid("token", refused.message) from None
