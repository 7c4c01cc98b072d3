"""The names and areas of entities that had no device: they move to their device.

Home Assistant puts the name of the device before one that a user gave to the entity, and an entity without a name of
its own may have no area of its own. As the name and area of the device, they are shown as before.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Self
import uuid

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .identifiers import camera_identifier, door_identifier

_IDENTIFIERS = {"camera": camera_identifier, "lock": door_identifier}

_RUN: HassKey[str] = HassKey(f"{DOMAIN}_run")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    """What moves to a device.

    Attributes:
        name: The name that the entity showed.
        area_id: Its area.
        run: The run of Home Assistant in which it was moved.
    """

    name: str | None
    area_id: str | None
    run: str


class DeviceSettings:
    """What one account's entities hand over to their devices.

    A copy is kept until the next start: if Home Assistant is killed after it has written one registry and before it
    writes the other, the settings would be lost.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize without a copy."""
        self._hass = hass
        self._entry_id = entry_id
        self._devices = dr.async_get(hass)
        self._entities = er.async_get(hass)
        self._run = hass.data.setdefault(_RUN, uuid.uuid4().hex)
        self._copy: dict[str, _Settings] = {}
        self._restored: set[str] = set()
        self._store = _store(hass, entry_id)

    @classmethod
    async def async_load(cls, hass: HomeAssistant, entry_id: str) -> Self:
        """Return the settings, with the copies that are still needed."""
        settings = cls(hass, entry_id)
        stored = await settings._store.async_load() or {}
        for identifier, copy in stored.items():
            # A device of an earlier run that is registered was written, with its settings.
            if copy["run"] == settings._run or settings._device(identifier) is None:
                settings._copy[identifier] = _Settings(**copy)
        if stored and not settings._copy:
            await settings._store.async_remove()
        return settings

    @callback
    def async_identifiers(self, account_id: str) -> set[str]:
        """Return the identifiers of the devices for which settings are waiting."""
        return {self._identifier(account_id, row) for row in self._rows()} | set(self._copy)

    @callback
    def async_move(self, account_id: str) -> None:
        """Move the settings of entities whose device exists now."""
        self._apply_copy()
        for row in self._rows():
            device = self._device(self._identifier(account_id, row))
            if device is not None:
                self._move(account_id, row, device)

    @callback
    def async_move_from(self, account_id: str, device_id: str) -> None:
        """Move the settings of an entity to the device that it has always had."""
        device = self._devices.async_get(device_id, include_child_devices=False)
        for row in er.async_entries_for_device(self._entities, device_id, include_disabled_entities=True):
            if row.domain in _IDENTIFIERS and device is not None:
                self._move(account_id, row, device)

    def _rows(self) -> list[er.RegistryEntry]:
        """Return the doors and cameras that have no device yet."""
        rows = er.async_entries_for_config_entry(self._entities, self._entry_id)
        return [row for row in rows if row.device_id is None and row.domain in _IDENTIFIERS]

    @staticmethod
    def _identifier(account_id: str, row: er.RegistryEntry) -> str:
        return _IDENTIFIERS[row.domain](account_id, row.unique_id.removeprefix(f"{account_id}-"))

    def _device(self, identifier: str) -> dr.DeviceEntry | None:
        return self._devices.async_get_device_by_identifier((DOMAIN, identifier), self._entry_id)

    def _move(self, account_id: str, row: er.RegistryEntry, device: dr.DeviceEntry) -> None:
        identifier = self._identifier(account_id, row)
        if identifier not in self._restored:
            settings = _Settings(name=row.name or row.original_name, area_id=row.area_id, run=self._run)
            self._copy[identifier] = settings
            self._save()
            self._apply(device, settings)
        self._entities.async_update_entity(row.entity_id, device_id=device.id, name=None, area_id=None)

    def _apply(self, device: dr.DeviceEntry, settings: _Settings) -> None:
        shown_name = settings.name or device.name
        self._devices.async_update_device(
            device.id,
            name_by_user=None if shown_name == device.name else shown_name,
            area_id=settings.area_id or device.area_id,
        )

    def _apply_copy(self) -> None:
        """Give the settings of the last run to devices that had to be made again."""
        lost = {identifier: copy for identifier, copy in self._copy.items() if copy.run != self._run}
        for identifier, copy in lost.items():
            if (device := self._device(identifier)) is not None:
                self._copy[identifier] = replace(copy, run=self._run)
                self._restored.add(identifier)
                self._save()
                self._apply(device, copy)

    def _save(self) -> None:
        # Long before Home Assistant writes the registries.
        self._store.async_delay_save(self._as_dict, 0)

    def _as_dict(self) -> dict[str, Any]:
        return {identifier: asdict(copy) for identifier, copy in self._copy.items()}


async def async_remove_device_settings(hass: HomeAssistant, entry_id: str) -> None:
    """Remove the copy of an account that is removed."""
    await _store(hass, entry_id).async_remove()


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    return Store(hass, 1, f"{DOMAIN}.adopted.{entry_id}", private=True)
