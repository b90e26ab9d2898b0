"""Lua scripts: read from their files once, run by digest, sent again to a store that does not know them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from hashlib import sha1
from importlib.resources import files
from itertools import islice
from typing import Any, TypeVar

import hiredis
import redis
from redis.exceptions import NoScriptError, ResponseError

from uptime.store.client import plainly

Argument = bytes | str | int | float
Call = tuple[Sequence[str], Sequence[Argument]]
Command = tuple[Argument, ...]
Answer = TypeVar("Answer")

CALLS_A_WRITE = 32

# redis-py would look at every argument before it hands them over, which takes longer than all the rest.
_packed: Callable[[Command], bytes] = hiredis.pack_command  # type: ignore[assignment]


class Script:
    """A script of `lua/<name>.lua`; `constants` become local names at its top, then comes the file `prelude`."""

    def __init__(self, name: str, constants: Mapping[str, int] | None = None, prelude: str | None = None) -> None:
        folder = files("uptime.store") / "lua"
        body = "".join((folder / f"{part}.lua").read_text() for part in (prelude, name) if part)
        head = "".join(f"local {key} = {value}\n" for key, value in (constants or {}).items())
        self._text = (head + body).encode()
        self._digest = sha1(self._text, usedforsecurity=False).hexdigest()

    def run(self, client: redis.Redis, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """The script's answer. Unavailable where the store is."""
        execute: Callable[..., Any] = client.execute_command
        return self._known(client, lambda: execute(*self._command((keys, arguments))))

    def run_each(self, client: redis.Redis, calls: Iterable[Call]) -> list[Any]:
        """The answers to many calls in one round trip; the store works on the first while the next are made.

        Tried again as a whole when the connection breaks, so the script must allow repeats. Unavailable where
        the store is.
        """
        commands = _Once(map(self._command, calls))
        with plainly():
            connection = client.connection_pool.get_connection()
            try:
                return self._known(client, lambda: _exchange(connection, commands))
            finally:
                client.connection_pool.release(connection)

    def _command(self, call: Call) -> Command:
        keys, arguments = call
        return ("EVALSHA", self._digest, len(keys), *keys, *arguments)

    def _known(self, client: redis.Redis, attempt: Callable[[], Answer]) -> Answer:
        try:
            return attempt()
        except NoScriptError:
            client.script_load(self._text)
            return attempt()


def _exchange(connection: Any, commands: Iterable[Command]) -> list[Any]:
    def attempt() -> list[Any]:
        asked = 0
        waiting = iter(commands)
        while part := list(map(_packed, islice(waiting, CALLS_A_WRITE))):
            connection.send_packed_command([b"".join(part)])
            asked += len(part)
        return [_answer(connection) for _ in range(asked)]

    with ExitStack() as unread:
        # Answers that nobody has read would be taken for those of the connection's next user.
        unread.callback(connection.disconnect)
        answers: list[Any] = connection.retry.call_with_retry(attempt, lambda _: connection.disconnect())
        unread.pop_all()
    for answer in answers:
        if isinstance(answer, ResponseError):
            raise answer
    return answers


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response()
    except ResponseError as error:
        return error


class _Once:
    """Commands that are made while they are first gone through, and kept for a second attempt."""

    def __init__(self, source: Iterator[Command]) -> None:
        self._source, self._made = source, list[Command]()

    def __iter__(self) -> Iterator[Command]:
        yield from self._made
        for command in self._source:
            self._made.append(command)
            yield command
