"""Migration of the entity and device registry."""

from datetime import datetime
import logging

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import entity_sources
from homeassistant.helpers.typing import UNDEFINED

from ..aiocarson import Account
from ..const import DOMAIN, ENTRY_MINOR_VERSION, MANUFACTURER
from ..data import CarsonConfigEntry
from ..device_settings import DeviceSettings
from ..identifiers import account_title
from ..issues import async_find_users
from ..replaced_entities import async_note_replaced
from .entry_data import needs_registry_migration
from .older_ids import migrated_ids
from .takeover import OLDER_DOMAIN, async_rows_to_take_over

_LOGGER = logging.getLogger(__name__)


@callback
def async_migrate_registries(
    hass: HomeAssistant, entry: CarsonConfigEntry, account: Account, settings: DeviceSettings
) -> None:
    """Migrate the registered entities and devices of the older integrations.

    Entities keep their ids, icons, labels, aliases and everything else that is registered. What cannot be migrated is
    logged and left as it is.

    Raises:
        ConfigEntryError: There is another entry of the same account; nothing was changed.
    """
    if needs_registry_migration(entry):
        other = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, account.id)
        if other is not None and other.entry_id != entry.entry_id:
            raise ConfigEntryError(
                translation_domain=DOMAIN,
                translation_key="account_twice",
                translation_placeholders={"title": other.title},
            )
    _RowMigration(hass, entry, account).migrate()
    _migrate_devices(hass, entry, account, settings)
    if needs_registry_migration(entry):
        hass.config_entries.async_update_entry(
            entry,
            unique_id=account.id,
            title=account_title(account) if entry.title == MANUFACTURER else entry.title,
            minor_version=ENTRY_MINOR_VERSION,
        )


class _RowMigration:
    """Migration of the entity registry for one account."""

    def __init__(self, hass: HomeAssistant, entry: CarsonConfigEntry, account: Account) -> None:
        self._hass = hass
        self._registry = er.async_get(hass)
        self._entry = entry
        self._account = account

    def migrate(self) -> None:
        """Migrate all entities, also those whose entry was deleted before this account was added."""
        rows = er.async_entries_for_config_entry(self._registry, self._entry.entry_id)
        for row in [*rows, *async_rows_to_take_over(self._hass, self._entry)]:
            self._migrate(row)
        for row in [row for row in self._registry.entities.values() if self._is_orphan(row)]:
            self._migrate(row)
        for domain, platform, unique_id in list(self._registry.deleted_entities):
            if platform in {DOMAIN, OLDER_DOMAIN}:
                self._restore(domain, platform, unique_id)

    def _is_orphan(self, row: er.RegistryEntry) -> bool:
        """Return whether an entity of the older integration has lost its entry and belongs to this account."""
        if row.platform != OLDER_DOMAIN or row.entity_id in entity_sources(self._hass):
            return False
        if row.config_entry_id and self._hass.config_entries.async_get_entry(row.config_entry_id) is not None:
            return False
        ids = migrated_ids(row.unique_id, self._account)
        return ids is not None and ids.is_known

    def _migrate(self, row: er.RegistryEntry) -> None:
        ids = migrated_ids(row.unique_id, self._account)
        if ids is None and row.platform == DOMAIN:
            return
        new_unique_id = UNDEFINED if ids is None else ids.unique_id
        if ids is not None:
            other_id = self._registry.async_get_entity_id(row.domain, DOMAIN, ids.unique_id)
            if other_id is not None and not self._replace(row, self._registry.entities[other_id]):
                _LOGGER.warning("%s is not migrated, because %s has its unique id", row.entity_id, other_id)
                return
        if row.platform == DOMAIN:
            self._registry.async_update_entity(row.entity_id, new_unique_id=new_unique_id)
        else:
            self._registry.async_update_entity_platform(
                row.entity_id,
                DOMAIN,
                new_config_entry_id=self._entry.entry_id,
                new_unique_id=new_unique_id,
                new_device_id=None,
            )

    def _replace(self, row: er.RegistryEntry, other: er.RegistryEntry) -> bool:
        """Remove the other entity of the same door or camera, and return True; False if it is to be kept.

        The one that automations use is kept; otherwise the older one.
        """
        if self._rank(row) >= self._rank(other) or row.platform == DOMAIN:
            return False
        _LOGGER.warning("%s was removed, because %s is the same", other.entity_id, row.entity_id)
        async_note_replaced(self._hass, other, row.entity_id)
        self._registry.async_remove(other.entity_id)
        return True

    def _rank(self, row: er.RegistryEntry) -> tuple[bool, datetime]:
        return not async_find_users(self._hass, [row.entity_id, row.id]), row.created_at

    def _restore(self, domain: str, platform: str, unique_id: str) -> None:
        """Restore an entity that was deleted with its entry, if it belongs to this account."""
        ids = migrated_ids(unique_id, self._account)
        if ids is None or not ids.is_known or self._registry.async_get_entity_id(domain, DOMAIN, ids.unique_id):
            return
        # Home Assistant gives it back what was registered.
        row = self._registry.async_get_or_create(domain, platform, unique_id, config_entry=self._entry)
        self._migrate(row)


def _migrate_devices(hass: HomeAssistant, entry: CarsonConfigEntry, account: Account, settings: DeviceSettings) -> None:
    """Migrate the devices, which some variants of the older integrations may have."""
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        for domain, older_id in device.identifiers:
            ids = migrated_ids(older_id, account) if domain == DOMAIN else None
            if ids is None:
                continue
            identifier = (DOMAIN, ids.device_identifier)
            if registry.async_get_device_by_identifier(identifier, entry.entry_id) is None:
                registry.async_update_device(device.id, new_identifiers={identifier})
                settings.async_move_from(account.id, device.id)
            break
