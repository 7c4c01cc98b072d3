"""Devices of an entry."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr


def device_names(hass: HomeAssistant, entry: ConfigEntry) -> set[str | None]:
    """Return the names of an entry's devices."""
    return {device.name for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)}
