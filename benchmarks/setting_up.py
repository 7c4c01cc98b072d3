"""A whole set-up in Home Assistant, and its longest block of the event loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import gc
import time

from homeassistant.core import HomeAssistant

from .bench import Bench
from .common import ROUND_TRIP, Clouds, LoopWatch, clouds, count
from .home import Inventory, home_assistant, set_up_bare, set_up_ours
from .machine import Kind
from .peers import PeerClient
from .rows import Row, figure
from .town import EMAIL

_ROUND_TRIPS = 3
"""Of the account, a session key, and a list of cameras: each needs what comes before."""


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield two rows for each size."""
    for buildings in bench.choose((1,), (1, 10, 100)):
        async with clouds(delay_seconds=ROUND_TRIP, buildings=buildings) as cloud:
            for row in await _rows(bench, cloud, buildings):
                yield row


async def _rows(bench: Bench, cloud: Clouds, buildings: int) -> list[Row]:
    token = (await cloud.control("token", email=EMAIL))["token"]
    peer = PeerClient(cloud.api_url, cloud.eagle_eye_url, token)
    inventories: list[Inventory] = []

    async def ours(hass: HomeAssistant) -> None:
        entry = await set_up_ours(hass, cloud, token)
        if not inventories:
            inventories.append(Inventory.of(hass, entry))

    async def floor(hass: HomeAssistant) -> None:
        await set_up_bare(hass, inventories[0], lambda: asyncio.sleep(_ROUND_TRIPS * ROUND_TRIP))

    async def peers(hass: HomeAssistant) -> None:
        await set_up_bare(hass, inventories[0], lambda: asyncio.to_thread(peer.fetch_all))

    # Not counted: it also imports what Home Assistant needs of its own for these platforms.
    await _sample(ours)
    number = bench.choose(2, 3)
    our_samples = await bench.machine.samples(lambda: _sample(ours), number, Kind.ROUND_TRIPS)
    floor_samples = await bench.machine.samples(lambda: _sample(floor), number, Kind.ROUND_TRIPS)
    peer_samples = await bench.machine.samples(lambda: _sample(peers), 1, Kind.ROUND_TRIPS)
    return [
        Row(
            measure=f"set-up in Home Assistant, {count(buildings)}",
            unit="R",
            floor=figure([seconds for seconds, _ in floor_samples], 1 / ROUND_TRIP),
            peers=figure([seconds for seconds, _ in peer_samples], 1 / ROUND_TRIP),
            ours=figure([seconds for seconds, _ in our_samples], 1 / ROUND_TRIP),
            series="Set-up in Home Assistant, round trips",
            buildings=buildings,
        ),
        Row(
            measure=f"longest block of the loop during that, {count(buildings)}",
            unit="ms",
            floor=figure([block for _, block in floor_samples], 1000),
            peers=figure([block for _, block in peer_samples], 1000),
            ours=figure([block for _, block in our_samples], 1000),
            series="Longest block of the loop during a set-up, ms",
            buildings=buildings,
        ),
    ]


async def _sample(set_up: Callable[[HomeAssistant], Awaitable[None]]) -> tuple[float, float]:
    """Return the duration of a set-up, and the longest block during it, in seconds."""
    gc.collect()
    async with home_assistant() as hass, LoopWatch() as watch:
        started = time.perf_counter()
        await set_up(hass)
        seconds = time.perf_counter() - started
    return seconds, watch.longest
