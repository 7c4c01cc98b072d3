"""Round trips of a press: over a new connection, and over that of a press just before.

The floor is three round trips for a new connection (TCP, TLS, request) and one for another request over it. Everything
is measured in one run, in units of the round trip.

    python -m benchmarks.doors [--presses 10]
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
import ssl
import statistics
from tempfile import TemporaryDirectory
import time

import aiohttp
from yarl import URL

from custom_components.carson.aiocarson import Carson
from custom_components.carson.aiocarson.http.transport import MAX_IDLE_SECONDS, command_connector_factory
from tests.support.middle_box import middle_box
from tests.support.network_faults import self_signed_context

from .common import EMAIL, PASSWORD, clouds, print_table

ROUND_TRIP_SECONDS = 0.1
DOOR = "7001"


@asynccontextmanager
async def tls_server(target: URL, context: ssl.SSLContext) -> AsyncGenerator[str]:
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


async def measure(press: Callable[[], Awaitable[None]], presses: int, pause_seconds: float) -> float:
    """Return the median duration of a press, in round trips."""
    durations = []
    for _ in range(presses):
        await asyncio.sleep(pause_seconds)
        started = time.perf_counter()
        await press()
        durations.append((time.perf_counter() - started) / ROUND_TRIP_SECONDS)
    return statistics.median(durations)


async def main() -> None:
    """Measure presses after an idle time, and presses just after another one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presses", type=int, default=10, help="how many of each kind (default: %(default)s)")
    presses = parser.parse_args().presses
    client_context = ssl.create_default_context()
    client_context.check_hostname = False
    client_context.verify_mode = ssl.CERT_NONE
    with TemporaryDirectory() as folder:
        context = self_signed_context(Path(folder))
        async with (
            clouds(delay_seconds=0) as cloud,
            tls_server(URL(cloud.api_url), context) as url,
            middle_box(url, 3600, round_trip_delay=ROUND_TRIP_SECONDS) as box,
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        ):
            connector = command_connector_factory(client_context)
            carson = Carson(session, command_connector=connector, email=EMAIL, password=PASSWORD, api_url=box.url)
            await carson.login()
            new = await measure(lambda: carson.open_door(DOOR), presses, MAX_IDLE_SECONDS + 0.5)
            reused = await measure(lambda: carson.open_door(DOOR), presses, 0)
            await carson.close()
    print_table(
        "Presses, in round trips",
        ("connection", "median", "floor"),
        [("new", f"{new:.2f}", "3"), ("of a press just before", f"{reused:.2f}", "1")],
    )


if __name__ == "__main__":
    asyncio.run(main())
