"""Everything the core may refuse, drawn once; each dialect turns it into its own envelope.

UptimeError
├── Invalid(field, message)       what was sent cannot be accepted
├── NotFound(noun)                there is no such thing, or it belongs to somebody else
├── Conflict(message)             it would collide with what is there
├── Unauthenticated(message)      who is asking is not known, or the password is wrong
│   └── SecondFactorNeeded(message, given)  the password is right; a code is due, or the one given is no good
├── Forbidden(message)            who is asking is known and may not
├── TooMany(message, retry_after) asked too often; retry_after in seconds
├── Unavailable(message, retry_after)  the store is away or refuses writes; retry_after in seconds
└── DeliveryFailed(message, permanent)  a channel could not hand a notification over
"""


class UptimeError(Exception):
    """The root. `message` is a sentence for a person; it never holds a secret or a key name."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(UptimeError):
    """A value cannot be accepted. `field` is our name of it, or "" when it is the whole input."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(UptimeError):
    """There is no such thing for this caller. `noun` is one of ours: monitor, api key, job, ..."""

    def __init__(self, noun: str) -> None:
        super().__init__(f"There is no such {noun}.")
        self.noun = noun


class Conflict(UptimeError):
    """What was asked collides with what is there."""


class Unauthenticated(UptimeError):
    """Credentials are missing or wrong."""


class SecondFactorNeeded(Unauthenticated):
    """The password is right, and a code is due. `given`: one came along, and was wrong or used before."""

    def __init__(self, message: str, *, given: bool) -> None:
        super().__init__(message)
        self.given = given


class Forbidden(UptimeError):
    """The caller is known but may not do this."""


class TooMany(UptimeError):
    """Asked too often. `retry_after` in whole seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(UptimeError):
    """The store cannot be reached, or reads but does not write. `retry_after` in whole seconds."""

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeliveryFailed(UptimeError):
    """A notification was not accepted. `permanent`: trying again cannot help.

    `retry_after`: the seconds the other side asked to be left alone, if it did.
    """

    def __init__(self, message: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
