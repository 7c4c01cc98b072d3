"""Looks for secrets in whatever a cell of the matrix has left behind, wherever somebody could read it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from tests.support.planted_secrets import Planted, diagnostics_of

AUTOMATION = "automation.visitor"
_PATIENCE = 30.0


async def set_up_automation(hass: HomeAssistant, door: str, camera: str, begin: datetime) -> None:
    """Set up an automation that opens a door, takes a picture and lists recordings, and goes on after each failure."""
    times = {"begin": begin.isoformat(), "end": (begin + timedelta(seconds=2)).isoformat()}
    actions: list[dict[str, Any]] = [
        {"action": "lock.open", "target": {"entity_id": door}},
        {
            "action": "carson.get_recordings",
            "target": {"entity_id": camera},
            "data": times,
            "response_variable": "recordings",
        },
        {"variables": {"told": "{{ recordings | default('nothing') }}"}},
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


async def sweep(
    hass: HomeAssistant, secrets: Planted, entry: MockConfigEntry, websocket: MockHAClientWebSocket
) -> list[str]:
    """Run the automation with the fault still there, ask for all there is to ask, and tell which secrets were found."""
    async with asyncio.timeout(_PATIENCE):
        await hass.services.async_call("automation", "trigger", {"entity_id": AUTOMATION}, blocking=True)
        [run] = await _ask(websocket, {"type": "trace/list", "domain": "automation", "item_id": "visitor"})
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
            found += secrets.hits(f"the answer to {command['type']}", repr(await _ask(websocket, command)))
        found += secrets.hits("diagnostics", await diagnostics_of(hass, entry))
    found += secrets.hits("the issues", repr(list(ir.async_get(hass).issues.values())))
    found += secrets.hits("the entities", repr(list(er.async_get(hass).entities.values())))
    return found + secrets.hits("the devices", repr(list(dr.async_get(hass).devices)))


async def _ask(websocket: MockHAClientWebSocket, command: dict[str, Any]) -> Any:
    await websocket.send_json_auto_id(command)
    answer = await websocket.receive_json()
    assert answer["success"], answer
    return answer["result"]
