"""One HTTP client, many checks: prints what they cost as JSON. Usage: client.py requests|aiohttp URL CHECKS [CA]."""

import asyncio
import json
import resource
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

THREADS = CONCURRENCY = 64


def with_requests(url: str, checks: int, ca: str | None) -> list[float]:
    import requests

    def check(_: int) -> float:
        began = time.perf_counter()
        with requests.Session() as session:
            session.trust_env = False
            session.get(url, timeout=10, verify=ca or True).raise_for_status()
        return time.perf_counter() - began

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(check, range(checks)))


def with_aiohttp(url: str, checks: int, ca: str | None) -> list[float]:
    import aiohttp

    async def run() -> list[float]:
        context = ssl.create_default_context(cafile=ca) if ca else None
        connector = aiohttp.TCPConnector(limit=CONCURRENCY, force_close=True, ssl=context or True)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def check() -> float:
                began = time.perf_counter()
                async with session.get(url) as answer:
                    await answer.read()
                return time.perf_counter() - began

            return await in_turn(check, checks)

    return asyncio.run(run())


async def in_turn(check: Callable[[], Awaitable[float]], checks: int) -> list[float]:
    """As many checks as asked for, so many at once that none waits for another's connection."""
    left, times = iter(range(checks)), []

    async def worker() -> None:
        for _ in left:
            times.append(await check())

    await asyncio.gather(*(worker() for _ in range(min(CONCURRENCY, checks))))
    return times


def main() -> None:
    client, url, checks, *ca = sys.argv[1:]
    run = {"requests": with_requests, "aiohttp": with_aiohttp}[client]
    run(url, 64 if int(checks) > 64 else 1, ca[0] if ca else None)
    before = resource.getrusage(resource.RUSAGE_SELF)
    times = run(url, int(checks), ca[0] if ca else None)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"checks": len(times), "cpu": cpu, "times": times}))


main()
