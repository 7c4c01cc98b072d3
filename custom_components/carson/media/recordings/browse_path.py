"""Paths in the media browser: what an identifier names, and which paths are below it.

Identifiers, each level adding one part to the one above it:

    (nothing)       all accounts
    /<account>      an account: the id of its config entry
    /<building>     a building: Carson's id
    /<camera>       a camera: its ESN
    /<day>          a day of the building's calendar: YYYY-MM-DD
    /<hour>         an hour of the day: HH, or HHb for the second one when clocks are set back
    /<segment>      a recording, in place of the hour: <begin>-<end> in milliseconds since the epoch

All levels are present even with one account and one building, so that identifiers stay valid when
another one is added.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo

from homeassistant.util import dt as dt_util

from ...aiocarson import Building, BuildingCamera
from ...aiocarson.eagle_eye.recordings import Recordings
from ..account import Accounts, MediaAccount
from .segments import Hour, RecordingSegment, parse_day

_MAX_IDENTIFIER_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsePath:
    """A level of the media browser; levels below it are None."""

    account: MediaAccount | None = None
    building: Building | None = None
    camera: BuildingCamera | None = None
    time_zone: tzinfo = UTC
    day: date | None = None
    hour: Hour | None = None
    segment: RecordingSegment | None = None

    @property
    def identifier(self) -> str:
        """The identifier; see the head of this module."""
        parts = (
            self.account and self.account.id,
            self.building and self.building.id,
            self.camera and self.camera.id,
            self.day and self.day.isoformat(),
            self.hour and self.hour.key,
            self.segment and self.segment.key,
        )
        return "/".join(part for part in parts if part)

    @property
    def title(self) -> str:
        """The title below its parent."""
        if self.segment is not None:
            begin = self.segment.begin.astimezone(self.time_zone)
            minutes, seconds = divmod(round(self.segment.duration.total_seconds()), 60)
            return f"{begin:%H:%M:%S} ({minutes}:{seconds:02})"
        if self.hour is not None:
            return self.hour.title
        if self.day is not None:
            return self.day.isoformat()
        if self.camera is not None:
            return self.camera.name
        if self.building is not None:
            return self.building.name
        return self.account.title if self.account is not None else ""

    @property
    def full_title(self) -> str:
        """The title among search results."""
        parts = [self.camera.name if self.camera is not None else self.title]
        if self.day is not None:
            parts.append(self.day.isoformat())
        if self.segment is not None or self.hour is not None:
            parts.append(self.title)
        return " ".join(parts)

    @property
    def recordings(self) -> Recordings:
        """The client for the recordings of the building.

        Raises:
            ValueError: The path names no building.
        """
        if self.account is None or self.building is None:
            raise ValueError("No building")
        return self.account.eagle_eye(self.building.id).recordings

    @property
    def begin(self) -> datetime:
        """The begin of the recording, for sorting."""
        return self.segment.begin if self.segment is not None else datetime.min.replace(tzinfo=UTC)


async def async_parse_identifier(accounts: Accounts, identifier: str | None) -> BrowsePath:
    """Return the path that an identifier names. No request is sent to any cloud.

    Raises:
        ValueError: The identifier is malformed or names something unknown.
    """
    if not identifier:
        return BrowsePath()
    if len(identifier) > _MAX_IDENTIFIER_LENGTH:
        raise ValueError("Too long")
    account_id, *rest = identifier.split("/")
    path = _only(path for path in account_paths(accounts) if path.account and path.account.id == account_id)
    if rest:
        path = _only(child for child in building_paths(path) if child.building and child.building.id == rest[0])
        path = replace(path, time_zone=await async_time_zone(path.building))
    if len(rest) > 1:
        path = _only(child for child in camera_paths(path) if child.camera and child.camera.id == rest[1])
    if len(rest) > 2:
        path = replace(path, day=parse_day(rest[2]))
    if len(rest) > 3:
        try:
            path = replace(path, hour=Hour.parse(rest[3]))
        except ValueError:
            path = replace(path, segment=RecordingSegment.parse(rest[3]))
    if len(rest) > 4 or path.identifier != identifier:
        raise ValueError("Not the canonical identifier")
    return path


def _only(found: Iterator[BrowsePath]) -> BrowsePath:
    path = next(found, None)
    if path is None:
        raise ValueError("Unknown")
    return path


async def async_time_zone(building: Building | None) -> tzinfo:
    """Return the time zone of a building; Home Assistant's own when Carson reports none or an unknown one."""
    name = building.time_zone if building is not None else None
    time_zone = await dt_util.async_get_time_zone(name) if name else None
    return time_zone or dt_util.get_default_time_zone()


def account_paths(accounts: Accounts) -> list[BrowsePath]:
    """Return the loaded accounts."""
    return [BrowsePath(account=account) for account in accounts()]


def building_paths(path: BrowsePath) -> list[BrowsePath]:
    """Return the buildings of an account that have cameras."""
    if path.account is None:
        return []
    return [replace(path, building=building) for building in path.account.buildings()]


def camera_paths(path: BrowsePath) -> list[BrowsePath]:
    """Return the cameras of a building."""
    if path.account is None or path.building is None:
        return []
    return [replace(path, camera=camera) for camera in path.account.cameras(path.building.id)]


async def async_all_camera_paths(accounts: Accounts, path: BrowsePath) -> list[BrowsePath]:
    """Return all cameras at or below a path, without the day that it may name."""
    if path.camera is not None:
        return [replace(path, day=None, hour=None, segment=None)]
    found: list[BrowsePath] = []
    for account in account_paths(accounts) if path.account is None else [path]:
        for building in building_paths(account) if account.building is None else [account]:
            found += camera_paths(replace(building, time_zone=await async_time_zone(building.building)))
    return found
