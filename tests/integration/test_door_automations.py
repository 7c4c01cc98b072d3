"""Doors in automations: triggers, conditions and actions that Home Assistant derives from their entities."""

from datetime import timedelta
from typing import Any

from homeassistant.components.device_automation import DeviceAutomationType, async_get_device_automations
from homeassistant.components.lock.const import LockState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.states import get_state
from tests.support.waiting import until

LOCK = "lock.harbor_house_front_door"
EVENT = "event.harbor_house_front_door_opening"


async def open_door(hass: HomeAssistant) -> None:
    await hass.services.async_call("lock", "open", {"entity_id": LOCK}, blocking=True)


async def test_device_triggers(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    device_id = not_none(not_none(er.async_get(hass).async_get(LOCK)).device_id)
    found = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [device_id])
    triggers = {trigger["type"]: trigger for trigger in found[device_id] if trigger["domain"] == "lock"}
    assert {"locked", "unlocked", "unlocking", "locking"} <= triggers.keys()
    calls = async_mock_service(hass, "test", "automation")
    trigger = {key: value for key, value in triggers["unlocked"].items() if key != "metadata"}
    automation = {"triggers": [trigger], "actions": [{"action": "test.automation"}]}
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    await open_door(hass)
    await hass.async_block_till_done()
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("trigger", "options"),
    [
        ("lock.unlocked", {"behavior": "each"}),
        ("lock.locked", {"behavior": "each"}),
        ("event.received", {"event_type": ["opened"]}),
    ],
)
async def test_triggers_of_home_assistant_fire_once_for_a_press(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, trigger: str, options: dict[str, Any]
) -> None:
    calls = async_mock_service(hass, "test", "automation")
    target = {"entity_id": EVENT if trigger.startswith("event") else LOCK}
    automation = {
        "triggers": {"trigger": trigger, "target": target, "options": options},
        "actions": {"action": "test.automation"},
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    await open_door(hass)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=6))
    await until(lambda: get_state(hass, LOCK).state == LockState.LOCKED)
    await hass.async_block_till_done()
    assert len(calls) == 1


async def test_conditions_of_home_assistant_follow_the_lock(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    calls = async_mock_service(hass, "test", "automation")
    automations = [
        {
            "alias": condition,
            "triggers": {"trigger": "event", "event_type": "check"},
            "conditions": {
                "condition": f"lock.{condition}",
                "target": {"entity_id": LOCK},
                "options": {"behavior": "any"},
            },
            "actions": {"action": "test.automation", "data": {"condition": condition}},
        }
        for condition in ("is_locked", "is_unlocked")
    ]
    assert await async_setup_component(hass, "automation", {"automation": automations})
    await hass.async_block_till_done()
    hass.bus.async_fire("check")
    await hass.async_block_till_done()
    await open_door(hass)
    hass.bus.async_fire("check")
    await hass.async_block_till_done()
    assert [call.data["condition"] for call in calls] == ["is_locked", "is_unlocked"]


async def test_device_conditions_and_actions_of_a_door(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    device_id = not_none(not_none(er.async_get(hass).async_get(LOCK)).device_id)
    found = {
        kind: {
            item["type"]
            for item in (await async_get_device_automations(hass, kind, [device_id]))[device_id]
            if item["domain"] == "lock"
        }
        for kind in (DeviceAutomationType.CONDITION, DeviceAutomationType.ACTION)
    }
    assert found[DeviceAutomationType.CONDITION] >= {"is_locked", "is_unlocked", "is_locking", "is_unlocking"}
    assert found[DeviceAutomationType.ACTION] == {"lock", "unlock", "open"}
