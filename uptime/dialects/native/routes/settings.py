"""The site's settings, whole and in four views."""

from dataclasses import replace

from uptime.current import core, now
from uptime.dialects.native import auth, words
from uptime.dialects.native.read import settings as read
from uptime.dialects.native.read.setup import chosen_key
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.words import Shape
from uptime.dialects.native.write import Success
from uptime.dialects.native.write import settings as write
from uptime.domain.settings import Site
from uptime.domain.user import ApiKey, Caller, Scope


def is_owner(who: Caller | None) -> bool:
    """Whether the caller may know all settings."""
    return who is not None and who.may(Scope.ADMIN) and who.monitor_id is None


def legacy_keys(account: int) -> list[ApiKey]:
    """The keys that a client of the original chose itself."""
    return [key for key in core().api_keys.list(account) if key.name == words.LEGACY_KEY_NAME]


def hint(account: int) -> str | None:
    """What the newest of them is recognised by."""
    return next((key.hint for key in reversed(legacy_keys(account))), None)


def put_legacy_key(account: int, secret: str | None) -> None:
    """Replaces the key that a client chose; empty ends it, None leaves it. Invalid: it could be guessed."""
    chosen = chosen_key(secret)
    # Pages of the original send the key along with every change, so the one that is there already stays.
    if secret is None or (chosen and core().api_keys.caller(chosen, now())):
        return
    for key in legacy_keys(account):
        core().api_keys.revoke(account, key.id, now())
    if chosen:
        core().api_keys.make(account, words.LEGACY_KEY_NAME, Scope.PING, now(), secret=chosen)


@operation("GET", "/settings", tag="settings", shape=Shape.CODE, answers={200: write.AnySettings})
def settings(caller: Caller | None) -> Answer:
    """All settings for the administrator, a few for everybody else; never a key."""
    account = auth.account(caller)
    site = core().sites.get(account)
    return write.everything(site, hint(account)) if is_owner(caller) else write.public(site)


@operation("PUT", "/settings", tag="settings", shape=Shape.CODE, needs=Scope.ADMIN, answers={200: write.Settings})
def change_settings(caller: Caller, body: read.SettingsBody) -> Answer:
    """Changes what is named and leaves the rest."""
    chosen_key(body.api_key)
    site = _update(caller, read.everything(body), body.history_ttl)
    put_legacy_key(caller.account, body.api_key)
    return write.everything(site, hint(caller.account))


def _update(caller: Caller, change: read.SiteChange, ttl: int | None = None) -> Site:
    if ttl is not None:
        core().history.set_ttl(caller.account, ttl, now())
    return core().sites.update(caller.account, lambda site: replace(change(site), modified_at=now()))


@operation(
    "GET", "/settings/general", tag="settings", shape=Shape.CODE, needs=Scope.ADMIN, answers={200: write.General}
)
def general(caller: Caller) -> Answer:
    """Names and numbers."""
    return write.general(core().sites.get(caller.account))


@operation(
    "PUT", "/settings/general", tag="settings", shape=Shape.CODE, needs=Scope.ADMIN, answers={200: write.GeneralSaved}
)
def change_general(caller: Caller, body: read.GeneralBody) -> Answer:
    """Changes what is named and leaves the rest."""
    return write.general_saved(_update(caller, read.general(body), body.history_ttl))


@operation("GET", "/settings/appearance", tag="settings", shape=Shape.CODE, answers={200: write.Appearance})
def appearance(caller: Caller | None) -> Answer:
    """How the public page looks."""
    return write.appearance_shown(core().sites.get(auth.account(caller)).appearance)


@operation(
    "PUT",
    "/settings/appearance",
    tag="settings",
    shape=Shape.CODE,
    needs=Scope.ADMIN,
    answers={200: write.AppearanceSaved},
)
def change_appearance(caller: Caller, body: read.AppearanceBody) -> Answer:
    """Changes what is named and leaves the rest."""
    return write.appearance_saved(_update(caller, read.appearance(body)).appearance)


@operation("GET", "/settings/statuspage", tag="settings", shape=Shape.CODE, answers={200: write.StatusPageSettings})
def status_page(caller: Caller | None) -> Answer:
    """The public page and what it shows; hidden services for their reader alone."""
    account = auth.account(caller)
    monitors = auth.readable(core().monitors.list(account), caller)
    return write.page_settings(core().sites.get(account), monitors)


@operation("PUT", "/settings/statuspage", tag="settings", shape=Shape.CODE, needs=Scope.ADMIN, answers={200: Success})
def change_status_page(caller: Caller, body: read.StatusPageSettingsBody) -> Answer:
    """Changes the page and shows or hides services; names that are not known are ignored."""
    _update(caller, read.page(body.settings))
    wanted = read.visibilities(body)
    for monitor in core().monitors.list(caller.account):
        if wanted.get(monitor.name, monitor.visible) != monitor.visible:
            draft = replace(monitor, visible=wanted[monitor.name])
            core().monitors.replace(caller.account, monitor.id, draft, now())
    return Success(success=True)


@operation(
    "GET", "/settings/github", tag="settings", shape=Shape.CODE, needs=Scope.ADMIN, answers={200: write.GithubSettings}
)
def github(caller: Caller) -> Answer:
    """The workflow that calls the ping endpoint from outside."""
    return write.github_settings(core().sites.get(caller.account), hint(caller.account))
