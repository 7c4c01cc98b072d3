"""What Carson knows about a resident: account, buildings, units, doors, cameras (Protocol A.4).

All are frozen and comparable, so "nothing changed" is one comparison. Ids are texts, whichever way the cloud
sent them. `raw` is the answer a model was read from; like everything personal it stays out of `repr`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EAGLE_EYE_PROVIDER = "eagle_eye"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A door that can be opened: a momentary pulse, without a state to read back (Protocol A.5)."""

    id: str
    name: str
    building_id: str
    property_id: str | None = None
    provider: str | None = None
    external_id: str | None = field(default=None, repr=False)
    is_active: bool = True
    disabled: bool = False
    is_unit_door: bool = False
    staff_only: bool = False
    default_in_building: bool = False
    available: bool = True
    order: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    @property
    def usable(self) -> bool:
        """Whether Carson says that the door can be opened at present."""
        return self.is_active and self.available and not self.disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera that Carson shows the resident.

    Attributes:
        id: Carson's id, which Eagle Eye does not know.
        live_view_id: The ESN, the id of the device at Eagle Eye.
        door_ids: Doors that are shown with this camera.
    """

    id: str
    name: str
    building_id: str
    building_name: str | None = None
    property_id: str | None = None
    provider: str | None = None
    external_id: str | None = field(default=None, repr=False)
    live_view_id: str | None = None
    staff_only: bool = False
    default_in_building: bool = False
    available: bool = True
    door_ids: tuple[str, ...] = ()
    order: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    @property
    def is_eagle_eye(self) -> bool:
        """Whether Eagle Eye serves it: `eagle_eye`, `eagle_eye_v2` and what may follow (Protocol A.4)."""
        return self.provider is not None and self.provider.startswith(EAGLE_EYE_PROVIDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A flat of the resident."""

    id: str
    name: str
    building_id: str
    property_level: str | None = None
    payments_enabled: bool = False
    roles: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A building the resident belongs to.

    Attributes:
        latitude: Degrees north.
        longitude: Degrees east.
        radius: Of the building's surroundings, in the unit Carson uses (nobody says which).
        time_zone: Name of the time zone, as Carson gives it.
        complete: No door, camera or unit had to be left out: what is not here is really gone.
    """

    id: str
    name: str
    property_type: str | None = None
    time_zone: str | None = None
    country: str | None = None
    state: str | None = None
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)
    radius: float | None = field(default=None, repr=False)
    doors: tuple[Door, ...] = ()
    cameras: tuple[Camera, ...] = ()
    units: tuple[Unit, ...] = ()
    complete: bool = True
    amenities_allowed: bool = False
    amenities_count: int = 0
    payments_enabled: bool = False
    payments_availability: str | None = None
    visitor_invite_enabled: bool = False
    visitor_invites_left: int | None = None
    visitor_valid_until_limit_days: int | None = None
    doors_available: bool = True
    service_requests_enabled: bool = False
    service_requests_status: str | None = None
    service_requests_external_url: str | None = field(default=None, repr=False)
    possible_to_receive_calls: bool = False
    access_control: Any = field(default=None, repr=False, hash=False)
    payment_system: Any = field(default=None, repr=False, hash=False)
    intercom_host: str | None = field(default=None, repr=False)
    intercom_port: int | None = field(default=None, repr=False)
    manager_id: str | None = None
    manager_name: str | None = None
    root_directory: str | None = None
    manager_root_directory: str | None = None
    visitors: tuple[Any, ...] = field(default=(), repr=False, hash=False)
    roles: tuple[Any, ...] = field(default=(), repr=False, hash=False)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)

    @property
    def has_amenities(self) -> bool:
        """Whether there is anything to reserve, and the resident may (Protocol A.4, `amenitiesData`)."""
        return self.amenities_allowed and self.amenities_count > 0

    @property
    def eagle_eye_cameras(self) -> tuple[Camera, ...]:
        """The cameras that Eagle Eye serves."""
        return tuple(camera for camera in self.cameras if camera.is_eagle_eye)

    @property
    def has_eagle_eye(self) -> bool:
        """Whether an Eagle Eye session may be asked for at all (Protocol A.6)."""
        return any(camera.is_eagle_eye for camera in self.cameras)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One way to reach the resident.

    Attributes:
        kind: `email` or `phone_number`.
        value: The address or number.
    """

    id: str | None
    kind: str
    value: str = field(repr=False)
    primary: bool = False
    verified: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The resident, with all buildings.

    Attributes:
        complete: No building had to be left out, nor anything inside one: what is not here is really gone.
    """

    id: str
    first_name: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    contacts: tuple[Contact, ...] = field(default=(), repr=False)
    photo_url: str | None = field(default=None, repr=False)
    photo_thumbnail_url: str | None = field(default=None, repr=False)
    verified: bool = False
    is_admin: bool = False
    is_service: bool = False
    manager_role: Any = field(default=None, repr=False, hash=False)
    buildings: tuple[Building, ...] = ()
    complete: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
