"""Protocols of lines: heard one by one, none longer than a line may be, with a transcript for whoever must know."""

import asyncio
from typing import TYPE_CHECKING

from uptime.checks._kind import CheckFailed
from uptime.checks._text import printed
from uptime.domain.result import Reason

if TYPE_CHECKING:
    from uptime.checks._net import Net

LINE_LIMIT = 4_096
LINES_LIMIT = 200
TRANSCRIPT_LINES, TRANSCRIPT_WIDTH = 12, 200


class Conversation:
    """What is said on one connection. `place` is whom we talk to, as sentences name it."""

    def __init__(self, net: "Net", reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: str) -> None:
        self._net = net
        self._reader = reader
        self.writer = writer
        self.place = place
        self.said = 0
        self._heard = 0
        self._pending = b""
        self._transcript: list[str] = []

    async def hear(self, what: str) -> str:
        """The next line, without its end. CheckFailed, with a sentence that names `what` it should be: none came."""
        self._net.silence = f"{self.place} sent no {what}"
        while b"\n" not in self._pending:
            if len(self._pending) > LINE_LIMIT:
                raise self.strange(f"a line of more than {LINE_LIMIT // 1024} KiB", what)
            data = await self._reader.read(LINE_LIMIT)
            if not data:
                raise self.failed(Reason.PROTOCOL, f"{self.place} closed the connection before its {what}.")
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        text = line.removesuffix(b"\r").decode(errors="replace")
        self._note("<", text)
        self._heard += 1
        if self._heard > LINES_LIMIT:
            raise self.strange(f"more than {LINES_LIMIT} lines", what)
        return text

    def say(self, line: str) -> None:
        """Send a line."""
        self._note(">", line)
        self.said += 1
        self.writer.write(f"{line}\r\n".encode())

    def strange(self, found: str, what: str) -> CheckFailed:
        """What to raise when something else came than what the protocol says."""
        if self._pending:
            self._note("<", self._pending.partition(b"\n")[0].decode(errors="replace"))
        return self.failed(Reason.PROTOCOL, f"{self.place} sent {found} instead of its {what}.")

    def failed(self, reason: Reason, message: str) -> CheckFailed:
        """What to raise, with what was said so far as evidence."""
        return CheckFailed(reason, message, evidence="\n".join(self._transcript[-TRANSCRIPT_LINES:]))

    @property
    def ahead(self) -> bool:
        """Whether the other side has said more than was asked."""
        return bool(self._pending)

    def _note(self, mark: str, text: str) -> None:
        self._transcript.append(f"{mark} {printed(text, TRANSCRIPT_WIDTH)}")


def quoted(line: str) -> str:
    """What was said, as it stands in a sentence."""
    return f'"{printed(line)}"'
