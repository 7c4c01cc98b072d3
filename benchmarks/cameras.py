"""Stills and live view for many viewers, compared with the method of other integrations in the same run.

Other integrations send one request upstream for each request of a browser, and pass Eagle Eye's URL to each player.

    python -m benchmarks.cameras [--seconds 30]
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
import random
import time
from typing import Any

from custom_components.carson.aiocarson import Carson, EagleEye, Still
from custom_components.carson.aiocarson.live.relay import LiveRelay
from custom_components.carson.media.snapshots import SnapshotCache

from .common import BUILDING, CAMERAS, Clouds, clouds, milliseconds, percentile, print_table

REQUEST_INTERVAL_SECONDS = 10.0
ROUND_TRIP_SECONDS = 0.1
VIEWERS = (1, 10, 100)


def utcnow() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


def spawn[T](work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Start a task, as Home Assistant does."""
    return asyncio.create_task(work, name=name)


@dataclass(slots=True)
class Stills:
    """Waiting times and ages of the stills that the viewers of one camera received, in seconds."""

    waits: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)


async def view_stills(get: Callable[[], Awaitable[Still]], viewers: int, seconds: float) -> Stills:
    """Request a still every 10 s for each viewer, at different times.

    The first request of each viewer is not counted, because no one was watching before.
    """
    result = Stills()
    generator = random.Random(viewers)  # noqa: S311 - spreads viewers, protects nothing
    end = time.monotonic() + REQUEST_INTERVAL_SECONDS + seconds

    async def viewer() -> None:
        await asyncio.sleep(generator.uniform(0, REQUEST_INTERVAL_SECONDS))
        first = True
        while (started := time.monotonic()) < end:
            still = await get()
            if not first:
                result.waits.append(time.monotonic() - started)
                result.ages.append((utcnow() - (still.taken_at or utcnow())).total_seconds())
            first = False
            await asyncio.sleep(max(0.0, started + REQUEST_INTERVAL_SECONDS - time.monotonic()))

    async with asyncio.TaskGroup() as group:
        for _ in range(viewers):
            group.create_task(viewer())
    return result


async def measure_stills(cloud: Clouds, eagle_eye: EagleEye, seconds: float) -> None:
    """Compare the requests upstream, the waiting times and the ages of stills."""
    rows: list[list[str]] = []
    for shared in (True, False):
        caches: list[SnapshotCache] = []
        viewings = []
        for camera_id, viewers in zip(CAMERAS, VIEWERS, strict=False):
            fetch = partial(eagle_eye.get_still, camera_id)
            get: Callable[[], Awaitable[Still]] = fetch
            if shared:
                cache = SnapshotCache(fetch, now=utcnow, monotonic=time.monotonic, spawn=spawn)
                caches.append(cache)
                get = cache.get
            viewings.append(view_stills(get, viewers, seconds))
        before = await cloud.counters()
        results = await asyncio.gather(*viewings)
        after = await cloud.counters()
        for cache in caches:
            await cache.close()
        for camera_id, viewers, stills in zip(CAMERAS, VIEWERS, results, strict=False):
            key = f"image.{camera_id}"
            requests = after["per_camera"].get(key, 0) - before["per_camera"].get(key, 0)
            rows.append(
                [
                    "integration" if shared else "one request per viewer",
                    str(viewers),
                    str(requests),
                    milliseconds(percentile(stills.waits, 0.5)),
                    milliseconds(percentile(stills.waits, 0.95)),
                    f"{percentile(stills.ages, 0.5):.1f} s",
                    f"{max(stills.ages):.1f} s",
                ]
            )
    print_table(
        f"Stills, one request per viewer every 10 s, round trip {1000 * ROUND_TRIP_SECONDS:.0f} ms",
        (
            "method",
            "viewers",
            f"requests in {REQUEST_INTERVAL_SECONDS + seconds:.0f} s",
            "wait p50",
            "wait p95",
            "age p50",
            "age max",
        ),
        rows,
    )


