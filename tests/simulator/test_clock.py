"""Tests of the clock."""

import asyncio
from datetime import UTC, datetime, timedelta

import aiohttp
from freezegun.api import FrozenDateTimeFactory

from simulator import Clock, Simulator
from tests.support.http_client import TIMEOUT, HttpClient

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


async def test_advancing_the_clock_wakes_waiting_tasks() -> None:
    clock = Clock.manual(START)
    waiting = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(1800)
    assert clock.now() == START + timedelta(minutes=30)
    await asyncio.sleep(0.01)
    assert not waiting.done()
    clock.advance(1800)
    async with asyncio.timeout(TIMEOUT):
        await waiting


async def test_clock_runs_faster() -> None:
    clock = Clock.running(START, speed=100)
    async with asyncio.timeout(TIMEOUT):
        await clock.sleep(5)
    assert clock.now() >= START + timedelta(seconds=5)


async def test_wait_can_be_cancelled_by_a_condition() -> None:
    clock = Clock.manual(START)
    is_cancelled = False
    waiting = asyncio.create_task(clock.sleep_until(clock.time() + 60, unless=lambda: is_cancelled))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    is_cancelled = True
    async with asyncio.timeout(TIMEOUT):
        await waiting


async def test_frozen_time_freezes_the_simulator(freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to("2026-11-21T12:00:00Z")
    async with Simulator() as sim, aiohttp.ClientSession() as session:
        client = HttpClient(sim, session)
        client.token = sim.mint_token("resident@example.com", expires_in=60)
        first = await client.still()
        assert first.headers["x-ee-timestamp"].startswith("preview-20261121115")
        assert (await client.carson("GET", "me/")).status == 200
        freezer.tick(61)
        assert (await client.carson("GET", "me/")).status == 401
        assert (await client.still()).headers["x-ee-timestamp"].startswith("preview-2026112112010")


async def test_live_video_follows_the_clock_in_frozen_time(freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to("2026-11-21T12:00:00Z")
    async with (
        Simulator() as sim,
        aiohttp.ClientSession() as session,
        HttpClient(sim, session).play(milliseconds=3000) as response,
    ):
        data = await response.content.readany()
        sim.clock.advance(30)
        data += await response.read()
    assert data.endswith(b"\x17\x02\x00\x00\x00" + (16).to_bytes(4))
