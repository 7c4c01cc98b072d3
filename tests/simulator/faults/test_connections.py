"""Tests of faults of the connection."""

import asyncio

import aiohttp
import pytest

from tests.support.http_client import HttpClient


async def test_reset_without_a_response(client: HttpClient) -> None:
    client.sim.faults.add("open_door", "reset")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.carson("POST", "doors/7001/open/")
    assert client.sim.counters.log[-1].status is None


async def test_silence_lasts_until_the_client_disconnects(client: HttpClient) -> None:
    client.sim.faults.add("me", "silence", times=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.carson("GET", "me/")
    assert (await client.carson("GET", "me/")).status == 200
