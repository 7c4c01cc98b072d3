"""Start and end, clocks, and the program of its own."""

import asyncio
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path
import signal
import sys
import threading

import aiohttp
from freezegun.api import FrozenDateTimeFactory
import pytest

from simulator import Clock, Settings, Simulator
from tests.support.http_client import HttpClient, wait_until

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


async def test_nothing_is_left_behind() -> None:
    tasks, threads = asyncio.all_tasks(), threading.active_count()
    async with aiohttp.ClientSession() as session:
        async with Simulator() as sim:
            client = HttpClient(sim, session)
            sim.faults.add("me", "silence")
            waiting = asyncio.create_task(client.carson("GET", "me/"))
            response = await client.play(milliseconds=600_000)
            await response.content.readany()
            await wait_until(lambda: sim.counters.count("me"))
        with pytest.raises(aiohttp.ClientError):
            await waiting
        response.close()
        with pytest.raises(aiohttp.ClientError):
            await client.carson("GET", "me/")
    assert asyncio.all_tasks() == tasks
    assert threading.active_count() == threads
    await sim.stop()


async def test_many_simulators_at_once_and_a_taken_port() -> None:
    async with Simulator() as one, Simulator() as two:
        assert one.port != two.port
        one.state.doors["7001"].name = "Changed"
        assert two.state.doors["7001"].name == "Front Door"
        with pytest.raises(OSError, match=r"(?i)in use"):
            await Simulator(port=one.port).start()


async def test_settings_can_be_given_at_the_start() -> None:
    settings = Settings(minimum_app_version="9")
    async with Simulator(settings=settings) as sim, aiohttp.ClientSession() as session:
        assert (await HttpClient(sim, session).carson("GET", "me/")).status == 400


async def test_clock_moves_and_wakes_whoever_waits() -> None:
    clock = Clock.manual(START)
    waiting = asyncio.create_task(clock.sleep(3600))
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(1800)
    assert clock.now() == START + timedelta(minutes=30)
    await asyncio.sleep(0.01)
    assert not waiting.done()
    clock.advance(1800)
    async with asyncio.timeout(1):
        await waiting


async def test_clock_that_runs_faster() -> None:
    clock = Clock.running(START, speed=100)
    async with asyncio.timeout(2):
        await clock.sleep(5)
    assert clock.now() >= START + timedelta(seconds=5)


async def test_wait_can_be_given_up() -> None:
    clock = Clock.manual(START)
    given_up = False
    waiting = asyncio.create_task(clock.sleep_until(clock.time() + 60, unless=lambda: given_up))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    given_up = True
    async with asyncio.timeout(2):
        await waiting


async def test_frozen_time_freezes_the_simulator_as_well(freezer: FrozenDateTimeFactory) -> None:
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


async def test_live_video_waits_in_frozen_time_and_follows_the_clock(freezer: FrozenDateTimeFactory) -> None:
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


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
async def test_program_of_its_own(end: signal.Signals) -> None:
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "--port", "0", "--seed", "1", "--delay", "0.01"),
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(30), aiohttp.ClientSession() as session:
            urls = json.loads(await process.stdout.readline())
            assert set(urls) == {"url", "api_url", "eagle_eye_url"}
            async with session.post(
                f"{urls['url']}/_control/token", json={"email": "resident@example.com"}
            ) as response:
                token = (await response.json())["token"]
            headers = {"Authorization": f"JWT {token}"}
            async with session.post(f"{urls['api_url']}/v1.4.4/doors/7002/open/", headers=headers) as response:
                assert response.status == 200
            line = (await process.stdout.readline()).decode()
            assert line.startswith("Opened Garage Gate in Harbor House at ")
            process.send_signal(end)
            assert await process.wait() == 0
            assert await process.stderr.read() == b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
