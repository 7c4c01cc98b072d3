"""Stills for many viewers, and for a wall of cameras that answer slowly."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
import random
import time

from custom_components.carson.aiocarson import Carson, Still
from custom_components.carson.media.snapshots import SnapshotCache

from .bench import Bench
from .common import ROUND_TRIP, Clouds, clouds, percentile, spawn
from .machine import Kind
from .peers import PeerClient
from .rows import Row, exact, figure
from .town import EMAIL, PER_BUILDING, building_id, camera_id

_VIEWERS = 100
_CAMERAS = PER_BUILDING
_INTERVAL_SECONDS = 10.0
_WALL = 20
_WALL_STILL_SECONDS = 5.0

type Get = Callable[[], Awaitable[object]]


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield the rows of the viewers, and of the wall."""
    async with clouds(delay_seconds=ROUND_TRIP, buildings=_WALL // PER_BUILDING) as cloud:
        token = (await cloud.control("token", email=EMAIL))["token"]
        peer = PeerClient(cloud.api_url, cloud.eagle_eye_url, token)
        async with Carson(token=token, api_url=cloud.api_url, eagle_eye_url=cloud.eagle_eye_url) as carson:
            for building in (await carson.get_account()).buildings:
                await carson.eagle_eye(building.id).list_devices()
                await asyncio.to_thread(peer.cameras, building.id)
            if not bench.is_quick:
                for row in await _viewer_rows(bench, cloud, carson, peer):
                    yield row
            await cloud.control("faults", operation="image", kind="delay", seconds=_WALL_STILL_SECONDS - ROUND_TRIP)
            yield await _wall_row(bench, carson, peer)


class _Stills:
    """The stills of cameras, as the integration shares them or as peers fetch them, counted from 0."""

    def __init__(self, carson: Carson) -> None:
        self.ages: list[float] = []
        self._caches = [
            SnapshotCache(
                partial(carson.eagle_eye(building_id(1 + number // PER_BUILDING)).get_still, _camera(number)),
                now=_utcnow,
                monotonic=time.monotonic,
                spawn=spawn,
            )
            for number in range(_WALL)
        ]

    async def get(self, number: int) -> Still:
        """Return a still."""
        return await self._caches[number].get()

    async def close(self) -> None:
        """Stop fetching ahead."""
        for cache in self._caches:
            await cache.close()


def _camera(number: int) -> str:
    return camera_id(1 + number // PER_BUILDING, 1 + number % PER_BUILDING)


def _peer_still(peer: PeerClient, number: int) -> bytes:
    return peer.still(building_id(1 + number // PER_BUILDING), _camera(number))


async def _viewer_rows(bench: Bench, cloud: Clouds, carson: Carson, peer: PeerClient) -> list[Row]:
    intervals = 2
    ours: list[tuple[float, list[float]]] = await bench.machine.samples(
        lambda: _sample_ours(cloud, carson, intervals), 1, Kind.ROUND_TRIPS
    )
    peers = await bench.machine.samples(
        lambda: _sample(cloud, lambda number: asyncio.to_thread(_peer_still, peer, number), intervals),
        1,
        Kind.ROUND_TRIPS,
    )
    title = f"stills, {_VIEWERS} viewers of {_CAMERAS} cameras"
    return [
        Row(
            measure=f"{title}, requests per camera in {_INTERVAL_SECONDS:.0f} s",
            unit="",
            floor=exact(1),
            peers=figure([requests for requests, _ in peers]),
            ours=figure([requests for requests, _ in ours]),
            goal=1.1,
        ),
        Row(
            measure=f"{title}, 95th percentile of the waits",
            unit="ms",
            floor=exact(0),
            peers=figure([percentile(waits, 0.95) for _, waits in peers], 1000),
            ours=figure([percentile(waits, 0.95) for _, waits in ours], 1000),
        ),
    ]


async def _sample_ours(cloud: Clouds, carson: Carson, intervals: int) -> tuple[float, list[float]]:
    stills = _Stills(carson)
    try:
        return await _sample(cloud, stills.get, intervals)
    finally:
        await stills.close()


async def _sample(cloud: Clouds, get: Callable[[int], Awaitable[object]], intervals: int) -> tuple[float, list[float]]:
    """Return the requests per camera and interval, and the waits of the viewers in seconds.

    The first request of each viewer is not counted, because nobody was watching before.
    """
    generator = random.Random(1)  # noqa: S311 - spreads viewers, protects nothing
    waits: list[float] = []

    async def view(number: int, pause: float) -> None:
        await asyncio.sleep(pause)
        await get(number)
        due = time.monotonic() + _INTERVAL_SECONDS
        for _ in range(intervals):
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            started = time.monotonic()
            await get(number)
            waits.append(time.monotonic() - started)
            due += _INTERVAL_SECONDS

    async with asyncio.TaskGroup() as group:
        for number in range(_CAMERAS):
            for _ in range(_VIEWERS):
                group.create_task(view(number, generator.uniform(0, _INTERVAL_SECONDS)))
        await asyncio.sleep(_INTERVAL_SECONDS)
        before = await _image_requests(cloud)
        await asyncio.sleep((intervals - 1) * _INTERVAL_SECONDS)
        requests = await _image_requests(cloud) - before
    return requests / _CAMERAS / (intervals - 1), waits


async def _image_requests(cloud: Clouds) -> int:
    counters = await cloud.counters()
    number: int = counters["requests"].get("eagle_eye.image", 0)
    return number


async def _wall_row(bench: Bench, carson: Carson, peer: PeerClient) -> Row:
    rounds = bench.choose(1, 3)

    async def ours() -> list[float]:
        stills = _Stills(carson)
        try:
            return [await _shown(stills.get) for _ in range(rounds)]
        finally:
            await stills.close()

    async def peers() -> list[float]:
        return [await _shown(lambda number: asyncio.to_thread(_peer_still, peer, number)) for _ in range(rounds)]

    own = await bench.machine.samples(ours, 1, Kind.ROUND_TRIPS)
    others = await bench.machine.samples(peers, bench.choose(0, 1), Kind.ROUND_TRIPS)
    return Row(
        measure=f"wall of {_WALL} cameras, {_WALL_STILL_SECONDS:.0f} s a still: shown in each round",
        unit="",
        floor=exact(_WALL),
        peers=figure([number for sample in others for number in sample]),
        ours=figure([number for sample in own for number in sample]),
    )


async def _shown(get: Callable[[int], Awaitable[object]]) -> float:
    """Return how many cameras of the wall have a still in the time that Home Assistant waits for it."""
    tasks = [asyncio.create_task(_attempt(get, number)) for number in range(_WALL)]
    return sum(await asyncio.gather(*tasks))


async def _attempt(get: Callable[[int], Awaitable[object]], number: int) -> bool:
    try:
        async with asyncio.timeout(_INTERVAL_SECONDS):
            await get(number)
    except TimeoutError:
        return False
    return True


def _utcnow() -> datetime:
    return datetime.now(UTC)
