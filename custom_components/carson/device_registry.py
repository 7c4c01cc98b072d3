"""The device registry: devices follow the account, and are what is known of it until Carson has been reached."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType
from homeassistant.helpers.translation import async_get_cached_translations, async_get_translations

from .aiocarson import Account, Building, BuildingCamera, Door
from .const import DOMAIN, MANUFACTURER
from .data import CarsonConfigEntry, CarsonData
from .door_models import door_model_id
from .identifiers import (
    DeviceKind,
    account_device_name,
    account_identifier,
    building_identifier,
    camera_identifier,
    device_identifiers,
    device_kind,
    door_identifier,
    item_id,
)
from .issues import async_clear_refusal, async_note_removal


async def async_load_models(hass: HomeAssistant) -> None:
    """Load the models of devices, which are in the language of Home Assistant, before devices are added."""
    await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])


@callback
def async_sync_devices(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
    """Add and rename devices as the account has them."""
    if data.account.is_fetched:
        _DeviceSync(hass, entry, data).add_all()


@callback
def async_set_building_areas(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
    """Set the areas of new buildings whose entities have been registered meanwhile."""
    entities = er.async_get(hass)
    for identifier in sorted(data.buildings_to_place):
        device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, identifier), entry.entry_id)
        if device is None or not er.async_entries_for_device(entities, device.id, include_disabled_entities=True):
            continue
        data.buildings_to_place.discard(identifier)
        if device.area_id is None and device.name is not None:
            area = ar.async_get(hass).async_get_or_create(device.name)
            dr.async_get(hass).async_update_device(device.id, area_id=area.id)


@callback
def async_take_building_out(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData, building_id: str) -> None:
    """Take a building out of the area of its name until its new entities are registered.

    Otherwise, their ids would hold the name twice: of the area and of the device.
    """
    identifier = building_identifier(data.account.data.id, building_id)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, identifier), entry.entry_id)
    area = None if device is None else ar.async_get(hass).async_get_area(device.area_id or "")
    if device is not None and area is not None and area.name == device.name:
        dr.async_get(hass).async_update_device(device.id, area_id=None)
        data.buildings_to_place.add(identifier)


@callback
def async_remove_devices(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
    """Remove the devices that the account no longer has.

    They are removed only if two complete responses lack them, and only once Home Assistant is running: before
    that, nothing is known about the automations that use them.
    """
    if not data.account.is_fetched or hass.state is not CoreState.running:
        return
    absences, evidence = data.account.absences, _Evidence(hass, entry, data)
    current = current_identifiers(data)
    registered = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    missing = [device for device in registered if device_identifiers(device).isdisjoint(current)]
    gone = {
        device.id
        for device in missing
        if (at := evidence.complete_at(device)) is not None
        and absences.is_confirmed(min(device_identifiers(device), default=device.id), at)
    }
    # Doors and cameras are gone with their building.
    for device in missing:
        if device.id in gone or device.via_device_id in gone:
            _remove_device(hass, entry, data, device)


@callback
def async_remove_unlisted_cameras(hass: HomeAssistant, entry: CarsonConfigEntry) -> None:
    """Remove the cameras that Carson does not list, because the user no longer wants them."""
    if entry.state is not ConfigEntryState.LOADED:
        return
    data = entry.runtime_data
    for camera in data.cameras.data.by_id.values():
        identifier = (DOMAIN, camera_identifier(data.account.data.id, camera.id))
        device = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
        if device is not None and not camera.is_listed:
            _remove_device(hass, entry, data, device)


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
                buildings[device.id] = Building(
                    id=building_id, name=name, doors_complete=False, cameras_complete=False, complete=False
                )
            elif (door_id := item_id(account_id, identifier, DeviceKind.DOOR)) is not None:
                doors.append((device.via_device_id, Door(id=door_id, name=name, building_id="")))
    for building_device_id, door in doors:
        if building_device_id is not None and (building := buildings.get(building_device_id)) is not None:
            known = (*building.doors, replace(door, building_id=building.id))
            buildings[building_device_id] = replace(building, doors=known)
    if not any(building.doors for building in buildings.values()):
        return None
    return Account(id=account_id, buildings=tuple(buildings.values()), buildings_complete=False, complete=False)


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


@callback
def async_on_removal(hass: HomeAssistant, listener: Callable[[set[str]], None]) -> CALLBACK_TYPE:
    """Call a listener with the identifiers of each device that is removed. Return a function that ends this."""

    @callback
    def is_removal(data: dr.EventDeviceRegistryUpdatedData) -> bool:
        return data["action"] == "remove"

    @callback
    def handle(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        if event.data["action"] == "remove":
            identifiers = event.data["device"]["identifiers"]
            if ours := {identifier for domain, identifier in identifiers if domain == DOMAIN}:
                listener(ours)

    return hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, handle, event_filter=is_removal)


class _DeviceModels:
    """The models of devices in the language of Home Assistant: the registry holds one text for all users."""

    def __init__(self, hass: HomeAssistant) -> None:
        texts = async_get_cached_translations(hass, hass.config.language, "selector", DOMAIN)
        prefix = f"component.{DOMAIN}.selector.device_model.options."
        self.account = texts.get(f"{prefix}account", "Account")
        self.building = texts.get(f"{prefix}building", "Building")
        self.door = texts.get(f"{prefix}door", "Door")
        self.camera = texts.get(f"{prefix}camera", "Camera")


class _DeviceSync:
    """Adds and renames the devices of one account."""

    def __init__(self, hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
        self._registry = dr.async_get(hass)
        self._models = _DeviceModels(hass)
        self._entry_id = entry.entry_id
        self._account = data.account.data
        self._cameras: defaultdict[str, list[BuildingCamera]] = defaultdict(list)
        for camera in data.cameras.data.by_id.values():
            self._cameras[camera.building_id].append(camera)
        self._synced = data.synced_devices
        self._synced_buildings = data.synced_buildings
        self._settings = data.device_settings
        self._buildings_to_place = data.buildings_to_place

    @cached_property
    def _adopted(self) -> set[str]:
        """The devices whose area is that of their entity, even if that is none."""
        return self._settings.async_identifiers(self._account.id)

    def add_all(self) -> None:
        account_device_id = self._add_account()
        unsynced = [building for building in self._account.buildings if not self._is_synced(building)]
        for building in unsynced:
            self._add_all_of(building, self._add_building(building, account_device_id))
            self._synced_buildings[building.id] = (building, tuple(self._cameras[building.id]))
        if unsynced:
            self._settings.async_move(self._account.id)

    def _add_all_of(self, building: Building, building_device_id: str) -> None:
        for door in building.doors:
            identifier = door_identifier(self._account.id, door.id)
            if self._has_changed(identifier, door.name, door.provider, building.name, building_device_id):
                self._add_door(identifier, door, building, building_device_id)
        for camera in self._cameras[building.id]:
            identifier = camera_identifier(self._account.id, camera.id)
            if self._has_changed(identifier, camera.name, camera.serial_number, building.name, building_device_id):
                self._add_camera(identifier, camera, building, building_device_id)

    def _is_synced(self, building: Building) -> bool:
        """Return whether a building and its cameras are the same as when their devices were looked at."""
        synced = self._synced_buildings.get(building.id)
        return synced is not None and synced[0] is building and synced[1] == tuple(self._cameras[building.id])

    def _has_changed(self, identifier: str, *shown: str | None) -> bool:
        """Return whether a device shows something else than before, or is not in the registry."""
        is_known = self._registry.async_get_device_by_identifier((DOMAIN, identifier), self._entry_id) is not None
        if is_known and self._synced.get(identifier) == shown:
            return False
        self._synced[identifier] = shown
        return True

    def _add_account(self) -> str:
        return self._registry.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, account_identifier(self._account.id))},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            model=self._models.account,
            name=account_device_name(self._account),
        ).id

    def _add_building(self, building: Building, account_device_id: str) -> str:
        identifier = building_identifier(self._account.id, building.id)
        if self._registry.async_get_device_by_identifier((DOMAIN, identifier), self._entry_id) is None:
            self._buildings_to_place.add(identifier)
        # Its area is set once its entities have their ids, which would hold the name twice otherwise.
        return self._registry.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, identifier)},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            model=self._models.building,
            name=building.name,
            via_device_id=account_device_id,
        ).id

    def _add_door(self, identifier: str, door: Door, building: Building, building_device_id: str) -> None:
        self._registry.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, identifier)},
            manufacturer=MANUFACTURER,
            model=self._models.door,
            model_id=door_model_id(door.provider),
            name=door.name,
            suggested_area=None if identifier in self._adopted else building.name,
            via_device_id=building_device_id,
        )

    def _add_camera(self, identifier: str, camera: BuildingCamera, building: Building, building_device_id: str) -> None:
        self._registry.async_get_or_create(
            config_entry_id=self._entry_id,
            identifiers={(DOMAIN, identifier)},
            manufacturer="Eagle Eye Networks",
            model=self._models.camera,
            name=camera.name,
            serial_number=camera.serial_number,
            suggested_area=None if identifier in self._adopted else building.name,
            via_device_id=building_device_id,
        )


def _remove_device(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData, device: dr.DeviceEntry) -> None:
    account = data.account
    identifiers = device_identifiers(device)
    async_note_removal(hass, entry.entry_id, device)
    for identifier in identifiers:
        if (door_id := item_id(account.data.id, identifier, DeviceKind.DOOR)) is not None:
            async_clear_refusal(hass, entry.entry_id, door_id)
    account.absences.clear(identifiers)
    dr.async_get(hass).async_remove_device(device.id)


class _Evidence:
    """When the last complete responses arrived, which prove the absence of what they lack."""

    def __init__(self, hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
        self._account_id = data.account.data.id
        self._data = data
        self._buildings = {
            dr.async_get_device_id_by_identifier(
                hass, (DOMAIN, building_identifier(self._account_id, building.id)), config_entry_id=entry.entry_id
            )
            or "": building
            for building in data.account.data.buildings
        }

    def complete_at(self, device: dr.DeviceEntry) -> datetime | None:
        """Return when the last response arrived that proves the absence of a device; None if it proves nothing."""
        account = self._data.account
        kinds = {device_kind(self._account_id, identifier) for identifier in device_identifiers(device)}
        if DeviceKind.DOOR in kinds or DeviceKind.CAMERA in kinds:
            building = self._buildings.get(device.via_device_id or "")
            if building is None:
                # Without a building that is still there, a device is as certain as the list of buildings.
                return account.status.updated_at if account.data.buildings_complete else None
            if DeviceKind.DOOR in kinds:
                return account.status.updated_at if building.doors_complete else None
            return self._cameras_complete_at(building)
        return account.status.updated_at if account.data.buildings_complete else None

    def _cameras_complete_at(self, building: Building) -> datetime | None:
        cameras = self._data.cameras
        if not building.cameras_complete:
            return None
        if not building.has_eagle_eye:
            return self._data.account.status.updated_at
        is_complete = building.id in cameras.data.complete_building_ids
        return cameras.update_status(building.id).updated_at if is_complete else None
