"""Subscription to events of cameras (Protocol B.9)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ..errors import InvalidInputError, InvalidResponseError
from ..http.arguments import CameraLike
from .events import RESOURCES, EventCode, EventKind, is_event_code
from .session_key import SessionKey, is_cookie_value
from .stills import check_camera_id

DEFAULT_RESOURCES = frozenset({EventKind.STATUS, EventKind.EVENT})
DEFAULT_EVENTS = frozenset(
    {
        EventCode.MOTION_STARTED,
        EventCode.MOTION_ENDED,
        EventCode.REGION_MOTION_STARTED,
        EventCode.REGION_MOTION_ENDED,
        EventCode.SWITCHED_ON,
        EventCode.SWITCHED_OFF,
        EventCode.ONLINE,
        EventCode.OFFLINE,
        EventCode.RECORDING_STARTED,
        EventCode.RECORDING_ENDED,
    }
)
DEFAULT_REFRESH = timedelta(minutes=10)
# Each subscription makes Eagle Eye read the status of each camera (Protocol D.5).
MIN_REFRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Subscription:
    """An active subscription, which belongs to one session key.

    Attributes:
        key: The session key.
        token: Sent with each event poll. Secret.
        refresh_at: When to subscribe again, in seconds of the monotonic clock.
    """

    key: SessionKey
    token: str = field(repr=False)
    refresh_at: float


def subscription_body(
    cameras: Iterable[CameraLike],
    events: Iterable[str],
    resources: Iterable[EventKind],
    written_id: Callable[[str], str] = str,
) -> dict[str, Any]:
    """Return the body of the request that subscribes to events.

    Args:
        cameras: The cameras, or their ids.
        events: The codes of events.
        resources: The kinds of events.
        written_id: Returns the id of a camera as Eagle Eye writes it.

    Raises:
        InvalidInputError: An argument is invalid, or there is nothing to subscribe to.
    """
    if isinstance(cameras, str):
        raise InvalidInputError("The cameras must be a list of ids")
    ids = [written_id(check_camera_id(camera)) for camera in cameras]
    codes = sorted({str(code) for code in events})
    if not all(map(is_event_code, codes)):
        raise InvalidInputError("An event code must be four upper-case letters or digits")
    try:
        kinds = {EventKind(kind) for kind in resources}
    except ValueError:
        raise InvalidInputError(f"The kind of an event must be one of {', '.join(EventKind)}") from None
    if not codes:
        kinds.discard(EventKind.EVENT)
    if not ids or not kinds:
        raise InvalidInputError("There must be at least one camera and one kind of event")
    options: dict[str, Any] = {"resource": [name for kind, name in RESOURCES.items() if kind in kinds]}
    if EventKind.EVENT in kinds:
        options["event"] = codes
    return {"cameras": dict.fromkeys(ids, options)}


def with_status(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a request that subscribes to the status of the same cameras as well."""
    name = RESOURCES[EventKind.STATUS]
    cameras = {
        camera_id: {**options, "resource": list(dict.fromkeys((*options["resource"], name)))}
        for camera_id, options in body["cameras"].items()
    }
    return {**body, "cameras": cameras}


def parse_token(body: object) -> str:
    """Return the token of a new subscription.

    Raises:
        InvalidResponseError: There is no token, or it cannot be sent.
    """
    token = body.get("token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not is_cookie_value(token):
        raise InvalidResponseError("Eagle Eye's response to a subscription has no valid token")
    return token
