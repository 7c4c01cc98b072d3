"""Doors as locks: opened by dashboards, voice and automations, locked by themselves."""

from typing import Any, override

from homeassistant.components.lock import LockEntity
from homeassistant.components.lock.const import LockEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import CarsonConfigEntry
from .door_state import DoorState
from .entity import DoorEntity, async_add_doors

# A door waits for no other door.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add a lock for each door."""
    async_add_doors(entry, async_add_entities, lambda data, door: (DoorLock(data, door),))


class DoorLock(DoorEntity, LockEntity):
    """A door's lock, whose state is assumed: Carson tells none."""

    _attr_name = None
    _attr_translation_key = "door"
    _attr_assumed_state = True
    _attr_supported_features = LockEntityFeature.OPEN

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the latch."""
        await super().async_added_to_hass()
        self.async_on_remove(self._latch.async_listen(self.async_write_ha_state))

    @property
    @override
    def is_locked(self) -> bool:
        """Tell whether the door is assumed to be locked."""
        return self._latch.state is DoorState.LOCKED

    @property
    @override
    def is_open(self) -> bool:
        """Tell whether the door is assumed to be open."""
        return self._latch.state is DoorState.OPEN

    @property
    @override
    def is_opening(self) -> bool:
        """Tell whether the door was asked to open and has not answered yet."""
        return self._latch.state is DoorState.OPENING

    @override
    async def async_open(self, **kwargs: Any) -> None:
        """Open the door."""
        await self._async_open_door()

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Open the door: there is no unlocking without opening."""
        await self._async_open_door()

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Do nothing while locked; else say that the door locks itself."""
        if self._latch.state is not DoorState.LOCKED:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="locks_itself",
                translation_placeholders={"name": self._door.name},
            )
