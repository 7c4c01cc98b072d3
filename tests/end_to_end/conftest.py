"""Home Assistant and the simulator in processes of their own, and a browser."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
import shutil

import aiohttp
from playwright.async_api import expect
import pytest

from demo.browser import TIMEOUT_MS, HomeAssistantPage, find_chromium, open_page
from demo.environment import Environment, run_environment
from demo.home_assistant import REPOSITORY
from demo.simulator_process import SimulatorProcess

TIMEOUT = 180.0
"""Seconds; only an upper bound, for busy machines."""

expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture
def artifacts(request: pytest.FixtureRequest) -> Path:
    """Return the folder for the screenshots and logs of a test file."""
    folder = REPOSITORY / "artifacts" / request.path.stem.removeprefix("test_")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
async def session(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a session for talking to the processes."""
    async with aiohttp.ClientSession() as client_session:
        yield client_session


@pytest.fixture
async def simulator(session: aiohttp.ClientSession) -> AsyncIterator[SimulatorProcess]:
    """Return a simulator of its own."""
    process = await SimulatorProcess.start(0)
    yield process
    await process.stop()


@pytest.fixture
async def environment(socket_enabled: None, tmp_path: Path, artifacts: Path) -> AsyncIterator[Environment]:
    """Return Home Assistant and the simulator, without the integration."""
    async with run_environment(tmp_path / "home-assistant", default_ports=False) as environment:
        yield environment
    shutil.copyfile(environment.home_assistant.log, artifacts / "home-assistant.log")


@pytest.fixture
async def page(
    environment: Environment, artifacts: Path, request: pytest.FixtureRequest
) -> AsyncIterator[HomeAssistantPage]:
    """Return the frontend of that Home Assistant in a browser."""
    if (chromium := find_chromium()) is None:
        pytest.skip("Chromium is not installed")
    async with open_page(chromium) as page:
        home_assistant = HomeAssistantPage(page, environment.home_assistant.url, artifacts / request.node.name)
        yield home_assistant
        await home_assistant.screenshot("end")


async def wait_until(condition: Callable[[], Awaitable[bool]], description: str) -> None:
    """Wait until a condition is true; fail after a long time."""
    try:
        async with asyncio.timeout(TIMEOUT):
            while not await condition():
                await asyncio.sleep(0.25)
    except TimeoutError:
        pytest.fail(f"Did not happen within {TIMEOUT} s: {description}")
