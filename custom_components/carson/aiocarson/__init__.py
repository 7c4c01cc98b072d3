"""aiocarson: an asyncio client for buildings run by Carson Living, their doors and cameras.

    async with Carson(email="…", password="…") as carson:
        account = await carson.get_account()
        await carson.open_door(account.buildings[0].doors[0].id)

Further public names are in the modules: all errors in `errors`, models in `carson.models`,
`carson.amenities.models` and `eagle_eye.models`, comparing two accounts in `changes`, finding by name in `search`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

# A module is imported when one of its names is first used: a command line that prints its help needs none of them.
_MODULES = {
    "Account": "carson.models",
    "Amenities": "carson.amenities.client",
    "Amenity": "carson.amenities.models",
    "ApiError": "errors",
    "AuthenticationError": "errors",
    "Building": "carson.models",
    "BuildingCamera": "cameras",
    "Camera": "carson.models",
    "CameraEvent": "eagle_eye.events",
    "CameraState": "eagle_eye.models",
    "CannotConnectError": "errors",
    "Carson": "client",
    "CarsonError": "errors",
    "Change": "changes",
    "ChangeKind": "changes",
    "ClipRequest": "eagle_eye.clips",
    "Device": "eagle_eye.models",
    "Door": "carson.models",
    "EagleEye": "eagle_eye.client",
    "EventKind": "eagle_eye.events",
    "InvalidInputError": "errors",
    "InvalidResponseError": "errors",
    "LiveStream": "eagle_eye.live",
    "NotFoundError": "errors",
    "OutcomeUnclearError": "errors",
    "RateLimitError": "errors",
    "Recording": "eagle_eye.recording_list",
    "Reservation": "carson.amenities.models",
    "ReservationState": "carson.amenities.models",
    "Still": "eagle_eye.models",
    "Timeouts": "http.timeouts",
    "UsageError": "errors",
    "find_buildings": "search",
    "find_cameras": "search",
    "find_doors": "search",
    "join_cameras": "cameras",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if (module := _MODULES.get(name)) is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted({*globals(), *__all__})
