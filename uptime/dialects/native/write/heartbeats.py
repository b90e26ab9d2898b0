"""Pushes: that one was taken on, and what the last ones said."""

from collections.abc import Iterable
from typing import Literal

from uptime.dialects.native.write import Wire, ms
from uptime.domain.push import Push, Signal


class Heard(Wire):
    """It is on record; `message` says what became of it."""

    success: Literal[True]
    message: str


class LoggedPush(Wire):
    """One push; `at` in milliseconds since 1970, `body` the beginning of what came along."""

    at: int
    signal: Signal
    message: str
    body: str
    run_id: str | None = None
    latency: float | None = None
    exit_code: int | None = None


class PushLog(Wire):
    """The last pushes of a service, the newest first."""

    heartbeats: list[LoggedPush]


def heard(*, paused: bool, repeated: bool) -> Heard:
    if paused:
        return Heard(success=True, message="The service is paused: nothing was recorded")
    return Heard(success=True, message="This was on record already" if repeated else "OK")


def log(pushes: Iterable[Push]) -> PushLog:
    return PushLog(heartbeats=[_push(each) for each in pushes])


def _push(push: Push) -> LoggedPush:
    told = LoggedPush(at=ms(push.at), signal=push.signal, message=push.message, body=push.body)
    if push.run:
        told.run_id = push.run
    if push.latency_ms is not None:
        told.latency = push.latency_ms
    if push.exit_code is not None:
        told.exit_code = push.exit_code
    return told
