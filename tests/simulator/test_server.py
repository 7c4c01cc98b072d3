"""Tests of the server: start and stop."""

import asyncio
import threading

import aiohttp
import pytest

from simulator import Settings, Simulator
from tests.support.http_client import HttpClient, wait_until


async def test_stop_leaves_no_tasks_or_threads() -> None:
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


async def test_several_simulators_and_a_port_in_use() -> None:
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
