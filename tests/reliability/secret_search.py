"""Searches for secrets in everything that a cell of the matrix leaves where somebody could read it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from tests.support.planted_secrets import PlantedSecrets, diagnostics_of

AUTOMATION = "automation.visitor"
_TIMEOUT = 30.0


async def set_up_automation(hass: HomeAssistant, door: str, camera: str, begin: datetime) -> None:
    """Set up an automation that opens a door and lists recordings, and continues after each error."""
    times = {"begin": begin.isoformat(), "end": (begin + timedelta(seconds=2)).isoformat()}
    actions: list[dict[str, Any]] = [
        {"action": "lock.open", "target": {"entity_id": door}},
        {
            "action": "carson.get_recordings",
            "target": {"entity_id": camera},
            "data": times,
            "response_variable": "recordings",
        },
        {"variables": {"result": "{{ recordings | default('nothing') }}"}},
    ]
    config = {
        "id": "visitor",
        "alias": "Visitor",
        "triggers": [{"trigger": "event", "event_type": "visitor"}],
        "actions": [{**action, "continue_on_error": True} for action in actions],
    }
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    for component in ("config", "repairs", "websocket_api"):
        assert await async_setup_component(hass, component, {})


async def find_secrets(
    hass: HomeAssistant, secrets: PlantedSecrets, entry: MockConfigEntry, websocket: MockHAClientWebSocket
) -> list[str]:
    """Run the automation while the fault lasts, request all that can be requested, and return the secrets found."""
    async with asyncio.timeout(_TIMEOUT):
        await hass.services.async_call("automation", "trigger", {"entity_id": AUTOMATION}, blocking=True)
        [run] = await _request(websocket, {"type": "trace/list", "domain": "automation", "item_id": "visitor"})
        trace = {"type": "trace/get", "domain": "automation", "item_id": "visitor", "run_id": run["run_id"]}
        commands = [
            trace,
            {"type": "get_states"},
            {"type": "config_entries/get"},
            {"type": "config_entries/flow/progress"},
            {"type": "config/device_registry/list"},
            {"type": "config/entity_registry/list"},
            {"type": "repairs/list_issues"},
        ]
        found: list[str] = []
        for command in commands:
            result = await _request(websocket, command)
            found += secrets.find(f"the result of {command['type']}", repr(result))
        found += secrets.find("the diagnostics", await diagnostics_of(hass, entry))
    found += secrets.find("the issues", repr(list(ir.async_get(hass).issues.values())))
    found += secrets.find("the entities", repr(list(er.async_get(hass).entities.values())))
    return found + secrets.find("the devices", repr(list(dr.async_get(hass).devices)))


async def _request(websocket: MockHAClientWebSocket, command: dict[str, Any]) -> Any:
    await websocket.send_json_auto_id(command)
    response = await websocket.receive_json()
    assert response["success"], response
    return response["result"]
