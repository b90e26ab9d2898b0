"""A WHOIS server that knows what it is told."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from tests.servers.tcp import Port, port


@asynccontextmanager
async def whois(answers: Mapping[str, str], asked: list[str] | None = None) -> AsyncIterator[Port]:
    """A port that answers each question with its text, any other with none."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = (await reader.readuntil(b"\r\n")).decode().strip()
        if asked is not None:
            asked.append(question)
        writer.write(answers.get(question, "No match.\r\n").encode())
        await writer.drain()
        writer.write_eof()
        await reader.read()

    async with port(behave) as found:
        yield found
