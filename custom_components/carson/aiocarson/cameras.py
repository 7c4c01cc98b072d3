"""The cameras of a building: Carson's list joined with Eagle Eye's devices."""

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace

from .carson.models import Building, Camera
from .eagle_eye.models import CameraState, Device, DeviceStatus

_UNKNOWN = DeviceStatus(value=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingCamera:
    """A camera that is known to Carson, to Eagle Eye, or to both.

    Attributes:
        id: Eagle Eye's id (ESN); empty if Carson lists the camera without one.
        building_id: Id of the building.
        name: Carson's name; Eagle Eye's if Carson does not list the camera.
        status: The last valid status that Eagle Eye reported.
        tags: Eagle Eye's tags.
        account_id: Id of the account at Eagle Eye, if Eagle Eye lists the camera; likewise the next three.
        guid: Another id of the device.
        time_zone: Name of the camera's time zone.
        utc_offset: Seconds east of UTC when the list was fetched.
        staff_only: Whether Carson shows the camera to staff only.
        serial_number: The serial number, if Eagle Eye reports one.
        carson_id: Carson's id; None if Carson does not list the camera.
        in_eagle_eye: Whether Eagle Eye lists the camera.
    """

    id: str
    building_id: str
    name: str
    status: DeviceStatus = _UNKNOWN
    tags: tuple[str, ...] = ()
    account_id: str | None = None
    guid: str | None = field(default=None, repr=False)
    time_zone: str | None = None
    utc_offset: int | None = None
    staff_only: bool = False
    serial_number: str | None = field(default=None, repr=False)
    carson_id: str | None = None
    in_eagle_eye: bool = True

    @property
    def is_listed(self) -> bool:
        """Whether Carson shows the camera to the resident."""
        return self.carson_id is not None

    @property
    def state(self) -> CameraState | None:
        """The overall state; None if it is unknown."""
        return self.status.state

    @property
    def is_recording(self) -> bool | None:
        """Whether the camera is recording; None if that is unknown."""
        return None if self.status.state is None else self.status.is_recording


def join_cameras(
    building: Building,
    devices: Iterable[Device],
    last_valid_status: MutableMapping[str, DeviceStatus] | None = None,
) -> tuple[BuildingCamera, ...]:
    """Return the cameras of a building: those that Carson lists, then those that only Eagle Eye lists.

    Args:
        building: The building.
        devices: Eagle Eye's devices of the building.
        last_valid_status: The last valid statuses by camera id. They replace statuses that are empty or invalid,
            which mean that the earlier one still holds (Protocol B.3). Updated in place.
    """
    statuses = {} if last_valid_status is None else last_valid_status
    unlisted = {device.id: device for device in devices if device.is_camera}
    statuses.update({device.id: device.status for device in unlisted.values() if device.status.state is not None})
    listed = {camera.live_view_id or camera.id: camera for camera in building.eagle_eye_cameras}
    cameras = [
        _listed_camera(building, camera, unlisted.pop(camera.live_view_id or "", None), statuses)
        for camera in listed.values()
    ]
    cameras += [_unlisted_camera(building, device, statuses) for device in unlisted.values()]
    return tuple(cameras)


def _listed_camera(
    building: Building, camera: Camera, device: Device | None, statuses: Mapping[str, DeviceStatus]
) -> BuildingCamera:
    listed = BuildingCamera(
        id=camera.live_view_id or "",
        building_id=building.id,
        name=camera.name,
        staff_only=camera.staff_only,
        carson_id=camera.id,
        in_eagle_eye=False,
    )
    if device is None:
        return listed
    return replace(
        listed,
        status=statuses.get(device.id, device.status),
        tags=device.tags,
        account_id=device.account_id,
        guid=device.guid,
        time_zone=device.time_zone,
        utc_offset=device.utc_offset,
        serial_number=device.serial_number,
        in_eagle_eye=True,
    )


def _unlisted_camera(building: Building, device: Device, statuses: Mapping[str, DeviceStatus]) -> BuildingCamera:
    return BuildingCamera(
        id=device.id,
        building_id=building.id,
        name=device.name,
        status=statuses.get(device.id, device.status),
        tags=device.tags,
        account_id=device.account_id,
        guid=device.guid,
        time_zone=device.time_zone,
        utc_offset=device.utc_offset,
        serial_number=device.serial_number,
    )
