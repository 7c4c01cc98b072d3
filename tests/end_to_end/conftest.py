"""A real Home Assistant, the simulator beside it, and a browser before it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
import shutil

import pytest

from demo.environment import House, open_house
from demo.home_assistant import REPOSITORY

from .browser import HomeAssistantPage, find_chromium, open_page


@pytest.fixture
def artifacts(request: pytest.FixtureRequest) -> Path:
    """Name the folder in which this test file keeps what it saw."""
    folder = REPOSITORY / "artifacts" / request.path.stem.removeprefix("test_")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
async def house(socket_enabled: None, tmp_path: Path, artifacts: Path) -> AsyncIterator[House]:
    """Home Assistant and the simulator, without the integration."""
    async with open_house(tmp_path / "home-assistant", usual_ports=False) as house:
        yield house
    shutil.copyfile(house.home_assistant.log, artifacts / "home-assistant.log")


@pytest.fixture
async def page(house: House, artifacts: Path) -> AsyncIterator[HomeAssistantPage]:
    """A browser on the page of that Home Assistant."""
    if (chromium := find_chromium()) is None:
        pytest.skip("there is no Chromium on this machine")
    async with open_page(chromium) as page:
        home_assistant = HomeAssistantPage(page, house.home_assistant.url, artifacts)
        yield home_assistant
        await home_assistant.keep("end")


async def until(condition: Callable[[], Awaitable[bool]], seconds: float, what: str) -> None:
    """Wait for something to be seen, for so long at most."""
    try:
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(0.25)
    except TimeoutError:
        pytest.fail(f"within {seconds} s did not happen: {what}")
