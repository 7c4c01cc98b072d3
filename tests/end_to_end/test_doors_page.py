"""Doors on Home Assistant's own pages: impatient taps on a slow cloud, the area, the activity."""

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


async def test_impatient_taps_open_a_door_once(environment: Environment, page: HomeAssistantPage) -> None:
    await page.log_in(USERNAME, PASSWORD)
    await page.add_carson(CARSON_EMAIL, CARSON_PASSWORD)
    await wait_until_loaded(environment.api)
    await add_dashboard(environment.api)
    await page.open_dashboard(URL_PATH)
    await environment.simulator.add_fault(environment.session, operation="open_door", kind="delay", seconds=5)

    tile = page.tile("Front Door")
    await expect(tile.get_by_text("Locked", exact=True)).to_be_visible()
    await page.open_door("Front Door")
    # The button of the tile now shows that it was pressed; the device's own page is open as well.
    for _ in range(2):
        await page.page.evaluate(
            "id => { document.querySelector('home-assistant').hass.callService('lock', 'open', {entity_id: id}) }",
            "lock.harbor_house_front_door",
        )
    # The page shows that the request is on its way.
    await wait_until(lambda: _is_shown_as(page, "unlocking"), "the lock is shown as unlocking")
    await page.screenshot("unlocking")

    async def has_opened() -> bool:
        return bool(await environment.simulator.openings(environment.session))

    await wait_until(has_opened, "the front door opens")
    await wait_until(lambda: _is_shown_as(page, "unlocked"), "the lock is shown as unlocked")
    await page.screenshot("unlocked")
    await wait_until(lambda: _is_shown_as(page, "locked"), "the lock is shown as locked again")
    await page.screenshot("locked-again")
    assert await environment.simulator.openings(environment.session) == {FRONT_DOOR: 1}

    await page.go("/config/areas/area/harbor_house")
    area = page.page.locator("ha-config-area-page")
    await expect(area.get_by_text("Front Door").first).to_be_visible()
    await page.screenshot("area")

    await page.go("/config/devices/dashboard")
    await page.page.locator("ha-data-table").get_by_text("Front Door", exact=True).first.click()
    device = page.page.locator("ha-config-device-page")
    await expect(device.get_by_text("Last opening").first).to_be_visible()
    await expect(device.locator("ha-logbook").get_by_text("Opening", exact=False).first).to_be_visible()
    await page.screenshot("activity")


async def _is_shown_as(page: HomeAssistantPage, state: str) -> bool:
    """Return whether the page has a state of the front door's lock, which its tile shows by icon and color."""
    return await page.state("lock.harbor_house_front_door") == state
