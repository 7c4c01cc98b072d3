"""Still pictures (Protocol B.6)."""

from datetime import datetime, timedelta
import re
from typing import Literal, get_args

from ..errors import InvalidInputError, InvalidResponseError
from ..http.request import Pool, Response
from .api import EagleEyeApi
from .models import Still
from .timestamps import format_offset, format_timestamp, parse_timestamp

type When = datetime | timedelta | None
type Reference = Literal["prev", "next", "after", "asset"]
type AssetClass = Literal["pre", "thumb", "all"]

_ESN = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_JPEG = b"\xff\xd8\xff"


def still_path(reference: Reference) -> str:
    """Path of a picture, by its relation to the time asked for.

    Raises:
        InvalidInputError: There is no such relation.
    """
    if reference not in get_args(Reference.__value__):
        raise InvalidInputError("The reference of a still is prev, next, after or asset")
    return f"asset/{reference}/image.jpeg"


def still_params(camera_id: str, timestamp: When, asset_class: AssetClass) -> dict[str, str]:
    """Query of a picture: None is now, a timedelta is relative to now.

    Raises:
        InvalidInputError: The point in time has no time zone, or there is no such class.
    """
    check_asset_class(asset_class)
    if timestamp is None:
        when = "now"
    else:
        when = format_offset(timestamp) if isinstance(timestamp, timedelta) else format_timestamp(timestamp)
    return {"id": camera_id, "timestamp": when, "asset_class": asset_class}


async def get_still(
    http: EagleEyeApi, camera_id: str, reference: Reference, timestamp: When, asset_class: AssetClass
) -> Still:
    """Get a picture.

    Raises:
        NotFoundError: There is none.
        InvalidResponseError: What came is no picture.
        CarsonError: As every request to Eagle Eye.
    """
    path, params = still_path(reference), still_params(camera_id, timestamp, asset_class)
    # `next` may wait for the camera to take its next picture.
    waits = reference == "next"
    timeouts = http.transport.timeouts
    answer = await http.get(
        path,
        params,
        time_limit=timeouts.waiting_still if waits else timeouts.still,
        pool=Pool.WAITING if waits else Pool.QUICK,
    )
    return _read_still(http, camera_id, answer, recorded=isinstance(timestamp, datetime))


async def get_snapshot(http: EagleEyeApi, camera_id: str, when: datetime) -> Still:
    """Get a full-size still, cut from the recording at or just before a time.

    Raises:
        NotFoundError: Nothing is recorded there.
        OutsideRetentionError: It is no longer kept.
        InvalidResponseError: What came is no picture.
        CarsonError: As every request to Eagle Eye.
    """
    answer = await http.get(
        f"api/v2/media/{camera_id}/Snapshot",
        {"timestamp": format_timestamp(when)},
        time_limit=http.transport.timeouts.waiting_still,
        pool=Pool.WAITING,
    )
    return _read_still(http, camera_id, answer, recorded=True)


def _read_still(http: EagleEyeApi, camera_id: str, answer: Response, *, recorded: bool) -> Still:
    if answer.status != 200:
        raise http.refusal(answer.status, "a still", recorded=recorded)
    if not answer.body.startswith(_JPEG):
        what = "no picture" if answer.body else "empty"
        raise http.record_error(InvalidResponseError(f"Eagle Eye's answer to a still is {what}"))
    return Still(
        camera_id=camera_id,
        content=answer.body,
        taken_at=parse_timestamp(answer.headers.get("x-ee-timestamp")),
        previous_at=parse_timestamp(answer.headers.get("x-ee-prev")),
        next_at=parse_timestamp(answer.headers.get("x-ee-next")),
    )


def check_camera_id(camera_id: str) -> str:
    """Make sure that this can be the id of a camera.

    Raises:
        InvalidInputError: It cannot.
    """
    if _ESN.fullmatch(camera_id) is None:
        raise InvalidInputError("This is no id of a camera")
    return camera_id


def check_asset_class(asset_class: AssetClass) -> AssetClass:
    """Make sure that there is such a class of pictures.

    Raises:
        InvalidInputError: There is none.
    """
    if asset_class not in get_args(AssetClass.__value__):
        raise InvalidInputError("The class of a still is pre, thumb or all")
    return asset_class
