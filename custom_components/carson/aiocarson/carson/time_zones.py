"""Time zones by name, read from disk beside the event loop and once."""

import asyncio
from datetime import UTC, tzinfo
import logging
from zoneinfo import ZoneInfo

_LOGGER = logging.getLogger(__name__)


class TimeZones:
    """The time zones met so far.

    Args:
        usual: Where nobody names a zone, or one that does not exist.
    """

    def __init__(self, usual: tzinfo = UTC) -> None:
        self._usual = usual
        self._known: dict[str, tzinfo | None] = {}

    async def load(self, *names: str | None) -> None:
        """Get to know zones."""
        for name in names:
            if name is not None and name not in self._known:
                self._known[name] = await asyncio.to_thread(_read, name)

    def first(self, *names: str | None) -> tzinfo:
        """Hand out the first of these zones that is named and exists; they must have been loaded."""
        found = (self._known.get(name) for name in names if name is not None)
        return next((zone for zone in found if zone is not None), self._usual)


def _read(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except OSError, ValueError, LookupError:  # ZoneInfoNotFoundError is a LookupError
        _LOGGER.debug("There is no time zone of the name %s", name)
        return None
