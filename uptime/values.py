"""What a setting may say: each reader makes a value of a text, or raises ValueError with the end of a sentence."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from uptime.domain.mail import PORTS, Mailbox, MailServer, Security, mailbox_of

STORE_SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")
MAIL_SCHEMES = {"smtp": Security.STARTTLS, "smtps": Security.TLS, "smtp+insecure": Security.NONE}

WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def text(given: str) -> str:
    """Any text."""
    return given


def switch(given: str) -> bool:
    """On or off."""
    if given.lower() not in WORDS:
        raise ValueError(f"must be 1 or 0, not {given!r}")
    return WORDS[given.lower()]


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(given: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,12}", given) or not low <= int(given) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {given!r}")
        return int(given)

    return read


def number(low: float, high: float) -> Callable[[str], float]:
    """A number within bounds."""

    def read(given: str) -> float:
        if not re.fullmatch(r"[0-9]{0,12}(\.[0-9]{0,12})?", given) or given in (".", ""):
            raise ValueError(f"must be a number from {low} to {high}, not {given!r}")
        if not low <= float(given) <= high:
            raise ValueError(f"must be a number from {low} to {high}, not {given!r}")
        return float(given)

    return read


def choice(*words: str) -> Callable[[str], str]:
    """One of a few words, in any case."""
    known = {word.lower(): word for word in words}

    def read(given: str) -> str:
        if given.lower() not in known:
            raise ValueError(f"must be one of {', '.join(words)}, not {given!r}")
        return known[given.lower()]

    return read


def secret(low: int, high: int = 4_096) -> Callable[[str], str]:
    """A secret of some length, in printable characters; it is never repeated in a message."""

    def read(given: str) -> str:
        if not low <= len(given) <= high:
            raise ValueError(f"must have from {low} to {high} characters; it has {len(given)}")
        if not given.isprintable():
            raise ValueError("must not hold control characters")
        return given

    return read


def name(given: str) -> str:
    """A name of a person."""
    if len(given) > 255 or not given.isprintable():
        raise ValueError("must have from 1 to 255 printable characters")
    return given


def email(given: str) -> str:
    """An e-mail address, roughly."""
    if not re.fullmatch(r"[^\s@]{1,64}@[^\s@]{1,255}", given):
        raise ValueError(f"must be an e-mail address, not {given!r}")
    return given


def address(given: str) -> str:
    """A name or an address to listen on, without a port."""
    bare = given.strip("[]")
    if not re.fullmatch(r"[0-9A-Za-z._:%-]{1,255}", bare):
        raise ValueError(f"must be an address or a host name, not {given!r}")
    if ":" in bare and not _is_address(bare):
        raise ValueError(f"must be an address without a port, not {given!r}")
    return bare


def url(given: str) -> str:
    """An address of the web, without a slash at its end."""
    parts = _split(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\\]", given):
        raise ValueError("must begin with http:// or https:// and name a host")
    return given.rstrip("/")


def address_of_store(given: str) -> str:
    """The address of a Redis. One on another machine needs a password."""
    parts = _split(given, several=True)
    if parts.scheme not in STORE_SCHEMES:
        raise ValueError("must begin with redis://, rediss://, unix:// or redis+sentinel://")
    if parts.scheme == "unix" and not parts.path:
        raise ValueError("must name a socket: unix:///path/to/store.sock")
    if parts.scheme != "unix" and not _is_here(parts.netloc) and not _has_password(parts):
        raise ValueError("names another machine and no password. Give it one: redis://:password@host:port/0")
    return given


def mail_server(given: str) -> MailServer:
    """A server that takes mail: `smtp://user:password@host:587`; its password is never repeated in a message."""
    parts = _split(given.strip())
    wanted = parse_qs(parts.query, keep_blank_values=True)
    if parts.scheme not in MAIL_SCHEMES or not re.fullmatch(r"[\w.:%-]{1,255}", parts.hostname or ""):
        raise ValueError("must begin with smtp://, smtps:// or smtp+insecure:// and name a host")
    if parts.path.strip("/") or parts.fragment or set(wanted) - {"security"}:
        raise ValueError("must end after host and port; encode / ? # in the password as %2F %3F %23")
    security = wanted.get("security", [MAIL_SCHEMES[parts.scheme].value])[0]
    if security not in set(Security):
        raise ValueError(f"must have one of {', '.join(Security)} as its security")
    if not parts.username and parts.password:
        raise ValueError("holds a password and no user name")
    port = PORTS[Security(security)] if parts.port is None else parts.port
    named = (unquote(parts.username or ""), unquote(parts.password or ""))
    if port == 0 or not "".join(named).isprintable():
        raise ValueError("must have a port above 0, and no control characters in its user name and password")
    return MailServer(parts.hostname or "", port, Security(security), *named)


def mailbox(given: str) -> Mailbox:
    """An e-mail address, with or without a name before it."""
    try:
        return mailbox_of(given)
    except ValueError:
        raise ValueError(f"must be like status@example.org or Upspeak <status@example.org>, not {given!r}") from None


def networks(given: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks or addresses, separated by commas."""
    return tuple(_network(part.strip()) for part in given.split(",") if part.strip())


def resolvers(given: str) -> tuple[str, ...]:
    """Name servers as `host:port`, separated by commas; the port is 53 where it is left out."""
    return tuple(_resolver(part.strip()) for part in given.split(",") if part.strip())


def places(given: str) -> tuple[tuple[str, int], ...]:
    """Hosts with ports, separated by commas."""
    return tuple(_place(part.strip()) for part in given.split(",") if part.strip())


def folder(given: str) -> Path:
    """A folder, which need not exist."""
    path = Path(given).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError(f"is not a folder: {path}")
    return path


def file(given: str) -> Path:
    """A file that exists."""
    path = Path(given).expanduser()
    with path.open("rb"):
        return path


def _network(given: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(given, strict=False)
    except ValueError:
        raise ValueError(f"must be networks such as 10.0.0.0/8, separated by commas; {given!r} is none") from None


def _resolver(given: str) -> str:
    host, _, port = given.rpartition(":") if not _is_address(given.strip("[]")) else (given, "", "53")
    host = host.strip("[]")
    if not _is_address(host) or not port.isdecimal() or not 1 <= int(port) <= 65_535:
        raise ValueError(f"must be addresses such as 1.1.1.1:53, separated by commas; {given!r} is none")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _place(given: str) -> tuple[str, int]:
    host, _, port = given.rpartition(":")
    bare = host.strip("[]")
    fits = re.fullmatch(r"[0-9A-Za-z._-]{1,253}", bare) or (host.startswith("[") and _is_address(bare))
    if not fits or not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65_535:
        raise ValueError(f"must be hosts such as 1.1.1.1:53 or example.org:443, separated by commas; {given!r} is none")
    return bare, int(port)


def _split(given: str, *, several: bool = False) -> SplitResult:
    try:
        parts = urlsplit(given)
        if not several:
            _ = parts.port
    except ValueError:
        raise ValueError("is not a valid address") from None
    return parts


def _is_address(given: str) -> bool:
    try:
        ip_address(given.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_here(netloc: str) -> bool:
    hosts = [part for part in netloc.rpartition("@")[2].split(",") if part]
    return all(_is_loopback(urlsplit(f"//{host}").hostname or "localhost") for host in hosts)


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _has_password(parts: SplitResult) -> bool:
    return bool(parts.password) or "password=" in parts.query
