"""Settings that simulate the way to the clouds."""

import time

import aiohttp

from tests.support.http_client import HttpClient


async def _seconds(session: aiohttp.ClientSession, url: str) -> float:
    started = time.perf_counter()
    async with session.get(url) as response:
        await response.read()
    return time.perf_counter() - started


async def test_first_request_of_a_connection_takes_longer(client: HttpClient) -> None:
    client.sim.settings.delay = 0.05
    client.sim.settings.connection_delay = 0.5
    url = f"{client.sim.api_url}/v1.4.4/me/"
    async with aiohttp.ClientSession() as session:
        first = await _seconds(session, url)
        client.sim.settings.connection_delay = 60
        second = await _seconds(session, url)
    assert first >= 0.55
    # The connection is not new, so nothing waits for a minute.
    assert 0.05 <= second < 30
