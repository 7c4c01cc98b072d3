"""Adding entities as doors, buildings and cameras appear; with their devices they are removed again.

Apart from entity.py, which holds the entities themselves: this follows the account and the device registry.
"""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import Building, BuildingCamera, Door
from .base_coordinator import CarsonCoordinator
from .data import CarsonConfigEntry, CarsonData
from .device_registry import async_on_removal, async_take_building_out
from .identifiers import DeviceKind, item_id


@callback
def async_add_doors(
    entry: CarsonConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[CarsonData, Door], Entity],
    *,
    exists_fn: Callable[[Door], bool] = lambda _: True,
) -> None:
    """Add an entity for each door that has it, and later for each door that gets it."""
    data = entry.runtime_data
    _async_add_new(
        entry,
        data.account,
        lambda: data.account.index.doors,
        DeviceKind.DOOR,
        lambda doors: async_add_entities(create(data, door) for door in doors),
        exists_fn=exists_fn,
    )


@callback
def async_add_buildings(
    entry: CarsonConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[CarsonData, Building], Entity],
    *,
    exists_fn: Callable[[Building], bool] = lambda _: True,
) -> None:
    """Add an entity for each building that has it, and later for each building that gets it."""
    data = entry.runtime_data

    @callback
    def add(buildings: list[Building]) -> None:
        registry = er.async_get(data.account.hass)
        registered = {row.unique_id for row in er.async_entries_for_config_entry(registry, entry.entry_id)}
        entities = [(building, create(data, building)) for building in buildings]
        for building, entity in entities:
            if entity.unique_id not in registered:
                async_take_building_out(data.account.hass, entry, data, building.id)
        async_add_entities(entity for _, entity in entities)

    _async_add_new(
        entry,
        data.account,
        lambda: data.account.index.buildings,
        DeviceKind.BUILDING,
        add,
        exists_fn=exists_fn,
    )


@callback
def async_add_cameras(
    entry: CarsonConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[CarsonData, BuildingCamera], Entity],
) -> None:
    """Add an entity for each camera, and later for each new camera."""
    data = entry.runtime_data
    _async_add_new(
        entry,
        data.cameras,
        lambda: data.cameras.data.by_id,
        DeviceKind.CAMERA,
        lambda cameras: async_add_entities(create(data, camera) for camera in cameras),
    )


@callback
def async_add_cameras_with_events(
    entry: CarsonConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[CarsonData, BuildingCamera], Entity],
) -> None:
    """Add an entity for each camera whose live events are offered, and later for each other one."""
    data = entry.runtime_data
    add_new = _async_add_new(
        entry,
        data.cameras,
        lambda: data.cameras.data.by_id,
        DeviceKind.CAMERA,
        lambda cameras: async_add_entities(create(data, camera) for camera in cameras),
        exists_fn=data.live_events.is_offered,
    )
    entry.async_on_unload(data.live_events.async_add_offer_listener(add_new))


@callback
def _async_add_new[ItemT](
    entry: CarsonConfigEntry,
    coordinator: CarsonCoordinator[Any],
    current_items: Callable[[], Mapping[str, ItemT]],
    kind: DeviceKind,
    add: Callable[[list[ItemT]], None],
    *,
    exists_fn: Callable[[ItemT], bool] = lambda _: True,
) -> CALLBACK_TYPE:
    """Call `add` with the new items that have the entity, now and after each update; return a function that does so.

    An item counts as new again only once its device was removed: one that was merely missing from a response
    still has its entities.
    """
    account_id = entry.runtime_data.account.data.id
    added: set[str] = set()

    @callback
    def add_new() -> None:
        if new := {key: item for key, item in current_items().items() if key not in added and exists_fn(item)}:
            added.update(new)
            add(list(new.values()))

    @callback
    def forget(identifiers: set[str]) -> None:
        added.difference_update(item_id(account_id, identifier, kind) for identifier in identifiers)

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))
    entry.async_on_unload(async_on_removal(coordinator.hass, forget))
    return add_new
