"""One's own logins and second factor: these take a login, a key will not do."""

from uptime.current import core, now
from uptime.dialects.native import auth
from uptime.dialects.native.read import users as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import users as write
from uptime.domain.user import Caller, Scope


@operation("GET", "/auth/second-factor", tag="login", needs=Scope.READ, answers={200: write.Factor})
def second_factor(caller: Caller) -> Answer:
    """Whether one's second factor is on."""
    return write.factor(core().second_factors.status(auth.login_of(caller).user_id))


@operation(
    "POST",
    "/auth/second-factor/prepare",
    tag="login",
    needs=Scope.READ,
    refuses=(409,),
    answers={200: write.FactorPrepared},
)
def prepare_second_factor(caller: Caller, body: read.ProofBody) -> Answer:
    """Makes a secret, which asks for nothing until it is switched on."""
    user_id = auth.login_of(caller).user_id
    return write.prepared(core().second_factors.prepare(user_id, body.password, auth.address(), now()))


@operation(
    "POST",
    "/auth/second-factor/enable",
    tag="login",
    needs=Scope.READ,
    refuses=(409,),
    answers={200: write.RecoveryCodes},
)
def enable_second_factor(caller: Caller, body: read.EnableBody) -> Answer:
    """Switches it on, which ends every other login; the recovery codes are in this answer and nowhere else."""
    session = auth.login_of(caller)
    return write.codes(core().second_factors.enable(session, body.password, auth.address(), now(), body.code))


@operation("POST", "/auth/second-factor/disable", tag="login", needs=Scope.READ, answers={200: Done})
def disable_second_factor(caller: Caller, body: read.ProofBody) -> Answer:
    """Switches it off, which ends every other login."""
    core().second_factors.disable(auth.login_of(caller), body.password, auth.address(), now())
    return Done(success=True, message="Second factor switched off")


@operation(
    "POST",
    "/auth/second-factor/recovery-codes",
    tag="login",
    needs=Scope.READ,
    refuses=(409,),
    answers={200: write.RecoveryCodes},
)
def renew_recovery_codes(caller: Caller, body: read.ProofBody) -> Answer:
    """Makes new recovery codes in place of the old ones."""
    session = auth.login_of(caller)
    return write.codes(core().second_factors.renew_codes(session, body.password, auth.address(), now()))


@operation("GET", "/sessions", tag="login", needs=Scope.READ, answers={200: write.Logins})
def sessions(caller: Caller) -> Answer:
    """Where one is logged in."""
    session = auth.login_of(caller)
    return write.logins(core().users.sessions(session.user_id, now()), session)


@operation("DELETE", "/sessions", tag="login", needs=Scope.READ, refuses=(404,), answers={200: Done})
def end_sessions(caller: Caller, query: read.WhichSession) -> Answer:
    """Ends one login of one's own, or all others."""
    session = auth.login_of(caller)
    if query.id is None:
        core().users.end_sessions(session.user_id, session.digest, session.account)
        return Done(success=True, message="All other logins ended")
    core().users.end_session(session.user_id, query.id, now())
    return Done(success=True, message="Login ended")
