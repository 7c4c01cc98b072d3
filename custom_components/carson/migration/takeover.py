"""Taking over the entries of the older integration whose domain is not ours.

The entry that takes over names the others in its data. So a takeover that was interrupted is finished at the next
set-up, and one that cannot begin changes nothing.
"""

import asyncio
import logging

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import entity_sources

from ..const import DOMAIN
from ..data import CarsonConfigEntry

_LOGGER = logging.getLogger(__name__)

OLDER_DOMAIN = "carson_living"

CONF_TAKEN_OVER = "taken_over"
"""Data of an entry: the ids of the entries that it takes over."""

# The older integration signs in while it is set up, which may take long.
_UNLOAD_SECONDS = 60


@callback
def async_older_entries(hass: HomeAssistant) -> list[ConfigEntry]:
    """Return the entries of the older integration that nothing takes over yet."""
    taken_over = {entry_id for entry in hass.config_entries.async_entries(DOMAIN) for entry_id in _taken_over(entry)}
    return [
        entry
        for entry in hass.config_entries.async_entries(OLDER_DOMAIN)
        if entry.source != SOURCE_IGNORE and entry.entry_id not in taken_over
    ]


@callback
def is_takeover_unfinished(hass: HomeAssistant, entry: CarsonConfigEntry) -> bool:
    """Return whether an entry has still to take over entries or registered entities."""
    ids = _taken_over(entry)
    return bool(ids) and (
        any(hass.config_entries.async_get_entry(entry_id) is not None for entry_id in ids)
        or bool(async_rows_to_take_over(hass, entry))
    )


@callback
def async_rows_to_take_over(hass: HomeAssistant, entry: CarsonConfigEntry) -> list[er.RegistryEntry]:
    """Return the registered entities of the entries that an entry takes over."""
    if not (ids := _taken_over(entry)):
        return []
    rows = er.async_get(hass).entities.values()
    return [row for row in rows if row.platform == OLDER_DOMAIN and row.config_entry_id in ids]


async def async_unload_older_entries(hass: HomeAssistant, entry: CarsonConfigEntry) -> None:
    """Unload the entries to take over: entities that are loaded cannot be moved.

    Raises:
        ConfigEntryNotReady: One of them cannot be unloaded; nothing was moved.
    """
    for entry_id in _taken_over(entry):
        older = hass.config_entries.async_get_entry(entry_id)
        if older is not None and not await _async_unload(hass, older):
            raise _not_unloaded()
    loaded = entity_sources(hass)
    if any(row.entity_id in loaded for row in async_rows_to_take_over(hass, entry)):
        raise _not_unloaded()


async def async_remove_older_entries(hass: HomeAssistant, entry: CarsonConfigEntry) -> None:
    """Remove the entries that were taken over: the last step."""
    for entry_id in _taken_over(entry):
        if hass.config_entries.async_get_entry(entry_id) is not None:
            await hass.config_entries.async_remove(entry_id)
            _LOGGER.info("The entry of the older integration %s was taken over", OLDER_DOMAIN)


def _taken_over(entry: CarsonConfigEntry) -> tuple[str, ...]:
    ids = entry.data.get(CONF_TAKEN_OVER, ())
    return tuple(entry_id for entry_id in ids if isinstance(entry_id, str))


def _not_unloaded() -> ConfigEntryNotReady:
    return ConfigEntryNotReady(translation_domain=DOMAIN, translation_key="older_not_unloaded")


async def _async_unload(hass: HomeAssistant, older: ConfigEntry) -> bool:
    """Unload an entry of the older integration; return whether its entities are no longer loaded."""
    try:
        async with asyncio.timeout(_UNLOAD_SECONDS):
            async with older.setup_lock:
                # Its set-up has ended.
                pass
    except TimeoutError:
        return False
    if older.state.recoverable:
        return await hass.config_entries.async_unload(older.entry_id)
    return older.state is ConfigEntryState.MIGRATION_ERROR
