"""Issues of removed devices that automations use."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.repairs import carson_issues

ROOF = "lock.harbor_house_roof_deck"


def automation(alias: str, target: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": alias.lower(),
        "alias": alias,
        "triggers": {"trigger": "event", "event_type": "go"},
        "actions": {"action": "lock.open", "target": target},
    }


async def remove_roof(hass: HomeAssistant, sim: Simulator, freezer: FrozenDateTimeFactory) -> Any:
    doors = sim.state.buildings["501"].doors
    roof = next(door for door in doors if door.id == 7003)
    doors.remove(roof)
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert er.async_get(hass).async_get(ROOF) is not None
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert er.async_get(hass).async_get(ROOF) is None
    return roof


async def test_removed_door_that_automations_use(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    registry = er.async_get(hass)
    device_id = not_none(registry.async_get(ROOF)).device_id
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": [
                automation("Sunset", {"entity_id": ROOF}),
                automation("Party", {"device_id": device_id}),
                automation("Other", {"entity_id": "lock.harbor_house_front_door"}),
            ]
        },
    )
    assert await async_setup_component(
        hass,
        "script",
        {"script": {"guests": {"sequence": [{"action": "lock.open", "target": {"entity_id": ROOF}}]}}},
    )
    await hass.async_block_till_done()
    roof = await remove_roof(hass, sim, freezer)
    issue = carson_issues(hass)["gone_but_used"]
    assert issue.translation_placeholders == {
        "name": "Roof Deck",
        "name_text": "Roof Deck",
        "users": "- [Party](/config/automation/edit/party)\n"
        "- [Sunset](/config/automation/edit/sunset)\n"
        "- [guests](/config/script/edit/guests)",
    }
    assert issue.is_persistent
    sim.state.buildings["501"].doors.append(roof)
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert carson_issues(hass) == {}
    assert not_none(registry.async_get(ROOF)).device_id == device_id


async def test_removed_door_that_nothing_uses(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "automation", {"automation": []})
    await remove_roof(hass, sim, freezer)
    assert carson_issues(hass) == {}


async def test_issue_is_removed_once_automations_no_longer_use_the_door(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, loaded: MockConfigEntry
) -> None:
    """An automation without an id is listed without a link."""
    anonymous = automation("Sunset", {"entity_id": ROOF})
    del anonymous["id"]
    assert await async_setup_component(
        hass, "automation", {"automation": [anonymous, automation("Party", {"entity_id": ROOF})]}
    )
    await remove_roof(hass, sim, freezer)
    users = not_none(carson_issues(hass)["gone_but_used"].translation_placeholders)["users"]
    assert users == "- [Party](/config/automation/edit/party)\n- Sunset"
    await hass.services.async_call("automation", "turn_off", {"entity_id": "automation.party"}, blocking=True)
    er.async_get(hass).async_remove("automation.party")
    await hass.async_block_till_done()
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert not_none(carson_issues(hass)["gone_but_used"].translation_placeholders)["users"] == "- Sunset"
    assert await hass.config_entries.async_remove(loaded.entry_id)
    assert carson_issues(hass) == {}


async def test_door_removed_while_home_assistant_was_stopped(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    entry: MockConfigEntry,
) -> None:
    """Devices are removed only after the automations are loaded."""
    devices = dr.async_get(hass)
    gone = devices.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("carson", "1001-door-6999")}, name="Old Cellar"
    )
    lock = er.async_get(hass).async_get_or_create(
        "lock", "carson", "1001-6999", config_entry=entry, device_id=gone.id, object_id_base="Old Cellar"
    )
    hass.set_state(CoreState.not_running)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert devices.async_get(gone.id) is not None
    config = {"automation": automation("Wine", {"entity_id": lock.entity_id})}
    assert await async_setup_component(hass, "automation", config)
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    assert devices.async_get(gone.id) is not None
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert devices.async_get(gone.id) is None
    assert not_none(carson_issues(hass)["gone_but_used"].translation_placeholders)["name"] == "Old Cellar"


async def test_issue_survives_a_restart(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    sim: Simulator,
    loaded: MockConfigEntry,
) -> None:
    """It is not removed before the automations are loaded, and removed if they no longer use the door."""
    config = {"automation": automation("Sunset", {"entity_id": ROOF})}
    assert await async_setup_component(hass, "automation", config)
    await remove_roof(hass, sim, freezer)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    er.async_get(hass).async_remove("automation.sunset")
    await hass.async_block_till_done()
    hass.set_state(CoreState.not_running)
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()
    assert set(carson_issues(hass)) == {"gone_but_used"}
    hass.set_state(CoreState.running)
    freezer.tick(timedelta(minutes=5, seconds=5))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert carson_issues(hass) == {}
