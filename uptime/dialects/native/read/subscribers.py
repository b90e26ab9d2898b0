"""Subscribers as they are asked for."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from uptime.dialects.native.read import LARGEST_NUMBER, Body, Line, Query
from uptime.dialects.native.words import camel
from uptime.domain.errors import Invalid
from uptime.domain.subscriber import By

Id = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]
Services = Annotated[list[Id], Field(max_length=100, default_factory=list)]
Url = Annotated[str, Field(max_length=2_048)]


class SubscriberPath(BaseModel):
    """A subscriber by its id."""

    model_config = ConfigDict(alias_generator=camel)

    subscriber_id: Id


class SubscribersQuery(Query):
    """Those of a page, or of a service."""

    page_id: Id | None = None
    service_id: Id | None = None


class ReachBody(Body):
    """`email` or `webhook`, and the services it is about; without services the whole page."""

    email: Line | None = None
    webhook: Url | None = None
    services: Services


class SubscriberBody(ReachBody):
    """A subscriber of a page by its id."""

    page_id: Id


class SubscribeBody(ReachBody):
    """A page by its slug; `token` opens a protected one."""

    page: Line
    token: Line | None = None


def reach(body: ReachBody) -> tuple[By, str]:
    """How and where. Invalid: neither or both."""
    if body.email is not None and body.webhook is None:
        return By.EMAIL, body.email
    if body.webhook is not None and body.email is None:
        return By.WEBHOOK, body.webhook
    raise Invalid("email", "Name either an email or a webhook.")
