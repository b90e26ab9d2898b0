"""Lua scripts: read from their files once, run by digest, sent again to a store that does not know them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha1
from importlib.resources import files
from itertools import islice
from typing import Any, TypeVar

import redis
from redis.exceptions import NoScriptError, ResponseError

from uptime.store.client import plainly

Argument = bytes | str | int | float
Call = tuple[Sequence[str], Sequence[Argument]]
Answer = TypeVar("Answer")

CALLS_A_WRITE = 32


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
        made = _Once(calls)
        with plainly():
            connection = client.connection_pool.get_connection()
            try:
                return self._known(client, lambda: self._exchange(connection, made))
            finally:
                client.connection_pool.release(connection)

    def _exchange(self, connection: Any, calls: Iterable[Call]) -> list[Any]:
        def attempt() -> list[Any]:
            asked = 0
            commands = map(self._command, calls)
            while part := list(islice(commands, CALLS_A_WRITE)):
                connection.send_packed_command(connection.pack_commands(part))
                asked += len(part)
            return [_answer(connection) for _ in range(asked)]

        answers: list[Any] = connection.retry.call_with_retry(attempt, lambda _: connection.disconnect())
        for answer in answers:
            if isinstance(answer, ResponseError):
                raise answer
        return answers

    def _command(self, call: Call) -> tuple[Argument, ...]:
        keys, arguments = call
        return ("EVALSHA", self._digest, len(keys), *keys, *arguments)

    def _known(self, client: redis.Redis, attempt: Callable[[], Answer]) -> Answer:
        try:
            return attempt()
        except NoScriptError:
            client.script_load(self._text)
            return attempt()


def _answer(connection: Any) -> Any:
    # An error among the answers must not leave the later ones unread on the connection.
    try:
        return connection.read_response()
    except ResponseError as error:
        return error


class _Once:
    """Calls that are made while they are first gone through, and kept for a second attempt."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._source, self._made = iter(calls), list[Call]()

    def __iter__(self) -> Iterator[Call]:
        yield from self._made
        for call in self._source:
            self._made.append(call)
            yield call
