"""The live view stays open: it survives the server's time limits and the loss of its session key."""

import asyncio

import pytest

from demo.browser import HomeAssistantPage, Video
from demo.dashboard import URL_PATH
from demo.environment import Environment, set_up
from demo.onboarding import PASSWORD, USERNAME

from .conftest import TIMEOUT, wait_until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

LOBBY = "1000a001"
STREAM_LIMIT_SECONDS = 22
PLAYED_SECONDS = 2.6 * STREAM_LIMIT_SECONDS
MAX_PAUSE_SECONDS = 10
"""How long a person waits before reloading the page."""
WARM_UP_SECONDS = 8
"""At the start the player may wait for a whole segment."""


async def test_live_view_continues(environment: Environment, page: HomeAssistantPage) -> None:
    await _control(environment, "settings", live={"max_seconds": STREAM_LIMIT_SECONDS, "on_key_expiry": "cut"})
    await set_up(environment.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.open_dashboard(URL_PATH)

    async def is_playing() -> bool:
        return any(video["width"] and video["seconds"] > WARM_UP_SECONDS for video in await page.videos())

    await wait_until(is_playing, "the video plays")
    await page.screenshot("start")
    longest_pause = await _play(environment, page)
    await page.screenshot("still-playing")

    counters = await environment.simulator.counters(environment.session)
    assert counters["live_started"][LOBBY] >= 4, "at least two time limits and the loss of the key were survived"
    assert longest_pause < MAX_PAUSE_SECONDS
    messages = [record.message for record in environment.home_assistant.log_records()]
    assert not [message for message in messages if "Error from stream worker" in message]
    states = {state["entity_id"]: state["state"] for state in await environment.api.get("/api/states")}
    assert states["camera.harbor_house_lobby"] != "unavailable"


async def _play(environment: Environment, page: HomeAssistantPage) -> float:
    """Play the video for a while, revoke the session key meanwhile, and return the longest pause in seconds."""
    clock = asyncio.get_running_loop().time
    start = last_progress = clock()
    first = last = await _video(page)
    longest_pause = 0.0
    is_revoked = False
    async with asyncio.timeout(TIMEOUT):
        while (
            last["seconds"] - first["seconds"] < PLAYED_SECONDS - MAX_PAUSE_SECONDS or clock() - start < PLAYED_SECONDS
        ):
            await asyncio.sleep(0.5)
            video = await _video(page)
            now = clock()
            longest_pause = max(longest_pause, now - last_progress)
            if video["seconds"] > last["seconds"]:
                last, last_progress = video, now
            if not is_revoked and now - start > 1.2 * STREAM_LIMIT_SECONDS:
                await _control(environment, "sessions/revoke")
                is_revoked = True
    return longest_pause


async def _video(page: HomeAssistantPage) -> Video:
    """Return the playback of the only video on the page."""
    [video] = await page.videos()
    return video


async def _control(environment: Environment, path: str, **body: object) -> None:
    async with environment.session.post(f"{environment.simulator.url}/_control/{path}", json=body) as response:
        response.raise_for_status()
