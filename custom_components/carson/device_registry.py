"""The device registry: devices follow the account, and are what is known of it until Carson has been reached."""

from collections.abc import Iterator
from dataclasses import replace

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType

from .aiocarson import Account, Building, BuildingCamera, Door
from .const import DOMAIN, MANUFACTURER
from .data import CarsonConfigEntry, CarsonData
from .identifiers import (
    DeviceKind,
    account_identifier,
    account_title,
    building_identifier,
    camera_identifier,
    device_identifiers,
    device_kind,
    door_identifier,
    item_id,
    suggested_area,
)
from .issues import async_clear_refusal, async_note_removal


@callback
def async_sync_devices(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
    """Add, rename and remove devices as the account has them.

    Devices are removed only if a complete response lacks them, and only once Home Assistant is running: before
    that, nothing is known about the automations that use them.
    """
    if not data.account.is_fetched:
        return
    _DeviceSync(hass, entry, data).add_all()
    if data.account.data.complete and hass.state is CoreState.running:
        _remove_devices(hass, entry, data)


@callback
def async_registered_account(hass: HomeAssistant, entry: CarsonConfigEntry) -> Account | None:
    """Return the account as far as its devices tell: buildings and doors; None if no door is registered."""
    account_id = entry.unique_id
    if account_id is None:
        return None
    buildings: dict[str, Building] = {}
    doors: list[tuple[str | None, Door]] = []
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        name = device.name or MANUFACTURER
        for identifier in device_identifiers(device):
            if (building_id := item_id(account_id, identifier, DeviceKind.BUILDING)) is not None:
                buildings[device.id] = Building(id=building_id, name=name, complete=False)
            elif (door_id := item_id(account_id, identifier, DeviceKind.DOOR)) is not None:
                doors.append((device.via_device_id, Door(id=door_id, name=name, building_id="")))
    for building_device_id, door in doors:
        if building_device_id is not None and (building := buildings.get(building_device_id)) is not None:
            known = (*building.doors, replace(door, building_id=building.id))
            buildings[building_device_id] = replace(building, doors=known)
    if not any(building.doors for building in buildings.values()):
        return None
    return Account(id=account_id, buildings=tuple(buildings.values()), complete=False)


@callback
def current_identifiers(data: CarsonData) -> set[str]:
    """Return the identifiers of all devices that the account has now."""
    account = data.account.data
    buildings = account.buildings
    return {
        account_identifier(account.id),
        *(building_identifier(account.id, building.id) for building in buildings),
        *(door_identifier(account.id, door.id) for building in buildings for door in building.doors),
        *(camera_identifier(account.id, camera_id) for camera_id in data.cameras.data.by_id),
    }


class _DeviceSync:
    """Adds and renames the devices of one account."""

    def __init__(self, hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
        self._registry = dr.async_get(hass)
        self._entry_id = entry.entry_id
        self._account = data.account.data
        self._cameras = data.cameras.data.by_id.values()

    def add_all(self) -> None:
        account_device_id = self._add_account()
        for building in self._account.buildings:
            building_device_id = self._add_building(building, account_device_id)
            for door in building.doors:
                self._add_door(door, building, building_device_id)
            for camera in self._cameras:
                if camera.building_id == building.id:
                    self._add_camera(camera, building, building_device_id)

    def _add_account(self) -> str:
        return self._registry.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, account_identifier(self._account.id))},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            model="Account",
            name=account_title(self._account),
        ).id

    def _add_building(self, building: Building, account_device_id: str) -> str:
        # No area is suggested: in one of its own name, the ids of its entities would hold that name twice.
        return self._registry.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, building_identifier(self._account.id, building.id))},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            model="Building",
            name=building.name,
            via_device_id=account_device_id,
        ).id

    def _add_door(self, door: Door, building: Building, building_device_id: str) -> None:
        self._registry.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, door_identifier(self._account.id, door.id))},
            manufacturer=MANUFACTURER,
            model="Door",
            model_id=door.provider or None,
            name=door.name,
            suggested_area=suggested_area(building, door),
            via_device_id=building_device_id,
        )

    def _add_camera(self, camera: BuildingCamera, building: Building, building_device_id: str) -> None:
        self._registry.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, camera_identifier(self._account.id, camera.id))},
            manufacturer="Eagle Eye Networks",
            model="Camera",
            name=camera.name,
            serial_number=camera.serial_number,
            suggested_area=suggested_area(building),
            via_device_id=building_device_id,
        )


def _remove_devices(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
    """Remove the devices that the account no longer has."""
    account = data.account.data
    current = current_identifiers(data)
    uncertain = set(_uncertain_kinds(hass, entry, account, data))
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        identifiers = device_identifiers(device)
        kinds = {device_kind(account.id, identifier) for identifier in identifiers}
        if identifiers.isdisjoint(current) and uncertain.isdisjoint((device.via_device_id, kind) for kind in kinds):
            async_note_removal(hass, entry, device)
            for identifier in identifiers:
                if (door_id := item_id(account.id, identifier, DeviceKind.DOOR)) is not None:
                    async_clear_refusal(hass, entry, door_id)
            registry.async_remove_device(device.id)


def _uncertain_kinds(
    hass: HomeAssistant, entry: CarsonConfigEntry, account: Account, data: CarsonData
) -> Iterator[tuple[str | None, DeviceKind | None]]:
    """Return pairs of a building's device id and a kind of device of which the last responses are incomplete."""
    for building in account.buildings:
        identifier = (DOMAIN, building_identifier(account.id, building.id))
        device_id = dr.async_get_device_id_by_identifier(hass, identifier, config_entry_id=entry.entry_id)
        if not isinstance(building.raw.get("doors"), list):
            yield device_id, DeviceKind.DOOR
        is_updated = building.id in data.cameras.data.updated_building_ids or not building.has_eagle_eye
        if not isinstance(building.raw.get("cameras"), list) or not is_updated:
            yield device_id, DeviceKind.CAMERA
