"""A stand-in for the older integrations, for a real Home Assistant: their entities, entries and action, and no cloud.

It is copied into the configuration under one of their domains.
"""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, ServiceCall

PLATFORMS = ["lock", "camera"]


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up the entities and the action."""

    async def update(_call: ServiceCall) -> None:
        """Do nothing."""

    hass.services.async_register(entry.domain, "update", update)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Unload the entities."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
