"""Settings: read once from the environment, judged together, and never changed while a process lives."""

import dataclasses
import fcntl
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from uptime.domain.mail import Mailbox, MailServer
from uptime.values import (
    address,
    address_of_store,
    choice,
    email,
    file,
    folder,
    mail_server,
    mailbox,
    name,
    networks,
    number,
    places,
    resolvers,
    secret,
    switch,
    text,
    url,
    whole,
)

Network = IPv4Network | IPv6Network

SOCKET = "store.sock"
SECRET_FILE = "secret-key"


class ConfigError(Exception):
    """The environment makes no sense. The text names every problem, one a line, and holds no secret."""


def _setting(default: Any, read: Callable[[str], Any], *, shown: bool = True) -> Any:
    return dataclasses.field(default=default, repr=shown, metadata={"read": read})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set, each by the environment variable of its name in capitals."""

    host: str = _setting("127.0.0.1", address)
    """Address to listen on."""
    port: int = _setting(8000, whole(0, 65_535))
    """Port to listen on; 0 takes any free one."""
    data_dir: Path = _setting(Path("data"), folder)  # noqa: RUF009 - a path cannot be altered
    """Folder of the embedded store and the generated secret."""
    redis_url: str | None = _setting(None, address_of_store, shown=False)
    """The store; without it the embedded one."""
    queue_url: str | None = _setting(None, address_of_store, shown=False)
    """Another store for the job queue."""
    secret_key: str = dataclasses.field(repr=False, metadata={"read": text})
    """Signs and derives."""
    serverless: bool = _setting(False, switch)
    """No thread, no background work."""
    cron_secret: str | None = _setting(None, secret(16), shown=False)
    """A bearer secret with ping scope."""
    public_url: str | None = _setting(None, url)
    """The address readers use, without a slash at its end."""
    admin_username: str = _setting("admin", name)
    """Name of the first user."""
    admin_password: str | None = _setting(None, secret(8, 1_024), shown=False)
    """Completes the set-up at first start."""
    admin_email: str = _setting("admin@example.com", email)
    """Where the first user is reached."""
    api_key: str | None = _setting(None, secret(32), shown=False)
    """Becomes an admin key at first start."""
    registration: str = _setting("closed", choice("closed", "open"))
    """Whether strangers may make an account of their own."""
    rate_limit_factor: float = _setting(1.0, number(0, 1_000_000))
    """Multiplies every limit of the API; 0 switches them off."""
    trusted_proxies: tuple[Network, ...] = _setting((), networks)
    """Networks whose forwarding headers are believed."""
    check_concurrency: int = _setting(256, whole(1, 10_000))
    """Checks at once in one process."""
    check_resolvers: tuple[str, ...] = _setting((), resolvers)
    """Name servers as `host:port`; without them the system's."""
    check_ca_file: Path | None = _setting(None, file)  # noqa: RUF009 - a path cannot be altered
    """Further trusted root certificates."""
    check_deny: tuple[Network, ...] = _setting((), networks)
    """Networks that may not be checked."""
    check_allow: tuple[Network, ...] = _setting((), networks)
    """Networks that may be checked whatever else is denied."""
    check_allow_private: bool = _setting(True, switch)
    """Whether private and loopback targets may be checked; off by itself when serverless."""
    check_body_limit: int = _setting(1_048_576, whole(1_024, 67_108_864))
    """Bytes of a body that are read, after decoding."""
    witnesses: tuple[tuple[str, int], ...] = _setting((), places)
    """Hosts outside as `host:port`; while none answers, our own line is taken to be down."""
    outbound_allow: tuple[Network, ...] = _setting((), networks)
    """Private networks that requests which are no checks may reach."""
    smtp_url: MailServer | None = _setting(None, mail_server, shown=False)  # noqa: RUF009 - frozen
    """The server that takes our mail."""
    mail_from: Mailbox | None = _setting(None, mailbox)  # noqa: RUF009 - frozen
    """Whom our mail is from."""
    deadman_url: str | None = _setting(None, url, shown=False)
    """Called after each complete sweep."""
    ping_budget: float = _setting(50.0, number(1, 900))
    """Seconds that a ping may take when it checks by itself."""
    hour_days: int = _setting(90, whole(1, 3_650))
    """Days for which hourly rollups are kept."""
    day_days: int = _setting(400, whole(1, 3_650))
    """Days for which daily rollups are kept."""
    change_days: int = _setting(400, whole(1, 3_650))
    """Days for which changes and outages are kept."""
    evidence_days: int = _setting(90, whole(1, 3_650))
    """Days for which it is kept what failed checks saw."""
    web_threads: int = _setting(640, whole(4, 4_096))
    """Requests and open streams that one web process carries at once."""
    log_level: str = _setting("INFO", choice("DEBUG", "INFO", "WARNING", "ERROR"))
    """How much is logged."""

    @property
    def socket(self) -> Path:
        """Where the embedded store listens."""
        return self.data_dir.absolute() / SOCKET

    @property
    def store_url(self) -> str:
        """Where the store is, embedded or not."""
        return self.redis_url or f"unix://{self.socket}"

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "Settings":
        """The settings of an environment. ConfigError names every problem at once.

        Makes the secret in the data folder where none is set.
        """
        problems: list[str] = []
        found = _read(env, problems)
        if "serverless" not in found and env.get("VERCEL"):
            found["serverless"] = True
        found.setdefault("check_allow_private", not found.get("serverless", False))
        if found.get("serverless") and "redis_url" not in found:
            problems.append("REDIS_URL must be set: a serverless installation has no store of its own.")
        if not problems and "secret_key" not in found:
            _keep_secret(found, problems)
        if problems:
            raise ConfigError("\n".join(problems))
        return cls(**found)


def _read(env: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    found = {}
    for field in dataclasses.fields(Settings):
        variable = field.name.upper()
        try:
            given = _given(env, variable)
            if given.strip():
                found[field.name] = field.metadata["read"](given.strip() if field.repr else given)
        except (ValueError, OSError) as error:
            problems.append(f"{variable} {_sentence(error)}.")
    return found


def _given(env: Mapping[str, str], variable: str) -> str:
    """What a variable holds, or the file that its twin names."""
    path = env.get(f"{variable}_FILE", "")
    value = env.get(variable, "")
    if not path:
        return value
    if value.strip():
        raise ValueError(f"is set, and {variable}_FILE too; leave one of them out")
    return Path(path).read_text().rstrip("\r\n")


def _sentence(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "is not text in UTF-8"
    return f"names a file that cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)


def _keep_secret(found: dict[str, Any], problems: list[str]) -> None:
    data_dir = found.get("data_dir", Path("data"))
    if found.get("serverless"):
        problems.append("SECRET_KEY must be set: a serverless installation keeps no files.")
        return
    try:
        found["secret_key"] = _kept_secret(data_dir)
    except OSError as error:
        problems.append(
            f"SECRET_KEY is not set, and DATA_DIR ({data_dir}) cannot keep one: {error.strerror}. Set either."
        )


def _kept_secret(data_dir: Path) -> str:
    """The secret of a data folder, made where there is none."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(data_dir / SECRET_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+") as kept:
        # Several processes may start at once; the first to hold the lock makes the secret of all.
        fcntl.flock(kept, fcntl.LOCK_EX)
        made = kept.read().strip()
        if not made:
            made = secrets.token_hex(32)
            kept.write(f"{made}\n")
            kept.flush()
            os.fsync(descriptor)
        return made
