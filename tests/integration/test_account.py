"""Changes in the account appear in Home Assistant."""

from collections.abc import Callable

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.lock import LockState
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)
from syrupy.assertion import SnapshotAssertion

from simulator import Simulator
from simulator.state.model import Door
from tests.support.devices import device_names
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.states import get_state

LOCK = "lock.harbor_house_front_door"
CAMERA = "camera.harbor_house_lobby"


async def test_devices(
    hass: HomeAssistant, device_registry: dr.DeviceRegistry, loaded: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    devices = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    for device in sorted(devices, key=lambda device: sorted(device.identifiers)):
        assert device == snapshot(name=min(device.identifiers)[1])
    building = next(device for device in devices if device.name == "Harbor House")
    account = next(device for device in devices if device.name == "Robin Sample")
    assert building.via_device_id == account.id
    assert {device.via_device_id for device in devices if device not in (account, building)} == {building.id}


async def test_models_are_in_the_language_of_home_assistant(
    hass: HomeAssistant, device_registry: dr.DeviceRegistry, entry: MockConfigEntry
) -> None:
    """They follow it when the entry is loaded again, as names of entities do."""
    hass.config.language = "de"
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()

    def models() -> set[str | None]:
        return {device.model for device in dr.async_entries_for_config_entry(device_registry, entry.entry_id)}

    assert models() == {"Konto", "Gebäude", "Tür", "Kamera"}
    await hass.config.async_update(language="es")
    await hass.async_block_till_done()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert models() == {"Cuenta", "Edificio", "Puerta", "Cámara"}


async def test_two_buildings(hass: HomeAssistant, make_entry: Callable[..., MockConfigEntry]) -> None:
    entry = make_entry("two@example.com")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert device_names(hass, entry) >= {
        "Harbor House",
        "Mill Lofts",
        "Front Door",
        "Main Entrance",
        "Lobby",
        "Courtyard",
    }
    assert get_state(hass, "camera.mill_lofts_courtyard").state != STATE_UNAVAILABLE


async def test_two_accounts_of_one_building(hass: HomeAssistant, make_entry: Callable[..., MockConfigEntry]) -> None:
    """Each resident gets entities of their own for the doors of the building."""
    for entry in (make_entry(), make_entry("two@example.com")):
        if entry.state is ConfigEntryState.NOT_LOADED:
            assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert get_state(hass, "lock.harbor_house_front_door").state == LockState.LOCKED
    assert get_state(hass, "lock.harbor_house_front_door_2").state == LockState.LOCKED


async def test_building_without_eagle_eye(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    """`cameras: null` is not an error, and no session is requested."""
    entry = make_entry("noeye@example.com")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert device_names(hass, entry) == {"Carson Living", "Old Dairy", "Front Door", "Back Door"}
    assert sim.counters.session_calls == 0


async def test_building_without_doors(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry]
) -> None:
    sim.state.buildings["503"].doors.clear()
    entry = make_entry("noeye@example.com")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert device_names(hass, entry) == {"Carson Living", "Old Dairy"}


async def test_new_door_is_added_and_missing_door_is_removed(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    doors = sim.state.buildings["501"].doors
    roof = next(door for door in doors if door.id == 7003)
    doors.remove(roof)
    doors.append(Door(id=7006, name="Bike Room"))
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert get_state(hass, "lock.harbor_house_bike_room").state == LockState.LOCKED
    assert get_state(hass, "lock.harbor_house_roof_deck").state == LockState.LOCKED
    await pass_time(hass, freezer, minutes=1, seconds=2)
    assert hass.states.get("lock.harbor_house_roof_deck") is None
    assert entity_registry.async_get("lock.harbor_house_roof_deck") is None
    doors.append(roof)
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert get_state(hass, "lock.harbor_house_roof_deck").state == LockState.LOCKED
    assert hass.states.get("button.harbor_house_roof_deck_open") is not None


async def test_renamed_door_keeps_its_entity_id(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.state.doors["7001"].name = "Main Gate"
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert "Main Gate" in device_names(hass, loaded)
    assert get_state(hass, LOCK).name == "Main Gate"


async def test_incomplete_response_removes_nothing(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A door that cannot be parsed is not removed, and goes on working."""
    before = device_names(hass, loaded)
    door = sim.state.doors["7001"]
    door.overrides["id"] = None
    for _ in range(4):
        await pass_time(hass, freezer, minutes=5, seconds=5)
    assert device_names(hass, loaded) == before
    assert get_state(hass, LOCK).state == LockState.LOCKED
    assert get_state(hass, "lock.harbor_house_garage_gate").state == LockState.LOCKED
    door.overrides.clear()
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert get_state(hass, LOCK).state == LockState.LOCKED
    assert "already exists" not in caplog.text


async def test_missing_camera_list_keeps_the_cameras(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    building = sim.state.buildings["501"]
    building.overrides["cameras"] = None
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert get_state(hass, CAMERA).state != STATE_UNAVAILABLE
    for _ in range(8):
        await pass_time(hass, freezer, minutes=1, seconds=5)
    assert "Lobby" in device_names(hass, loaded)
    assert get_state(hass, CAMERA).state == STATE_UNAVAILABLE
    building.overrides.clear()
    await pass_time(hass, freezer, minutes=5, seconds=5)
    await pass_time(hass, freezer, minutes=1, seconds=5)
    assert get_state(hass, CAMERA).state != STATE_UNAVAILABLE


async def test_missing_camera_is_removed(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    cameras = not_none(sim.state.buildings["501"].cameras)
    cameras[:] = [camera for camera in cameras if camera.name != "Garage"]
    await pass_time(hass, freezer, minutes=5, seconds=5)
    assert get_state(hass, "camera.harbor_house_garage").state != STATE_UNAVAILABLE
    for _ in range(4):
        await pass_time(hass, freezer, minutes=1, seconds=5)
    assert hass.states.get("camera.harbor_house_garage") is None
    assert "Garage" not in device_names(hass, loaded)


async def test_option_adds_all_eagle_eye_cameras(
    hass: HomeAssistant, make_entry: Callable[..., MockConfigEntry]
) -> None:
    entry = make_entry(options={"all_cameras": True})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    cameras = {state.name for state in hass.states.async_all("camera")}
    assert cameras == {"Lobby", "Garage", "Roof", "Mail Room", "Gym", "Stairs", "Boiler Room", "Bins"}


async def test_only_cameras_of_carson_by_default(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    assert {state.name for state in hass.states.async_all("camera")} == {"Lobby", "Garage"}


async def test_option_for_all_cameras_keeps_the_existing_ones(
    hass: HomeAssistant, loaded: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    entity_registry.async_update_entity("camera.harbor_house_lobby", new_entity_id="camera.entrance", name="Entrance")
    await hass.async_block_till_done()
    before = not_none(entity_registry.async_get("camera.entrance")).id
    name = get_state(hass, "camera.entrance").name
    assert "Entrance" in name
    for all_cameras, count in ((True, 8), (False, 2)):
        flow = await hass.config_entries.options.async_init(loaded.entry_id)
        await hass.config_entries.options.async_configure(
            flow["flow_id"], {"open_seconds": 5, "all_cameras": all_cameras}
        )
        await hass.async_block_till_done()
        assert len(hass.states.async_all("camera")) == count
        assert get_state(hass, "camera.entrance").name == name
        assert not_none(entity_registry.async_get("camera.entrance")).id == before


async def test_areas_and_ids_of_a_new_account(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """Everything is in the area of its building, also a unit's door; no id holds a name twice."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    areas = {not_none(ar.async_get(hass).async_get_area(device.area_id)).name for device in devices if device.area_id}
    assert areas == {"Harbor House"}
    assert {device.name for device in devices if device.area_id is None} == {"Robin Sample"}
    rows = er.async_entries_for_config_entry(er.async_get(hass), loaded.entry_id)
    assert [row.entity_id for row in rows if row.entity_id.count("harbor_house") > 1] == []


async def test_area_of_a_building_is_set_once(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """A user may take it out of its area."""
    registry = dr.async_get(hass)
    building = not_none(registry.async_get_device_by_identifier(("carson", "1001-building-501"), loaded.entry_id))
    registry.async_update_device(building.id, area_id=None)
    await hass.services.async_call("carson", "update", blocking=True)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert not_none(registry.async_get(building.id)).area_id is None


async def test_account_of_a_resident_without_a_name(
    hass: HomeAssistant, make_entry: Callable[..., MockConfigEntry]
) -> None:
    """Its title would be the building's name; two devices of one name would be confusing."""
    entry = make_entry("noeye@example.com", password="no cameras")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    names = [device.name for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)]
    assert len(names) == len(set(names))
    assert "Carson Living" in names
