"""Migration of an entry's own data."""

from collections.abc import Mapping
import logging
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ..const import (
    CONF_ALL_CAMERAS,
    CONF_EMAIL,
    CONF_PASSWORD,
    CONF_TOKEN,
    ENTRY_MINOR_VERSION,
    ENTRY_VERSION,
    MANUFACTURER,
)
from ..data import CarsonConfigEntry

_LOGGER = logging.getLogger(__name__)

OLDER_USERNAME = "username"
_OLDER_ALL_CAMERAS = "list_from_eagle_eye"


@callback
def async_migrate_data(hass: HomeAssistant, entry: CarsonConfigEntry) -> None:
    """Migrate the data and options of an entry."""
    if entry.version >= ENTRY_VERSION:
        return
    data = migrated_data(entry.data)
    hass.config_entries.async_update_entry(
        entry,
        data=data,
        options=migrated_options(entry.options),
        # The e-mail address is the title as well, and titles are logged.
        title=MANUFACTURER if entry.title in {data.get(CONF_EMAIL), entry.unique_id} else entry.title,
        version=ENTRY_VERSION,
        minor_version=1,
    )


def migrated_data(older: Mapping[str, Any]) -> dict[str, str]:
    """Return the data of an entry from those of an older integration; what is missing or damaged is left out."""
    data = {
        CONF_EMAIL: older.get(OLDER_USERNAME),
        CONF_PASSWORD: older.get(CONF_PASSWORD),
        CONF_TOKEN: older.get(CONF_TOKEN),
    }
    if damaged := [key for key, value in data.items() if value is not None and not isinstance(value, str)]:
        _LOGGER.warning("Not taken over from the older integration, because it is damaged: %s", ", ".join(damaged))
    # Only the password may begin or end with a space. It is empty for accounts that sign in with a token.
    texts = {
        key: value if key == CONF_PASSWORD else value.strip() for key, value in data.items() if isinstance(value, str)
    }
    return {key: value for key, value in texts.items() if value}


def migrated_options(older: Mapping[str, Any]) -> dict[str, bool]:
    """Return the options of an entry from those of an older integration."""
    if (value := older.get(_OLDER_ALL_CAMERAS)) is None:
        return {}
    if not isinstance(value, bool):
        _LOGGER.warning("Not taken over from the older integration, because it is damaged: %s", _OLDER_ALL_CAMERAS)
        return {}
    return {CONF_ALL_CAMERAS: value}


def needs_registry_migration(entry: CarsonConfigEntry) -> bool:
    """Return whether the registries of an entry are still to be migrated; its unique id is the e-mail address."""
    return (entry.version, entry.minor_version) < (ENTRY_VERSION, ENTRY_MINOR_VERSION)
