"""The data of the coordinators that fetch what belongs to each building."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .aiocarson import BuildingCamera, Reservation


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraData:
    """The cameras of all buildings.

    Attributes:
        by_id: The cameras by their ids.
        available_building_ids: The buildings whose device list is known and not outdated.
        answering_ids: The cameras that are not in such a list, but give pictures.
        complete_building_ids: The buildings whose device list the last update has fetched and read completely.
    """

    by_id: Mapping[str, BuildingCamera]
    available_building_ids: frozenset[str] = frozenset()
    complete_building_ids: frozenset[str] = frozenset()
    answering_ids: frozenset[str] = frozenset()

    def is_available(self, camera: BuildingCamera) -> bool:
        """Return whether a camera is known to be there: to Eagle Eye's device list, or because it gives pictures."""
        if camera.id not in self.by_id:
            return False
        listed = camera.in_eagle_eye and camera.building_id in self.available_building_ids
        return listed or camera.id in self.answering_ids

    def changed_cameras(self, earlier: CameraData) -> Iterator[str]:
        """Yield the ids of the cameras that have changed since then, or may have become available or unavailable."""
        buildings = self.available_building_ids ^ earlier.available_building_ids
        for camera_id, camera in self.by_id.items():
            if earlier.by_id.get(camera_id) is not camera or camera.building_id in buildings:
                yield camera_id
        yield from earlier.by_id.keys() - self.by_id.keys()
        yield from self.answering_ids ^ earlier.answering_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationData:
    """The reservations of all buildings.

    Attributes:
        by_building: The reservations of each building, by begin.
        available_building_ids: The buildings whose reservations are known and not outdated.
    """

    by_building: Mapping[str, tuple[Reservation, ...]]
    available_building_ids: frozenset[str] = frozenset()

    def changed_buildings(self, earlier: ReservationData) -> Iterator[str]:
        """Yield the ids of the buildings whose reservations have changed, or their availability."""
        yield from self.available_building_ids ^ earlier.available_building_ids
        for building_id in self.by_building.keys() | earlier.by_building.keys():
            if self.by_building.get(building_id) != earlier.by_building.get(building_id):
                yield building_id
