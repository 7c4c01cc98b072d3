"""Constants of the Carson integration."""

from datetime import timedelta
from typing import Final

DOMAIN: Final = "carson"
MANUFACTURER: Final = "Carson Living"
REPOSITORY: Final = "https://github.com/carson-home-assistant/carson"

# Version of config entries. Below 2.2, their registries are still to be migrated from the older integration.
ENTRY_VERSION: Final = 2
ENTRY_MINOR_VERSION: Final = 2

# Data of a config entry.
CONF_EMAIL: Final = "email"
CONF_KEEP_PASSWORD: Final = "keep_password"  # noqa: S105 - the name of a field
CONF_PASSWORD: Final = "password"  # noqa: S105 - as above
CONF_TOKEN: Final = "token"  # noqa: S105 - as above

# Fired for each request to open a door, with its outcome: opened, failed (certainly not opened), unclear.
EVENT_DOOR: Final = "carson_door"
ATTR_OUTCOME: Final = "outcome"
OPENED: Final = "opened"
FAILED: Final = "failed"
UNCLEAR: Final = "unclear"
# Types of the event of motion.
STARTED: Final = "started"
ENDED: Final = "ended"
# The image entity that gets a picture of the opening.
ATTR_IMAGE: Final = "image"

# Attribute of a camera: whether its traffic is turned on here.
ATTR_SWITCHED_ON: Final = "switched_on"

# Options of a config entry.
CONF_ADVANCED: Final = "advanced"
CONF_ALL_CAMERAS: Final = "all_cameras"
CONF_API_VERSION: Final = "api_version"
CONF_APP_VERSION: Final = "app_version"
CONF_DASHBOARD: Final = "dashboard"
CONF_INACTIVE_RESERVATIONS: Final = "inactive_reservations"
CONF_LIVE_EVENTS: Final = "live_events"
CONF_OPEN_SECONDS: Final = "open_seconds"
DEFAULT_ALL_CAMERAS: Final = False
# Of entries that are older than the option; the form that adds an account suggests it.
DEFAULT_DASHBOARD: Final = False
DEFAULT_INACTIVE_RESERVATIONS: Final = False
DEFAULT_LIVE_EVENTS: Final = True
DEFAULT_OPEN_SECONDS: Final = 5
MIN_OPEN_SECONDS: Final = 1
MAX_OPEN_SECONDS: Final = 60

ACCOUNT_INTERVAL: Final = timedelta(minutes=5)
# Until the first update succeeds, and the least after a rejected sign-in.
FIRST_UPDATE_RETRY_SECONDS: Final = 30
CAMERA_INTERVAL: Final = timedelta(minutes=1)
# While live events tell what changes.
CAMERA_INTERVAL_WITH_EVENTS: Final = timedelta(minutes=5)
RESERVATION_INTERVAL: Final = timedelta(minutes=15)

# Consecutive failed updates after which the last data are still used.
TOLERATED_FAILURES: Final = 2
# How long before a token expires that cannot be renewed an issue is created.
TOKEN_WARNING: Final = timedelta(days=7)
# Maximum number of buildings for which data are fetched at the same time.
BUILDINGS_AT_ONCE: Final = 32

# Timeout of a sign-in: Carson's very first one may take half a minute.
SIGN_IN_SECONDS: Final = 45
