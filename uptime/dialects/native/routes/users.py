"""Users, invitations, and the audit log of what they did."""

from uptime.current import core, now
from uptime.dialects.native import auth, encode
from uptime.dialects.native.read import users as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.write import Done
from uptime.dialects.native.write import users as write
from uptime.domain.errors import Forbidden, Invalid, NotFound, Unauthenticated
from uptime.domain.user import Caller, Scope, User


@operation("GET", "/users", tag="users", needs=Scope.ADMIN, answers={200: write.People})
def list_users(caller: Caller) -> Answer:
    """Everybody in the account."""
    return write.people(core().members.list(caller.account))


@operation("PATCH", "/users", tag="users", needs=Scope.ADMIN, refuses=(404, 409), answers={200: write.PersonSaved})
def change_user(caller: Caller, query: read.WhichUser, body: read.UserBody) -> Answer:
    """Changes what is named. Another role ends the user's logins; of owners the last one stays."""
    user = core().members.change(caller, query.id, now(), **read.names(body))
    if body.role is not None and body.role is not user.role:
        user = core().members.give_role(caller, query.id, body.role, now())
    return write.saved(user)


@operation(
    "POST", "/users/deactivate", tag="users", needs=Scope.ADMIN, refuses=(404, 409), answers={200: write.PersonSaved}
)
def deactivate_user(caller: Caller, query: read.WhichUser) -> Answer:
    """Lets somebody in no more: logins end, keys open nothing."""
    return write.saved(core().members.deactivate(caller, query.id, now()))


@operation(
    "POST", "/users/reactivate", tag="users", needs=Scope.ADMIN, refuses=(404, 409), answers={200: write.PersonSaved}
)
def reactivate_user(caller: Caller, query: read.WhichUser) -> Answer:
    """Lets somebody in again."""
    return write.saved(core().members.reactivate(caller, query.id, now()))


@operation("DELETE", "/users", tag="users", needs=Scope.ADMIN, refuses=(404, 409), answers={200: Done})
def remove_user(caller: Caller, query: read.WhichUser) -> Answer:
    """Removes somebody, with logins and keys."""
    core().members.remove(caller, query.id, now())
    return Done(success=True, message="User removed")


@operation("GET", "/users/me", tag="users", needs=Scope.READ, whole=True, refuses=(404,), answers={200: write.Person})
def me(caller: Caller) -> Answer:
    """Whoever asks; for a key, whose it is."""
    if caller.user_id is None:
        raise NotFound("user")
    return write.person(core().members.get(caller.account, caller.user_id))


@operation(
    "PATCH",
    "/users/me",
    tag="users",
    needs=Scope.READ,
    whole=True,
    refuses=(404, 409),
    answers={200: write.PersonSaved},
)
def change_me(caller: Caller, body: read.MeBody) -> Answer:
    """Changes one's own names, or with the password one's address."""
    session = auth.login_of(caller)
    if body.email is not None and body.email != core().members.get(caller.account, session.user_id).email:
        _prove(caller, body.password)
    return write.saved(core().members.change(caller, session.user_id, now(), **read.names(body)))


def _prove(caller: Caller, password: str | None) -> None:
    if not password:
        raise Invalid("password", "password is missing: a new e-mail address takes it")
    try:
        core().users.prove(caller, password, auth.address(), now())
    except Unauthenticated:
        raise Invalid("password", "The password is wrong") from None


@operation("GET", "/invitations", tag="users", needs=Scope.ADMIN, answers={200: write.Places})
def list_invitations(caller: Caller) -> Answer:
    """Invitations that nobody has accepted yet; their links are told once, when they are made."""
    return write.places(core().invitations.list(caller.account, now()))


@operation(
    "POST",
    "/invitations",
    tag="users",
    needs=Scope.ADMIN,
    refuses=(409,),
    answers={201: write.PersonInvited},
    aliases=("/users",),
)
def invite(caller: Caller, body: read.InvitationBody) -> Answer:
    """Invites somebody by mail; where no mail can be sent the link is in this answer, and nowhere else."""
    return write.invited(core().invitations.invite(caller, read.invited(body), now())), 201


@operation("DELETE", "/invitations", tag="users", needs=Scope.ADMIN, refuses=(404,), answers={200: Done})
def withdraw_invitation(caller: Caller, query: read.WhichInvitation) -> Answer:
    """Takes an invitation back; its link is good for nothing from now on."""
    core().invitations.withdraw(caller, query.id, now())
    return Done(success=True, message="Invitation withdrawn")


@operation("POST", "/invitations/accept", tag="users", refuses=(403, 409), answers={201: write.PersonSaved})
def accept_invitation(body: read.AcceptBody) -> Answer:
    """Makes whoever has the link a user, and logs in."""
    _own_page()
    user = core().invitations.accept(
        body.token, body.password, now(), name=body.name, first_name=body.first_name, last_name=body.last_name
    )
    return _entered(user, body.password)


@operation("POST", "/auth/register", tag="users", refuses=(403, 409), answers={201: write.PersonSaved})
def register(body: read.RegisterBody) -> Answer:
    """Makes an account of one's own where registration is open, and logs in."""
    _own_page()
    user = core().registration.register(read.registered(body), body.password, auth.address(), now())
    return _entered(user, body.password)


def _own_page() -> None:
    if auth.foreign():
        raise Forbidden("The request was sent by another site")


def _entered(user: User, password: str) -> Answer:
    token, _ = core().users.login(user.name, password, auth.address(), now())
    response = encode.answer(write.saved(user), 201)
    auth.put_cookies(response, token)
    return response


@operation("POST", "/auth/forgot", tag="login", refuses=(403,), answers={200: Done})
def forgot(body: read.ForgotBody) -> Answer:
    """Sends a link for a new password to a mailbox that is a user's; the answer is the same where it is nobody's."""
    _own_page()
    core().resets.ask(body.email, auth.address(), now())
    return Done(success=True, message="If somebody here has this address, a link is on its way")


@operation("POST", "/auth/reset", tag="login", refuses=(403,), answers={200: Done})
def reset_by_link(body: read.ResetBody) -> Answer:
    """Sets a new password for whoever has the link, which ends every login."""
    _own_page()
    core().resets.use(body.token, body.password, now())
    return Done(success=True, message="Password changed")


@operation("GET", "/audit", tag="users", needs=Scope.ADMIN, answers={200: write.Log})
def audit(caller: Caller, query: read.AuditQuery) -> Answer:
    """Who changed what, from where, and what it was before; newest first."""
    return write.log(
        core().audit.read(caller.account, now(), read.wanted(query), before=query.before, limit=query.limit)
    )