def create_relay(open_segment: Callable[[], Any]) -> LiveRelay:
    """Return a relay with the settings of the integration."""
    return LiveRelay(
        open_segment, segment_length=timedelta(minutes=5), name="benchmark", spawn=spawn, monotonic=time.monotonic
    )


async def measure_starts(cloud: Clouds, eagle_eye: EagleEye) -> None:
    """Compare the time until a first and a second player have a picture, and the streams upstream."""
    camera_id = CAMERAS[3]
    relay = create_relay(lambda: eagle_eye.live(camera_id))
    before = await cloud.counters()
    relayed: list[float] = []
    async with asyncio.timeout(60):
        players = []
        for _ in range(2):
            started = time.monotonic()
            player = relay.attach()
            players.append(player)
            await player.start()
            await anext(player)
            relayed.append(time.monotonic() - started)
    between = await cloud.counters()
    await relay.close()

    direct: list[float] = []
    async with asyncio.timeout(60):
        bodies = []
        for _ in range(2):
            started = time.monotonic()
            url = await eagle_eye.live_url(camera_id)
            body = await cloud.session.get(url)
            bodies.append(body)
            await body.content.readexactly(2000)
            direct.append(time.monotonic() - started)
        for body in bodies:
            body.close()
    after = await cloud.counters()
    streams = [counts["live_streams_started"] for counts in (before, between, after)]
    print_table(
        "Start of live view, from the player's request to its first picture",
        ("method", "first player", "second player", "streams upstream"),
        [
            ["integration", *map(milliseconds, relayed), str(streams[1] - streams[0])],
            ["URL passed to the player", *map(milliseconds, direct), str(streams[2] - streams[1])],
        ],
    )


async def measure_relay(eagle_eye: EagleEye) -> None:
    """Measure the CPU time that relaying takes per megabit of video, for one player and for several."""
    captured = bytearray()
    async with asyncio.timeout(60), eagle_eye.live(CAMERAS[3], duration=timedelta(seconds=20)) as stream:
        async for chunk in stream:
            captured += chunk
    body = bytes(captured)
    rows = []
    for players in (1, 2, 10):
        cpu, megabits = await relay_at_full_speed(body, players)
        rows.append([str(players), f"{100 * cpu / megabits:.2f} %"])
    print_table(
        "Relaying live view",
        ("players", "share of one core per 1 Mbit/s"),
        rows,
    )


async def relay_at_full_speed(body: bytes, players: int, repetitions: int = 20) -> tuple[float, float]:
    """Relay the same body repeatedly at full speed. Return the CPU seconds and the megabits."""
    size = 16 * 1024
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    megabits = 0.0
    cpu = 0.0
    for _ in range(repetitions):
        done = asyncio.Event()

        @asynccontextmanager
        async def segment(done: asyncio.Event = done) -> AsyncGenerator[AsyncIterator[bytes]]:
            async def read() -> AsyncGenerator[bytes]:
                for chunk in chunks:
                    yield chunk
                    await asyncio.sleep(0)
                done.set()
                await asyncio.Event().wait()

            yield read()

        relay = create_relay(segment)

        async def play(relay: LiveRelay = relay) -> None:
            async for _ in relay.attach():
                pass

        started = time.process_time()
        tasks = [asyncio.create_task(play()) for _ in range(players)]
        await done.wait()
        cpu += time.process_time() - started
        megabits += len(body) * 8 / 1e6
        await relay.close()
        await asyncio.gather(*tasks)
    return cpu, megabits


async def main() -> None:
    """Run all benchmarks of the cameras."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--seconds", type=float, default=50.0, help="how long stills are requested (default: %(default)s)"
    )
    arguments = parser.parse_args()
    async with clouds(delay_seconds=ROUND_TRIP_SECONDS) as cloud:
        client = cloud.client(Carson)
        await client.get_account()
        eagle_eye = client.eagle_eye(BUILDING)
        await eagle_eye.get_devices()
        await measure_stills(cloud, eagle_eye, arguments.seconds)
        await measure_starts(cloud, eagle_eye)
        await measure_relay(eagle_eye)
        await client.close()


if __name__ == "__main__":
    asyncio.run(main())
