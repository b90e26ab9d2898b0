"""Passwords: which are accepted, how they are kept, and how long a look at one takes."""

import base64
from functools import cache
from importlib.resources import files
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from uptime.domain.errors import Invalid, Unavailable
from uptime.domain.user import PASSWORD_HIGH, PASSWORD_LOW

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

_AT_ONCE = BoundedSemaphore(2)
"""A hash takes 19 MiB and a core: more than two at once would let strangers fill the machine."""

WAIT = 5.0


def check_strength(password: str) -> None:
    """Invalid when it is too short, too long, or one of those everybody tries first."""
    if len(password) < PASSWORD_LOW:
        raise Invalid("password", f"The password needs at least {PASSWORD_LOW} characters.")
    if len(password) > PASSWORD_HIGH:
        raise Invalid("password", f"The password may have at most {PASSWORD_HIGH} characters.")
    if not password.isascii() and any(0xD800 <= ord(char) <= 0xDFFF for char in password):
        raise Invalid("password", "The password holds characters that cannot be stored.")
    if password.lower() in _common():
        raise Invalid("password", "This password is among the first that others would try. Choose another one.")


def hashed(password: str, like: str | None = None) -> str:
    """The argon2id hash of a password; `like` an earlier one of the same user, whose salt it keeps."""
    # Tokens of Kuma's clients hold a fingerprint of the hash: whoever restores the old password finds them good again.
    with _Turn():
        return _HASHER.hash(password, salt=_salt(like) if like else None)


def _salt(known: str) -> bytes | None:
    """The salt in a hash; None where there is none to be found."""
    parts = known.split("$")
    try:
        return base64.b64decode(parts[4] + "=" * (-len(parts[4]) % 4), validate=True)
    except (IndexError, ValueError):
        return None


def matches(password: str, known: str) -> bool:
    """Whether a password is the one of a hash. Takes the same time for any wrong one."""
    if len(password) > PASSWORD_HIGH:
        password = ""
    with _Turn():
        try:
            return _HASHER.verify(known, password.encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False


@cache
def decoy() -> str:
    """A hash nobody knows the password of: unknown users are compared with it, so that they take as long."""
    return hashed("nobody has this password, it only costs time")


class _Turn:
    """One of the two places. Unavailable when none comes free for a while."""

    def __enter__(self) -> None:
        if not _AT_ONCE.acquire(timeout=WAIT):
            raise Unavailable("Too many logins at this moment. Try again in a few seconds.", retry_after=5)

    def __exit__(self, *_: object) -> None:
        _AT_ONCE.release()


@cache
def _common() -> frozenset[str]:
    text = (files("uptime.core") / "common_passwords.txt").read_text()
    return frozenset(line.strip() for line in text.splitlines() if line.strip())
