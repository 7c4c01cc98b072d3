"""Devices, their status and stills (Protocol B.2, B.3, B.6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
import logging
from typing import Any, Final

from ..http.bounds import RowBounds, RowKind, Steps, run_at_once
from ..http.coerce import as_esn, as_id, as_int, as_list, clean_text

_LOGGER = logging.getLogger(__name__)

# Rows that are parsed in one step.
_STEP: Final = 50

_REGISTERED: Final = 1 << 20
_RECORDING: Final = 1 << 19
_STREAMING: Final = 1 << 18
_ON: Final = 1 << 17
_INVALID: Final = 1 << 16
_NEEDS_PASSWORD: Final = 1 << 8
_SENDING_PREVIEWS: Final = 1 << 4


class CameraState(StrEnum):
    """State of a camera (Protocol B.3)."""

    ONLINE = "online"
    OFF = "off"
    INTERNET_OFFLINE = "internet_offline"
    PASSWORD_NEEDED = "password_needed"  # noqa: S105
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """Status word of a device (Protocol B.3).

    Attributes:
        value: The bits.
    """

    value: int

    @property
    def is_empty(self) -> bool:
        """Whether there is no status, as in restricted sessions. The last known status still applies."""
        return self.value == 0

    @property
    def is_invalid(self) -> bool:
        """Whether Eagle Eye marks the status as invalid. The last known status still applies."""
        return bool(self.value & _INVALID)

    @property
    def is_on(self) -> bool:
        """Whether the user has switched the device on."""
        return bool(self.value & _ON)

    @property
    def is_registered(self) -> bool:
        """Whether the bridge is connected to the cloud."""
        return bool(self.value & _REGISTERED)

    @property
    def is_streaming(self) -> bool:
        """Whether the camera is connected to its bridge."""
        return bool(self.value & _STREAMING)

    @property
    def is_recording(self) -> bool:
        """Whether the camera is recording."""
        return bool(self.value & _RECORDING) and not self.is_invalid

    @property
    def is_sending_previews(self) -> bool:
        """Whether the camera is sending previews."""
        return bool(self.value & _SENDING_PREVIEWS)

    @property
    def needs_password(self) -> bool:
        """Whether the bridge needs the password of the camera."""
        return bool(self.value & _NEEDS_PASSWORD)

    @property
    def state(self) -> CameraState | None:
        """The state of a camera; None if the last known state still applies. Not meaningful for bridges."""
        if self.is_empty or self.is_invalid:
            return None
        if not self.is_on:
            return CameraState.OFF
        if not self.is_registered:
            return CameraState.INTERNET_OFFLINE
        if self.is_streaming:
            return CameraState.ONLINE
        return CameraState.PASSWORD_NEEDED if self.needs_password else CameraState.OFFLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A camera or bridge of the device list.

    Columns after the thirteenth differ between deployments; they are only in `raw`.

    Attributes:
        id: The ESN, in lower case.
        bridge_ids: The bridges of a camera, or the cameras of a bridge.
        service_status: `ATTD`, `IGND`, `IDLE`, `ERSE` or None.
        utc_offset: Seconds east of UTC at the time of the response.
        raw: The whole row under `columns`. Contains addresses; do not log it.
    """

    id: str
    account_id: str | None = None
    name: str
    type: str | None = None
    bridge_ids: tuple[str, ...] = ()
    service_status: str | None = None
    permissions: str = ""
    tags: tuple[str, ...] = ()
    guid: str | None = field(default=None, repr=False)
    serial_number: str | None = field(default=None, repr=False)
    status: DeviceStatus
    time_zone: str | None = None
    utc_offset: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    @property
    def is_camera(self) -> bool:
        """Whether this is a single camera, not a bridge or a composite."""
        return self.type == "camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A still of a camera.

    Attributes:
        content: The picture: a JPEG, rarely a PNG.
        content_type: Its type.
        taken_at: When the camera took it. `prev` of an offline camera is as old as its last still.
        previous_at: When the previous still was taken, if Eagle Eye reports it.
        next_at: When the next still was taken, if Eagle Eye reports it.
    """

    camera_id: str
    content: bytes = field(repr=False)
    content_type: str = "image/jpeg"
    taken_at: datetime | None = None
    previous_at: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceList:
    """The devices of a building.

    Attributes:
        items: The devices.
        complete: Whether all rows could be read, so a device that is missing does not exist.
    """

    items: tuple[Device, ...]
    complete: bool


def parse_devices(rows: list[Any]) -> DeviceList:
    """Parse the device list. Invalid rows and rows without an id (discovered, not yet added) are ignored."""
    return run_at_once(device_list_steps(rows, RowBounds()))


def device_list_steps(rows: list[Any], bounds: RowBounds) -> Steps[DeviceList]:
    """Return the steps of parsing the device list."""
    devices: dict[str, Device] = {}
    complete = True
    taken = bounds.take(RowKind.DEVICE, rows)
    for position, row in enumerate(taken):
        if position % _STEP == _STEP - 1:
            yield
        if not isinstance(row, list) or len(row) < 2:
            _LOGGER.debug("Ignoring device number %d: a %s, not a row", position, type(row).__name__)
            complete = False
        elif row[1] is None or row[1] == "":
            _LOGGER.debug("Ignoring device number %d: it has no id yet", position)
        elif (device_id := as_esn(row[1])) is None:
            _LOGGER.debug("Ignoring device number %d without usable id", position)
            complete = False
        else:
            devices.setdefault(device_id, _parse_device(device_id, row))
    # A list in which nothing has an id is more likely damaged than new.
    complete = complete and len(taken) == len(rows) and bool(devices or not rows)
    return DeviceList(items=tuple(devices.values()), complete=complete)


def _parse_device(device_id: str, row: list[Any]) -> Device:
    columns = (row + [None] * 13)[:13]
    bridges = (as_esn(entry[0]) for entry in as_list(columns[4]) if isinstance(entry, list) and entry)
    tags = (clean_text(tag) for tag in as_list(columns[7]))
    return Device(
        id=device_id,
        account_id=as_id(columns[0]),
        name=clean_text(columns[2]) or f"Device {device_id}",
        type=clean_text(columns[3]),
        bridge_ids=tuple(bridge for bridge in bridges if bridge is not None),
        service_status=clean_text(columns[5]),
        permissions=clean_text(columns[6]) or "",
        tags=tuple(tag for tag in tags if tag is not None),
        guid=clean_text(columns[8]),
        serial_number=clean_text(columns[9]),
        status=DeviceStatus(value=max(0, as_int(columns[10]) or 0)),
        time_zone=clean_text(columns[11]),
        utc_offset=as_int(columns[12]),
        raw={"columns": tuple(row)},
    )
