"""A wall of many cameras, each with a card that requests a still every ten seconds."""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest

from custom_components.carson.aiocarson import CannotConnectError, CarsonError
from custom_components.carson.media.fair_slots import FairSlots
from custom_components.carson.media.manager import STILLS_AT_ONCE
from custom_components.carson.media.snapshots import SnapshotCache
from custom_components.carson.media.timeouts import StillTimeouts
from tests.support.virtual_clock import now, virtual

from .test_snapshots import Cloud, cache_of

CAMERAS = 20
RESPONSE = StillTimeouts().response


async def card(cache: SnapshotCache, seen_at: list[float], seconds: float) -> None:
    """Request a still every ten seconds, and note when one was shown."""
    while now() < seconds:
        began = now()
        with suppress(TimeoutError, CarsonError):
            async with asyncio.timeout(RESPONSE):
                await cache.get()
                seen_at.append(now())
        await asyncio.sleep(began + 10 - now())


async def watch(clouds: list[Cloud], seconds: float) -> list[list[float]]:
    """Watch all cameras; return when each was seen."""
    slots = FairSlots(STILLS_AT_ONCE)
    seen: list[list[float]] = [[] for _ in clouds]
    async with AsyncExitStack() as stack:
        caches = [await stack.enter_async_context(cache_of(cloud, take_place=slots.take)) for cloud in clouds]
        await asyncio.gather(*(card(*one, seconds) for one in zip(caches, seen, strict=True)))
    return seen


@virtual
async def test_every_camera_is_seen_in_each_round() -> None:
    clouds = [Cloud(latency=5) for _ in range(CAMERAS)]
    seen = await watch(clouds, 60)
    for times in seen:
        assert all(any(begin <= time < begin + 10 for time in times) for begin in range(0, 60, 10))
    requests = [len(cloud.requests) for cloud in clouds]
    assert max(requests) - min(requests) <= 2, "fair turns"


@virtual
async def test_waiting_does_not_count_as_answering() -> None:
    """As many as there are places, and that never answer, do not keep the others from being seen."""
    clouds = [Cloud(latency=5) for _ in range(STILLS_AT_ONCE + CAMERAS)]
    for cloud in clouds[:STILLS_AT_ONCE]:
        cloud.hangs = True
    seen = await watch(clouds, 120)
    assert all(times and times[0] <= StillTimeouts().fetch + 20 for times in seen[STILLS_AT_ONCE:])


@virtual
async def test_retries_are_spread() -> None:
    clouds = [Cloud(latency=0.1) for _ in range(CAMERAS)]
    for cloud in clouds:
        cloud.error = CannotConnectError("down")
    await watch(clouds, 60)
    starts = sorted(cloud.requests[2] for cloud in clouds)
    assert starts[-1] - starts[0] > 1
    assert len({round(start, 1) for start in starts}) > CAMERAS / 4


@pytest.mark.parametrize("latency", [0.1, 2.0])
@virtual
async def test_quick_cameras_are_all_seen_in_the_first_round(latency: float) -> None:
    seen = await watch([Cloud(latency=latency) for _ in range(CAMERAS)], 20)
    assert all(times[0] < 10 for times in seen)
