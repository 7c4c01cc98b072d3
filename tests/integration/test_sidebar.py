"""The dashboard in the sidebar."""

from collections.abc import Awaitable, Callable

from homeassistant import config_entries
from homeassistant.components.frontend import DATA_PANELS, async_panel_exists, async_register_built_in_panel
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from simulator import Simulator
from tests.support.not_none import not_none

PANEL, DASHBOARD = "carson", "carson_dashboard"


@pytest.fixture
async def lovelace(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "lovelace", {})


@pytest.fixture
def set_up(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry) -> Callable[..., object]:
    async def set_up(**options: bool) -> None:
        hass.config_entries.async_update_entry(entry, options=options)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()

    return set_up


def is_shown(hass: HomeAssistant) -> bool:
    assert async_panel_exists(hass, PANEL) == async_panel_exists(hass, DASHBOARD)
    return async_panel_exists(hass, PANEL)


@pytest.mark.usefixtures("lovelace")
async def test_dashboard_is_its_strategy(
    hass: HomeAssistant, set_up: Callable[..., Awaitable[None]], hass_ws_client: WebSocketGenerator
) -> None:
    await set_up(dashboard=True)
    assert await async_setup_component(hass, "system_health", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "lovelace/config", "url_path": DASHBOARD, "force": False})
    assert (await client.receive_json())["result"] == {"strategy": {"type": "custom:carson"}}
    assert (await get_system_health_info(hass, "lovelace"))["dashboards"] == 2
    panels = {path: hass.data[DATA_PANELS][path].to_response() for path in (PANEL, DASHBOARD)}
    assert (panels[PANEL]["title"], panels[PANEL]["icon"]) == ("Carson", "mdi:door")
    assert not_none(panels[PANEL]["config"])["dashboard"] == f"/{DASHBOARD}"
    assert "/carson/dashboard.js?v=" in not_none(panels[PANEL]["config"])["_panel_custom"]["module_url"]
    assert panels[DASHBOARD]["show_in_sidebar"] is False
    assert not any(panel["require_admin"] for panel in (panels[PANEL], panels[DASHBOARD]))

    # It cannot be changed by hand.
    await client.send_json_auto_id({"type": "lovelace/config/save", "url_path": DASHBOARD, "config": {"views": []}})
    assert not (await client.receive_json())["success"]
    await client.send_json_auto_id({"type": "lovelace/config", "url_path": DASHBOARD, "force": True})
    assert (await client.receive_json())["result"] == {"strategy": {"type": "custom:carson"}}


@pytest.mark.usefixtures("lovelace")
async def test_account_from_before_the_option_gets_none(
    hass: HomeAssistant, set_up: Callable[..., Awaitable[None]]
) -> None:
    await set_up()
    assert not is_shown(hass)


@pytest.mark.usefixtures("lovelace")
async def test_option_is_turned_off_and_on(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: Callable[..., Awaitable[None]]
) -> None:
    await set_up(dashboard=True)
    for wanted in (False, True):
        hass.config_entries.async_update_entry(entry, options={"dashboard": wanted})
        assert await hass.config_entries.async_reload(entry.entry_id)
        assert is_shown(hass) == wanted


@pytest.mark.usefixtures("lovelace")
async def test_it_is_gone_with_the_last_account_that_wants_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    make_entry: Callable[..., MockConfigEntry],
    set_up: Callable[..., Awaitable[None]],
) -> None:
    await set_up(dashboard=True)
    other = make_entry("federated@example.com", password=None)
    hass.config_entries.async_update_entry(other, options={"dashboard": True})
    assert await hass.config_entries.async_setup(other.entry_id)
    await hass.config_entries.async_remove(other.entry_id)
    assert is_shown(hass)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, config_entries.ConfigEntryDisabler.USER)
    assert not is_shown(hass)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
    assert is_shown(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    assert not is_shown(hass)


@pytest.mark.usefixtures("lovelace")
async def test_panel_of_somebody_else_stays(hass: HomeAssistant, set_up: Callable[..., Awaitable[None]]) -> None:
    async_register_built_in_panel(hass, "iframe", sidebar_title="Mine", frontend_url_path=PANEL)
    await set_up(dashboard=True)
    assert async_panel_exists(hass, PANEL)
    assert not async_panel_exists(hass, DASHBOARD)


async def test_without_dashboards(hass: HomeAssistant, set_up: Callable[..., Awaitable[None]]) -> None:
    await set_up(dashboard=True)
    assert not is_shown(hass)
