"""Motion on Home Assistant's own page of a camera."""

import time

from playwright.async_api import expect
import pytest

from demo.browser import HomeAssistantPage
from demo.environment import Environment, wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME
from demo.simulator_process import EMAIL as CARSON_EMAIL, PASSWORD as CARSON_PASSWORD

from .conftest import wait_until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

LOBBY, GARAGE = "1000a001", "1000a002"
MOTION = "binary_sensor.harbor_house_lobby_motion"

# When the page itself has each state, in seconds since the epoch.
_WATCH = """id => {
  window.seen = {};
  const look = () => {
    const state = document.querySelector("home-assistant").hass.states[id]?.state;
    if (state && !(state in window.seen)) window.seen[state] = Date.now() / 1000;
    requestAnimationFrame(look);
  };
  look();
}"""


async def test_motion_appears_while_it_lasts(environment: Environment, page: HomeAssistantPage) -> None:
    simulator, session = environment.simulator, environment.session
    for camera in (LOBBY, GARAGE):
        await simulator.change_camera(session, camera, recordings=[])
    await page.log_in(USERNAME, PASSWORD)
    await page.add_carson(CARSON_EMAIL, CARSON_PASSWORD)
    await wait_until_loaded(environment.api)

    async def has_motion_sensor() -> bool:
        return (
            await page.page.evaluate("id => id in document.querySelector('home-assistant').hass.states", MOTION)
            and await page.state(MOTION) == "off"
        )

    await wait_until(has_motion_sensor, "the page has the motion sensor")
    await page.go("/config/devices/dashboard")
    await page.page.locator("ha-data-table").get_by_text("Lobby", exact=True).first.click()
    device = page.page.locator("ha-config-device-page")
    await expect(device.get_by_text("Motion", exact=True).first).to_be_visible()
    await page.page.evaluate(_WATCH, MOTION)

    begin = time.time() + 1
    await simulator.change_camera(session, LOBBY, recordings=[[begin, begin + 8]])
    await expect(device.get_by_text("Detected", exact=True).first).to_be_visible()
    await page.screenshot("motion")
    await expect(device.get_by_text("Motion ended", exact=True).first).to_be_visible()
    await page.screenshot("no-motion")
    seen = await page.page.evaluate("window.seen")
    print(f"Motion was on the page {seen['on'] - begin:.2f} s after it began.")  # noqa: T201 - a figure for whoever looks
    assert seen["on"] >= begin
