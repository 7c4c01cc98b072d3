"""Accounts, buildings, doors and cameras of the simulated clouds.

Everything may be changed while the simulator runs; the next response reflects it.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

from simulator.state.amenities import Amenity, Id, Reservation


class Absent(Enum):
    """Marks a field that is left out of a response."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT
"""Value for `overrides`: the field is missing from the response (not null)."""


@dataclass(kw_only=True, slots=True)
class Account:
    """A resident's account with Carson."""

    id: int
    email: str
    username: str
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    photo_url: str | None = None
    password: str | None = field(default=None, repr=False)
    """None: signs in through another provider, without a password (Protocol A.3)."""
    buildings: list[str] = field(default_factory=list)
    """Ids of the buildings, as strings."""
    other_properties: list[dict[str, Any]] = field(default_factory=list)
    """Raw rows of `properties` that are not buildings (Protocol A.4, propertyLevel)."""
    overrides: dict[str, Any] = field(default_factory=dict)
    """Fields of `me` that are sent as given; `ABSENT` leaves a field out."""


@dataclass(kw_only=True, slots=True)
class Unit:
    """A unit of a building."""

    id: Id
    name: str
    payments_enabled: bool = False
    roles: list[int] = field(default_factory=lambda: [3])


@dataclass(kw_only=True, slots=True)
class Door:
    """A door that Carson can open for a moment (Protocol A.4, A.5)."""

    id: Id
    name: str
    provider: str = "smartair"
    external_id: str = ""
    is_active: bool = True
    disabled: bool = False
    is_unit_door: bool = False
    staff_only: bool = False
    default_in_building: bool = False
    available: bool = True
    order: int = 0
    phone_only: bool = False
    """Whether only a phone opens it; nothing in the list of doors tells (Protocol F)."""
    overrides: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class CarsonCamera:
    """A camera as Carson lists it: a filter on the Eagle Eye account (Protocol A.4)."""

    id: Id
    name: str
    live_view_id: str | None
    provider: str = "eagle_eye"
    external_id: str | None = None
    staff_only: bool = False
    default_in_building: bool = False
    available: bool = True
    doors: list[Id] = field(default_factory=list)
    order: int = 0
    overrides: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class Building:
    """A building run by Carson."""

    id: Id
    name: str
    time_zone: str | None = "America/New_York"
    country: str | None = "US"
    state: str | None = "NY"
    latitude: float | None = None
    longitude: float | None = None
    radius: float | None = 150.0
    eagle_eye_account: str | None = None
    """Eagle Eye account (8 hex digits); None: no Eagle Eye, and the session endpoint responds with 404."""
    subdomain: str = "c000"
    """Sub-domain of the next session (Protocol A.6, B.1)."""
    doors: list[Door] = field(default_factory=list)
    cameras: list[CarsonCamera] | None = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    overrides: dict[str, Any] = field(default_factory=dict)
    """Fields of the building's row that are sent as given; `ABSENT` leaves a field out."""

    @property
    def key(self) -> str:
        """The id as the key of `State.buildings`."""
        return str(self.id)


class Status:
    """Device status words (Protocol B.3)."""

    ONLINE = 0x1E003F
    ONLINE_NOT_RECORDING = 0x160037
    OFF = 0x8023
    INTERNET_OFFLINE = 0x020000
    OFFLINE = 0x120001
    PASSWORD_NEEDED = 0x120100
    INVALID = 0x010000
    EMPTY = 0
    BRIDGE = 0x120001

    ON_BIT = 0x020000
    REGISTERED_BIT = 0x100000
    STREAMING_BIT = 0x040000
    RECORDING_BIT = 0x080000


type Feature = Literal["preview", "live", "recorded", "export"]


@dataclass(kw_only=True, slots=True)
class Device:
    """A row of the Eagle Eye device list, and how that device behaves (Protocol B.2, B.3)."""

    esn: str | None
    name: str
    account: str | None
    account_name: str = "Harbor House"
    type: str = "camera"
    bridges: list[str] = field(default_factory=list)
    service_status: str = "ATTD"
    permissions: str = "AczGgfhMLNpSYsZ"
    tags: list[str] = field(default_factory=list)
    serial_number: str | None = None
    status: int = Status.ONLINE
    time_zone: str = "America/New_York"
    row_length: int = 28
    discovered_state: str | dict[str, Any] = ""
    blanked: bool = False
    """Whether the row is a bridge as a restricted session sees it, with empty texts (Protocol B.2)."""

    preview_interval_ms: int = 1000
    preview_mode: Literal["always", "on_demand", "background", "event"] = "always"
    """When previews reach the cloud (Protocol F, row 55)."""
    previews_sent_at: float = 0.0
    """Seconds since the epoch until which previews were sent on demand."""
    exists_since: float = 0.0
    """Seconds since the epoch."""
    frames_stop_at: float | None = None
    """Seconds since the epoch after which no frame is uploaded any more: a frozen image."""
    off_image: Literal["stale", "missing"] = "stale"
    offline_image: Literal["error", "wait", "stale"] = "error"
    denied: set[Feature] = field(default_factory=set)
    """Features that get a 403 for this camera (Protocol B.12)."""
    provisioned: bool = True
    recorded_flv: bool = True
    """False: recorded FLV gets a 422 (Protocol B.8)."""
    recordings: list[tuple[float, float]] | None = None
    """Recordings as (start, end) in seconds since the epoch; None for an invented pattern."""

    @property
    def is_camera(self) -> bool:
        """Whether the device is a camera."""
        return self.type.endswith("camera")

    @property
    def is_on(self) -> bool:
        """Whether the user has the camera switched on."""
        return bool(self.status & Status.ON_BIT)

    @property
    def is_recording(self) -> bool:
        """Whether the camera records."""
        return bool(self.status & Status.RECORDING_BIT)

    @property
    def is_streaming(self) -> bool:
        """Whether the camera can be reached right now."""
        bits = Status.ON_BIT | Status.REGISTERED_BIT | Status.STREAMING_BIT
        return self.status & bits == bits


@dataclass(kw_only=True, slots=True)
class State:
    """The state of both clouds; keys are ids as strings."""

    accounts: dict[str, Account] = field(default_factory=dict)
    """By e-mail address."""
    buildings: dict[str, Building] = field(default_factory=dict)
    devices: list[Device] = field(default_factory=list)
    """Devices of all Eagle Eye accounts, in the order in which they are listed."""
    amenities: list[Amenity] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)

    @property
    def cameras(self) -> dict[str, Device]:
        """Eagle Eye devices by id (ESN), bridges included."""
        return {device.esn: device for device in self.devices if device.esn is not None}

    @property
    def doors(self) -> dict[str, Door]:
        """Doors of all buildings by id."""
        return {str(door.id): door for building in self.buildings.values() for door in building.doors}

    def building_of_door(self, door_id: str) -> Building | None:
        """Return the building that a door belongs to."""
        for building in self.buildings.values():
            if any(str(door.id) == door_id for door in building.doors):
                return building
        return None

    def account_with_phone(self, phone: str) -> Account | None:
        """Return the account with this phone number, which is as good a username as the e-mail address."""
        return next((account for account in self.accounts.values() if account.phone == phone), None)

    def account_of_id(self, user_id: int) -> Account | None:
        """Return the account with this numeric id."""
        return next((account for account in self.accounts.values() if account.id == user_id), None)
