"""Searching the media browser: cameras by name, recordings by name and date: `lobby 2026-11-20`."""

import asyncio
from dataclasses import dataclass, replace
from typing import Self

from homeassistant.util import dt as dt_util

from ..account import Accounts
from .browse_path import BrowsePath, async_all_camera_paths
from .browser import RecordingBrowser
from .days import MAX_WORDS, parse_date

MAX_CAMERAS = 8
"""The most cameras whose recordings are searched."""


@dataclass(frozen=True, slots=True)
class SearchText:
    """The words of a search: parts of names, and at most one date, in the time zone of the building."""

    names: tuple[str, ...]
    date: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse the text of a search; None for an empty one or more than one date."""
        words = tuple(text.casefold().split())
        names: list[str] = []
        dates: list[tuple[str, ...]] = []
        at = 0
        while at < len(words):
            length = next((length for length in range(MAX_WORDS, 0, -1) if _is_date(words[at : at + length])), 0)
            if length:
                dates.append(words[at : at + length])
            else:
                names.append(words[at])
            at += length or 1
        if not words or len(dates) > 1:
            return None
        return cls(tuple(names), dates[0] if dates else ())

    def matches(self, path: BrowsePath) -> bool:
        """Return whether the names of a camera and its building contain every word."""
        text = " ".join(part.name for part in (path.camera, path.building) if part is not None).casefold()
        return all(name in text for name in self.names)


async def async_search_cameras(accounts: Accounts, path: BrowsePath, search: SearchText) -> list[BrowsePath]:
    """Return the matching cameras at or below a path, with the day of the search or of the path."""
    found = [camera for camera in await async_all_camera_paths(accounts, path) if search.matches(camera)]
    if search.date:
        return [replace(camera, day=parse_date(search.date, dt_util.now(camera.time_zone).date())) for camera in found]
    return [replace(camera, day=path.day) for camera in found]


async def async_search_recordings(browser: RecordingBrowser, cameras: list[BrowsePath]) -> list[BrowsePath]:
    """Return the recordings of the cameras' days, newest first. Cameras without a day have none."""
    dated = [camera for camera in cameras if camera.day is not None][:MAX_CAMERAS]
    results = await asyncio.gather(*(browser.async_segments_or_none(camera) for camera in dated))
    return sorted((segment for result in results for segment in result), key=lambda path: path.begin, reverse=True)


def _is_date(words: tuple[str, ...]) -> bool:
    try:
        parse_date(words, dt_util.utcnow().date())
    except ValueError:
        return False
    return True
