"""The cameras that are shown: Carson's list of each building joined with Eagle Eye's."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .aiocarson import Building, BuildingCamera, join_cameras
from .aiocarson.eagle_eye.models import DeviceList, DeviceStatus
from .coordinator_data import CameraData


@dataclass(frozen=True, slots=True)
class _Source:
    """What the cameras of a building are made from."""

    building: Building
    devices: DeviceList | None
    is_available: bool
    answering_ids: frozenset[str]


class ShownCameras:
    """The cameras of each building; one that has not changed stays the same object.

    Args:
        all_cameras: Whether the cameras that Carson does not list are shown as well.
    """

    def __init__(self, *, all_cameras: bool) -> None:
        """Initialize without any."""
        self._all_cameras = all_cameras
        self._last_valid_status: defaultdict[str, dict[str, DeviceStatus]] = defaultdict(dict)
        self._known: dict[str, tuple[_Source | None, tuple[BuildingCamera, ...]]] = {}

    def record_status(self, building_id: str, camera_id: str, status: DeviceStatus) -> None:
        """Record a valid status of a camera."""
        self._last_valid_status[building_id][camera_id] = status
        if (known := self._known.get(building_id)) is not None:
            self._known[building_id] = (None, known[1])

    def of(self, building: Building, devices: DeviceList | None, data: CameraData) -> tuple[BuildingCamera, ...]:
        """Return the shown cameras of a building.

        Args:
            building: The building.
            devices: Eagle Eye's list, if it is known.
            data: What is known of the availability.
        """
        source = _Source(building, devices, building.id in data.available_building_ids, data.answering_ids)
        made_from, known = self._known.get(building.id, (None, ()))
        if source == made_from:
            return known
        earlier = {camera.id: camera for camera in known}
        cameras = tuple(
            before if (before := earlier.get(camera.id)) is not None and before == camera else camera
            for camera in self._join(source)
        )
        self._known[building.id] = (source, cameras)
        return cameras

    def _join(self, source: _Source) -> Iterator[BuildingCamera]:
        building, devices = source.building, source.devices
        items = () if devices is None else devices.items
        for camera in join_cameras(building, items, self._last_valid_status[building.id]):
            if not (camera.is_listed or self._all_cameras):
                continue
            if camera.in_eagle_eye and not source.is_available:
                # The status may no longer hold.
                yield replace(camera, status=DeviceStatus(value=0))
            elif camera.in_eagle_eye or camera.id in source.answering_ids:
                yield camera
