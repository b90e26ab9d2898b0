"""Setting up and starting over, and what the server says about itself."""

import sys

from flask import Response, current_app

from uptime.current import core, now
from uptime.dialects.native import auth, errors
from uptime.dialects.native.read import cron as read_cron
from uptime.dialects.native.read import setup as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.routes.settings import put_legacy_key
from uptime.dialects.native.words import Shape
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import setup as write
from uptime.domain.errors import Conflict, DeliveryFailed, Forbidden, Invalid, Unauthenticated, Unavailable
from uptime.domain.user import FIRST_ACCOUNT, Caller, Scope

NEEDS_TOKEN = (
    "Setting up from here needs the token that was printed at start: send it as X-Setup-Token, as setupToken in "
    "the body, or as ?token="
)
ALREADY = "Setup is complete; change the password where you are logged in"


@operation("GET", "/setup/status", tag="setup", answers={200: write.SetupStatus})
def setup_status() -> Answer:
    """Whether there is an administrator."""
    return write.setup_status(core().users.is_set_up())


@operation("POST", "/setup/complete", tag="setup", refuses=(401, 403), answers={200: Done})
def complete_setup(caller: Caller | None, query: read.SetupQuery, body: read.SetupBody) -> Answer:
    """Makes the administrator, once. From another machine it takes the token printed at start."""
    if core().users.is_set_up():
        _again(caller, body)
    elif _may_set_up(caller, query, body):
        _first(body)
    else:
        raise Forbidden(NEEDS_TOKEN)
    return Done(success=True, message="Setup completed")


def _may_set_up(caller: Caller | None, query: read.SetupQuery, body: read.SetupBody) -> bool:
    has_key = caller is not None and caller.may(Scope.ADMIN)
    return has_key or auth.may_set_up([body.setup_token, query.token])


def _again(caller: Caller | None, body: read.SetupBody) -> None:
    """Once set up, nothing is changed here: whoever may call hears that it is done."""
    if caller is None:
        raise Unauthenticated(ALREADY)
    if body.password is not None:
        raise Forbidden(ALREADY)


def _first(body: read.SetupBody) -> None:
    if not body.password:
        raise Invalid("password", "Password is required")
    path = body.site_settings.path_settings if body.site_settings else None
    read.chosen_key(path.api_key if path else None)
    settings, change = core().settings, read.site_change(body.site_settings)
    try:
        core().users.set_up(settings.admin_username, body.password, settings.admin_email, change, now())
    except Conflict:
        raise Forbidden("Somebody else has completed the setup a moment ago") from None
    if path is not None:
        put_legacy_key(FIRST_ACCOUNT, path.api_key or None)
        core().cron_jobs.import_(FIRST_ACCOUNT, read_cron.job_drafts(path.jobs), now())


@operation("POST", "/setup/reset", tag="setup", shape=Shape.CODE, needs=Scope.OWN, answers={200: write.WasReset})
def reset(caller: Caller, body: read.PasswordBody) -> Answer:
    """Deletes everything of ours in the store, which takes the password once more."""
    if not body.password:
        raise Invalid("password", "Password is required")
    auth.require_first_account(caller)
    core().users.prove(caller, body.password, auth.address(), now())
    return _deleted()


@operation("POST", "/admin/reset", tag="setup", shape=Shape.ADMIN, needs=Scope.OWN, answers={200: write.WasReset})
def reset_by_admin(caller: Caller, body: read.PasswordBody) -> Answer:
    """The same at the address that the original's own page calls."""
    return reset(caller, body)


def _deleted() -> Answer:
    count = core().reset()
    return write.WasReset(success=True, message="Application reset successfully", keys_deleted=count)


@operation("POST", "/dev/reset-setup", tag="setup", shape=Shape.CODE, refuses=(401, 403), answers={200: write.WasReset})
def reset_in_development() -> Answer:
    """Starts over without asking, on a development server only."""
    if not current_app.debug:
        raise Forbidden("This endpoint is only available in development mode")
    auth.require_first_account(auth.require(Scope.OWN, changes=True))
    return _deleted()


@operation("GET", "/test-redis", tag="server", answers={200: write.StoreReached, 500: write.StoreAway})
def test_redis() -> Answer:
    """Whether the store answers."""
    try:
        core().ping()
    except Unavailable as error:
        return write.store_away(error.message), 500
    return write.STORE_REACHED


@operation("GET", "/init", tag="server", shape=Shape.CODE, answers={200: Done})
def init() -> Answer:
    """Does nothing: there are no samples to be stored, and every page of the original calls this."""
    return Done(success=True, message="Redis initialized with default data")


@operation("GET", "/environment", tag="server", shape=Shape.CODE, answers={200: write.Environment})
def environment() -> Answer:
    """Whether this runs without processes of its own."""
    return write.Environment(
        is_edge_runtime=False,
        is_vercel=core().settings.serverless,
        runtime_info=write.RuntimeInfo(
            node_version=f"python {sys.version_info.major}.{sys.version_info.minor}",
            platform=sys.platform,
            env="development" if current_app.debug else "production",
        ),
    )


@operation("GET", "/edge-ping", tag="server", shape=Shape.CODE, answers={204: None})
def edge_ping() -> Answer:
    """Does nothing: old pages of the original still call it."""
    return Response(status=204)


@operation(
    "GET",
    "/utils/fetch-title",
    tag="server",
    shape=Shape.CODE,
    needs=Scope.ADMIN,
    changes=True,
    answers={200: write.Title},
)
def fetch_title(query: read.TitleQuery) -> Answer:
    """The title of a web page."""
    if not query.url:
        raise Invalid("url", "URL parameter is required")
    try:
        return write.Title(title=core().sites.title(query.url))
    except DeliveryFailed:
        return errors.told(500, "Failed to fetch webpage title")
