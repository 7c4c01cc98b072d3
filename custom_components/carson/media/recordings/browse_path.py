"""Places in the media browser: what an identifier names, and what there is inside of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ...aiocarson import Building, BuildingCamera
from ...aiocarson.eagle_eye.recordings import Recordings
from ...const import DOMAIN
from ...coordinator import CarsonConfigEntry
from .segments import Hour, RecordingSegment, parse_day

_LONGEST_IDENTIFIER = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsePath:
    """A level of the media browser; what is None comes after it."""

    entry: CarsonConfigEntry | None = None
    building: Building | None = None
    camera: BuildingCamera | None = None
    zone: tzinfo = UTC
    day: date | None = None
    hour: Hour | None = None
    piece: RecordingSegment | None = None

    @property
    def identifier(self) -> str:
        """What names it; the grammar stands at the head of media_source.py."""
        parts = (
            self.entry and self.entry.entry_id,
            self.building and self.building.id,
            self.camera and self.camera.id,
            self.day and self.day.isoformat(),
            self.hour and self.hour.key,
            self.piece and self.piece.key,
        )
        return "/".join(part for part in parts if part)

    @property
    def title(self) -> str:
        """How it is called among its siblings."""
        if self.piece is not None:
            begin = self.piece.begin.astimezone(self.zone)
            minutes, seconds = divmod(round(self.piece.duration.total_seconds()), 60)
            return f"{begin:%H:%M:%S} ({minutes}:{seconds:02})"
        if self.hour is not None:
            return self.hour.title
        if self.day is not None:
            return self.day.isoformat()
        if self.camera is not None:
            return self.camera.name
        if self.building is not None:
            return self.building.name
        return self.entry.title if self.entry is not None else ""

    @property
    def full_title(self) -> str:
        """How it is called among strangers."""
        parts = [self.camera.name if self.camera is not None else self.title]
        if self.day is not None:
            parts.append(self.day.isoformat())
        if self.piece is not None or self.hour is not None:
            parts.append(self.title)
        return " ".join(parts)

    @property
    def recordings(self) -> Recordings:
        """What Eagle Eye has of the building.

        Raises:
            ValueError: The place is in no building.
        """
        if self.entry is None or self.building is None:
            raise ValueError("No building")
        return self.entry.runtime_data.client.eagle_eye(self.building.id).recordings


async def async_find(hass: HomeAssistant, identifier: str | None) -> BrowsePath:
    """Tell what an identifier names; nothing is asked of any cloud.

    Raises:
        ValueError: Nothing.
    """
    if not identifier:
        return BrowsePath()
    if len(identifier) > _LONGEST_IDENTIFIER:
        raise ValueError("Too long")
    entry_id, *rest = identifier.split("/")
    place = BrowsePath(
        entry=_only(one for one in hass.config_entries.async_loaded_entries(DOMAIN) if one.entry_id == entry_id)
    )
    if rest:
        building = _only(one.building for one in buildings(place) if one.building and one.building.id == rest[0])
        place = replace(place, building=building, zone=await async_zone_of(building))
    if len(rest) > 1:
        place = replace(
            place, camera=_only(one.camera for one in cameras(place) if one.camera and one.camera.id == rest[1])
        )
    if len(rest) > 2:
        place = replace(place, day=parse_day(rest[2]))
    if len(rest) > 3:
        try:
            place = replace(place, hour=Hour.parse(rest[3]))
        except ValueError:
            place = replace(place, piece=RecordingSegment.parse(rest[3]))
    if len(rest) > 4 or place.identifier != identifier:
        raise ValueError("Not the name that this would have")
    return place


def _only[ItemT](found: Iterator[ItemT]) -> ItemT:
    one = next(found, None)
    if one is None:
        raise ValueError("Unknown")
    return one


async def async_zone_of(building: Building | None) -> tzinfo:
    """Tell the time zone of a building, Home Assistant's if Carson tells none that is known."""
    name = building.time_zone if building is not None else None
    zone = await dt_util.async_get_time_zone(name) if name else None
    return zone or dt_util.get_default_time_zone()


def accounts(hass: HomeAssistant) -> list[BrowsePath]:
    """List the accounts that are set up and running."""
    return [BrowsePath(entry=entry) for entry in hass.config_entries.async_loaded_entries(DOMAIN)]


def buildings(place: BrowsePath) -> Iterator[BrowsePath]:
    """List the buildings of an account that have cameras."""
    if place.entry is not None:
        known = place.entry.runtime_data.cameras.data.by_id.values()
        housing = {camera.building_id for camera in known}
        for building in place.entry.runtime_data.account.data.buildings:
            if building.id in housing:
                yield replace(place, building=building)


def cameras(place: BrowsePath) -> Iterator[BrowsePath]:
    """List the cameras of a building."""
    if place.entry is not None and place.building is not None:
        for camera in place.entry.runtime_data.cameras.data.by_id.values():
            if camera.building_id == place.building.id:
                yield replace(place, camera=camera)


async def async_cameras_below(hass: HomeAssistant, place: BrowsePath) -> list[BrowsePath]:
    """List all cameras at or below a place, without the day it may name."""
    if place.camera is not None:
        return [replace(place, day=None, hour=None, piece=None)]
    found: list[BrowsePath] = []
    for account in accounts(hass) if place.entry is None else [place]:
        for house in buildings(account) if account.building is None else [account]:
            found += cameras(replace(house, zone=await async_zone_of(house.building)))
    return found


def begin_of(place: BrowsePath) -> datetime:
    """Tell when the recording of a place began; for sorting."""
    return place.piece.begin if place.piece is not None else datetime.min.replace(tzinfo=UTC)
