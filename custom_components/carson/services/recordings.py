"""The actions on recordings: list them, save them, save a picture of the past.

Times without a time zone are in Home Assistant's own, as in its other actions. Files are written where Home
Assistant's own camera actions may write.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, get_args

from homeassistant.components.camera.const import DOMAIN as CAMERA
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback, split_entity_id
from homeassistant.helpers import config_validation as cv, service
from homeassistant.helpers.typing import VolDictType
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import JsonValueType
import probatio

from ..aiocarson import ClipRequest, NotFoundError, Recording
from ..aiocarson.eagle_eye.recordings import Recordings
from ..aiocarson.eagle_eye.stills import Reference
from ..aiocarson.files import AtomicFile
from ..const import DOMAIN
from ..entity import CameraEntity
from ..errors import action_failed, invalid_input, translated_errors
from ..media.recordings.segments import RecordingSegment, split_range
from ..media.slots import Slots
from .files import async_default_path, async_render_path, async_staged_files, numbered_path

SERVICE_GET_RECORDINGS: Final = "get_recordings"
SERVICE_SAVE_RECORDING: Final = "save_recording"
SERVICE_SAVE_SNAPSHOT_AT: Final = "save_snapshot_at"

ATTR_BEGIN: Final = "begin"
ATTR_DURATION: Final = "duration"
ATTR_END: Final = "end"
ATTR_FILENAME: Final = "filename"
ATTR_JOIN: Final = "join"
ATTR_LIMIT: Final = "limit"
ATTR_MAX_DURATION: Final = "max_duration"
ATTR_MIN_DURATION: Final = "min_duration"
ATTR_REFERENCE: Final = "reference"
ATTR_TIME: Final = "time"

MAX_LISTED_TIME = timedelta(days=31)
MAX_SAVED_TIME = timedelta(hours=1)
MAX_LIMIT = 5000
CONCURRENT_DOWNLOADS = 2
CONCURRENT_SAVES = 2
MAX_WAITING_SAVES = 20
_DATA_SAVES: HassKey[Slots] = HassKey(f"{DOMAIN}_saves")

_DURATION = probatio.All(cv.time_period, cv.positive_timedelta)
_GET_RECORDINGS: VolDictType = {
    probatio.Required(ATTR_BEGIN): cv.datetime,
    probatio.Optional(ATTR_END): cv.datetime,
    probatio.Optional(ATTR_MIN_DURATION): _DURATION,
    probatio.Optional(ATTR_MAX_DURATION): _DURATION,
    probatio.Optional(ATTR_JOIN, default=True): cv.boolean,
    probatio.Optional(ATTR_LIMIT, default=500): probatio.All(
        probatio.Coerce(int), probatio.Range(min=1, max=MAX_LIMIT)
    ),
}
_SAVE_RECORDING: VolDictType = {
    probatio.Required(ATTR_BEGIN): cv.datetime,
    probatio.Required(ATTR_DURATION): _DURATION,
    probatio.Optional(ATTR_FILENAME): cv.template,
}
_SAVE_SNAPSHOT_AT: VolDictType = {
    probatio.Required(ATTR_TIME): cv.datetime,
    probatio.Optional(ATTR_REFERENCE, default="prev"): probatio.In(get_args(Reference.__value__)),
    probatio.Optional(ATTR_FILENAME): cv.template,
}


@callback
def async_setup_recording_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, schema, func, response in (
        (SERVICE_GET_RECORDINGS, _GET_RECORDINGS, _async_get_recordings, SupportsResponse.ONLY),
        (SERVICE_SAVE_RECORDING, _SAVE_RECORDING, _async_save_recording, SupportsResponse.OPTIONAL),
        (SERVICE_SAVE_SNAPSHOT_AT, _SAVE_SNAPSHOT_AT, _async_save_snapshot_at, SupportsResponse.OPTIONAL),
    ):
        service.async_register_platform_entity_service(
            hass, DOMAIN, name, entity_domain=CAMERA, schema=schema, func=func, supports_response=response
        )


async def _async_get_recordings(camera: CameraEntity, call: ServiceCall) -> ServiceResponse:
    """Return a camera's recordings in a time range, oldest first."""
    begin, end = _listed_range(call)
    min_duration, max_duration = call.data.get(ATTR_MIN_DURATION), call.data.get(ATTR_MAX_DURATION)
    if min_duration is not None and max_duration is not None and max_duration < min_duration:
        raise invalid_input("max_below_min")
    with _translated_errors(camera):
        recordings = await _recordings(camera).list_recordings(
            camera.info.id,
            begin=begin,
            end=end,
            limit=call.data[ATTR_LIMIT],
            coalesce=call.data[ATTR_JOIN],
            min_duration=min_duration,
            max_duration=max_duration,
        )
    return {"recordings": [_recording_as_dict(recording) for recording in recordings]}


async def _async_save_recording(camera: CameraEntity, call: ServiceCall) -> ServiceResponse:
    """Save what a camera has recorded; a longer time range is split into numbered files.

    Eagle Eye serves five minutes at a time (Protocol B.8). Segments in which nothing was recorded are left out;
    if one of the others fails, nothing is saved.
    """
    begin, end = _saved_range(call)
    path = await _async_render_path(camera, call, "mp4", begin=dt_util.as_local(begin))
    segments = list(split_range(begin, end))
    paths = {segment: numbered_path(path, n, len(segments)) for n, segment in enumerate(segments, start=1)}
    with _translated_errors(camera):
        recordings = await _recordings(camera).list_recordings(camera.info.id, begin=begin, end=end)
    recorded = {
        segment: path
        for segment, path in paths.items()
        if any(_overlaps(segment, recording) for recording in recordings)
    }
    if not recorded:
        raise action_failed("nothing_recorded", name=camera.info.name)
    saves = camera.hass.data.setdefault(_DATA_SAVES, Slots(CONCURRENT_SAVES, MAX_WAITING_SAVES))
    async with _take(saves, camera), async_staged_files(camera.hass, list(recorded.values())) as staged:
        saved = await _async_download(camera, {segment: staged[path] for segment, path in recorded.items()})
    saved_paths = {segment: recorded[segment] for segment in saved}
    return {"files": await camera.hass.async_add_executor_job(_describe_files, saved_paths)}


