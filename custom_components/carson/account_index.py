"""An account by ids, so that each of its entities finds what it shows without a search."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from .aiocarson import Account, Building, Camera, Door


@dataclass(frozen=True, slots=True)
class BuildingIndex:
    """The doors of one building by id, and the cameras that show them."""

    building: Building
    doors: Mapping[str, Door]
    door_cameras: Mapping[str, tuple[Camera, ...]]

    @classmethod
    def of(cls, building: Building) -> Self:
        """Return the index of a building."""
        doors: dict[str, Door] = {}
        for door in building.doors:
            doors.setdefault(door.id, door)
        cameras: dict[str, tuple[Camera, ...]] = dict.fromkeys(doors, ())
        for camera in building.eagle_eye_cameras:
            if camera.live_view_id is not None:
                for door_id in camera.door_ids:
                    # A camera of another building does not show the door.
                    if door_id in cameras:
                        cameras[door_id] = (*cameras[door_id], camera)
        return cls(building, doors, cameras)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountIndex:
    """The buildings and doors of one account by id.

    Attributes:
        account: The account that the index was made from.
        buildings: The buildings.
        doors: The doors of all buildings; of doors with one id, the first.
        door_cameras: The cameras at Eagle Eye that, according to Carson, show a door.
        parts: The index of each building.
    """

    account: Account
    buildings: Mapping[str, Building] = field(default_factory=dict)
    doors: Mapping[str, Door] = field(default_factory=dict)
    door_cameras: Mapping[str, tuple[Camera, ...]] = field(default_factory=dict)
    parts: tuple[BuildingIndex, ...] = ()

    @classmethod
    def of(cls, account: Account, other: Self | None = None) -> Self:
        """Return the index of an account; that of another time helps with the buildings that have not changed."""
        known = {} if other is None else {part.building.id: part for part in other.parts}
        parts = tuple(
            part
            if (part := known.get(building.id)) is not None and part.building is building
            else BuildingIndex.of(building)
            for building in account.buildings
        )
        doors: dict[str, Door] = {}
        cameras: dict[str, tuple[Camera, ...]] = {}
        for part in reversed(parts):
            doors.update(part.doors)
            cameras.update(part.door_cameras)
        buildings = {building.id: building for building in reversed(account.buildings)}
        return cls(account=account, buildings=buildings, doors=doors, door_cameras=cameras, parts=parts)

    def changed_buildings(self, other: Self) -> Iterator[str]:
        """Yield the ids of the buildings that are not the same in another index, or only in one of them."""
        return _changed(self.buildings, other.buildings)

    def changed_doors(self, other: Self) -> Iterator[str]:
        """Yield the ids of the doors that are not the same in another index, and of those that other cameras show."""
        yield from _changed(self.doors, other.doors)
        yield from _changed(self.door_cameras, other.door_cameras)


def _changed(one: Mapping[str, object], other: Mapping[str, object]) -> Iterator[str]:
    """Yield the keys whose values differ; the usual ones are the same object."""
    for key, value in one.items():
        if (before := other.get(key)) is not value and before != value:
            yield key
    yield from other.keys() - one.keys()
