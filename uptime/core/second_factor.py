"""The second factor: TOTP codes that are good once, and recovery codes for a lost device."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import pyotp

from uptime.core.audit import Audit
from uptime.core.proofs import Proofs
from uptime.domain.errors import Conflict, Invalid, SecondFactorNeeded
from uptime.domain.feed import AccessChanged
from uptime.domain.user import SecondFactor, Session, User

if TYPE_CHECKING:
    from uptime.store import Store

ISSUER = "Upspeak"
STEP = 30
RECOVERY_CODES = 10
HIDDEN = frozenset({"password_hash", "second_factor.secret", "second_factor.recovery"})
"""The secrets of a user."""

DUE = "The password is right. Send the code of your second factor too."
WRONG = "The code is wrong, or was used before."


@dataclass(frozen=True, slots=True)
class Prepared:
    """A secret that awaits being switched on: as text, and as the address behind the code that phones scan."""

    secret: str
    uri: str


class SecondFactors:
    """The second factors of all users."""

    def __init__(self, store: "Store", proofs: Proofs, audit: Audit) -> None:
        self._store = store
        self._proofs = proofs
        self._audit = audit

    def status(self, user_id: int) -> SecondFactor:
        """Whether it is on, and how many recovery codes are left. NotFound."""
        return self._store.users.get(user_id).second_factor

    def prepare(self, user_id: int, password: str, address: str, now: datetime) -> Prepared:
        """A new secret, which does nothing until it is switched on. Unauthenticated, TooMany; Conflict: it is on."""
        user = self._proven(user_id, password, address, now)
        secret = pyotp.random_base32()

        def alter(before: User) -> User:
            if before.second_factor.on:
                raise Conflict("The second factor is on already.")
            return replace(before, second_factor=SecondFactor(secret))

        self._store.users.change(user.id, alter)
        return Prepared(secret, pyotp.TOTP(secret).provisioning_uri(name=user.name, issuer_name=ISSUER))

    def verify(self, user_id: int, code: str, now: datetime) -> bool:
        """Whether a code fits the secret, prepared or on; it can still be used afterwards. TooMany."""
        counter = self._proofs.attempt(f"code:{user_id}", now)
        factor = self._store.users.get(user_id).second_factor
        fits = _step(factor, code, now) is not None
        if fits:
            self._proofs.good(counter)
        return fits

    def enable(
        self, session: Session, password: str, address: str, now: datetime, code: str | None = None
    ) -> tuple[str, ...]:
        """Switch the prepared secret on, which ends all other sessions: the recovery codes, told here and never again.

        `code` None trusts that `verify` was asked before. Unauthenticated, TooMany, Conflict; Invalid: a wrong code.
        """
        self._proven(session.user_id, password, address, now)
        codes = _fresh_codes()

        def alter(before: User) -> User:
            factor = before.second_factor
            if factor.on or not factor.secret:
                raise Conflict("The second factor is on already." if factor.on else "Prepare the second factor first.")
            step = factor.last_step if code is None else _step(factor, code, now)
            if step is None:
                raise Invalid("code", "The code is wrong. Look at the clock of your device.")
            return replace(before, second_factor=SecondFactor(factor.secret, True, step, _digests(codes)))

        self._change(session.user_id, alter, now, but=session.digest)
        return codes

    def disable(self, session: Session, password: str, address: str, now: datetime) -> None:
        """Switch it off, which ends all other sessions; one that is off stays so. Unauthenticated, TooMany."""
        self._proven(session.user_id, password, address, now)
        self.drop(session.user_id, now, but=session.digest)

    def drop(self, user_id: int, now: datetime, but: str | None = None) -> None:
        """The same without a password, for whoever runs this. NotFound."""
        self._change(user_id, lambda before: replace(before, second_factor=SecondFactor()), now, but)

    def renew_codes(self, session: Session, password: str, address: str, now: datetime) -> tuple[str, ...]:
        """New recovery codes in place of the old ones. Unauthenticated, TooMany; Conflict: it is off."""
        self._proven(session.user_id, password, address, now)
        codes = _fresh_codes()

        def alter(before: User) -> User:
            if not before.second_factor.on:
                raise Conflict("The second factor is off.")
            return replace(before, second_factor=replace(before.second_factor, recovery=_digests(codes)))

        self._note(*self._store.users.change(session.user_id, alter), now)
        return codes

    def check(self, user: User, code: str | None, now: datetime) -> None:
        """Use a code up where the user has a second factor. SecondFactorNeeded, TooMany.

        Codes are counted for the user alone: whoever comes this far has the password.
        """
        if not user.second_factor.on:
            return
        if not code:
            raise SecondFactorNeeded(DUE, given=False)
        counter = self._proofs.attempt(f"code:{user.id}", now)
        given = code

        def spend(before: User) -> User:
            return replace(before, second_factor=_spent(before.second_factor, given, now))

        before, after = self._store.users.change(user.id, spend)
        self._proofs.good(counter)
        self._note(before, after, now)

    def _proven(self, user_id: int, password: str, address: str, now: datetime) -> User:
        user = self._store.users.get(user_id)
        self._proofs.password(user, password, address, now)
        return user

    def _change(self, user_id: int, alter: Callable[[User], User], now: datetime, but: str | None) -> None:
        before, after = self._store.users.change(user_id, alter)
        if after == before:
            return
        self._store.sessions.end_all(user_id, but)
        self._store.feed.publish([AccessChanged(after.account)])
        self._note(before, after, now)

    def _note(self, before: User, after: User, now: datetime) -> None:
        self._audit.note("user", before, after, now, hidden=HIDDEN)


def _step(factor: SecondFactor, code: str, now: datetime) -> int | None:
    """The step of time whose code this is, the present one or one beside it; None for a wrong or an old code."""
    digits = "".join(code.split())
    if not factor.secret or not digits.isascii():
        return None
    totp, present = pyotp.TOTP(factor.secret), int(now.timestamp()) // STEP
    for step in (present, present - 1, present + 1):
        if step > factor.last_step and hmac.compare_digest(totp.generate_otp(step), digits):
            return step
    return None


def _spent(factor: SecondFactor, code: str, now: datetime) -> SecondFactor:
    """The factor once a code is used up. SecondFactorNeeded: it is no good."""
    if not factor.on:
        return factor
    step = _step(factor, code, now)
    if step is not None:
        return replace(factor, last_step=step)
    digest = _digest(code)
    if digest not in factor.recovery:
        raise SecondFactorNeeded(WRONG, given=True)
    return replace(factor, recovery=tuple(kept for kept in factor.recovery if kept != digest))


def _fresh_codes() -> tuple[str, ...]:
    """Recovery codes of 80 random bits each."""
    texts = [base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)]
    return tuple("-".join(text[start : start + 4] for start in range(0, 16, 4)) for text in texts)


def _digests(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(_digest(code) for code in codes)


def _digest(code: str) -> str:
    plain = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
