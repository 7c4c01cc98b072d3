"""The relay with the real client and the simulator, over real sockets, in virtual time.

The time advances only while nothing is to be done, so neither side is ever late.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from custom_components.carson.aiocarson import Carson, CarsonError
from custom_components.carson.aiocarson.live.relay import LiveRelay
from custom_components.carson.aiocarson.live.timeouts import LiveTimeouts
from simulator import Simulator
from simulator.clock import Clock
from simulator.core import Core
from tests.support.fake_camera import DecodedVideo
from tests.support.player import Viewer
from tests.support.virtual_clock import now, spawn, virtual

LOBBY = "1000a001"
START = datetime(2026, 11, 21, 8, tzinfo=UTC).timestamp()
SEGMENT_LENGTH = timedelta(seconds=12)
# In segments of twelve seconds, which the server ends, the next one has to be there in time.
TIMEOUTS = LiveTimeouts(lead=8, stable=1.6)
FRAME_MS = 1000 / 12


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow sockets to 127.0.0.1."""


@pytest.fixture(autouse=True)
def _no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual time would not wait for a thread."""

    async def call[T](_: Core, function: Callable[[], T]) -> T:
        return function()

    monkeypatch.setattr(Core, "in_thread", call)


@asynccontextmanager
async def run_simulator() -> AsyncIterator[Simulator]:
    async with Simulator(clock=Clock(lambda: START + now())) as simulator:
        simulator.live.width, simulator.live.height = 320, 184
        yield simulator


@asynccontextmanager
async def run_relay(sim: Simulator) -> AsyncIterator[LiveRelay]:
    async with aiohttp.ClientSession() as session:
        carson = Carson(
            session,
            email="resident@example.com",
            password="correct horse",
            api_url=sim.api_url,
            eagle_eye_url=sim.eagle_eye_url,
        )
        account = await carson.get_account()
        eagle_eye = carson.eagle_eye(account.buildings[0].id)
        relay = LiveRelay(
            lambda: eagle_eye.live(LOBBY, duration=SEGMENT_LENGTH),
            segment_length=SEGMENT_LENGTH,
            name="Lobby",
            spawn=spawn,
            monotonic=now,
            timeouts=TIMEOUTS,
        )
        yield relay
        await relay.close()
        await carson.close()


async def watch(sim: Simulator, relay: LiveRelay, *, joins: int) -> Viewer:
    """Watch until a number of further segments have been joined."""
    async with asyncio.timeout(600):
        player = relay.attach()
        await player.start()
        viewer = Viewer(player)
        while sim.counters.live_started[LOBBY] <= joins or relay.upstreams != 1:  # noqa: ASYNC110 - counters
            await asyncio.sleep(0.5)
        await asyncio.sleep(3)
        await viewer.leave()
        while sim.counters.live_streams_open:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
    return viewer


def assert_seamless(viewer: Viewer) -> DecodedVideo:
    video = viewer.video
    assert video.is_gapless
    assert all(before < after for before, after in pairwise(video.times))
    assert video.longest_gap_ms <= FRAME_MS + 20
    return video


@virtual
async def test_five_joins_neither_lose_nor_repeat_a_frame() -> None:
    async with run_simulator() as sim, run_relay(sim) as relay:
        viewer = await watch(sim, relay, joins=5)
        video = assert_seamless(viewer)
        assert len(video.numbers) > 4 * 4 * 12
        assert sim.counters.max_live_streams == 2


@virtual
async def test_irregular_segments_are_shown_completely() -> None:
    async with run_simulator() as sim, run_relay(sim) as relay:
        sim.live.anchor = "timeline"
        for skip, kind in enumerate(("audio_alaw", "annexb", "backward_timestamp", "resolution_change")):
            sim.faults.add("live", kind=kind, at=1.0, times=1, skip=skip)
        sim.faults.add("live", kind="unauthorized", times=1, skip=5)
        video = assert_seamless(await watch(sim, relay, joins=5))
        assert len(set(video.sizes)) == 2
        assert video.audio


@pytest.mark.parametrize("anchor", ["anew", "timeline"])
@virtual
async def test_interrupted_segments_are_replaced(anchor: Any) -> None:
    async with run_simulator() as sim, run_relay(sim) as relay:
        sim.live.anchor = anchor
        for skip, kind in enumerate(("early_eof", "cut_stream", "stall")):
            sim.faults.add("live", kind=kind, at=4, times=1, skip=skip, seconds=60)
        video = (await watch(sim, relay, joins=4)).video
        assert video.numbers == sorted(set(video.numbers))
        assert all(before < after for before, after in pairwise(video.times))
        assert video.longest_gap_ms <= 3 * FRAME_MS + 20
        assert len(video.numbers) > 12 * 12


@virtual
async def test_unavailable_camera_is_reported_before_anything_is_sent() -> None:
    async with run_simulator() as sim, run_relay(sim) as relay:
        sim.faults.add("live", kind="status", status=404)
        player = relay.attach()
        async with asyncio.timeout(10):
            with pytest.raises(CarsonError):
                await player.start()
        assert [chunk async for chunk in player] == []
