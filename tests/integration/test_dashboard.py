"""The dashboard that builds itself: its script, and what it is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from homeassistant.auth.models import User
from homeassistant.auth.permissions import PolicyPermissions
from homeassistant.auth.permissions.models import PermissionLookup
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components import carson
from simulator import Simulator
from tests.support.states import get_state

from .conftest import EMAIL

LOBBY, GARAGE = "camera.harbor_house_lobby", "camera.harbor_house_garage"


async def ask(hass_ws_client: WebSocketGenerator, **more: str) -> dict[str, Any]:
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "carson/dashboard", **more})
    result: dict[str, Any] = (await client.receive_json())["result"]
    return result


async def test_what_is_shown(hass: HomeAssistant, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator) -> None:
    """Doors in Carson's order with their cameras, the favorite first; nothing that is disabled or hidden."""
    result = await ask(hass_ws_client)
    [building] = result["buildings"]
    assert (building["name"], building["account"]) == ("Harbor House", "Robin Sample")
    assert building["doors"] == [
        {"entity_id": "lock.harbor_house_front_door", "camera": LOBBY},
        {"entity_id": "lock.harbor_house_garage_gate", "camera": GARAGE},
        {"entity_id": "lock.harbor_house_roof_deck", "camera": None},
        {"entity_id": "lock.harbor_house_unit_12b", "camera": None},
    ]
    assert building["cameras"] == [LOBBY, GARAGE]
    assert building["calendar"] == "calendar.harbor_house_reservations"
    assert building["upcoming"] == "sensor.harbor_house_upcoming_reservations"
    assert result["texts"]["cameras"] == "Cameras"
    assert EMAIL not in str(result)


async def test_hidden_entities_are_not_shown(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    registry = er.async_get(hass)
    registry.async_update_entity("lock.harbor_house_front_door", hidden_by=er.RegistryEntryHider.USER)
    registry.async_update_entity(GARAGE, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    [building] = (await ask(hass_ws_client))["buildings"]
    assert building["doors"][0] == {"entity_id": "lock.harbor_house_garage_gate", "camera": None}
    assert building["cameras"] == [LOBBY]


async def test_user_sees_what_the_user_may_see(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    permissions = PolicyPermissions(
        {"entities": {"entity_ids": {LOBBY: True}}}, PermissionLookup(er.async_get(hass), dr.async_get(hass))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(User, "permissions", property(lambda _: permissions))
        [building] = (await ask(hass_ws_client))["buildings"]
    assert (building["doors"], building["cameras"], building["calendar"]) == ([], [LOBBY], None)


async def test_two_accounts_in_one_building(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    make_entry: Callable[..., MockConfigEntry],
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The name of the account tells them apart."""
    other = make_entry("federated@example.com", password=None)
    hass.config_entries.async_update_entry(other, title="Flo")
    assert await hass.config_entries.async_setup(other.entry_id)
    await hass.async_block_till_done()
    names = [building["name"] for building in (await ask(hass_ws_client))["buildings"]]
    assert names == ["Harbor House (Robin Sample)", "Harbor House (Flo)"]


async def test_without_an_account(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> None:
    assert await async_setup_component(hass, "carson", {})
    assert (await ask(hass_ws_client, language="de"))["buildings"] == []


async def test_script_is_served_and_announced(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """Its address changes with its content, since browsers keep it."""
    urls: set[str] = set()
    hass.data["frontend_extra_module_url"] = urls
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    [url] = urls
    assert "?v=" in url
    client = await hass_client()
    response = await client.get(url)
    script = Path(carson.__file__).parent / "frontend" / "dashboard.js"
    assert await response.text() == script.read_text()
    assert response.content_type.endswith("javascript")


async def test_lock_names_its_camera(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """Also after the camera was renamed, disabled, or enabled again."""
    lock = "lock.harbor_house_front_door"
    registry = er.async_get(hass)
    assert get_state(hass, lock).attributes["camera"] == LOBBY
    registry.async_update_entity(LOBBY, new_entity_id="camera.entrance")
    await hass.async_block_till_done()
    assert get_state(hass, lock).attributes["camera"] == "camera.entrance"
    registry.async_update_entity("camera.entrance", disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    assert get_state(hass, lock).attributes["camera"] is None
    assert get_state(hass, "lock.harbor_house_roof_deck").attributes["camera"] is None
