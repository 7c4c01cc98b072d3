"""The frontend: sign in, add the integration, watch the cameras, open doors."""

from playwright.async_api import expect
import pytest

from demo.browser import HomeAssistantPage
from demo.dashboard import URL_PATH
from demo.environment import Environment, add_dashboard, wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME
from demo.simulator_process import EMAIL as CARSON_EMAIL, PASSWORD as CARSON_PASSWORD

from .conftest import wait_until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

FRONT_DOOR = "7001"
GARAGE_GATE = "7002"


async def test_integration_is_added_and_doors_open(environment: Environment, page: HomeAssistantPage) -> None:
    await page.log_in(USERNAME, PASSWORD)
    await page.screenshot("home")
    await page.add_carson(CARSON_EMAIL, CARSON_PASSWORD)
    await wait_until_loaded(environment.api)

    await page.go("/config/devices/dashboard")
    devices = page.page.locator("ha-data-table")
    for name in ("Harbor House", "Front Door", "Garage Gate", "Lobby", "Garage"):
        await expect(devices.get_by_text(name, exact=True).first).to_be_visible()
    await page.screenshot("devices")

    await add_dashboard(environment.api)
    await page.open_dashboard(URL_PATH)

    await _wait_for_video(page)
    await page.screenshot("live")
    await _wait_for_image_change(page)
    await page.screenshot("image")

    assert await environment.simulator.openings(environment.session) == {}
    await page.open_door("Front Door")
    await wait_until(lambda: _have_opened(environment, {FRONT_DOOR: 1}), "the front door opens")
    await page.screenshot("front-door-opened")
    await page.open_door("Garage Gate")
    await wait_until(lambda: _have_opened(environment, {FRONT_DOOR: 1, GARAGE_GATE: 1}), "the garage gate opens")
    await page.screenshot("garage-gate-opened")

    # The locks return to locked by themselves, and no door opened a second time.
    for name in ("Front Door", "Garage Gate"):
        await expect(page.tile(name).get_by_text("Locked")).to_be_visible()
    assert await environment.simulator.openings(environment.session) == {FRONT_DOOR: 1, GARAGE_GATE: 1}


async def _wait_for_video(page: HomeAssistantPage) -> None:
    """Wait until the only video on the page has started and played for another three seconds."""

    async def has_started() -> bool:
        return any(video["width"] and video["frames"] > 2 for video in await page.videos())

    await wait_until(has_started, "the video starts")
    [before] = await page.videos()

    async def has_continued() -> bool:
        [after] = await page.videos()
        return after["seconds"] >= before["seconds"] + 3 and after["frames"] >= before["frames"] + 24

    await wait_until(has_continued, "the video continues")


async def _wait_for_image_change(page: HomeAssistantPage) -> None:
    async def is_shown() -> bool:
        return bool(await page.camera_images())

    await wait_until(is_shown, "an image of a camera is shown")
    before = await page.camera_images()

    async def has_changed() -> bool:
        return bool(await page.camera_images() - before)

    await wait_until(has_changed, "an image of a camera changes")


async def _have_opened(environment: Environment, expected: dict[str, int]) -> bool:
    return await environment.simulator.openings(environment.session) == expected
