"""Round trips of a press over TLS: over a new connection, and over that of a press just before."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import ssl
from tempfile import TemporaryDirectory
import time

import aiohttp
from yarl import URL

from custom_components.carson.aiocarson import Carson
from custom_components.carson.aiocarson.http.transport import MAX_IDLE_SECONDS, command_connector_factory
from tests.support.middle_box import middle_box
from tests.support.network_faults import self_signed_context

from .bench import Bench
from .common import EMAIL, PASSWORD, ROUND_TRIP, clouds
from .machine import Kind
from .rows import Row, exact, figure

_DOOR = "7001"
_NEW, _REUSED = 3, 1
"""Round trips: of TCP, TLS and the request; of the request alone."""


@asynccontextmanager
async def _tls_server(target: URL, context: ssl.SSLContext) -> AsyncGenerator[str]:
    """Run a TLS server in front of another one; yield its URL."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(target.host, target.port)
        await asyncio.gather(pass_on(reader, upstream_writer), pass_on(upstream_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    async with server:
        yield str(target.with_scheme("https").with_port(server.sockets[0].getsockname()[1]))


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield the rows. The peers' way is a new connection each time, so their figure is our first one."""
    client_context = ssl.create_default_context()
    client_context.check_hostname = False
    client_context.verify_mode = ssl.CERT_NONE
    with TemporaryDirectory() as folder:
        context = self_signed_context(Path(folder))
        async with (
            clouds(delay_seconds=0) as cloud,
            _tls_server(URL(cloud.api_url), context) as url,
            middle_box(url, 3600, round_trip_delay=ROUND_TRIP) as box,
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        ):
            connector = command_connector_factory(client_context)
            carson = Carson(session, command_connector=connector, email=EMAIL, password=PASSWORD, api_url=box.url)
            await carson.login()

            async def press(pause: float) -> float:
                await asyncio.sleep(pause)
                started = time.perf_counter()
                await carson.open_door(_DOOR)
                return time.perf_counter() - started

            number = bench.choose(1, 5)
            new = await bench.machine.samples(lambda: press(MAX_IDLE_SECONDS + 0.5), number, Kind.ROUND_TRIPS)
            reused = await bench.machine.samples(lambda: press(0), number, Kind.ROUND_TRIPS)
            await carson.close()
    for title, floor, samples in (("a new connection", _NEW, new), ("that of a press just before", _REUSED, reused)):
        yield Row(
            measure=f"press to answer over {title}",
            unit="R",
            floor=exact(floor),
            peers=figure(new, 1 / ROUND_TRIP),
            ours=figure(samples, 1 / ROUND_TRIP),
        )
