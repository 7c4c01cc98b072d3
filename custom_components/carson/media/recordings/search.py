"""Searching the media browser: cameras by name, recordings by name and date: `lobby 2026-11-20`."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta, tzinfo
import re
from typing import Self

from homeassistant.util import dt as dt_util

from ..account import Accounts
from .browse_path import BrowsePath, async_all_camera_paths
from .browser import RecordingBrowser
from .segments import parse_day

MAX_CAMERAS = 8
"""The most cameras whose recordings are searched."""
_DOTTED_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class SearchText:
    """The words of a search: parts of names, and at most one date.

    A date is YYYY-MM-DD, DD.MM.YYYY, `today` or `yesterday`, in the time zone of the building.
    """

    names: tuple[str, ...]
    date: str | None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse the text of a search; None for an empty one or more than one date."""
        words = text.casefold().split()
        dates = [word for word in words if _is_day(word)]
        if not words or len(dates) > 1:
            return None
        return cls(tuple(word for word in words if word not in dates), dates[0] if dates else None)

    def matches(self, path: BrowsePath) -> bool:
        """Return whether the names of a camera and its building contain every word."""
        text = " ".join(part.name for part in (path.camera, path.building) if part is not None).casefold()
        return all(name in text for name in self.names)


async def async_search_cameras(accounts: Accounts, path: BrowsePath, search: SearchText) -> list[BrowsePath]:
    """Return the matching cameras at or below a path, with the day of the search or of the path."""
    found = [camera for camera in await async_all_camera_paths(accounts, path) if search.matches(camera)]
    if search.date is not None:
        return [replace(camera, day=_parse_search_day(search.date, camera.time_zone)) for camera in found]
    return [replace(camera, day=path.day) for camera in found]


async def async_search_recordings(browser: RecordingBrowser, cameras: list[BrowsePath]) -> list[BrowsePath]:
    """Return the recordings of the cameras' days, newest first. Cameras without a day have none."""
    dated = [camera for camera in cameras if camera.day is not None][:MAX_CAMERAS]
    results = await asyncio.gather(*(browser.async_segments_or_none(camera) for camera in dated))
    return sorted((segment for result in results for segment in result), key=lambda path: path.begin, reverse=True)


def _is_day(word: str) -> bool:
    try:
        _parse_search_day(word, UTC)
    except ValueError:
        return False
    return True


def _parse_search_day(word: str, time_zone: tzinfo) -> date:
    """Parse a date as users type it.

    Raises:
        ValueError: The word is not a date.
    """
    if word in {"today", "yesterday"}:
        return dt_util.now(time_zone).date() - timedelta(days=word == "yesterday")
    if match := _DOTTED_DAY.fullmatch(word):
        day, month, year = match.groups()
        word = f"{year}-{month:0>2}-{day:0>2}"
    return parse_day(word)
