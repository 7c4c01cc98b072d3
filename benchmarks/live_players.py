"""Players of live video, in a process of their own: `python -m benchmarks.live_players`.

The first line of standard input is a list of URLs, in JSON; a line is printed once each of them plays.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
import json
import sys

import aiohttp

from .common import REPOSITORY

_PICTURE_BYTES = 2000
"""The beginning of a stream, with its first picture."""
_START_SECONDS = 60


@asynccontextmanager
async def live_players(urls: Sequence[str]) -> AsyncGenerator[None]:
    """Let a player play each URL meanwhile.

    Raises:
        TimeoutError: Not all of them play.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.live_players"),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(list(urls)).encode() + b"\n")
        async with asyncio.timeout(_START_SECONDS):
            assert await process.stdout.readline(), "a player has ended"
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _play(session: aiohttp.ClientSession, url: str, started: asyncio.Semaphore) -> None:
    async with session.get(url, raise_for_status=True) as response:
        await response.content.readexactly(_PICTURE_BYTES)
        started.release()
        async for _ in response.content.iter_any():
            pass
    raise EOFError("the live video has ended")


async def _play_all(urls: Sequence[str]) -> None:
    started = asyncio.Semaphore(0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session,
        asyncio.TaskGroup() as group,
    ):
        for url in urls:
            group.create_task(_play(session, url, started))
        for _ in urls:
            await started.acquire()
        print("playing", flush=True)


if __name__ == "__main__":
    asyncio.run(_play_all(json.loads(sys.stdin.readline())))
