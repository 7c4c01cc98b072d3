"""Constants of the Carson integration."""

from datetime import timedelta
from typing import Final

DOMAIN: Final = "carson"
MANUFACTURER: Final = "Carson Living"

# The form of a config entry. Below 2.2 it still awaits its adoption from the older integration, see migration.py.
ENTRY_VERSION: Final = 2
ENTRY_MINOR_VERSION: Final = 2

# What a config entry holds.
CONF_EMAIL: Final = "email"
CONF_KEEP_PASSWORD: Final = "keep_password"  # noqa: S105 - the name of a field
CONF_PASSWORD: Final = "password"  # noqa: S105 - as above
CONF_TOKEN: Final = "token"  # noqa: S105 - as above

# Fired for every attempt to open a door, with its outcome: opened, failed (certainly not), unclear.
EVENT_DOOR: Final = "carson_door"
ATTR_OUTCOME: Final = "outcome"
OPENED: Final = "opened"
FAILED: Final = "failed"
UNCLEAR: Final = "unclear"

# What a resident may choose afterwards.
CONF_ALL_CAMERAS: Final = "all_cameras"
CONF_OPEN_SECONDS: Final = "open_seconds"
DEFAULT_ALL_CAMERAS: Final = False
DEFAULT_OPEN_SECONDS: Final = 5
MIN_OPEN_SECONDS: Final = 1
MAX_OPEN_SECONDS: Final = 60

ACCOUNT_INTERVAL: Final = timedelta(minutes=5)
CAMERA_INTERVAL: Final = timedelta(minutes=1)
RESERVATION_INTERVAL: Final = timedelta(minutes=15)

# A door does not vanish because one poll failed: so many polls in a row may.
TOLERATED_FAILURES: Final = 2
# A building that has no Eagle Eye is asked for it again now and then: somebody may have seen to it.
REFUSAL_INTERVAL: Final = timedelta(hours=1)
# Who cannot renew the sign-in by itself is told in time.
TOKEN_WARNING: Final = timedelta(days=7)
# Buildings are asked side by side, but not all of a large account at once.
BUILDINGS_AT_ONCE: Final = 4

# Carson's very first sign-in may take half a minute.
SIGN_IN_SECONDS: Final = 45
