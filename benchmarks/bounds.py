"""The longest block of the event loop while a response at the bounds is parsed, compared with smaller ones.

The server runs in a process of its own. Everything is measured in one run.

    python -m benchmarks.bounds [--times 5]
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
import gzip
import json
from multiprocessing import get_context
from multiprocessing.connection import Connection
import statistics
import time
from typing import Any

from aiohttp import web

from custom_components.carson.aiocarson import Carson, CarsonError
from custom_components.carson.aiocarson.http.bounds import MAX_ROWS, MAX_VALUES, RowKind

from .common import print_table

_TICK_SECONDS = 0.001
_TOKEN = "any.token.will-do"  # noqa: S105 - the server accepts everything


def building(number: int, rows: int) -> dict[str, Any]:
    """Return a building with as many fields as Carson sends, and some doors, cameras and units."""
    things = [
        {"id": f"{number}-{row}", "name": f"Thing {row}", "provider": "brivo", "order": row} for row in range(rows)
    ]
    fields = {f"field{position}": position for position in range(30)}
    return {"id": number, "name": f"Building {number}", "doors": things, "cameras": things, "units": things, **fields}


def account(buildings: int, rows: int) -> bytes:
    """Return Carson's response for an account of so many buildings, each with so many doors, cameras and units."""
    data = {"id": 1, "properties": [building(number, rows) for number in range(buildings)]}
    return json.dumps({"code": 0, "status": "OK", "data": data, "msg": None}).encode()


def hostile() -> bytes:
    """Return a response with twice as many tiny buildings as values are allowed."""
    return json.dumps({"code": 0, "status": "OK", "data": {"id": 1, "properties": [{}] * (2 * MAX_VALUES)}}).encode()


def serve(body: bytes, ready: Connection) -> None:
    """Answer every request with a compressed body, until the process is ended."""

    async def respond(_: web.Request) -> web.Response:
        return web.Response(body=compressed, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"})

    async def run() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", respond)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    compressed = gzip.compress(body)
    asyncio.run(run())


@asynccontextmanager
async def server(body: bytes) -> AsyncGenerator[str]:
    """Run the server; yield its URL."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=serve, args=(body, sender), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{await asyncio.to_thread(receiver.recv)}"
    finally:
        process.terminate()
        process.join()


async def longest_block(url: str, times: int) -> tuple[float, float]:
    """Return the longest block of the loop during a fetch, and the duration of the fetch, both in milliseconds.

    Each is the median of several fetches.
    """
    blocks: list[float] = []
    durations: list[float] = []
    async with Carson(token=_TOKEN, api_url=url) as carson:
        for _ in range(times):
            watch = asyncio.create_task(_watch_loop())
            await asyncio.sleep(0.05)
            started = time.perf_counter()
            with suppress(CarsonError):
                await carson.get_account()
            durations.append(1000 * (time.perf_counter() - started))
            await asyncio.sleep(2 * _TICK_SECONDS)
            watch.cancel()
            blocks.append(await watch)
    return statistics.median(blocks), statistics.median(durations)


async def _watch_loop() -> float:
    """Return the longest block of the loop until this is cancelled, in milliseconds."""
    longest = 0.0
    with suppress(asyncio.CancelledError):
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_TICK_SECONDS)
            longest = max(longest, 1000 * (time.perf_counter() - before - _TICK_SECONDS))
    return longest


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    most = MAX_ROWS[RowKind.BUILDING]
    rows = []
    for title, body in (
        ("1 building", account(1, 5)),
        ("100 buildings", account(100, 5)),
        (f"{most} buildings, at the bounds", account(most, 5)),
        ("beyond the bounds", account(2 * most, 5)),
        ("hostile", hostile()),
    ):
        async with server(body) as url:
            block, duration = await longest_block(url, times)
        rows.append((title, f"{len(body) / 1e6:.2f}", f"{block:.0f}", f"{duration:.0f}"))
    print_table("Longest block", ("response", "MB", "longest block, ms", "fetch, ms"), rows)


if __name__ == "__main__":
    asyncio.run(main())
