"""Fixtures of the simulator's tests, which use real sockets."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from simulator import Simulator
from tests.support.http_client import HttpClient


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow sockets on 127.0.0.1."""


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """Return a simulator that ends with the test."""
    async with Simulator() as simulator:
        yield simulator


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[HttpClient]:
    """Return an HTTP client of the simulator."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield HttpClient(sim, session)
