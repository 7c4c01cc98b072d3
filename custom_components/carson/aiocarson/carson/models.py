"""The account of a resident: buildings, units, doors and cameras (Protocol A.4).

All models are frozen and comparable. Ids are texts, even if Carson sends them as numbers. `raw` is what a model
was parsed from; like everything personal, it is not part of `repr`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_EAGLE_EYE_PROVIDERS = ("eagle_eye", "eagleeye", "een")


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A door that can be opened. Its state cannot be read (Protocol A.5)."""

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
        """Whether the door can be opened at present, according to Carson."""
        return self.is_active and self.available and not self.disabled

    @property
    def rank(self) -> tuple[bool, bool, int, str, str]:
        """The place of the door in lists: the default door first, then by Carson's order, then by name."""
        return (not self.default_in_building, self.order is None, self.order or 0, self.name.casefold(), self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera that Carson shows the resident.

    Attributes:
        id: Carson's id, which is not Eagle Eye's.
        live_view_id: Eagle Eye's id of the device (ESN), in lower case.
        door_ids: Ids of the doors that are shown with this camera.
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
        """Whether Eagle Eye serves the camera: `eagle_eye`, `eagle_eye_v2` and the like (Protocol A.4)."""
        return self.provider is not None and self.provider.casefold().startswith(_EAGLE_EYE_PROVIDERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit (apartment) of the resident."""

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
        radius: Radius of the building's area; Carson's unit is unknown.
        time_zone: Name of the time zone, as Carson gives it.
        doors_complete: Whether there was a list of doors in which every row could be read, so a door that is missing
            does not exist.
        cameras_complete: Likewise, for the cameras.
        complete: Whether every door, camera and unit could be read.
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
    doors_complete: bool = True
    cameras_complete: bool = True
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
        """Whether there are amenities that the resident may reserve (Protocol A.4, `amenitiesData`)."""
        return self.amenities_allowed and self.amenities_count > 0

    @property
    def eagle_eye_cameras(self) -> tuple[Camera, ...]:
        """The cameras that Eagle Eye serves."""
        return tuple(camera for camera in self.cameras if camera.is_eagle_eye)

    @property
    def has_eagle_eye(self) -> bool:
        """Whether an Eagle Eye session may be requested (Protocol A.6)."""
        return any(camera.is_eagle_eye for camera in self.cameras)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An email address or phone number of the resident.

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
    """The account of a resident.

    Attributes:
        buildings_complete: Whether every row of a building could be read, so a building that is missing does not
            exist.
        complete: Whether everything could be read.
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
    buildings_complete: bool = True
    complete: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
