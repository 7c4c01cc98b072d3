"""An update costs what has changed, however large the account is: counted in state writes and registry calls."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.update_coordinator import CoordinatorEntity
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.carson.aiocarson.eagle_eye.models import DeviceStatus
from custom_components.carson.entity import CarsonEntity
from simulator import Simulator, Status
from tests.support.devices import device_names
from tests.support.not_none import not_none
from tests.support.passing_time import pass_time
from tests.support.recordings import LOBBY
from tests.support.states import get_state


class Work:
    """Counts what Home Assistant is asked to do."""

    def __init__(self) -> None:
        # All but those of cameras and images, whose access tokens Home Assistant renews every few minutes.
        self.writes: Counter[str] = Counter()
        # Those after an update, of all entities.
        self.updates: Counter[str] = Counter()
        self.device_calls = 0
        # The entities that have looked whether they show something else.
        self.looked: Counter[str] = Counter()

    def reset(self) -> None:
        """Begin to count again."""
        self.writes.clear()
        self.updates.clear()
        self.device_calls = 0
        self.looked.clear()


@pytest.fixture
def work() -> Iterator[Work]:
    """Count the states that entities write, and the devices that are written to the registry."""
    counted = Work()
    write, create = Entity.async_write_ha_state, dr.DeviceRegistry.async_get_or_create
    update, look = CoordinatorEntity._handle_coordinator_update, CarsonEntity._handle_coordinator_update

    def counted_update(self: CoordinatorEntity[Any]) -> None:
        counted.updates[self.entity_id] += 1
        update(self)

    def counted_look(self: CarsonEntity[Any]) -> None:
        counted.looked[self.entity_id] += 1
        look(self)

    def counted_write(self: Entity) -> None:
        if self.entity_id.split(".")[0] not in {"camera", "image"}:
            counted.writes[self.entity_id] += 1
        write(self)

    def counted_create(self: dr.DeviceRegistry, **arguments: Any) -> dr.DeviceEntry:
        counted.device_calls += 1
        return create(self, **arguments)

    with (
        patch.object(CoordinatorEntity, "_handle_coordinator_update", counted_update),
        patch.object(CarsonEntity, "_handle_coordinator_update", counted_look),
        patch.object(Entity, "async_write_ha_state", counted_write),
        patch.object(dr.DeviceRegistry, "async_get_or_create", counted_create),
    ):
        yield counted


async def _settle(hass: HomeAssistant, freezer: FrozenDateTimeFactory, sim: Simulator, work: Work) -> None:
    """Let every entity see one change, so that what it shows is known."""
    sim.state.buildings["501"].doors[1].name = "Garage"
    sim.set_status(LOBBY, Status.OFFLINE)
    await pass_time(hass, freezer, minutes=6)
    sim.set_status(LOBBY, Status.ONLINE)
    await pass_time(hass, freezer, minutes=6)
    work.reset()


async def test_one_changed_door_writes_its_own_states(
    hass: HomeAssistant, sim: Simulator, work: Work, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await _settle(hass, freezer, sim, work)
    sim.state.buildings["501"].doors[0].provider = "another"
    await pass_time(hass, freezer, minutes=6)
    state = hass.states.get("lock.harbor_house_front_door")
    assert state is not None
    assert state.attributes["provider"] == "another"
    assert work.writes == {
        "lock.harbor_house_front_door": 1,
        "button.harbor_house_front_door_open": 1,
        "event.harbor_house_front_door_opening": 1,
    }
    # The image of the last opening shows nothing of what has changed.
    assert work.updates == work.writes
    # The account, the building, and the door.
    assert work.device_calls <= 3
    # Those of other doors, and of cameras, need not look.
    assert {entity_id for entity_id in work.looked if "front_door" not in entity_id} == {
        "sensor.harbor_house_visitor_invites_left",
        "sensor.robin_sample_sign_in_expiry",
    }


async def test_one_changed_camera_writes_its_own_states(
    hass: HomeAssistant, sim: Simulator, work: Work, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await _settle(hass, freezer, sim, work)
    sim.set_status(LOBBY, Status.OFFLINE)
    await pass_time(hass, freezer, minutes=1, seconds=5)
    state = hass.states.get("camera.harbor_house_lobby")
    assert state is not None
    assert state.state == "unavailable"
    assert {entity_id for entity_id in (*work.writes, *work.looked) if "lobby" not in entity_id} == set()


async def test_update_without_a_change_writes_nothing(
    hass: HomeAssistant, sim: Simulator, work: Work, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    await _settle(hass, freezer, sim, work)
    requests = sum(sim.counters.requests.values())
    await pass_time(hass, freezer, minutes=6)
    assert sum(sim.counters.requests.values()) > requests
    assert work.writes == {}
    assert work.updates == {}
    assert work.device_calls == 0


async def test_device_that_the_user_has_removed_comes_back(
    hass: HomeAssistant, sim: Simulator, freezer: FrozenDateTimeFactory, loaded: MockConfigEntry
) -> None:
    """What was written before says nothing about a device that is no longer there."""
    registry = dr.async_get(hass)
    entity = er.async_get(hass).async_get("lock.harbor_house_roof_deck")
    assert entity is not None
    assert entity.device_id is not None
    registry.async_remove_device(entity.device_id)
    await hass.async_block_till_done()
    sim.state.buildings["501"].doors[0].name = "Main Door"
    await pass_time(hass, freezer, minutes=6)
    assert {"Main Door", "Roof Deck"} <= device_names(hass, loaded)


async def test_camera_that_has_changed_while_it_was_added(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Its entity was made from what was known before, and hears of changes only later."""

    @callback
    def set_offline(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        if event.data["action"] == "create" and event.data["entity_id"] == "camera.harbor_house_lobby":
            entry.runtime_data.cameras.async_set_status("501", LOBBY, DeviceStatus(value=int(Status.OFFLINE)))

    hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, set_offline)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert get_state(hass, "camera.harbor_house_lobby").state == "unavailable"
    assert get_state(hass, "binary_sensor.harbor_house_lobby_connectivity").state == "off"


async def test_removed_device_comes_back_after_a_change_of_another_building(
    hass: HomeAssistant,
    sim: Simulator,
    freezer: FrozenDateTimeFactory,
    make_entry: Callable[..., MockConfigEntry],
) -> None:
    entry = make_entry("two@example.com", password="two buildings")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    registry = dr.async_get(hass)
    row = not_none(er.async_get(hass).async_get("lock.harbor_house_roof_deck"))
    registry.async_remove_device(not_none(row.device_id))
    await hass.async_block_till_done()
    sim.state.buildings["502"].doors[0].name = "Main Door"
    await pass_time(hass, freezer, minutes=6)
    assert {"Main Door", "Roof Deck"} <= device_names(hass, entry)


@pytest.mark.parametrize("email", ["resident@example.com", "two@example.com"])
async def test_set_up_of_an_unchanged_account_writes_nothing_to_the_registries(
    hass: HomeAssistant, make_entry: Callable[..., MockConfigEntry], email: str
) -> None:
    """As after a restart: devices, entities and areas are there already."""
    entry = make_entry(email)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    kinds = (er.EVENT_ENTITY_REGISTRY_UPDATED, dr.EVENT_DEVICE_REGISTRY_UPDATED, ar.EVENT_AREA_REGISTRY_UPDATED)
    written = [async_capture_events(hass, kind) for kind in kinds]
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert [event.data for events in written for event in events] == []
