"""The network's part of a set-up: the account, and the session key and the list of cameras of each building."""

import asyncio
from collections.abc import AsyncIterator
import time

from custom_components.carson.aiocarson import Carson
from custom_components.carson.const import BUILDINGS_AT_ONCE

from .bench import Bench
from .common import ROUND_TRIP, Clouds, clouds, count
from .machine import Kind
from .peers import PeerClient
from .rows import Row, exact, figure
from .town import EMAIL, PER_BUILDING

_ACCOUNT_KEY_LIST = 3
"""Requests of which each needs the answer of the one before."""
_CONNECTION_ROUND_TRIPS = 2
_GOALS = {1: 3.3, 10: 4.2, 100: 12.0}
_MANY = 100
_PATIENCE = 30
"""Round trips that may be spent on one sample of the peers' way, if there are to be more of it."""


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield the rows: with connections that cost nothing, and with such that cost two round trips."""
    for cost, sizes, peer_sizes in (
        (0, bench.choose((1, 10), (1, 10, 100, 300)), bench.choose((1,), (1, 10, 100))),
        (_CONNECTION_ROUND_TRIPS, bench.choose((), (1, 10, 100)), bench.choose((), (1, 10))),
    ):
        for buildings in sizes:
            yield await _row(bench, buildings, cost, with_peers=buildings in peer_sizes)


async def _row(bench: Bench, buildings: int, connection_cost: int, *, with_peers: bool) -> Row:
    async with clouds(
        delay_seconds=ROUND_TRIP, connection_delay_seconds=connection_cost * ROUND_TRIP, buildings=buildings
    ) as cloud:
        token = (await cloud.control("token", email=EMAIL))["token"]

        async def ours() -> float:
            return await _seconds_ours(cloud, token, buildings)

        async def peers() -> float:
            return await _seconds_peers(cloud, token, buildings)

        our_samples = await bench.machine.samples(
            ours, bench.choose(2, 5 if buildings < _MANY else 3), Kind.ROUND_TRIPS
        )
        is_short = (1 + 2 * buildings) * (1 + connection_cost) <= _PATIENCE
        number = bench.choose(1, 3 if is_short else 1) if with_peers else 0
        peer_samples = await bench.machine.samples(peers, number, Kind.ROUND_TRIPS)
    what = "fetching, new connections cost 2 R" if connection_cost else "fetching"
    return Row(
        measure=f"{what}, {count(buildings)}",
        unit="R",
        floor=exact(_ACCOUNT_KEY_LIST + connection_cost),
        peers=figure(peer_samples, 1 / ROUND_TRIP),
        ours=figure(our_samples, 1 / ROUND_TRIP),
        goal=None if connection_cost else _GOALS.get(buildings),
        series=None if connection_cost else "Fetching, round trips",
        buildings=buildings,
    )


async def _seconds_ours(cloud: Clouds, token: str, buildings: int) -> float:
    """Fetch all with a new client, with as many buildings at once as in the integration."""
    at_once = asyncio.Semaphore(BUILDINGS_AT_ONCE)
    async with Carson(token=token, api_url=cloud.api_url, eagle_eye_url=cloud.eagle_eye_url) as carson:

        async def fetch(building_id: str) -> int:
            async with at_once:
                return len((await carson.eagle_eye(building_id).list_devices()).items)

        started = time.perf_counter()
        account = await carson.get_account()
        cameras = await asyncio.gather(*(fetch(building.id) for building in account.buildings))
        seconds = time.perf_counter() - started
    assert sum(cameras) == PER_BUILDING * buildings
    return seconds


async def _seconds_peers(cloud: Clouds, token: str, buildings: int) -> float:
    client = PeerClient(cloud.api_url, cloud.eagle_eye_url, token)
    started = time.perf_counter()
    lists = await asyncio.to_thread(client.fetch_all)
    seconds = time.perf_counter() - started
    assert sum(len([row for row in rows if row[1]]) for rows in lists.values()) == PER_BUILDING * buildings
    return seconds
