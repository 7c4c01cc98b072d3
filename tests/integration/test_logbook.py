"""Logbook entries and events for requests to open a door."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import get_instance
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser, async_capture_events
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from simulator import Simulator

LOCK = "lock.harbor_house_front_door"
BUTTON = "button.harbor_house_garage_gate_open"


@pytest.fixture(autouse=True)
def real_sockets(recorder_mock: Any, enable_custom_integrations: None, socket_enabled: None) -> None:
    """Set up the recorder first."""


async def open_door(hass: HomeAssistant, domain: str, action: str, entity_id: str, context: Context) -> None:
    await hass.services.async_call(domain, action, {"entity_id": entity_id}, blocking=True, context=context)


async def test_request_to_open_a_door_fires_an_event(
    hass: HomeAssistant,
    hass_admin_user: MockUser,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    events = async_capture_events(hass, "carson_door")
    context = Context(user_id=hass_admin_user.id)
    await open_door(hass, "lock", "open", LOCK, context)
    sim.faults.add("open_door", "status", status=403)
    with pytest.raises(HomeAssistantError):
        await open_door(hass, "button", "press", BUTTON, context)
    sim.faults.clear()
    sim.faults.add("open_door", "reset")
    freezer.tick(3)  # a press just after a success would join it
    with pytest.raises(HomeAssistantError):
        await open_door(hass, "lock", "unlock", LOCK, context)
    assert [event.data for event in events] == [
        {"entity_id": LOCK, "name": "Front Door", "outcome": "opened"},
        {"entity_id": BUTTON, "name": "Garage Gate", "outcome": "failed"},
        {"entity_id": LOCK, "name": "Front Door", "outcome": "unclear"},
    ]
    assert [event.context for event in events] == [context] * 3


async def test_logbook_shows_who_opened_a_door(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    hass_admin_user: MockUser,
    sim: Simulator,
    loaded: MockConfigEntry,
) -> None:
    assert await async_setup_component(hass, "logbook", {})
    start = dt_util.utcnow()
    context = Context(user_id=hass_admin_user.id)
    await open_door(hass, "button", "press", BUTTON, context)
    sim.faults.add("open_door", "reset")
    with pytest.raises(HomeAssistantError):
        await open_door(hass, "lock", "open", LOCK, context)
    sim.faults.clear()
    sim.faults.add("open_door", "status", status=403)
    with pytest.raises(HomeAssistantError):
        await open_door(hass, "lock", "open", LOCK, context)
    await hass.async_block_till_done()
    await get_instance(hass).async_block_till_done()
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "logbook/get_events", "start_time": start.isoformat()})
    rows = [row for row in (await client.receive_json())["result"] if row.get("domain") == "carson"]
    assert [(row["name"], row["entity_id"], row["message"]) for row in rows] == [
        ("Garage Gate", BUTTON, "was opened"),
        ("Front Door", LOCK, "may or may not have been opened, the request was not confirmed"),
        ("Front Door", LOCK, "was not opened, the request failed"),
    ]
    assert {row["context_user_id"] for row in rows} == {hass_admin_user.id}