async def _async_download(camera: CameraEntity, targets: Mapping[RecordingSegment, Path]) -> list[RecordingSegment]:
    """Download segments to files; return those in which something was recorded."""
    requests = [
        ClipRequest(camera_id=camera.info.id, begin=segment.begin, end=segment.end, target=target)
        for segment, target in targets.items()
    ]
    results = await _recordings(camera).download_clips(requests, parallel=CONCURRENT_DOWNLOADS)
    downloaded: list[RecordingSegment] = []
    with _translated_errors(camera):
        for segment, result in zip(targets, results, strict=True):
            if isinstance(result, Path):
                downloaded.append(segment)
            elif not isinstance(result, NotFoundError) or len(targets) == 1:
                raise result
    if not downloaded:
        raise action_failed("nothing_recorded", name=camera.info.name)
    return downloaded


async def _async_save_snapshot_at(camera: CameraEntity, call: ServiceCall) -> ServiceResponse:
    """Save the preview picture of a time in the past."""
    time = _past_time(call.data[ATTR_TIME])
    path = await _async_render_path(camera, call, "jpg", time=dt_util.as_local(time))
    eagle_eye = camera.coordinator.client.eagle_eye(camera.info.building_id)
    with _translated_errors(camera):
        still = await eagle_eye.get_still(camera.info.id, reference=call.data[ATTR_REFERENCE], timestamp=time)
    async with async_staged_files(camera.hass, [path]) as staged, AtomicFile(staged[path]) as file:
        await file.write(still.content)
    taken_at = still.taken_at
    return {
        "path": str(path),
        "size": len(still.content),
        "taken_at": None if taken_at is None else dt_util.as_local(taken_at).isoformat(),
    }


def _listed_range(call: ServiceCall) -> tuple[datetime, datetime]:
    """Return the time range of which recordings are to be listed."""
    begin = dt_util.as_utc(call.data[ATTR_BEGIN])
    end = dt_util.as_utc(call.data[ATTR_END]) if ATTR_END in call.data else dt_util.utcnow()
    if not begin < end:
        raise invalid_input("end_before_begin")
    if end - begin > MAX_LISTED_TIME:
        raise invalid_input("time_too_long", most=str(MAX_LISTED_TIME.days))
    return begin, end


def _saved_range(call: ServiceCall) -> tuple[datetime, datetime]:
    """Return the time range that is to be saved."""
    duration: timedelta = call.data[ATTR_DURATION]
    if not timedelta(0) < duration <= MAX_SAVED_TIME:
        raise invalid_input("bad_duration", most=str(MAX_SAVED_TIME // timedelta(minutes=1)))
    begin: datetime = call.data[ATTR_BEGIN]
    return _past_time(begin), _past_time(begin, duration)


def _past_time(time: datetime, offset: timedelta = timedelta(0)) -> datetime:
    """Return a time in UTC, with an offset added; raise an error if it is in the future."""
    try:
        utc = dt_util.as_utc(time) + offset
    except OverflowError as err:
        raise invalid_input("time_in_future") from err
    if utc > dt_util.utcnow():
        raise invalid_input("time_in_future")
    return utc


async def _async_render_path(camera: CameraEntity, call: ServiceCall, suffix: str, **times: datetime) -> Path:
    """Return the path of the file: the user's, or one in the media folder by camera and time."""
    hass = camera.hass
    if (template := call.data.get(ATTR_FILENAME)) is not None:
        return await async_render_path(hass, template, entity_id=camera.entity_id, **times)
    [time] = times.values()
    name = f"{time:%Y-%m-%d %H-%M-%S}.{suffix}"
    return await async_default_path(hass, split_entity_id(camera.entity_id)[1], name)


@asynccontextmanager
async def _take(slots: Slots, camera: CameraEntity) -> AsyncGenerator[None]:
    """Take a place, or raise a translated error if too much waits already."""
    async with AsyncExitStack() as stack:
        with _translated_errors(camera):
            await stack.enter_async_context(slots.take())
        yield


def _translated_errors(camera: CameraEntity) -> AbstractContextManager[None]:
    return translated_errors(camera.info.name)


def _recordings(camera: CameraEntity) -> Recordings:
    return camera.coordinator.client.eagle_eye(camera.info.building_id).recordings


def _overlaps(segment: RecordingSegment, recording: Recording) -> bool:
    return recording.begin < segment.end and (recording.end is None or recording.end > segment.begin)


def _recording_as_dict(recording: Recording) -> dict[str, JsonValueType]:
    end = recording.end
    return {
        "begin": dt_util.as_local(recording.begin).isoformat(),
        "end": None if end is None else dt_util.as_local(end).isoformat(),
        "duration": round(recording.duration.total_seconds(), 3),
    }


def _describe_files(paths: Mapping[RecordingSegment, Path]) -> list[JsonValueType]:
    return [
        {
            "path": str(path),
            "size": path.stat().st_size,
            "begin": dt_util.as_local(segment.begin).isoformat(),
            "end": dt_util.as_local(segment.end).isoformat(),
        }
        for segment, path in paths.items()
    ]
