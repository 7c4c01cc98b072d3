"""Live view: the start of a second player, also of one that joins early, and the CPU time that relaying takes."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
import time
from typing import Any

from custom_components.carson.aiocarson import Carson, EagleEye
from custom_components.carson.aiocarson.live.player import Player
from custom_components.carson.aiocarson.live.relay import LiveRelay

from .bench import Bench
from .common import BUILDING, EMAIL, LIVE_CAMERA, PASSWORD, ROUND_TRIP, Clouds, clouds, spawn
from .machine import Kind
from .rows import Row, exact, figure

_PICTURE_BYTES = 2000
"""The beginning of a stream, with its first picture."""
_CAPTURED_SECONDS = 10.0
_CHUNK = 16 * 1024


async def measure(bench: Bench) -> AsyncIterator[Row]:
    """Yield the rows."""
    async with clouds(delay_seconds=ROUND_TRIP) as cloud:
        client = cloud.client(Carson, EMAIL, PASSWORD)
        await client.get_account()
        eagle_eye = client.eagle_eye(BUILDING)
        await eagle_eye.list_devices()
        number = bench.choose(1, 3)
        ours = await bench.machine.samples(lambda: _starts(cloud, eagle_eye), number, Kind.ROUND_TRIPS)
        peers = await bench.machine.samples(lambda: _peer_starts(cloud, eagle_eye), number, Kind.ROUND_TRIPS)
        for player, name in enumerate(("first", "second")):
            yield Row(
                measure=f"live view, {name} player's first picture",
                unit="ms",
                floor=exact(0) if player else exact(1000 * ROUND_TRIP),
                peers=figure([starts[player] for starts in peers], 1000),
                ours=figure([starts[player] for starts in ours], 1000),
            )
        joins = await bench.machine.samples(lambda: _joins(eagle_eye), number, Kind.ROUND_TRIPS)
        peer_joins = await bench.machine.samples(lambda: _peer_joins(cloud, eagle_eye), number, Kind.ROUND_TRIPS)
        yield Row(
            measure="live view, second player's first picture, joining while the first one waits",
            unit="ms",
            floor=figure([remaining for remaining, _ in joins], 1000),
            peers=figure([second for _, second in peer_joins], 1000),
            ours=figure([second for _, second in joins], 1000),
        )
        yield Row(
            measure="live view, streams from the cloud for two players",
            unit="",
            floor=exact(1),
            peers=figure([starts[2] for starts in peers]),
            ours=figure([starts[2] for starts in ours]),
        )
        body = b"" if bench.is_quick else await _capture(eagle_eye, _CAPTURED_SECONDS)
        await client.close()
    for players in bench.choose((), (1, 10, 50)):
        shares = await bench.machine.samples(partial(_relay, body, players), number, Kind.CPU_TIME)
        yield Row(
            measure=f"live view, {players} player{'s' if players > 1 else ''}: a core per Mbit/s from the cloud",
            unit="%",
            ours=figure(shares, 100),
        )


def _create_relay(open_segment: Callable[[], Any]) -> LiveRelay:
    """Return a relay with the settings of the integration."""
    return LiveRelay(
        open_segment, segment_length=timedelta(minutes=5), name="benchmark", spawn=spawn, monotonic=time.monotonic
    )


async def _starts(cloud: Clouds, eagle_eye: EagleEye) -> tuple[float, float, float]:
    """Return the seconds until the first and the second player have a picture, and the streams from the cloud."""
    before = (await cloud.counters())["live_streams_started"]
    relay = _create_relay(lambda: eagle_eye.live(LIVE_CAMERA))
    seconds: list[float] = []
    players = []
    async with asyncio.timeout(60):
        for _ in range(2):
            started = time.monotonic()
            player = relay.attach()
            players.append(player)
            await _first_picture(player)
            seconds.append(time.monotonic() - started)
    streams = (await cloud.counters())["live_streams_started"] - before
    await relay.close()
    return seconds[0], seconds[1], streams


async def _peer_starts(cloud: Clouds, eagle_eye: EagleEye) -> tuple[float, float, float]:
    """Return the same with the URL of Eagle Eye passed on to each player."""
    before = (await cloud.counters())["live_streams_started"]
    seconds: list[float] = []
    responses = []
    async with asyncio.timeout(60):
        for _ in range(2):
            started = time.monotonic()
            response = await cloud.session.get(await eagle_eye.live_url(LIVE_CAMERA))
            responses.append(response)
            await response.content.readexactly(_PICTURE_BYTES)
            seconds.append(time.monotonic() - started)
    streams = (await cloud.counters())["live_streams_started"] - before
    for response in responses:
        response.close()
    return seconds[0], seconds[1], streams


async def _joins(eagle_eye: EagleEye) -> tuple[float, float]:
    """Return how long two players wait after the second one has joined, half a round trip after the first one."""
    relay = _create_relay(lambda: eagle_eye.live(LIVE_CAMERA))
    try:
        return await _seconds_after_joining(lambda: _first_picture(relay.attach()))
    finally:
        await relay.close()


async def _peer_joins(cloud: Clouds, eagle_eye: EagleEye) -> tuple[float, float]:
    """Return the same with the URL of Eagle Eye passed on to each player."""

    async def play() -> None:
        async with cloud.session.get(await eagle_eye.live_url(LIVE_CAMERA)) as response:
            await response.content.readexactly(_PICTURE_BYTES)

    return await _seconds_after_joining(play)


async def _seconds_after_joining(play: Callable[[], Coroutine[Any, Any, None]]) -> tuple[float, float]:
    async def end() -> float:
        await play()
        return time.monotonic()

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        first = group.create_task(end())
        await asyncio.sleep(ROUND_TRIP / 2)
        joined = time.monotonic()
        second = group.create_task(end())
    return first.result() - joined, second.result() - joined


async def _first_picture(player: Player) -> None:
    """Wait until a player has a picture."""
    await player.start()
    await anext(player)


async def _capture(eagle_eye: EagleEye, seconds: float) -> bytes:
    captured = bytearray()
    async with asyncio.timeout(60), eagle_eye.live(LIVE_CAMERA, duration=timedelta(seconds=seconds)) as stream:
        async for chunk in stream:
            captured += chunk
    return bytes(captured)


async def _relay(body: bytes, players: int, repetitions: int = 10) -> float:
    """Relay the same video several times at full speed; return the CPU seconds per megabit."""
    chunks = [body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)]
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

        relay = _create_relay(segment)

        async def play(relay: LiveRelay = relay) -> None:
            async for _ in relay.attach():
                pass

        started = time.process_time()
        tasks = [asyncio.create_task(play()) for _ in range(players)]
        await done.wait()
        cpu += time.process_time() - started
        await relay.close()
        await asyncio.gather(*tasks)
    return cpu / (repetitions * len(body) * 8 / 1e6)
