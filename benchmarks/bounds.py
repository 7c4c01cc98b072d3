"""The longest block of the event loop while a response at the bounds is parsed, compared with a smaller one."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
import gzip
import json
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

from custom_components.carson.aiocarson import Carson, CarsonError
from custom_components.carson.aiocarson.http.bounds import MAX_ROWS, MAX_VALUES, RowKind

from .bench import Bench
from .common import LoopWatch
from .machine import Kind
from .rows import Row, figure

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


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield the rows."""
    most = MAX_ROWS[RowKind.BUILDING]
    for title, body in (
        ("100 buildings", account(100, 5)),
        (f"{most} buildings, at the bounds", account(most, 5)),
        ("hostile, beyond the bounds", hostile()),
    )[: bench.choose(0, 3)]:
        async with server(body) as url, Carson(token=_TOKEN, api_url=url) as carson:
            blocks = await bench.machine.samples(
                lambda carson=carson: _longest_block(carson),  # type: ignore[misc]
                bench.choose(2, 5),
                Kind.CPU_TIME,
            )
        yield Row(measure=f"parsing of {title}: longest block of the loop", unit="ms", ours=figure(blocks, 1000))


async def _longest_block(carson: Carson) -> float:
    async with LoopWatch() as watch:
        with suppress(CarsonError):
            await carson.get_account()
    return watch.longest
