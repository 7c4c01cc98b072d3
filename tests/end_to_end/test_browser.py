"""A person at the page: signs in, adds the integration, sees the cameras, opens doors."""

from playwright.async_api import expect
import pytest

from demo.dashboard import URL_PATH
from demo.environment import House, furnish, wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME
from demo.simulator_process import EMAIL as CARSON_EMAIL, PASSWORD as CARSON_PASSWORD

from .browser import HomeAssistantPage
from .conftest import until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(300)]

FRONT_DOOR = "7001"
GARAGE_GATE = "7002"


async def test_from_log_in_to_an_open_door(house: House, page: HomeAssistantPage) -> None:
    await page.log_in(USERNAME, PASSWORD)
    await page.keep("home")
    await page.add_carson(CARSON_EMAIL, CARSON_PASSWORD)
    await wait_until_loaded(house.api)

    await page.go("/config/devices/dashboard")
    devices = page.page.locator("ha-data-table")
    for name in ("Harbor House", "Front Door", "Garage Gate", "Lobby", "Garage"):
        await expect(devices.get_by_text(name, exact=True).first).to_be_visible(timeout=15_000)
    await page.keep("devices")

    await furnish(house.api)
    await page.open_dashboard(URL_PATH)

    await _video_plays(page)
    await page.keep("live")
    await _picture_changes(page)
    await page.keep("picture")

    assert await house.stand_in.openings(house.session) == {}
    await page.tile("Front Door").click()
    await until(lambda: _opened(house, {FRONT_DOOR: 1}), 15, "the front door opens")
    await page.keep("button-pressed")
    await page.lock_row("Garage Gate").get_by_text("Unlock").click()
    await until(lambda: _opened(house, {FRONT_DOOR: 1, GARAGE_GATE: 1}), 15, "the garage gate opens")
    await page.keep("lock-opened")

    # The strike falls back by itself, and nobody opened anything a second time.
    for name in ("Front Door", "Garage Gate"):
        await expect(page.lock_row(name).get_by_text("Unlock")).to_be_visible(timeout=30_000)
    assert await house.stand_in.openings(house.session) == {FRONT_DOOR: 1, GARAGE_GATE: 1}


async def _video_plays(page: HomeAssistantPage) -> None:
    """See the one video on the page begin, and go on: three seconds, as many as its clock says, frame by frame."""

    async def begun() -> bool:
        return any(video["width"] and video["frames"] > 2 for video in await page.videos())

    await until(begun, 40, "the video begins")
    [before] = await page.videos()

    async def went_on() -> bool:
        [now] = await page.videos()
        return now["seconds"] >= before["seconds"] + 3 and now["frames"] >= before["frames"] + 24

    await until(went_on, 20, "the video goes on")


async def _picture_changes(page: HomeAssistantPage) -> None:
    async def shown() -> bool:
        return bool(await page.camera_pictures())

    await until(shown, 20, "a camera's picture is shown")
    before = await page.camera_pictures()

    async def changed() -> bool:
        return bool(await page.camera_pictures() - before)

    await until(changed, 45, "a camera's picture changes")


async def _opened(house: House, wanted: dict[str, int]) -> bool:
    return await house.stand_in.openings(house.session) == wanted
