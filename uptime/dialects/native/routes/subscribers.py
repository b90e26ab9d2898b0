"""Subscribers: who is told of incidents."""

from uptime.current import core, now
from uptime.dialects.native import auth
from uptime.dialects.native.read import subscribers as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import subscribers as write
from uptime.domain.errors import NotFound, Unauthenticated
from uptime.domain.user import Caller, Scope


@operation("GET", "/subscribers", tag="subscribers", needs=Scope.ADMIN, answers={200: write.Subscribers})
def list_subscribers(caller: Caller, query: read.SubscribersQuery) -> Answer:
    """Who is told of incidents."""
    return write.subscribers(core().subscribers.of(caller.account, page_id=query.page_id, monitor_id=query.service_id))


@operation(
    "POST", "/subscribers", tag="subscribers", needs=Scope.ADMIN, refuses=(404,), answers={201: write.Subscriber}
)
def add_subscriber(caller: Caller, body: read.SubscriberBody) -> Answer:
    """Adds somebody who has agreed elsewhere; nobody asks them again."""
    by, address = read.reach(body)
    made = core().subscribers.add(caller.account, body.page_id, by, address, tuple(body.services), now())
    return write.subscriber(made), 201


@operation(
    "DELETE",
    "/subscribers/<subscriberId>",
    tag="subscribers",
    needs=Scope.ADMIN,
    refuses=(400, 404),
    answers={200: Done},
)
def remove_subscriber(caller: Caller, path: read.SubscriberPath) -> Answer:
    """Tells somebody nothing more."""
    core().subscribers.remove(caller.account, path.subscriber_id, now())
    return Done(success=True, message="Subscriber removed")


@operation("POST", "/subscribe", tag="subscribers", refuses=(401, 404, 409), answers={202: Done})
def subscribe(body: read.SubscribeBody) -> Answer:
    """Asks to be told. The answer is the same whoever it is; whoever reads at the address is asked to confirm."""
    page = core().pages.by_slug(body.page)
    if not page.published:
        raise NotFound("status page")
    if not core().pages.admits(page, [body.token or ""], now()):
        raise Unauthenticated("This page is not open to everybody.")
    by, address = read.reach(body)
    core().subscribers.ask(page, by, address, tuple(body.services), auth.address(), now())
    return Done(success=True, message="A question is on its way to that address; confirm it within a week"), 202
