"""A server in front of Carson that notes when a request to open a door arrives, in a process of its own.

The simulator is too busy with other requests to tell. Each line of standard input is answered with those since the last
one: [door, seconds since the epoch], in JSON.

    python -m benchmarks.front PORT
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
import json
import re
import sys
import time

from yarl import URL

from .common import REPOSITORY

_OPEN = re.compile(rb"POST /api/[^/ ]+/doors/([^/ ]+)/open/ ")

type Arrivals = dict[str, float]


@asynccontextmanager
async def front(api_url: str) -> AsyncGenerator[tuple[str, Callable[[], Awaitable[Arrivals]]]]:
    """Run such a server; yield its URL, and a function that returns the arrivals by door."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.front", str(URL(api_url).port)),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    async def arrivals() -> Arrivals:
        stdin.write(b"\n")
        return dict(json.loads(await stdout.readline()))

    try:
        port = int(await stdout.readline())
        yield str(URL(api_url).with_port(port)), arrivals
    finally:
        process.terminate()
        await process.wait()


async def _serve(port: int) -> None:
    arrivals: list[tuple[str, float]] = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if (match := _OPEN.match(data)) is not None:
                arrivals.append((match[1].decode(), time.time()))
            writer.write(data)
        writer.close()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pass_on(reader, upstream_writer), pass_on(upstream_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(arrivals), flush=True)
        arrivals.clear()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
