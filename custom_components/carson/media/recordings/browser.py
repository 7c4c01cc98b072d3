"""The content of each path in the media browser: accounts, buildings, cameras, days, hours and segments.

Recordings are shown as Eagle Eye stores them, in segments of at most five minutes: the only unit that plays
without searching for a position in it (Protocol B.8). So users need not wait until an hour of video has been made to
see one moment. The segments are sorted into hours, because a day may have 300 of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
import logging

from homeassistant.util import dt as dt_util

from ...aiocarson import ApiError, CarsonError, Recording
from ...aiocarson.eagle_eye.recordings import is_list_refused
from ...aiocarson.errors import PermissionDeniedError
from ..account import Accounts
from .browse_path import BrowsePath, account_paths, building_paths, camera_paths
from .segments import Hour, day_span, list_segments

_LOGGER = logging.getLogger(__name__)

USUAL_DAYS = 14
"""How long Eagle Eye keeps recordings by default (Protocol B.8)."""
_CACHE_SECONDS = 60
MAX_DAYS = 92
"""The most days that are shown."""


class RecordingBrowser:
    """Lists what is below a path, and does not repeat requests that were denied a short time ago."""

    def __init__(self, accounts: Accounts, monotonic: Callable[[], float]) -> None:
        """Initialize the browser."""
        self._accounts = accounts
        self._monotonic = monotonic
        self._denied_until: dict[str, float] = {}
        self._days: dict[tuple[str, str, datetime], tuple[float, tuple[Recording, ...]]] = {}

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
        below = account_paths(self._accounts) if path.account is None else building_paths(path)
        # A level with one entry would only cost a click.
        return await self.async_children(below[0]) if len(below) == 1 else below

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

        Where Eagle Eye refuses to list them, the whole day is offered: they may be played all the same.

        Raises:
            CarsonError: The recordings could not be listed.
        """
        try:
            return await self._async_listed(path)
        except ApiError as err:
            if path.day is None or not _may_play(path, err):
                raise
            begin, end = day_span(path.day, path.time_zone)
            return _segments(path, (_unlisted(path, begin, min(end, dt_util.utcnow())),), begin, end)

    async def _async_listed(self, path: BrowsePath) -> list[BrowsePath]:
        if path.day is None:
            return []
        now = dt_util.utcnow()
        begin, end = day_span(path.day, path.time_zone)
        if begin >= min(end, now):
            return []
        return _segments(path, await self._async_list_day(path, begin, min(end, now)), begin, end)

    async def async_segments_or_none(self, path: BrowsePath) -> list[BrowsePath]:
        """Return the recordings of a day, an empty list when they could not be listed."""
        try:
            return await self._async_listed(path)
        except CarsonError as err:
            _LOGGER.debug("Failed to list the recordings of a camera for a search: %s", err)
            return []

    async def _async_days(self, path: BrowsePath) -> list[BrowsePath]:
        """Return the days from today back to the oldest recording."""
        now = dt_util.utcnow()
        try:
            oldest = await self._async_list(path, now - timedelta(days=MAX_DAYS), now, limit=1)
        except ApiError as err:
            if not _may_play(path, err):
                raise
            # They may be played all the same.
            oldest = (_unlisted(path, now - timedelta(days=USUAL_DAYS), now),)
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

    async def _async_list_day(self, path: BrowsePath, begin: datetime, end: datetime) -> tuple[Recording, ...]:
        """Return the recordings of a day; the same list serves its hours."""
        key = (path.account.id if path.account else "", path.camera.id if path.camera else "", begin)
        now = self._monotonic()
        for known, (listed_at, _) in tuple(self._days.items()):
            if now - listed_at >= _CACHE_SECONDS:
                del self._days[known]
        if key not in self._days:
            self._days[key] = now, await self._async_list(path, begin, end)
        return self._days[key][1]

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
                _LOGGER.info("This account may not list the recordings of camera %s", camera_id)
            self._denied_until[camera_id] = self._monotonic() + path.account.timeouts.recordings.denied
            raise


def _segments(path: BrowsePath, recordings: Iterable[Recording], begin: datetime, end: datetime) -> list[BrowsePath]:
    """Return the recordings between two moments as paths, newest first; only those of the path's hour."""
    return [
        replace(path, hour=None, segment=segment)
        for segment in list_segments(recordings, begin, end, dt_util.utcnow())
        if path.hour is None or Hour.containing(segment.begin, path.time_zone) == path.hour
    ]


def _unlisted(path: BrowsePath, begin: datetime, end: datetime) -> Recording:
    """Return a recording that stands for those that are not listed."""
    return Recording(camera_id="" if path.camera is None else path.camera.id, begin=begin, end=end)


def _may_play(path: BrowsePath, error: ApiError) -> bool:
    """Return whether recordings may be played although listing them failed."""
    if path.account is None or path.building is None or path.account.eagle_eye(path.building.id).session_refused:
        return False
    return is_list_refused(error)
