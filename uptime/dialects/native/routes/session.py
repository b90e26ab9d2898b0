"""Logging in and out, and passwords."""

from uptime.current import core, now
from uptime.dialects.native import auth, encode, errors
from uptime.dialects.native.read import setup as read
from uptime.dialects.native.routes.operation import Answer, operation
from uptime.dialects.native.words import Shape
from uptime.dialects.native.write import Done, Message, Success
from uptime.dialects.native.write import setup as write
from uptime.domain.errors import Forbidden, Invalid, SecondFactorNeeded, Unauthenticated, Unavailable
from uptime.domain.user import Caller, Scope

LENGTH_RULE = "New password must be at least 8 characters long"


@operation("POST", "/auth/login", tag="login", shape=Shape.CODE, refuses=(401, 403), answers={200: Done})
def login(body: read.LoginBody) -> Answer:
    """Logs in and puts two cookies of one value."""
    if auth.foreign():
        raise Forbidden("The request was sent by another site")
    if not body.password:
        raise Invalid("password", "Password is required")
    try:
        token, _ = core().users.login(body.username, body.password, auth.address(), now(), body.code)
    except SecondFactorNeeded as needed:
        return encode.answer(errors.CodeError(error=needed.message, second_factor=True), 401)
    except Unauthenticated:
        raise Unauthenticated("Invalid credentials") from None
    response = encode.answer(Done(success=True, message="Login successful"))
    auth.put_cookies(response, token)
    return response


@operation("POST", "/auth/logout", tag="login", shape=Shape.CODE, refuses=(403,), answers={200: Success})
def logout() -> Answer:
    """Ends the login, if there is one."""
    if auth.foreign():
        raise Forbidden("The request was sent by another site")
    for token in auth.cookies_given():
        core().users.logout(token, now())
    response = encode.answer(Success(success=True))
    auth.take_cookie(response)
    return response


@operation(
    "GET",
    "/auth/validate",
    tag="login",
    shape=Shape.CODE,
    answers={200: write.Valid, 401: write.NotValid, 500: write.NotValid},
)
def validate() -> Answer:
    """Whether the login, or the key, is good."""
    if auth.key_given() is None and not auth.cookies_given():
        return write.NotValid(valid=False, reason="no_token"), 401
    try:
        found = auth.caller()
    except Unavailable:
        return write.NotValid(valid=False, reason="server_error"), 500
    if found is None:
        return write.NotValid(valid=False, reason="invalid_token"), 401
    return write.Valid(valid=True)


@operation("POST", "/auth/change-password", tag="login", shape=Shape.CODE, needs=Scope.READ, answers={200: Done})
def change_password(caller: Caller, body: read.ChangePasswordBody) -> Answer:
    """Changes one's own password, which ends every other login."""
    _change(caller, body)
    return Done(success=True, message="Password changed successfully")


@operation("PUT", "/admin/password", tag="login", shape=Shape.ADMIN, needs=Scope.READ, answers={200: Message})
def put_password(caller: Caller, body: read.ChangePasswordBody) -> Answer:
    """The same with the other answer."""
    _change(caller, body)
    return Message(message="Password updated successfully")


def _change(caller: Caller, body: read.ChangePasswordBody) -> None:
    if not body.current_password or not body.new_password:
        raise Invalid("currentPassword", "Current password and new password are required")
    new = _long_enough(body.new_password)
    try:
        core().users.change_password(auth.login_of(caller), body.current_password, new, now(), auth.address())
    except Unauthenticated:
        raise Unauthenticated("Current password is incorrect") from None


def _long_enough(password: str) -> str:
    if len(password) < 8:
        raise Invalid("newPassword", LENGTH_RULE)
    return password


@operation("POST", "/auth/reset-password", tag="login", shape=Shape.CODE, refuses=(401, 403), answers={200: Done})
def reset_password(body: read.ResetPasswordBody) -> Answer:
    """Sets a new password for whoever knows the address of the store; never connects to the one given."""
    if not body.redis_url or not body.new_password:
        raise Invalid("redisUrl", "Redis URL and new password are required")
    new = _long_enough(body.new_password)
    if not body.redis_url.startswith(("redis://", "rediss://", "redis+sentinel://")):
        raise Invalid("redisUrl", "Invalid Redis URL format")
    try:
        _reset(body.redis_url, new)
    except Unauthenticated:
        raise Invalid("redisUrl", "Failed to connect to Redis with the provided URL") from None
    return Done(success=True, message="Password reset successfully")


@operation(
    "POST",
    "/admin/password/reset",
    tag="login",
    shape=Shape.ADMIN,
    refuses=(401, 403),
    answers={200: Message},
)
def reset_password_by_admin(body: read.ResetPasswordBody) -> Answer:
    """The same with the other answers."""
    if not body.redis_url:
        raise Invalid("redisUrl", "Redis URL is required")
    if not body.new_password:
        raise Invalid("newPassword", "New password is required")
    try:
        _reset(body.redis_url, _long_enough(body.new_password))
    except Unauthenticated:
        raise Unauthenticated("Redis URL verification failed") from None
    return Message(message="Password reset successfully")


def _reset(store_url: str, new: str) -> None:
    if auth.foreign():
        raise Forbidden("The request was sent by another site")
    core().users.reset_password(store_url, new, auth.address(), now())


@operation(
    "POST",
    "/admin/redis/verify",
    tag="login",
    shape=Shape.ADMIN,
    needs=Scope.ADMIN,
    answers={200: write.StoreAddress},
)
def verify(caller: Caller, body: read.PasswordBody) -> Answer:
    """Tells the store's address, its password masked, to whoever repeats their own."""
    if not body.password:
        raise Invalid("password", "Password is required")
    auth.require_first_account(caller)
    try:
        core().users.prove(caller, body.password, auth.address(), now())
    except Unauthenticated:
        raise Unauthenticated("Password verification failed") from None
    return write.StoreAddress(message="Password verified successfully", redis_url=core().store_address())
