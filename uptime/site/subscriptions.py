"""Where the links lead that subscribers are sent: one button to confirm, one to end."""

from flask import Response, request

from uptime.current import core, now
from uptime.domain.errors import NotFound
from uptime.site import pages
from uptime.site.public import site

CONFIRM, END = "confirm", "end"

ASKED = {
    CONFIRM: ("Confirm your subscription", "You will be told of incidents on this status page.", "Confirm"),
    END: ("End your subscription", "You will not be told of incidents any more.", "Unsubscribe"),
}

SAID = {
    CONFIRM: ("You are subscribed", "You will be told of incidents. Every message says how to end this."),
    END: ("You are not subscribed any more", "Nothing more will be sent to you."),
}


@site.get("/subscriptions/<what>")
def subscription(what: str) -> Response:
    """What a link leads to. Programs that look at links in mails change nothing by that."""
    if what not in ASKED:
        raise NotFound("page")
    title, text, button = ASKED[what]
    token = request.args.get("token", "")
    return _page(title=title, text=text, button=button, action=f"/subscriptions/{what}", token=token)


@site.post("/subscriptions/<what>")
def change_subscription(what: str) -> Response:
    """Confirms or ends. Mail programs send this by themselves when their reader says so."""
    token = request.args.get("token", "")
    if what == CONFIRM:
        core().subscribers.confirm(token, now())
    elif what == END:
        core().subscribers.unsubscribe(token, now())
    else:
        raise NotFound("page")
    title, text = SAID[what]
    return _page(title=title, text=text, button="", action="", token="")


def _page(**context: str) -> Response:
    response = pages.public("status/subscription.html", 200, **context)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
