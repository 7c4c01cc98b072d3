"""Time zones by name, loaded outside the event loop."""

import asyncio
from datetime import UTC, tzinfo
import logging
from zoneinfo import ZoneInfo

_LOGGER = logging.getLogger(__name__)


class TimeZones:
    """The time zones that have been loaded.

    Args:
        default: Used if no name is given, or one that does not exist.
    """

    def __init__(self, default: tzinfo = UTC) -> None:
        self._default = default
        self._loaded: dict[str, tzinfo | None] = {}

    async def load(self, *names: str | None) -> None:
        """Load time zones."""
        for name in names:
            if name is not None and name not in self._loaded:
                self._loaded[name] = await asyncio.to_thread(_load, name)

    def first(self, *names: str | None) -> tzinfo:
        """Return the first of these time zones that exists, or the default. They must have been loaded."""
        found = (self._loaded.get(name) for name in names if name is not None)
        return next((zone for zone in found if zone is not None), self._default)


def _load(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # ZoneInfoNotFoundError is a LookupError
        _LOGGER.debug("Unknown time zone: %s", name)
        return None
