"""Stills (Protocol B.6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import re
from typing import Literal, get_args

from ..errors import InvalidInputError, InvalidResponseError
from ..http.arguments import CameraLike, camera_id_of
from ..http.request import Pool, Response
from .api import EagleEyeApi
from .models import Still
from .timestamps import format_offset, format_timestamp, parse_timestamp

type When = datetime | timedelta | None
type Reference = Literal["prev", "next", "after", "asset"]
type AssetClass = Literal["pre", "thumb", "all"]

_ESN = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# What the picture begins with, what it ends with, and its type. Some cameras pad the end.
_FORMATS = (
    (b"\xff\xd8\xff", b"\xff\xd9", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", b"IEND\xae\x42\x60\x82", "image/png"),
)
_MAX_PADDING = 256


def still_path(reference: Reference) -> str:
    """Return the path of a still, by its relation to the requested time.

    Raises:
        InvalidInputError: The reference is unknown.
    """
    if reference not in get_args(Reference.__value__):
        raise InvalidInputError("The reference of a still must be prev, next, after or asset")
    return f"asset/{reference}/image.jpeg"


def still_params(camera_id: str, timestamp: When, asset_class: AssetClass) -> dict[str, str]:
    """Return the query of a still. A timedelta is relative to now; None is now.

    Raises:
        InvalidInputError: The time has no time zone, or the asset class is unknown.
    """
    check_asset_class(asset_class)
    if timestamp is None:
        when = "now"
    else:
        when = format_offset(timestamp) if isinstance(timestamp, timedelta) else format_timestamp(timestamp)
    return {"id": camera_id, "timestamp": when, "asset_class": asset_class}


@dataclass(frozen=True, slots=True, kw_only=True)
class StillRequest:
    """Which still is requested, and how; see `EagleEye.get_still`."""

    camera_id: str
    reference: Reference
    timestamp: When
    asset_class: AssetClass
    retries: int


async def get_still(http: EagleEyeApi, request: StillRequest) -> Still:
    """Fetch a still.

    Raises:
        NotFoundError: There is no such still.
        InvalidResponseError: The response is not a picture, or an incomplete one.
        CarsonError: As for every request to Eagle Eye.
    """
    path = still_path(request.reference)
    params = still_params(request.camera_id, request.timestamp, request.asset_class)
    # `next` may wait until the camera takes its next still.
    waits = request.reference == "next"
    timeouts = http.transport.timeouts
    response = await http.get(
        path,
        params,
        time_limit=timeouts.waiting_still if waits else timeouts.still,
        retries=request.retries,
        pool=Pool.WAITING if waits else Pool.STILL,
    )
    return _parse_still(http, request.camera_id, response, recorded=isinstance(request.timestamp, datetime))


async def get_snapshot(http: EagleEyeApi, camera_id: str, when: datetime) -> Still:
    """Fetch a full-size still from the recording at or just before a time.

    Raises:
        NotFoundError: There is no recording.
        OutsideRetentionError: The recording is no longer kept.
        InvalidResponseError: The response is not a picture, or an incomplete one.
        CarsonError: As for every request to Eagle Eye.
    """
    response = await http.get(
        f"api/v2/media/{http.written_id(camera_id)}/Snapshot",
        {"timestamp": format_timestamp(when)},
        time_limit=http.transport.timeouts.waiting_still,
        pool=Pool.WAITING,
    )
    return _parse_still(http, camera_id, response, recorded=True)


def _parse_still(http: EagleEyeApi, camera_id: str, response: Response, *, recorded: bool) -> Still:
    if response.status != 200:
        raise http.status_error(response.status, "a still", recorded=recorded)
    return Still(
        camera_id=camera_id,
        content=response.body,
        content_type=_content_type(http, response.body),
        taken_at=parse_timestamp(response.headers.get("x-ee-timestamp")),
        previous_at=parse_timestamp(response.headers.get("x-ee-prev")),
        next_at=parse_timestamp(response.headers.get("x-ee-next")),
    )


def _content_type(http: EagleEyeApi, body: bytes) -> str:
    """Return the type of a picture after checking that it is complete (Protocol B.6)."""
    found = next((one for one in _FORMATS if body.startswith(one[0])), None)
    if found is None:
        raise http.record_error(InvalidResponseError(f"Eagle Eye's still is {'no picture' if body else 'empty'}"))
    _, end, content_type = found
    if end not in body[-len(end) - _MAX_PADDING :]:
        raise http.record_error(InvalidResponseError("Eagle Eye's still is incomplete"))
    return content_type


def check_camera_id(camera: CameraLike) -> str:
    """Return the id of a camera after checking its characters.

    Raises:
        InvalidInputError: The id is invalid.
    """
    camera_id = camera_id_of(camera)
    if _ESN.fullmatch(camera_id) is None:
        raise InvalidInputError("The camera id is invalid")
    return camera_id


def check_asset_class(asset_class: AssetClass) -> AssetClass:
    """Return an asset class after checking that it exists.

    Raises:
        InvalidInputError: The asset class is unknown.
    """
    if asset_class not in get_args(AssetClass.__value__):
        raise InvalidInputError("The asset class of a still must be pre, thumb or all")
    return asset_class
