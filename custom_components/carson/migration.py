"""From the older integration of the same name to this one, without losing what users have made of it.

That one had entries of version 1 (`username`, `password`, `token`, the e-mail as unique id), locks with
the unique id `carson_door_<id>`, cameras with `eagleeye_camera_<ESN>`, and no devices. Ours name all
by the account's id, which only Carson knows. So it goes in two steps:

1. Home Assistant's migration, which must not fail for want of a network: the entry's own data (2.1).
2. At the first set-up that reaches Carson: registries and unique id (2.2).

The second step looks at the registries themselves and not only at the version: Home Assistant writes
entry and registries at different times, and a power cut between the two must not make orphans.
"""

from collections.abc import Mapping
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .aiocarson import Account
from .const import (
    CONF_ALL_CAMERAS,
    CONF_EMAIL,
    CONF_PASSWORD,
    CONF_TOKEN,
    DOMAIN,
    ENTRY_MINOR_VERSION,
    ENTRY_VERSION,
    MANUFACTURER,
)
from .device_registry import account_title, camera_identifier, door_identifier

_LOGGER = logging.getLogger(__name__)

_OLD_USERNAME = "username"
_OLD_LIST_FROM_EAGLE_EYE = "list_from_eagle_eye"
_OLD_DOOR = "carson_door_"
_OLD_CAMERA = "eagleeye_camera_"


@callback
def async_migrate_data(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Bring an entry's own data into today's form; asks nobody, so it cannot fail."""
    if entry.version >= ENTRY_VERSION:
        return
    old = entry.data
    username = str(old.get(_OLD_USERNAME) or "").strip()
    data = {
        key: value
        for key, value in (
            (CONF_EMAIL, username),
            (CONF_PASSWORD, old.get(CONF_PASSWORD)),
            (CONF_TOKEN, old.get(CONF_TOKEN)),
        )
        if isinstance(value, str) and value
    }
    hass.config_entries.async_update_entry(
        entry,
        data=data,
        options=_migrated_options(entry.options),
        # The e-mail was the title as well, and titles get into logs.
        title=MANUFACTURER if entry.title in {username, entry.unique_id} else entry.title,
        version=ENTRY_VERSION,
        minor_version=1,
    )


def _migrated_options(old: Mapping[str, Any]) -> dict[str, Any]:
    if _OLD_LIST_FROM_EAGLE_EYE not in old:
        return {}
    return {CONF_ALL_CAMERAS: bool(old[_OLD_LIST_FROM_EAGLE_EYE])}


def needs_registry_migration(entry: ConfigEntry) -> bool:
    """Tell whether an older entry is still known by its e-mail, because Carson was not reached since."""
    return entry.minor_version < ENTRY_MINOR_VERSION


def belongs_to(entry: ConfigEntry, account: Account) -> bool | None:
    """Tell by the e-mail whether an entry that awaits adoption belongs to the account; None if that is not known."""
    known_by = {contact.value.casefold() for contact in account.contacts if contact.kind == "email"}
    if not known_by or entry.unique_id is None:
        return None
    return entry.unique_id.casefold() in known_by | {account.id, (account.username or "").casefold()}


@callback
def async_migrate_registries(hass: HomeAssistant, entry: ConfigEntry, account: Account) -> dict[str, str]:
    """Make what the older integration left behind ours.

    Entities keep their ids, names, areas, labels and everything else that is registered.

    Returns:
        The areas in which users had put doors and cameras, by the keys of their devices.

    Raises:
        ConfigEntryError: Another entry of the same account is there; nothing was changed.
    """
    if needs_registry_migration(entry):
        other = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, account.id)
        if other is not None and other.entry_id != entry.entry_id:
            raise ConfigEntryError(
                translation_domain=DOMAIN,
                translation_key="account_twice",
                translation_placeholders={"title": other.title},
            )
    areas = _adopt_entities(hass, entry, account)
    _adopt_devices(hass, entry, account)
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
    """Put devices where their entities have been, so that new entities of the same door are there too."""
    registry = dr.async_get(hass)
    for key, area_id in areas.items():
        if (device := registry.async_get_device_by_identifier((DOMAIN, key), entry.entry_id)) is not None:
            registry.async_update_device(device.id, area_id=area_id)


def _adopt_entities(hass: HomeAssistant, entry: ConfigEntry, account: Account) -> dict[str, str]:
    registry = er.async_get(hass)
    areas = {}
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if (keys := _today(entity.unique_id, account)) is None:
            continue
        unique_id, device_key = keys
        if (taken_by := registry.async_get_entity_id(entity.domain, DOMAIN, unique_id)) is not None:
            _LOGGER.warning("%s is left as it is: %s has taken its place", entity.entity_id, taken_by)
            continue
        registry.async_update_entity(entity.entity_id, new_unique_id=unique_id)
        if entity.area_id is not None:
            areas[device_key] = entity.area_id
    return areas


def _adopt_devices(hass: HomeAssistant, entry: ConfigEntry, account: Account) -> None:
    """Do the same for devices, which some variants of the older integration may have had."""
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        for domain, identifier in device.identifiers:
            keys = _today(identifier, account) if domain == DOMAIN else None
            if keys is None:
                continue
            if registry.async_get_device_by_identifier((DOMAIN, keys[1]), entry.entry_id) is None:
                registry.async_update_device(device.id, new_identifiers={(DOMAIN, keys[1])})
            break


def _today(old: str, account: Account) -> tuple[str, str] | None:
    """Translate an old unique id to today's and to the key of the device; None for anything else."""
    if old.startswith(_OLD_DOOR) and (door_id := old.removeprefix(_OLD_DOOR)):
        return f"{account.id}-{door_id}", door_identifier(account.id, door_id)
    if old.startswith(_OLD_CAMERA) and (camera_id := old.removeprefix(_OLD_CAMERA)):
        esn = _esn(camera_id, account)
        return f"{account.id}-{esn}", camera_identifier(account.id, esn)
    return None


def _esn(camera_id: str, account: Account) -> str:
    """Find the id at Eagle Eye: the earliest versions used Carson's `externalId` instead (Protocol A.4)."""
    cameras = [camera for building in account.buildings for camera in building.cameras]
    if any(camera.live_view_id == camera_id for camera in cameras):
        return camera_id
    return next(
        (camera.live_view_id for camera in cameras if camera.external_id == camera_id and camera.live_view_id),
        camera_id,
    )
