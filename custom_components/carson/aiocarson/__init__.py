"""aiocarson: an asyncio client for buildings run by Carson Living, their doors and cameras.

    async with Carson(email="…", password="…") as carson:
        account = await carson.get_account()
        await carson.open_door(account.buildings[0].doors[0].id)

Further public names are in the modules: all errors in `errors`, models in `carson.models`,
`carson.amenities.models` and `eagle_eye.models`, comparing two accounts in `changes`, finding by name in `search`.
"""

from .cameras import BuildingCamera, join_cameras
from .carson.amenities.client import Amenities
from .carson.amenities.models import Amenity, Reservation, ReservationState
from .carson.models import Account, Building, Camera, Door
from .changes import Change, ChangeKind
from .client import Carson
from .eagle_eye.client import EagleEye
from .eagle_eye.clips import ClipRequest
from .eagle_eye.events import CameraEvent, EventKind
from .eagle_eye.live import LiveStream
from .eagle_eye.models import CameraState, Device, Still
from .eagle_eye.recording_list import Recording
from .errors import (
    ApiError,
    AuthenticationError,
    CannotConnectError,
    CarsonError,
    InvalidInputError,
    InvalidResponseError,
    NotFoundError,
    OutcomeUnclearError,
    RateLimitError,
    UsageError,
)
from .http.timeouts import Timeouts
from .search import find_buildings, find_cameras, find_doors

__all__ = [
    "Account",
    "Amenities",
    "Amenity",
    "ApiError",
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
    "Device",
    "Door",
    "EagleEye",
    "EventKind",
    "InvalidInputError",
    "InvalidResponseError",
    "LiveStream",
    "NotFoundError",
    "OutcomeUnclearError",
    "RateLimitError",
    "Recording",
    "Reservation",
    "ReservationState",
    "Still",
    "Timeouts",
    "UsageError",
    "find_buildings",
    "find_cameras",
    "find_doors",
    "join_cameras",
]
