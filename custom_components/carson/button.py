"""Buttons that open doors."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import Door
from .data import CarsonConfigEntry, CarsonData
from .entity import DoorEntity
from .entity_sync import async_add_doors

# Doors do not wait for each other.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the buttons of an account."""
    async_add_doors(entry, async_add_entities, OpenButton)


class OpenButton(DoorEntity, ButtonEntity):
    """Button that opens a door."""

    _attr_translation_key = "open"
    # The lock of the door does the same: generated pages show each door once.
    _attr_entity_registry_visible_default = False

    def __init__(self, data: CarsonData, door: Door) -> None:
        """Initialize the button."""
        super().__init__(data, door, "open")

    @override
    async def async_press(self) -> None:
        """Open the door."""
        await self.async_open_door(self._context)
