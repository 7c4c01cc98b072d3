"""aiocarson: doors and cameras of buildings run by Carson Living, for asyncio.

async with Carson(email=…, password=…) as carson:
    account = await carson.get_account()
    await carson.open_door(account.buildings[0].doors[0].id)
"""

from .cameras import BuildingCamera, join_cameras
from .carson.amenities.client import Amenities
from .carson.amenities.models import (
    Amenity,
    FreeHours,
    Hours,
    Reservation,
    Reservations,
    ReservationState,
    ReservedDates,
)
from .carson.api import API_VERSION, DEFAULT_API_URL, AppIdentity
from .carson.models import Account, Building, Camera, Contact, Door, Unit
from .carson.parsing import parse_account
from .carson.token import decode_expiry
from .changes import Change, ChangeKind, account_changes, device_changes
from .client import Carson
from .eagle_eye.client import DEFAULT_EAGLE_EYE_URL, EagleEye
from .eagle_eye.clips import ClipRequest, ClipStream
from .eagle_eye.events import CameraEvent, EventCode, EventKind, parse_events
from .eagle_eye.live import LiveStream
from .eagle_eye.models import CameraState, Device, DeviceStatus, Still, parse_devices
from .eagle_eye.recording_list import Recording
from .eagle_eye.recordings import Recordings
from .errors import (
    AlreadyBookedError,
    ApiError,
    ApiVersionError,
    AuthenticationError,
    CannotConnectError,
    CarsonError,
    DateUnavailableError,
    FormatUnavailableError,
    InvalidInputError,
    InvalidResponseError,
    NoEagleEyeError,
    NotAppliedError,
    NotFoundByNameError,
    NotFoundError,
    OutcomeUnclearError,
    OutsideRetentionError,
    PermissionDeniedError,
    RateLimitError,
    SessionRejectedError,
)
from .files import AtomicFile
from .http.stats import Cloud, RequestStats
from .http.timeouts import Timeouts
from .search import Point, find_buildings, find_cameras, find_doors, pick

__all__ = [
    "API_VERSION",
    "DEFAULT_API_URL",
    "DEFAULT_EAGLE_EYE_URL",
    "Account",
    "AlreadyBookedError",
    "Amenities",
    "Amenity",
    "ApiError",
    "ApiVersionError",
    "AppIdentity",
    "AtomicFile",
    "AuthenticationError",
    "Building",
    "BuildingCamera",
    "Camera",
    "CameraEvent",
    "CameraState",
    "CannotConnectError",
    "Carson",
    "CarsonError",
    "Change",
    "ChangeKind",
    "ClipRequest",
    "ClipStream",
    "Cloud",
    "Contact",
    "DateUnavailableError",
    "Device",
    "DeviceStatus",
    "Door",
    "EagleEye",
    "EventCode",
    "EventKind",
    "FormatUnavailableError",
    "FreeHours",
    "Hours",
    "InvalidInputError",
    "InvalidResponseError",
    "LiveStream",
    "NoEagleEyeError",
    "NotAppliedError",
    "NotFoundByNameError",
    "NotFoundError",
    "OutcomeUnclearError",
    "OutsideRetentionError",
    "PermissionDeniedError",
    "Point",
    "RateLimitError",
    "Recording",
    "Recordings",
    "RequestStats",
    "Reservation",
    "ReservationState",
    "Reservations",
    "ReservedDates",
    "SessionRejectedError",
    "Still",
    "Timeouts",
    "Unit",
    "account_changes",
    "decode_expiry",
    "device_changes",
    "find_buildings",
    "find_cameras",
    "find_doors",
    "join_cameras",
    "parse_account",
    "parse_devices",
    "parse_events",
    "pick",
]
