"""The dashboard that makes itself, as a resident adds it: wide, on a phone, in the dark, and with a new door."""

from playwright.async_api import expect
import pytest

from demo.environment import Environment, add_integration, wait_until_loaded
from demo.onboarding import PASSWORD, USERNAME

from demo.browser import TIMEOUT_MS, HomeAssistantPage

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

PHONE = {"width": 390, "height": 844}


async def test_dashboard_is_added_and_used(environment: Environment, page: HomeAssistantPage) -> None:
    """Settings, Dashboards, Add dashboard, Carson: no card has to be made by hand."""
    await add_integration(environment.api)
    await wait_until_loaded(environment.api)
    await page.log_in(USERNAME, PASSWORD)
    tab = page.page
    await page.go("/config/lovelace/dashboards")
    await tab.get_by_role("button", name="Add dashboard").click()
    choice = tab.locator("dashboard-card").filter(has_text="Carson")
    await choice.wait_for()
    await page.screenshot("choice")
    await choice.click()
    dialog = tab.locator("dialog-lovelace-dashboard-detail")
    await dialog.locator("input").first.fill("My doors")
    await page.screenshot("name")
    await dialog.get_by_role("button", name="Create").click()
    await tab.get_by_text("My doors").first.wait_for()

    await page.open_dashboard("my-doors")
    await expect(page.tile("Front Door")).to_be_visible(timeout=TIMEOUT_MS)
    await expect(page.tile("Roof Deck")).to_be_visible(timeout=TIMEOUT_MS)
    await page.screenshot("wide")

    # On a phone, the favorite door, its picture and its button are on the first screen.
    await tab.set_viewport_size(PHONE)
    box = await page.tile("Front Door").bounding_box()
    picture = await tab.locator("hui-picture-entity-card").first.bounding_box()
    assert box is not None
    assert picture is not None
    assert picture["y"] < box["y"]
    assert box["y"] + box["height"] <= PHONE["height"]
    assert picture["x"] + picture["width"] <= PHONE["width"]
    await page.screenshot("phone")

    await tab.emulate_media(color_scheme="dark")
    await tab.set_viewport_size({"width": 1280, "height": 1000})
    await page.screenshot("dark")

    # A door that is renamed follows without a reload of the page.
    devices = await environment.api.call("config/device_registry/list")
    [roof] = [device for device in devices if device["name"] == "Roof Deck"]
    await environment.api.call("config/device_registry/update", device_id=roof["id"], name_by_user="Terrace")
    await expect(page.tile("Terrace")).to_be_visible(timeout=TIMEOUT_MS)
    locks = await environment.api.call("config/entity_registry/list")
    [terrace] = [row for row in locks if row["entity_id"] == "lock.harbor_house_roof_deck"]
    await environment.api.call("config/entity_registry/update", entity_id=terrace["entity_id"], hidden_by="user")
    await expect(page.tile("Terrace")).to_have_count(0, timeout=TIMEOUT_MS)


async def test_unknown_names_in_the_configuration(environment: Environment, page: HomeAssistantPage) -> None:
    """The dashboard shows the rest, and says which names do not exist."""
    await add_integration(environment.api)
    await wait_until_loaded(environment.api)
    async with environment.api.websocket() as websocket:
        await websocket.call(
            "lovelace/dashboards/create", url_path="some-doors", title="Some", mode="storage", show_in_sidebar=True
        )
        strategy = {
            "type": "custom:carson",
            "buildings": "Harbor House",
            "doors": ["lock.harbor_house_garage_gate", "lock.gone"],
            "compact": True,
        }
        await websocket.call("lovelace/config/save", url_path="some-doors", config={"strategy": strategy})
    await page.log_in(USERNAME, PASSWORD)
    await page.open_dashboard("some-doors")
    await expect(page.tile("Garage Gate")).to_be_visible(timeout=TIMEOUT_MS)
    await expect(page.tile("Front Door")).to_have_count(0)
    await expect(page.page.get_by_text("lock.gone")).to_be_visible(timeout=TIMEOUT_MS)
