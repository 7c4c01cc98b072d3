"""Doors as buttons: one press, one opening."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import Door
from .coordinator import CarsonConfigEntry, CarsonData
from .entity import DoorEntity, async_add_doors

# A door waits for no other door.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add a button for each door."""
    async_add_doors(entry, async_add_entities, lambda data, door: (OpenButton(data, door),))


class OpenButton(DoorEntity, ButtonEntity):
    """Opens a door."""

    _attr_translation_key = "open"

    def __init__(self, data: CarsonData, door: Door) -> None:
        """Know the door."""
        super().__init__(data, door, "-open")

    @override
    async def async_press(self) -> None:
        """Open the door."""
        await self._async_open_door()
