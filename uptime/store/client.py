"""The connection to the store: whatever goes wrong on it is one error of ours, with a sentence."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import redis
from redis.backoff import ConstantBackoff
from redis.client import Pipeline
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
)
from redis.retry import Retry
from redis.sentinel import Sentinel

from uptime.domain.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a command may take, in seconds, and how often it is tried again."""

    timeout: float
    retries: int
    pause: float


class Patience(Enum):
    """How long a caller can wait: somebody behind a browser, or a worker."""

    WEB = Limits(timeout=0.5, retries=1, pause=0.02)
    WORKER = Limits(timeout=5.0, retries=2, pause=0.2)


AWAY = "The store cannot be reached. It is asked again with every request."
SENTENCES = {
    "OOM": "The store is out of memory and takes no new data. Give it more memory or shorten what is kept.",
    "MISCONF": "The store cannot write to its disk and takes no new data. Look at its disk and its log.",
    "READONLY": "The store is a read-only replica and takes no new data. Connect to its primary.",
    "LOADING": "The store is still loading its data. Try again in a few seconds.",
    "NOREPLICAS": "The store has too few replicas and takes no new data.",
    "MASTERDOWN": "The store is a replica that has lost its primary.",
    "CLUSTERDOWN": "The store's cluster is down.",
    "NOAUTH": "The store asks for a password. Put it into REDIS_URL.",
    "WRONGPASS": "The store does not accept the password in REDIS_URL.",
    "NOPERM": "The store's user in REDIS_URL may not do this.",
}
"""By the word with which the store begins its refusal."""

_REFUSED = re.compile(rf"\b({'|'.join(SENTENCES)}) ")
"""The word may stand within a message: of a script in Redis 6, or of a command in a pipeline."""


def unavailable(error: RedisError) -> Unavailable | None:
    """The error of ours that one of the store's amounts to; None when it is a fault in what we asked."""
    if isinstance(error, ReadOnlyError):
        return Unavailable(SENTENCES["READONLY"])
    if isinstance(error, OutOfMemoryError):
        return Unavailable(SENTENCES["OOM"])
    if isinstance(error, AuthenticationError):
        return Unavailable(SENTENCES["NOAUTH" if "required" in str(error) else "WRONGPASS"])
    if isinstance(error, BusyLoadingError):
        return Unavailable(SENTENCES["LOADING"])
    if isinstance(error, ConnectionError | TimeoutError):
        return Unavailable(AWAY)
    found = _REFUSED.search(str(error))
    return Unavailable(SENTENCES[found[1]]) if found else None


@contextmanager
def plainly() -> Iterator[None]:
    """Turn the store's errors into ours."""
    try:
        yield
    except RedisError as error:
        ours = unavailable(error)
        if ours is None:
            raise
        raise ours from None


class Commands(Pipeline):
    """Several commands in one round trip."""

    def __enter__(self) -> "Commands":
        return self

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        try:
            return super().execute(raise_on_error)
        except RedisError as error:
            ours = None if isinstance(error, redis.WatchError) else unavailable(error)
            if ours is None:
                raise
            raise ours from None

    def immediate_execute_command(self, *args: Any, **options: Any) -> Any:
        with plainly():
            return super().immediate_execute_command(*args, **options)  # type: ignore[no-untyped-call]


class Client(redis.Redis):
    """redis-py, raising `Unavailable` where the store is away or refuses."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except RedisError as error:
            ours = unavailable(error)
            if ours is None:
                raise
            raise ours from None

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Commands:
        return Commands(self.connection_pool, self.response_callbacks, transaction, shard_hint)


def connect(url: str, *, patience: Patience = Patience.WEB) -> Client:
    """A client of the store at a `redis://`, `rediss://`, `unix://` or `redis+sentinel://` URL.

    It connects when first used, and anew after a fork.
    """
    return cast(Client, _connected(Client, url, patience.value))


def raw_connection(url: str, *, patience: Patience = Patience.WORKER) -> redis.Redis:
    """A plain redis-py client of the same store, for RQ, which has its own ideas of errors and time."""
    return cast(redis.Redis, _connected(redis.Redis, url, patience.value))


def _connected(kind: Callable[..., Any], url: str, limits: Limits) -> Any:
    options: dict[str, Any] = {
        "socket_timeout": limits.timeout,
        "socket_connect_timeout": limits.timeout,
        "retry": Retry(ConstantBackoff(limits.pause), limits.retries),
        "retry_on_error": [ConnectionError, TimeoutError],
        "health_check_interval": 0,
    }
    if "+sentinel" not in url.partition(":")[0]:
        return kind.from_url(url, **options)  # type: ignore[attr-defined]
    parts = urlsplit(url)
    hosts = [_host(entry) for entry in parts.netloc.rpartition("@")[2].split(",")]
    name, _, database = parts.path.strip("/").partition("/")
    account = {"username": unquote(parts.username) if parts.username else None,
               "password": unquote(parts.password) if parts.password else None}  # fmt: skip
    sentinel = Sentinel(hosts, socket_timeout=limits.timeout)  # type: ignore[no-untyped-call]
    primary = sentinel.master_for(name or "mymaster", db=int(database or 0), **account, **options)  # type: ignore[no-untyped-call]
    return kind(connection_pool=primary.connection_pool)


def _host(entry: str) -> tuple[str, int]:
    host, _, port = entry.rpartition(":")
    return (host, int(port)) if host else (entry, 26_379)
