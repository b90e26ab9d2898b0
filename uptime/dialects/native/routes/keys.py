"""API keys: list, make, revoke."""

from uptime.current import core, now
from uptime.dialects.native.read import keys as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import keys as write
from uptime.domain.schedule import from_ms
from uptime.domain.user import Caller, Scope


@operation("GET", "/keys", tag="keys", needs=Scope.ADMIN, answers={200: write.Keys})
def list_keys(caller: Caller) -> Answer:
    """All keys, without their secrets."""
    return write.keys(core().api_keys.list(caller.account))


@operation("POST", "/keys", tag="keys", needs=Scope.ADMIN, refuses=(404,), answers={201: write.KeyMade})
def make_key(caller: Caller, body: read.KeyBody) -> Answer:
    """Makes a key; its secret is in this answer and nowhere else."""
    if body.service_id is not None:
        core().monitors.get(caller.account, body.service_id)
    key, secret = core().api_keys.make(
        caller.account,
        body.name,
        body.scope,
        now(),
        monitor_id=body.service_id,
        user_id=caller.user_id,
        expires_at=None if body.expires_at is None else from_ms(body.expires_at),
    )
    return write.made(key, secret), 201


@operation("DELETE", "/keys", tag="keys", needs=Scope.ADMIN, refuses=(404,), answers={200: Done})
def revoke_key(caller: Caller, query: read.WhichKey) -> Answer:
    """Revokes a key; it opens nothing from now on."""
    core().api_keys.revoke(caller.account, query.id, now())
    return Done(success=True, message="API key revoked")
