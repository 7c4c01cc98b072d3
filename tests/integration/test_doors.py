"""Doors as locks and buttons, and their states."""

from collections.abc import Callable
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.components.lock import DOMAIN as LOCK_DOMAIN, LockState
from homeassistant.const import (
    ATTR_ASSUMED_STATE,
    ATTR_ENTITY_ID,
    SERVICE_LOCK,
    SERVICE_OPEN,
    SERVICE_UNLOCK,
    STATE_UNAVAILABLE,
    Platform,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from simulator import Simulator
from tests.support.not_none import not_none
from tests.support.states import get_state

LOCK = "lock.harbor_house_front_door"
BUTTON = "button.harbor_house_front_door_open"


async def act(hass: HomeAssistant, domain: str, action: str, entity_id: str) -> None:
    await hass.services.async_call(domain, action, {ATTR_ENTITY_ID: entity_id}, blocking=True)


def follow(hass: HomeAssistant, entity_id: str) -> list[str]:
    """Return a list that collects the states of an entity."""
    states: list[str] = []

    @callback
    def add_state(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        states.append(state.state if state else "")

    async_track_state_change_event(hass, entity_id, add_state)
    return states


@pytest.mark.parametrize("platforms", [[Platform.LOCK], [Platform.BUTTON]], ids=["lock", "button"])
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_entities(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, loaded: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    await snapshot_platform(hass, entity_registry, snapshot, loaded.entry_id)


@pytest.mark.parametrize("action", [SERVICE_OPEN, SERVICE_UNLOCK])
async def test_lock_opens_the_door_and_locks_after_a_while(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory, action: str
) -> None:
    states = follow(hass, LOCK)
    await act(hass, LOCK_DOMAIN, action, LOCK)
    assert states == [LockState.UNLOCKING, LockState.UNLOCKED]
    assert sim.openings == {"7001": 1}
    freezer.tick(timedelta(seconds=4))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert get_state(hass, LOCK).state == LockState.UNLOCKED
    freezer.tick(timedelta(seconds=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert states == [LockState.UNLOCKING, LockState.UNLOCKED, LockState.LOCKED]
    assert get_state(hass, LOCK).attributes[ATTR_ASSUMED_STATE] is True
    assert sim.openings == {"7001": 1}


async def test_button_opens_the_door_once_and_the_lock_shows_it(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    states = follow(hass, LOCK)
    await act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON)
    assert states == [LockState.UNLOCKING, LockState.UNLOCKED]
    assert sim.openings == {"7001": 1}


async def test_opening_an_unlocked_door_restarts_the_timer(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON)
    freezer.tick(timedelta(seconds=4))
    async_fire_time_changed(hass)
    await act(hass, BUTTON_DOMAIN, SERVICE_PRESS, BUTTON)
    freezer.tick(timedelta(seconds=4))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert get_state(hass, LOCK).state == LockState.UNLOCKED
    assert sim.openings == {"7001": 2}


async def test_assumed_open_time_is_an_option(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = make_entry(options={"open_seconds": 30})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK)
    freezer.tick(timedelta(seconds=29))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert get_state(hass, LOCK).state == LockState.UNLOCKED
    freezer.tick(timedelta(seconds=2))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert get_state(hass, LOCK).state == LockState.LOCKED


async def test_locking_a_locked_door_does_nothing(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    states = follow(hass, LOCK)
    await act(hass, LOCK_DOMAIN, SERVICE_LOCK, LOCK)
    assert states == []
    assert sim.openings == {}


async def test_unlocked_door_is_locking_after_lock_until_it_locks(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK)
    states = follow(hass, LOCK)
    await act(hass, LOCK_DOMAIN, SERVICE_LOCK, LOCK)
    await act(hass, LOCK_DOMAIN, SERVICE_LOCK, LOCK)
    assert states == [LockState.LOCKING]
    freezer.tick(timedelta(seconds=6))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert states == [LockState.LOCKING, LockState.LOCKED]
    assert sim.openings == {"7001": 1}


async def test_locking_all_doors_of_a_script_succeeds_while_one_is_unlocked(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry
) -> None:
    await act(hass, LOCK_DOMAIN, SERVICE_OPEN, LOCK)
    await hass.services.async_call(LOCK_DOMAIN, SERVICE_LOCK, {"entity_id": "all"}, blocking=True)
    assert get_state(hass, LOCK).state == LockState.LOCKING
    assert get_state(hass, "lock.harbor_house_garage_gate").state == LockState.LOCKED


@pytest.mark.parametrize("change", [{"disabled": True}, {"is_active": False}, {"available": False}])
async def test_unusable_door_is_unavailable_until_it_is_usable(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    change: dict[str, bool],
) -> None:
    door = sim.state.doors["7001"]
    usual = {name: getattr(door, name) for name in change}
    for changed, state in ((change, STATE_UNAVAILABLE), (usual, LockState.LOCKED)):
        for name, value in changed.items():
            setattr(door, name, value)
        freezer.tick(timedelta(minutes=5, seconds=5))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert get_state(hass, LOCK).state == state
        assert (get_state(hass, BUTTON).state == STATE_UNAVAILABLE) == (state == STATE_UNAVAILABLE)


async def test_staff_doors_are_disabled_by_default(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, loaded: MockConfigEntry
) -> None:
    for entity_id in ("lock.harbor_house_staff_entrance", "button.harbor_house_staff_entrance_open"):
        assert not_none(entity_registry.async_get(entity_id)).disabled_by is er.RegistryEntryDisabler.INTEGRATION
        assert hass.states.get(entity_id) is None


async def test_visible_button_of_an_upgraded_installation_stays_visible(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    known = entity_registry.async_get_or_create(
        "button", "carson", f"{entry.unique_id}-7001-open", config_entry=entry, suggested_object_id="gate"
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert not_none(entity_registry.async_get(known.entity_id)).hidden_by is None
    other = not_none(entity_registry.async_get("button.harbor_house_garage_gate_open"))
    assert other.hidden_by is er.RegistryEntryHider.INTEGRATION


async def test_attributes_of_the_older_integrations(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    """Templates that read them go on working; they are short, and not recorded."""
    sim.state.buildings["501"].doors[0].overrides.update(provider=150 * "x")
    entry = make_entry()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    state = get_state(hass, LOCK)
    expected = {
        "provider": 99 * "x" + "…",
        "is_active": True,
        "disabled": False,
        "is_unit_door": False,
        "staff_only": False,
        "default_in_building": True,
        "external_id": "4001",
        "available": True,
    }
    assert {name: state.attributes[name] for name in expected} == expected
    assert not_none(state.state_info)["unrecorded_attributes"] >= set(expected)
