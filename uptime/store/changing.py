"""Reading, changing and writing back without losing what somebody else wrote meanwhile."""

from collections.abc import Callable
from typing import Any, TypeVar

from redis.exceptions import WatchError

from uptime.domain.errors import Unavailable
from uptime.store.client import Client, Commands

ATTEMPTS = 50

Answer = TypeVar("Answer")


def change(client: Client, key: str, attempt: Callable[[Commands], Answer]) -> Answer:
    """Run `attempt` until nobody else has written the key between its reading and its writing.

    It is given a pipeline that watches the key: it reads at once, calls `multi()`, and queues its writes.
    """
    for _ in range(ATTEMPTS):
        with client.pipeline() as pipe:
            try:
                pipe.watch(key)  # type: ignore[no-untyped-call]
                answer = attempt(pipe)
                pipe.execute()
            except WatchError:
                continue
            return answer
    raise Unavailable("Too many others change the same thing at this moment.", retry_after=1)


def read(pipe: Commands, command: str, *args: Any) -> Any:
    """The answer of a command while the pipeline watches."""
    return pipe.immediate_execute_command(command, *args)
