"""Migration of the entity and device registry."""

from collections.abc import Mapping
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..aiocarson import Account
from ..const import DOMAIN, ENTRY_MINOR_VERSION, MANUFACTURER
from ..identifiers import account_title, camera_identifier, camera_unique_id, door_identifier, door_unique_id
from .entry_data import needs_registry_migration

_LOGGER = logging.getLogger(__name__)

_LEGACY_DOOR = "carson_door_"
_LEGACY_CAMERA = "eagleeye_camera_"


@callback
def async_migrate_registries(hass: HomeAssistant, entry: ConfigEntry, account: Account) -> dict[str, str]:
    """Migrate the registered entities and devices of the legacy integration.

    Entities keep their ids, names, areas, labels and everything else that is registered.

    Returns:
        The areas of doors and cameras by the identifiers of their devices.

    Raises:
        ConfigEntryError: There is another entry of the same account; nothing was changed.
    """
    if needs_registry_migration(entry):
        other = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, account.id)
        if other is not None and other.entry_id != entry.entry_id:
            raise ConfigEntryError(
                translation_domain=DOMAIN,
                translation_key="account_twice",
                translation_placeholders={"title": other.title},
            )
    areas = _migrate_entities(hass, entry, account)
    _migrate_devices(hass, entry, account)
    if needs_registry_migration(entry):
        hass.config_entries.async_update_entry(
            entry,
            unique_id=account.id,
            title=account_title(account) if entry.title == MANUFACTURER else entry.title,
            minor_version=ENTRY_MINOR_VERSION,
        )
    return areas


@callback
def async_restore_areas(hass: HomeAssistant, entry: ConfigEntry, areas: Mapping[str, str]) -> None:
    """Set the areas of devices to those of their entities, so that new entities of the same door are there too."""
    registry = dr.async_get(hass)
    for identifier, area_id in areas.items():
        device = registry.async_get_device_by_identifier((DOMAIN, identifier), entry.entry_id)
        if device is not None:
            registry.async_update_device(device.id, area_id=area_id)


def _migrate_entities(hass: HomeAssistant, entry: ConfigEntry, account: Account) -> dict[str, str]:
    """Migrate the entities; return the areas by the identifiers of their devices."""
    registry = er.async_get(hass)
    areas = {}
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if (migrated := _migrated_ids(entity.unique_id, account)) is None:
            continue
        unique_id, device_identifier = migrated
        if (other := registry.async_get_entity_id(entity.domain, DOMAIN, unique_id)) is not None:
            _LOGGER.warning("%s is not migrated, because %s has its unique id", entity.entity_id, other)
            continue
        registry.async_update_entity(entity.entity_id, new_unique_id=unique_id)
        if entity.area_id is not None:
            areas[device_identifier] = entity.area_id
    return areas


def _migrate_devices(hass: HomeAssistant, entry: ConfigEntry, account: Account) -> None:
    """Migrate the devices, which some variants of the legacy integration may have."""
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        for domain, legacy_id in device.identifiers:
            migrated = _migrated_ids(legacy_id, account) if domain == DOMAIN else None
            if migrated is None:
                continue
            identifier = (DOMAIN, migrated[1])
            if registry.async_get_device_by_identifier(identifier, entry.entry_id) is None:
                registry.async_update_device(device.id, new_identifiers={identifier})
            break


def _migrated_ids(legacy_id: str, account: Account) -> tuple[str, str] | None:
    """Return the unique id and the device identifier that replace a legacy unique id; None for all other ids."""
    if legacy_id.startswith(_LEGACY_DOOR) and (door_id := legacy_id.removeprefix(_LEGACY_DOOR)):
        return door_unique_id(account.id, door_id), door_identifier(account.id, door_id)
    if legacy_id.startswith(_LEGACY_CAMERA) and (camera_id := legacy_id.removeprefix(_LEGACY_CAMERA)):
        esn = _esn(camera_id, account)
        return camera_unique_id(account.id, esn), camera_identifier(account.id, esn)
    return None


def _esn(camera_id: str, account: Account) -> str:
    """Return the id at Eagle Eye: the earliest versions used Carson's `externalId` instead (Protocol A.4)."""
    cameras = [camera for building in account.buildings for camera in building.cameras]
    if any(camera.live_view_id == camera_id.lower() for camera in cameras):
        return camera_id.lower()
    return next(
        (camera.live_view_id for camera in cameras if camera.external_id == camera_id and camera.live_view_id),
        camera_id,
    )
