"""A person who leaves the live view open: it outlives the server's cut-offs and the key it began with."""

import asyncio

import pytest

from demo.dashboard import URL_PATH
from demo.environment import House, furnish, sign_in, wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME

from .browser import HomeAssistantPage
from .conftest import until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300)]

CUT_OFF_SECONDS = 22
PLAYED = 2.6 * CUT_OFF_SECONDS
LONGEST_STOP_SECONDS = 10
"""As long as a person waits before she reloads the page; a view that died would stop for ever."""
WARM_UP_SECONDS = 8
"""Right at the start the player may wait for a whole segment, whatever the camera."""


async def _control(house: House, what: str, wanted: dict[str, object]) -> None:
    async with house.session.post(f"{house.stand_in.url}/_control/{what}", json=wanted) as answer:
        answer.raise_for_status()


async def test_live_view_goes_on(house: House, page: HomeAssistantPage) -> None:
    await _control(house, "settings", {"live": {"max_seconds": CUT_OFF_SECONDS, "on_key_expiry": "cut"}})
    await sign_in(house.api)
    await wait_until_loaded(house.api)
    await furnish(house.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.open_dashboard(URL_PATH)

    async def plays() -> bool:
        return any(video["width"] and video["seconds"] > WARM_UP_SECONDS for video in await page.videos())

    await until(plays, 60, "the video plays")
    await page.keep("begun")
    clock = asyncio.get_running_loop().time
    begun = seen_at = clock()
    [first] = await page.videos()
    seconds = first["seconds"]
    longest_stop = 0.0
    revoked = False
    while clock() - begun < PLAYED:
        await asyncio.sleep(0.5)
        [video] = await page.videos()
        now = clock()
        longest_stop = max(longest_stop, now - seen_at)
        if video["seconds"] > seconds:
            seconds, seen_at = video["seconds"], now
        if not revoked and now - begun > 1.2 * CUT_OFF_SECONDS:
            await _control(house, "sessions/revoke", {})
            revoked = True
    await page.keep("still-playing")
    counters = await house.stand_in.counters(house.session)
    lobby = counters["live_started"]["1000a001"]
    assert lobby >= 4, "two cut-offs at least and the loss of the key were lived through"
    assert longest_stop < LONGEST_STOP_SECONDS
    assert seconds - first["seconds"] > PLAYED - LONGEST_STOP_SECONDS
    log = house.home_assistant.log.read_text()
    assert "Error from stream worker" not in log
    states = {state["entity_id"]: state["state"] for state in await house.api.get("/api/states")}
    assert states["camera.harbor_house_lobby"] != "unavailable"
