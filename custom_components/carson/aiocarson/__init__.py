"""aiocarson: doors and cameras of buildings run by Carson Living, for asyncio.

async with Carson(email=…, password=…) as carson:
    account = await carson.get_account()
    await carson.open_door(account.buildings[0].doors[0].id)
"""

from .account import Carson
from .amenities import Amenities
from .amenity_models import (
    Amenity,
    FreeHours,
    Hours,
    Reservation,
    Reservations,
    ReservationState,
    ReservedDates,
)
from .auth import decode_expiry
from .carson_api import API_VERSION, DEFAULT_API_URL, AppIdentity
from .changes import Change, ChangeKind, account_changes, device_changes
from .clips import ClipOrder, ClipStream
from .devices import CameraState, Device, DeviceStatus, Still, parse_devices
from .eagle_eye import DEFAULT_EAGLE_EYE_URL, EagleEye
from .errors import (
    AlreadyBookedError,
    ApiError,
    ApiVersionError,
    AuthenticationError,
    CannotConnectError,
    CarsonError,
    DateRefusedError,
    InvalidAnswerError,
    InvalidInputError,
    NoEagleEyeError,
    NoMatchError,
    NotCarriedOutError,
    NotFoundError,
    OutcomeUnclearError,
    OutsideRetentionError,
    PermissionDeniedError,
    RateLimitError,
    SessionRefusedError,
    UnavailableFormError,
)
from .files import AtomicFile
from .finding import Point, find_buildings, find_cameras, find_doors, pick
from .listing import Recording
from .live import LiveStream
from .models import Account, Building, Camera, Contact, Door, Unit
from .news import CameraEvent, CameraNews, NewsKind, parse_news
from .parsing import parse_account
from .recordings import Recordings
from .stats import Cloud, RequestStats

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
    "Camera",
    "CameraEvent",
    "CameraNews",
    "CameraState",
    "CannotConnectError",
    "Carson",
    "CarsonError",
    "Change",
    "ChangeKind",
    "ClipOrder",
    "ClipStream",
    "Cloud",
    "Contact",
    "DateRefusedError",
    "Device",
    "DeviceStatus",
    "Door",
    "EagleEye",
    "FreeHours",
    "Hours",
    "InvalidAnswerError",
    "InvalidInputError",
    "LiveStream",
    "NewsKind",
    "NoEagleEyeError",
    "NoMatchError",
    "NotCarriedOutError",
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
    "SessionRefusedError",
    "Still",
    "UnavailableFormError",
    "Unit",
    "account_changes",
    "decode_expiry",
    "device_changes",
    "find_buildings",
    "find_cameras",
    "find_doors",
    "parse_account",
    "parse_devices",
    "parse_news",
    "pick",
]
