"""The device registry: buildings, doors and cameras as the account tells them."""

from collections.abc import Iterator, Mapping

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType

from .aiocarson import Account, Building, BuildingCamera, Door
from .const import DOMAIN, MANUFACTURER
from .coordinator import CarsonConfigEntry, CarsonData
from .issues import async_note_removal


def account_identifier(account_id: str) -> str:
    """Identify the device of the account itself."""
    return f"{account_id}-account"


def building_identifier(account_id: str, building_id: str) -> str:
    """Identify a building's device."""
    return f"{account_id}-building-{building_id}"


def door_identifier(account_id: str, door_id: str) -> str:
    """Identify a door's device."""
    return f"{account_id}-door-{door_id}"


def camera_identifier(account_id: str, camera_id: str) -> str:
    """Identify a camera's device."""
    return f"{account_id}-camera-{camera_id}"


def suggested_area(building: Building, door: Door | None = None) -> str:
    """Suggest an area: the resident's own unit for its door, else the building."""
    if door is not None and door.is_unit_door and len(building.units) == 1:
        return building.units[0].name or building.name
    return building.name


@callback
def async_sync_devices(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
    """Make the registry follow the account.

    Adds and renames at once; removes only what a complete answer no longer holds, and nothing
    before Home Assistant has started: only then the automations can be asked whether they use it.
    """
    account = data.account.data
    owner = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, account_identifier(account.id))},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Account",
        name=account_title(account),
    )
    for building in account.buildings:
        _sync_building(hass, entry, account, building, data.cameras.data.by_id, owner_id=owner.id)
    if not account.complete or hass.state is not CoreState.running:
        return
    known = current_identifiers(data)
    kept = set(_uncertain(account, data))
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        keys = device_identifiers(device)
        if keys.isdisjoint(known) and not any((device.via_device_id, kind) in kept for kind in _kinds(keys)):
            async_note_removal(hass, entry, device)
            registry.async_remove_device(device.id)


def device_identifiers(device: dr.DeviceEntry) -> set[str]:
    """Tell by which of our keys a device is registered."""
    return {key for domain, key in device.identifiers if domain == DOMAIN}


def current_identifiers(data: CarsonData) -> set[str]:
    """Tell the keys of all that the account has now."""
    account = data.account.data
    keys = {
        account_identifier(account.id),
        *(building_identifier(account.id, building.id) for building in account.buildings),
    }
    keys.update(door_identifier(account.id, door.id) for building in account.buildings for door in building.doors)
    keys.update(camera_identifier(account.id, camera_id) for camera_id in data.cameras.data.by_id)
    return keys


def account_title(account: Account) -> str:
    """Name an entry after its resident; never after the e-mail, which titles would carry into logs."""
    name = f"{account.first_name or ''} {account.last_name or ''}".strip()
    return name or next((building.name for building in account.buildings), MANUFACTURER)


def _sync_building(
    hass: HomeAssistant,
    entry: CarsonConfigEntry,
    account: Account,
    building: Building,
    cameras: Mapping[str, BuildingCamera],
    *,
    owner_id: str,
) -> None:
    registry = dr.async_get(hass)
    house = registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, building_identifier(account.id, building.id))},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Building",
        # In an area of its own name, its entities would carry that name twice in their ids.
        name=building.name,
        via_device_id=owner_id,
    )
    for door in building.doors:
        registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={(DOMAIN, door_identifier(account.id, door.id))},
            manufacturer=MANUFACTURER,
            model="Door",
            model_id=door.provider or None,
            name=door.name,
            suggested_area=suggested_area(building, door),
            via_device_id=house.id,
        )
    for camera in cameras.values():
        if camera.building_id == building.id:
            registry.async_get_or_create(
                config_entry_id=entry.entry_id,
                identifiers={(DOMAIN, camera_identifier(account.id, camera.id))},
                manufacturer="Eagle Eye Networks",
                model="Camera",
                name=camera.name,
                serial_number=camera.serial_number,
                suggested_area=suggested_area(building),
                via_device_id=house.id,
            )


def _uncertain(account: Account, data: CarsonData) -> Iterator[tuple[str | None, str]]:
    """Name the buildings (by registry id) of whose doors or cameras nobody can say now that they are gone."""
    for building in account.buildings:
        house = dr.async_get_device_id_by_identifier(
            data.account.hass,
            (DOMAIN, building_identifier(account.id, building.id)),
            config_entry_id=data.account.config_entry.entry_id,
        )
        if not isinstance(building.raw.get("doors"), list):
            yield house, "door"
        read = building.id in data.cameras.data.complete or not building.has_eagle_eye
        if not isinstance(building.raw.get("cameras"), list) or not read:
            yield house, "camera"


def _kinds(keys: set[str]) -> Iterator[str]:
    return (kind for kind in ("door", "camera") if any(f"-{kind}-" in key for key in keys))
