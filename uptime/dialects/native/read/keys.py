"""API keys as they are asked for."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from uptime.dialects.native.read import LARGEST_NUMBER, Body, Line, Moment, Query
from uptime.domain.user import Scope

Id = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]


class KeyBody(Body):
    """A new key. `serviceId` binds it to one service; `expiresAt` in milliseconds since 1970."""

    name: Line
    scope: Literal[Scope.READ, Scope.PING, Scope.WRITE, Scope.ADMIN] = Scope.READ
    service_id: Id | None = None
    expires_at: Moment | None = None

    @field_validator("scope", mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return Scope(value) if isinstance(value, str) and value in set(Scope) else value


class WhichKey(Query):
    """A key by its id."""

    id: Id
