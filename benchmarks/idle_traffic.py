"""Requests and bytes in an hour in which nobody looks, beside a poller that asks for everything every half a minute."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from yarl import URL

from .bench import Bench
from .common import clouds, count
from .home import home_assistant, set_up_ours
from .peers import PeerClient
from .rows import Figure, Row, exact
from .town import EMAIL

_HOUR = timedelta(hours=1)
_POLL_INTERVAL = timedelta(seconds=30)
"""Home Assistant's own, if an integration does not choose another one."""


@dataclass(slots=True)
class Traffic:
    """Bytes in both directions, and the number of requests."""

    sent: int = 0
    received: int = 0
    requests: int = 0


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield two rows for each size: from what one update of each kind takes, and from their intervals."""
    for buildings in bench.choose((1,), (1, 10)):
        async with clouds(delay_seconds=0, buildings=buildings) as cloud, _counter(cloud.api_url) as (port, traffic):
            urls = {name: getattr(cloud, name).replace(f":{URL(cloud.url).port}", f":{port}") for name in _URLS}
            counted = replace(cloud, **urls)
            token = (await cloud.control("token", email=EMAIL))["token"]
            async with home_assistant() as hass:
                entry = await set_up_ours(hass, counted, token)
                data = entry.runtime_data
                requests, volume = 0.0, 0.0
                for coordinator in (data.account, *data.dependent_coordinators):
                    await coordinator.async_refresh()
                    before = replace(traffic)
                    await coordinator.async_refresh()
                    updates = _HOUR / coordinator.update_interval
                    requests += updates * (traffic.requests - before.requests)
                    volume += updates * _volume(before, traffic)
            peer = PeerClient(counted.api_url, counted.eagle_eye_url, token)
            await asyncio.to_thread(peer.fetch_all)
            before = replace(traffic)
            await asyncio.to_thread(peer.fetch_all)
            polls = _HOUR / _POLL_INTERVAL
            peers = polls * (traffic.requests - before.requests), polls * _volume(before, traffic)
        yield _row("requests", buildings, "", exact(peers[0]), exact(requests))
        yield _row("volume", buildings, "MB", exact(peers[1] / 1e6), exact(volume / 1e6))


_URLS = ("api_url", "eagle_eye_url")


def _volume(before: Traffic, after: Traffic) -> int:
    return after.sent - before.sent + after.received - before.received


def _row(what: str, buildings: int, unit: str, peers: Figure, ours: Figure) -> Row:
    return Row(
        measure=f"an hour when nobody looks, {count(buildings)}, {what}",
        unit=unit,
        peers=peers,
        ours=ours,
    )


@asynccontextmanager
async def _counter(url: str) -> AsyncGenerator[tuple[int, Traffic]]:
    """Run a server in front of the clouds that counts; yield its port, and what it has counted."""
    traffic = Traffic()
    port = URL(url).port

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            traffic.sent += len(data)
            traffic.requests += data.count(b" HTTP/1.1\r\n")
            writer.write(data)
        writer.close()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            traffic.received += len(data)
            writer.write(data)
        writer.close()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(send(reader, upstream_writer), receive(upstream_reader, writer), return_exceptions=True)

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], traffic
        server.close_clients()
