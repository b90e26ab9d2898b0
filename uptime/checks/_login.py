"""URLs that name a server, who logs in there and what is opened: `scheme://user:password@host:port/name?option=value`."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from uptime.checks._endpoint import shown
from uptime.checks._place import URL_LIMIT, host_of
from uptime.domain.errors import Invalid
from uptime.domain.monitor import JsonValue, printable


@dataclass(frozen=True, slots=True)
class Login:
    """What such a URL says; None and "" where it says nothing. `options` stand in its query."""

    scheme: str
    host: str
    port: int | None
    username: str | None
    password: str | None
    name: str
    options: dict[str, str]

    def settings(self, usual_port: int) -> dict[str, JsonValue]:
        """Host, port, user and password under their usual names, as far as they are said."""
        said: dict[str, JsonValue] = {"host": self.host, "port": self.port or usual_port}
        given = {"username": self.username, "password": self.password}
        return said | {name: value for name, value in given.items() if value is not None}


def login(url: str, schemes: tuple[str, ...]) -> Login:
    """The parts of a URL. Invalid where it has another form, in words that repeat nothing: it may hold a password."""
    start, separator, rest = url.strip(" ").partition("://")
    if not separator or start.lower() not in schemes:
        raise Invalid("url", f"The URL must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    if len(rest) > URL_LIMIT or not printable(rest):
        raise Invalid("url", f"The URL holds control characters or is longer than {URL_LIMIT} characters.")
    try:
        parts = urlsplit(f"{start.lower()}://{rest}")
        host, port = parts.hostname or "", parts.port
        options = dict(parse_qsl(parts.query, max_num_fields=50))
    except ValueError:
        raise Invalid("url", "The URL is not valid. Write / ? # @ in user and password percent-encoded.") from None
    try:
        host_of(host)
    except ValueError as error:
        raise Invalid("url", f"The host of the URL is not valid: {error}") from None
    if port == 0 or parts.fragment or "/" in parts.path.strip("/"):
        raise Invalid("url", f"The URL must be of the form {start.lower()}://user:password@host:port/name.")
    user, password = (None if part is None else unquote(part) for part in (parts.username, parts.password))
    return Login(parts.scheme, host, port, user or None, password, unquote(parts.path.strip("/")), options)


def named(user: str) -> str:
    """The user name. ValueError: there is none, and libraries would take that of the user we run as."""
    if not user.strip():
        raise ValueError("The user name is missing.")
    return user


def address(scheme: str, host: str, port: int, name: str = "") -> str:
    """The same in one line, without user and password."""
    return f"{scheme}://{shown(host, port)}" + (f"/{quote(name, safe='')}" if name else "")
