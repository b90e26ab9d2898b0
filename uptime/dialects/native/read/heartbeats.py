"""Pushes as jobs send them."""

from typing import Annotated, Literal

from flask import request
from pydantic import BaseModel, ConfigDict, Field

from uptime.dialects.native.read import Query
from uptime.dialects.native.read.services import WhichService
from uptime.dialects.native.words import camel
from uptime.domain.push import BODY_LIMIT, LOG_LIMIT, LONGEST_MS


class TokenPath(BaseModel):
    """The token of a push service."""

    token: str


class SignalPath(TokenPath):
    """The token, and what the job says: a word, or the code it exited with."""

    model_config = ConfigDict(alias_generator=camel)

    said: Literal["start", "success", "fail", "log"] | Annotated[int, Field(ge=0, le=255)]


class PushQuery(Query):
    """`latency` is the time the run took, in milliseconds; without it the start says when it began.

    `runId` names the run: its end is on record once, and runs side by side are told apart. `rid` means the same.
    """

    message: Annotated[str, Field(max_length=2_000)] = ""
    latency: Annotated[float, Field(ge=0, le=LONGEST_MS, allow_inf_nan=False)] | None = None
    run_id: Annotated[str, Field(max_length=64)] = ""
    rid: Annotated[str, Field(max_length=64)] = ""


class LogQuery(WhichService):
    """A push service, and how many of its last pushes are wanted."""

    limit: Annotated[int, Field(ge=1, le=LOG_LIMIT)] = LOG_LIMIT


def excerpt() -> str:
    """The beginning of what came along, whatever it is."""
    return request.get_data()[:BODY_LIMIT].decode("utf-8", "replace")
