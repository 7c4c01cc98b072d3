"""Migration from the legacy integration of the same name.

The legacy integration has entries of version 1 (`username`, `password`, `token`, the e-mail address as unique
id), locks with the unique id `carson_door_<id>`, cameras with `eagleeye_camera_<ESN>`, and no devices. Here,
unique ids contain the account's id, which only Carson knows. So there are two steps:

1. Home Assistant's migration of the entry's own data (2.1), which needs no network.
2. The registries and the unique id (2.2), at the first set-up that reaches Carson.

The second step looks at the registries themselves, not only at the version: Home Assistant writes entries and
registries at different times, and a power failure in between must not leave orphans.
"""

from .entry_data import async_migrate_data, belongs_to, needs_registry_migration
from .registries import async_migrate_registries, async_restore_areas

__all__ = [
    "async_migrate_data",
    "async_migrate_registries",
    "async_restore_areas",
    "belongs_to",
    "needs_registry_migration",
]
