"""Status pages: made, changed, ordered, published, protected."""

from uptime.current import core, now
from uptime.dialects.native.read import pages as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import pages as write
from uptime.domain.errors import Invalid
from uptime.domain.status_page import PageDraft
from uptime.domain.user import Caller, Scope

ONE = "/pages/<pageId>"


@operation("GET", "/pages", tag="pages", needs=Scope.READ, whole=True, answers={200: write.Pages})
def list_pages(caller: Caller) -> Answer:
    """All status pages in their order."""
    return write.pages(core().pages.list(caller.account))


@operation("POST", "/pages", tag="pages", needs=Scope.WRITE, whole=True, refuses=(409,), answers={201: write.Page})
def make_page(caller: Caller, body: read.PageBody) -> Answer:
    """Makes a page, which needs a slug and a title."""
    if body.slug is None or body.title is None:
        raise Invalid("slug", "A page needs a slug and a title.")
    draft = read.draft(body, PageDraft(body.slug, body.title))
    return write.page(core().pages.add(caller.account, draft, now())), 201


@operation(
    "PUT", "/pages/order", tag="pages", needs=Scope.WRITE, whole=True, refuses=(404,), answers={200: write.Pages}
)
def order_pages(caller: Caller, body: read.OrderBody) -> Answer:
    """Puts the pages into an order."""
    return write.pages(core().pages.reorder(caller.account, body.ids, now()))


@operation("GET", ONE, tag="pages", needs=Scope.READ, whole=True, refuses=(400, 404), answers={200: write.Page})
def get_page(caller: Caller, path: read.PagePath) -> Answer:
    """One page."""
    return write.page(core().pages.get(caller.account, path.page_id))


@operation("PUT", ONE, tag="pages", needs=Scope.WRITE, whole=True, refuses=(404, 409), answers={200: write.Page})
def change_page(caller: Caller, path: read.PagePath, body: read.PageBody) -> Answer:
    """Changes what is named."""
    return write.page(core().pages.change(caller.account, path.page_id, lambda before: read.draft(body, before), now()))


@operation("DELETE", ONE, tag="pages", needs=Scope.WRITE, whole=True, refuses=(400, 404, 409), answers={200: Done})
def delete_page(caller: Caller, path: read.PagePath) -> Answer:
    """Deletes a page; the first one stays."""
    core().pages.remove(caller.account, path.page_id, now())
    return Done(success=True, message="Status page deleted")


@operation(
    "POST", f"{ONE}/publish", tag="pages", needs=Scope.WRITE, whole=True, refuses=(400, 404), answers={200: write.Page}
)
def publish_page(caller: Caller, path: read.PagePath) -> Answer:
    """Shows the page to its readers."""
    return write.page(core().pages.publish(caller.account, path.page_id, True, now()))


@operation(
    "POST",
    f"{ONE}/unpublish",
    tag="pages",
    needs=Scope.WRITE,
    whole=True,
    refuses=(400, 404),
    answers={200: write.Page},
)
def unpublish_page(caller: Caller, path: read.PagePath) -> Answer:
    """Shows the page to nobody."""
    return write.page(core().pages.publish(caller.account, path.page_id, False, now()))


@operation(
    "PUT", f"{ONE}/access", tag="pages", needs=Scope.WRITE, whole=True, refuses=(404,), answers={200: write.Page}
)
def protect_page(caller: Caller, path: read.PagePath, body: read.AccessBody) -> Answer:
    """Says who may read the page; whoever was let in before is not any more."""
    return write.page(core().pages.protect(caller.account, path.page_id, body.access, body.password, now()))


@operation(
    "POST", f"{ONE}/link", tag="pages", needs=Scope.WRITE, whole=True, refuses=(400, 404), answers={200: write.PageLink}
)
def link_page(caller: Caller, path: read.PagePath) -> Answer:
    """A link that opens the page whatever protects it."""
    page = core().pages.get(caller.account, path.page_id)
    return write.link(page, core().pages.link(page))
