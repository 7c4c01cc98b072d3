"""The content of each path in the media browser: accounts, buildings, cameras, days, hours and segments.

Recordings are shown as Eagle Eye stores them, in segments of at most five minutes: the only unit that plays
without searching for a position in it (Protocol B.8). So users need not wait until an hour of video has been made to
see one moment. The segments are sorted into hours, because a day may have 300 of them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
import logging

from homeassistant.util import dt as dt_util

from ...aiocarson import CarsonError, Recording
from ...aiocarson.errors import PermissionDeniedError
from ..account import Accounts
from .browse_path import BrowsePath, account_paths, building_paths, camera_paths
from .segments import Hour, day_span, list_segments

_LOGGER = logging.getLogger(__name__)

USUAL_DAYS = 14
"""How long Eagle Eye keeps recordings by default (Protocol B.8)."""
MAX_DAYS = 92
"""The most days that are shown."""


class RecordingBrowser:
    """Lists what is below a path, and does not repeat requests that were denied a short time ago."""

    def __init__(self, accounts: Accounts, monotonic: Callable[[], float]) -> None:
        """Initialize the browser."""
        self._accounts = accounts
        self._monotonic = monotonic
        self._denied_until: dict[str, float] = {}

    async def async_children(self, path: BrowsePath) -> list[BrowsePath]:
        """Return the paths below a path, except for the hours of a day.

        Raises:
            CarsonError: The recordings could not be listed.
        """
        if path.day is not None:
            return await self.async_segments(path)
        if path.camera is not None:
            return await self._async_days(path)
        if path.building is not None:
            return camera_paths(path)
        if path.account is not None:
            return building_paths(path)
        return account_paths(self._accounts)

    async def async_hours(self, path: BrowsePath) -> list[tuple[BrowsePath, BrowsePath]]:
        """Return the hours of a day that have recordings, newest first, each with its oldest recording.

        Raises:
            CarsonError: The recordings could not be listed.
        """
        oldest = {
            Hour.containing(segment.begin, segment.time_zone): segment for segment in await self.async_segments(path)
        }
        return [(replace(segment, hour=hour, segment=None), segment) for hour, segment in oldest.items()]

    async def async_segments(self, path: BrowsePath) -> list[BrowsePath]:
        """Return the recordings of a day, or of one hour of it, newest first.

        Raises:
            CarsonError: The recordings could not be listed.
        """
        if path.day is None:
            return []
        now = dt_util.utcnow()
        begin, end = day_span(path.day, path.time_zone)
        if path.hour is not None:
            hour_begin, hour_end = path.hour.span(path.day, path.time_zone)
            begin, end = max(begin, hour_begin), min(end, hour_end)
        if begin >= min(end, now):
            return []
        return [
            replace(path, hour=None, segment=segment)
            for segment in list_segments(await self._async_list(path, begin, min(end, now)), begin, end, now)
            if path.hour is None or Hour.containing(segment.begin, path.time_zone) == path.hour
        ]

    async def async_segments_or_none(self, path: BrowsePath) -> list[BrowsePath]:
        """Return the recordings of a day, an empty list when they could not be listed."""
        try:
            return await self.async_segments(path)
        except CarsonError as err:
            _LOGGER.debug("Failed to list the recordings of a camera for a search: %s", err)
            return []

    async def _async_days(self, path: BrowsePath) -> list[BrowsePath]:
        """Return the days from today back to the oldest recording."""
        now = dt_util.utcnow()
        oldest = await self._async_list(path, now - timedelta(days=MAX_DAYS), now, limit=1)
        if oldest:
            first = oldest[0].begin
        elif await self._async_list(path, now - timedelta(days=USUAL_DAYS), now, limit=1):
            # Eagle Eye may return nothing for a range that begins before the camera existed.
            first = now - timedelta(days=USUAL_DAYS)
        else:
            return []
        today = now.astimezone(path.time_zone).date()
        count = (today - first.astimezone(path.time_zone).date()).days + 1
        return [replace(path, day=today - timedelta(days=back)) for back in range(min(count, MAX_DAYS))]

    async def _async_list(
        self, path: BrowsePath, begin: datetime, end: datetime, limit: int | None = None
    ) -> tuple[Recording, ...]:
        if path.account is None or path.camera is None:
            return ()
        camera_id = path.camera.id
        if self._denied_until.get(camera_id, 0.0) > self._monotonic():
            raise PermissionDeniedError("Eagle Eye denied a list of recordings a short time ago", status=403)
        try:
            return await path.recordings.list_recordings(camera_id, begin=begin, end=end, limit=limit, coalesce=False)
        except PermissionDeniedError:
            if camera_id not in self._denied_until:
                _LOGGER.info("This account may not view the recordings of camera %s", camera_id)
            self._denied_until[camera_id] = self._monotonic() + path.account.timeouts.recordings.denied
            raise
