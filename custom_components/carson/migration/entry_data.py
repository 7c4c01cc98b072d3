"""Migration of an entry's own data."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..aiocarson import Account
from ..const import (
    CONF_ALL_CAMERAS,
    CONF_EMAIL,
    CONF_PASSWORD,
    CONF_TOKEN,
    ENTRY_MINOR_VERSION,
    ENTRY_VERSION,
    MANUFACTURER,
)

_LEGACY_USERNAME = "username"
_LEGACY_ALL_CAMERAS = "list_from_eagle_eye"


@callback
def async_migrate_data(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Migrate the data and options of an entry."""
    if entry.version >= ENTRY_VERSION:
        return
    legacy = entry.data
    username = str(legacy.get(_LEGACY_USERNAME) or "").strip()
    data = {
        key: value
        for key, value in (
            (CONF_EMAIL, username),
            (CONF_PASSWORD, legacy.get(CONF_PASSWORD)),
            (CONF_TOKEN, legacy.get(CONF_TOKEN)),
        )
        if isinstance(value, str) and value
    }
    hass.config_entries.async_update_entry(
        entry,
        data=data,
        options=_migrated_options(entry.options),
        # The e-mail address is the title as well, and titles are logged.
        title=MANUFACTURER if entry.title in {username, entry.unique_id} else entry.title,
        version=ENTRY_VERSION,
        minor_version=1,
    )


def _migrated_options(legacy: Mapping[str, Any]) -> dict[str, Any]:
    if _LEGACY_ALL_CAMERAS not in legacy:
        return {}
    return {CONF_ALL_CAMERAS: bool(legacy[_LEGACY_ALL_CAMERAS])}


def needs_registry_migration(entry: ConfigEntry) -> bool:
    """Return whether the registries of an entry are still to be migrated; its unique id is the e-mail address."""
    return entry.minor_version < ENTRY_MINOR_VERSION


def belongs_to(entry: ConfigEntry, account: Account) -> bool | None:
    """Return whether an entry that is still to be migrated belongs to the account; None if that is unknown."""
    emails = {contact.value.casefold() for contact in account.contacts if contact.kind == "email"}
    if not emails or entry.unique_id is None:
        return None
    return entry.unique_id.casefold() in emails | {account.id, (account.username or "").casefold()}
