"""The addresses of services as people set them, and what may be shown of one."""

from urllib.parse import SplitResult, urlsplit

SHOWN = 4
"""So many characters of something secret are a hint and no help."""

NO_ADDRESS = "The address must begin with http:// or https:// and name a host."


def base(given: str) -> str:
    """The address of a service, without a slash at its end. ValueError, with a sentence: it is none."""
    parts = _split(given.strip())
    if parts.query or parts.fragment:
        raise ValueError("The address of the service ends before ? and #; leave them and what follows out.")
    return given.strip().rstrip("/")


def hook(given: str) -> str:
    """The address of a webhook. ValueError, with a sentence that repeats nothing of it: it is none."""
    parts = _split(given.strip())
    if parts.path in ("", "/"):
        raise ValueError("The address of the webhook is not complete; copy all of it.")
    return given.strip().partition("#")[0]


def host(address: str) -> str:
    """The host of an address, and its port where it is not the usual one: what may be shown."""
    parts = urlsplit(address)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return f"{name}:{parts.port}" if parts.port not in (None, 80, 443) else name


def hint(secret: str) -> str:
    """The beginning of something that identifies, too short to be of use."""
    return f"{secret[: min(SHOWN, len(secret) // 2)]}…"


def token(given: str) -> str:
    """A token as it can stand in a header. ValueError, with a sentence that repeats nothing of it: it cannot."""
    trimmed = given.strip()
    if not trimmed.isascii() or not trimmed.isprintable() or " " in trimmed:
        raise ValueError("The token holds characters that no token has; copy it again.")
    return trimmed


def _split(given: str) -> SplitResult:
    try:
        parts = urlsplit(given)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError(NO_ADDRESS) from None
    if not named or any(char.isspace() or char == "\\" for char in given):
        raise ValueError(NO_ADDRESS)
    if "@" in parts.netloc:
        raise ValueError("Leave user and password out of the address.")
    return parts
