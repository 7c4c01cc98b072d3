"""Locks of the doors: they can be opened, and lock by themselves."""

from typing import Any, override

from homeassistant.components.lock import LockEntity
from homeassistant.components.lock.const import LockEntityFeature
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .data import CarsonConfigEntry
from .door_state import DoorState
from .entity import DoorEntity
from .entity_sync import async_add_doors
from .text import shortened

# Doors do not wait for each other.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the locks of an account."""
    async_add_doors(entry, async_add_entities, DoorLock)


class DoorLock(DoorEntity, LockEntity):
    """Lock of a door; its state is assumed, since Carson does not report it."""

    _attr_name = None
    _attr_translation_key = "door"
    _attr_assumed_state = True
    _attr_supported_features = LockEntityFeature.OPEN
    # What Carson says about the door seldom changes.
    _unrecorded_attributes = frozenset(
        {
            "available",
            "camera",
            "default_in_building",
            "disabled",
            "external_id",
            "is_active",
            "is_unit_door",
            "provider",
            "staff_only",
        }
    )

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the assumed state."""
        await super().async_added_to_hass()
        self.async_on_remove(self._door_state.async_add_listener(self._handle_change))

    @property
    @override
    def _shown(self) -> object:
        return (super()._shown, self._camera_entity_id)

    @callback
    def _handle_change(self) -> None:
        # Whoever pressed, the activity shows that person, for the button as well.
        if (context := self._door_state.context) is not None:
            self.async_set_context(context)
        self.async_write_ha_state()

    @property
    @override
    def is_locked(self) -> bool:
        """Whether the door is assumed to be locked."""
        return self._door_state.state is DoorState.LOCKED

    @property
    @override
    def is_unlocking(self) -> bool:
        """Whether a request to open the door is under way."""
        return self._door_state.state is DoorState.UNLOCKING

    @property
    @override
    def is_locking(self) -> bool:
        """Whether the door is about to lock by itself after someone asked for it."""
        return self._door_state.state is DoorState.LOCKING

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what Carson says about the door, and the camera that shows it."""
        door = self._door
        return {
            "camera": self._camera_entity_id,
            "provider": shortened(door.provider),
            "is_active": door.is_active,
            "disabled": door.disabled,
            "is_unit_door": door.is_unit_door,
            "staff_only": door.staff_only,
            "default_in_building": door.default_in_building,
            "external_id": shortened(door.external_id),
            "available": door.available,
        }

    @override
    async def async_open(self, **kwargs: Any) -> None:
        """Open the door."""
        await self.async_open_door(self._context)

    @override
    async def async_unlock(self, **kwargs: Any) -> None:
        """Open the door: it cannot be unlocked without being opened."""
        await self.async_open_door(self._context)

    @override
    async def async_lock(self, **kwargs: Any) -> None:
        """Let the door lock by itself: it cannot be locked remotely, and need not be."""
        self._door_state.async_lock(self._context)
