"""Migration from the older integrations, with everything that users have configured.

They have the domain `carson`, whose entries are ours to migrate, or `carson_living`, whose entries are taken over by
the config flow. Both have entries of version 1 (`username`, `password`, `token`, the e-mail address as unique id),
locks with the unique id `carson_door_<id>`, cameras with `eagleeye_camera_<ESN>`, and no devices. Here, unique ids
contain the account's id, which only Carson knows. So there are these steps:

1. The entry's own data (2.1), which needs no network: Home Assistant's migration, or the config flow.
2. At a set-up that reaches Carson, the registries and the unique id (2.2). An entry of `carson_living` is unloaded
   before and removed after that.
3. Once the device of a door or camera exists, the name and area that users gave the entity, which had no device.

Each step looks at the registries themselves, not only at the version: Home Assistant writes entries and registries at
different times, and a power failure in between must not leave orphans.
"""

from .entry_data import async_migrate_data, migrated_data, migrated_options, needs_registry_migration
from .identity import belongs_to
from .registries import async_migrate_registries
from .takeover import (
    CONF_TAKEN_OVER,
    OLDER_DOMAIN,
    async_older_entries,
    async_remove_older_entries,
    async_unload_older_entries,
    is_takeover_unfinished,
)

__all__ = [
    "CONF_TAKEN_OVER",
    "OLDER_DOMAIN",
    "async_migrate_data",
    "async_migrate_registries",
    "async_older_entries",
    "async_remove_older_entries",
    "async_unload_older_entries",
    "belongs_to",
    "is_takeover_unfinished",
    "migrated_data",
    "migrated_options",
    "needs_registry_migration",
]
