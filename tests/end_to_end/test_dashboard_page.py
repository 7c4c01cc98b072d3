"""The dashboard that builds itself, as a resident adds it: wide, on a phone, in the dark, and with a new door."""

from functools import partial

from playwright.async_api import ViewportSize, expect
import pytest

from demo.api import ApiError
from demo.browser import HomeAssistantPage
from demo.dashboard import URL_PATH
from demo.environment import Environment, add_dashboard, add_integration, wait_until_loaded
from demo.newcomer import Newcomer
from demo.onboarding import PASSWORD, USERNAME

from .conftest import wait_until

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

PHONE: ViewportSize = {"width": 390, "height": 844}
DOORS, CAMERAS = 30, 40
# The height of the view, and the bottom of the last door in it.
_HEIGHT = """
() => {
  let bottom = 0;
  const walk = root => root.querySelectorAll("*").forEach(element => {
    if (element.localName === "hui-card") {
      bottom = Math.max(bottom, element.getBoundingClientRect().bottom + scrollY);
    }
    if (element.shadowRoot) walk(element.shadowRoot);
  });
  walk(document);
  return bottom;
}
"""


async def test_new_user_needs_few_clicks(environment: Environment, page: HomeAssistantPage) -> None:
    """From an empty Home Assistant to an opened door and its picture, on a page that was never reloaded."""
    await page.log_in(USERNAME, PASSWORD)
    newcomer = Newcomer(page)
    await newcomer.open_first_door()
    assert newcomer.clicks <= 8
    assert await environment.simulator.openings(environment.session) == {"7001": 1}
    picture = page.page.locator("hui-picture-entity-card").first
    await expect(picture).to_be_in_viewport(ratio=1)

    # Without the option, it is gone from the sidebar.
    sidebar = page.page.locator("ha-sidebar").get_by_text("Carson", exact=True)
    await expect(sidebar).to_have_count(1)
    [entry] = await environment.api.call("config_entries/get", domain="carson")
    flows = "/api/config/config_entries/options/flow"
    flow = await environment.api.post(flows, {"handler": entry["entry_id"]})
    suggested = {
        field["name"]: field.get("description", {}).get("suggested_value", field.get("default"))
        for field in flow["data_schema"]
        if field["name"] != "advanced"
    }
    assert suggested["dashboard"] is True
    await environment.api.post(f"{flows}/{flow['flow_id']}", {**suggested, "dashboard": False})
    await expect(sidebar).to_have_count(0)


async def test_tower(environment: Environment, page: HomeAssistantPage) -> None:
    """Thirty doors and forty cameras: at most three screens of a phone for ten doors."""
    await environment.simulator.add_tower(environment.session, DOORS, CAMERAS)
    await add_integration(environment.api)
    await wait_until_loaded(environment.api)
    await add_dashboard(environment.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.page.set_viewport_size(PHONE)
    await page.open_dashboard(URL_PATH)
    await page.tile("Floor 26").wait_for()
    await expect(page.page.locator("hui-lock-open-door-card-feature")).to_have_count(DOORS)
    await expect(page.page.locator("hui-picture-entity-card")).to_have_count(CAMERAS - 2)
    await page.screenshot("tower")
    await expect(page.tile("Front Door")).to_be_in_viewport(ratio=1)
    assert PHONE["height"] < await page.page.evaluate(_HEIGHT) <= 3 * PHONE["height"] * DOORS / 10
    await page.open_door("Floor 26")
    await expect(page.tile("Floor 26").get_by_text("Unlocked")).to_be_visible()
    assert await environment.simulator.openings(environment.session) == {"17026": 1}


async def _is_saved(environment: Environment, url_path: str) -> bool:
    try:
        return bool(await environment.api.call("lovelace/config", url_path=url_path))
    except ApiError:
        return False


async def test_dashboard_is_added_and_used(environment: Environment, page: HomeAssistantPage) -> None:
    """Settings, Dashboards, Add dashboard, Carson: no card has to be made by hand."""
    await add_integration(environment.api)
    await wait_until_loaded(environment.api)
    await page.log_in(USERNAME, PASSWORD)
    tab = page.page
    await page.go("/config/lovelace/dashboards")
    await tab.get_by_role("button", name="Add dashboard").click()
    choice = tab.locator("dashboard-card").filter(has_text="Carson")
    await expect(choice.get_by_text("The doors and cameras of your buildings")).to_be_visible()
    await page.screenshot("choice")
    await choice.click()
    dialog = tab.locator("dialog-lovelace-dashboard-detail")
    await dialog.locator("input:not([type=checkbox])").first.fill("My doors")
    await page.screenshot("name")
    await dialog.get_by_role("button", name="Create").click()
    await tab.get_by_text("My doors").first.wait_for()
    # The page lists it before it has saved what it shows.
    await wait_until(partial(_is_saved, environment, "my-doors"), "the dashboard is saved")

    await page.open_dashboard("my-doors")
    await expect(page.tile("Front Door")).to_be_visible()
    await expect(page.tile("Roof Deck")).to_be_visible()
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
    await expect(page.tile("Terrace")).to_be_visible()
    locks = await environment.api.call("config/entity_registry/list")
    [terrace] = [row for row in locks if row["entity_id"] == "lock.harbor_house_roof_deck"]
    await environment.api.call("config/entity_registry/update", entity_id=terrace["entity_id"], hidden_by="user")
    await expect(page.tile("Terrace")).to_have_count(0)


async def test_new_door_appears(environment: Environment, page: HomeAssistantPage) -> None:
    """Without a reload of the page."""
    await add_integration(environment.api)
    await wait_until_loaded(environment.api)
    await add_dashboard(environment.api)
    await page.log_in(USERNAME, PASSWORD)
    await page.open_dashboard(URL_PATH)
    await page.tile("Front Door").wait_for()
    await page.page.evaluate("() => { window.hasNotBeenReloaded = true; }")
    door = {"id": 7099, "name": "Bike Room", "external_id": "4099", "order": 9}
    url = f"{environment.simulator.url}/_control/me"
    async with environment.session.post(url, json={"building": 501, "add_door": door}) as response:
        response.raise_for_status()
    await environment.api.perform_action("carson", "update")
    await expect(page.tile("Bike Room")).to_be_visible()
    assert await page.page.evaluate("() => window.hasNotBeenReloaded")


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
    await expect(page.tile("Garage Gate")).to_be_visible()
    await expect(page.tile("Front Door")).to_have_count(0)
    await expect(page.page.get_by_text("lock.gone")).to_be_visible()
