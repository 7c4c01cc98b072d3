"""Locks without a device."""

from typing import Any, override

from homeassistant.components.lock import LockEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

DOORS = {"7001": "Front Door", "7002": "Garage Gate", "7004": "Staff Entrance"}


async def async_setup_entry(
    _hass: HomeAssistant, _entry: ConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the locks."""
    async_add_entities(OlderLock(door_id, name) for door_id, name in DOORS.items())


class OlderLock(LockEntity):
    """A lock that only says that it was opened."""

    def __init__(self, door_id: str, name: str) -> None:
        """Initialize the lock."""
        self._attr_unique_id = f"carson_door_{door_id}"
        self._attr_name = name
        self._attr_is_locked = True

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Show the lock as unlocked."""
        self._attr_is_locked = False
        self.async_write_ha_state()
