"""The actions: what was recorded, saved to files or told to automations; and news at once.

Points in time without a zone are in Home Assistant's own, as in its other actions. A file is
written where Home Assistant's own camera actions may write, and is there whole or not at all.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from dataclasses import fields
from datetime import datetime, timedelta
import os
from pathlib import Path
from typing import Final, get_args
import uuid

from homeassistant.components.camera.const import DOMAIN as CAMERA
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, TemplateError
from homeassistant.helpers import config_validation as cv, service
from homeassistant.helpers.template import Template
from homeassistant.helpers.typing import VolDictType
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import JsonValueType
import probatio

from ..aiocarson import ClipRequest, NotFoundError, Recording
from ..aiocarson.eagle_eye.recordings import Recordings
from ..aiocarson.eagle_eye.stills import Reference
from ..const import DOMAIN
from ..coordinator import CarsonConfigEntry, CarsonData
from ..entity import CameraEntity, translated_errors
from ..media.recordings.segments import RecordingSegment, split_range

SERVICE_GET_RECORDINGS: Final = "get_recordings"
SERVICE_SAVE_RECORDING: Final = "save_recording"
SERVICE_SAVE_SNAPSHOT_AT: Final = "save_snapshot_at"
SERVICE_UPDATE: Final = "update"

ATTR_BEGIN: Final = "begin"
ATTR_CONFIG_ENTRY_ID: Final = "config_entry_id"
ATTR_DURATION: Final = "duration"
ATTR_END: Final = "end"
ATTR_FILENAME: Final = "filename"
ATTR_JOIN: Final = "join"
ATTR_LIMIT: Final = "limit"
ATTR_MAX_DURATION: Final = "max_duration"
ATTR_MIN_DURATION: Final = "min_duration"
ATTR_REFERENCE: Final = "reference"
ATTR_TIME: Final = "time"

LONGEST_LIST = timedelta(days=31)
LONGEST_RECORDING = timedelta(hours=1)
MOST_LISTED = 5000
SAVED_AT_ONCE = 2
# Bytes; with less room for the number of a file than any file system leaves.
_LONGEST_NAME = 240

# The paths that are being written; two cameras must not write the same one.
_DATA_BUSY: HassKey[set[Path]] = HassKey("carson_files_being_written")

_DURATION = probatio.All(cv.time_period, cv.positive_timedelta)
_GET_RECORDINGS: VolDictType = {
    probatio.Required(ATTR_BEGIN): cv.datetime,
    probatio.Optional(ATTR_END): cv.datetime,
    probatio.Optional(ATTR_MIN_DURATION): _DURATION,
    probatio.Optional(ATTR_MAX_DURATION): _DURATION,
    probatio.Optional(ATTR_JOIN, default=True): cv.boolean,
    probatio.Optional(ATTR_LIMIT, default=500): probatio.All(
        probatio.Coerce(int), probatio.Range(min=1, max=MOST_LISTED)
    ),
}
_SAVE_RECORDING: VolDictType = {
    probatio.Required(ATTR_BEGIN): cv.datetime,
    probatio.Required(ATTR_DURATION): _DURATION,
    probatio.Required(ATTR_FILENAME): cv.template,
}
_SAVE_SNAPSHOT_AT: VolDictType = {
    probatio.Required(ATTR_TIME): cv.datetime,
    probatio.Optional(ATTR_REFERENCE, default="prev"): probatio.In(get_args(Reference.__value__)),
    probatio.Required(ATTR_FILENAME): cv.template,
}
_UPDATE = probatio.Schema({probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions; they are there whether or not an account is set up."""
    hass.data[_DATA_BUSY] = set()
    for name, schema, func, response in (
        (SERVICE_GET_RECORDINGS, _GET_RECORDINGS, _async_get_recordings, SupportsResponse.ONLY),
        (SERVICE_SAVE_RECORDING, _SAVE_RECORDING, _async_save_recording, SupportsResponse.OPTIONAL),
        (SERVICE_SAVE_SNAPSHOT_AT, _SAVE_SNAPSHOT_AT, _async_save_snapshot_at, SupportsResponse.OPTIONAL),
    ):
        service.async_register_platform_entity_service(
            hass, DOMAIN, name, entity_domain=CAMERA, schema=schema, func=func, supports_response=response
        )
    hass.services.async_register(DOMAIN, SERVICE_UPDATE, _async_update, _UPDATE)


async def _async_get_recordings(camera: CameraEntity, call: ServiceCall) -> ServiceResponse:
    """List what a camera has recorded, oldest first."""
    begin = dt_util.as_utc(call.data[ATTR_BEGIN])
    now = dt_util.utcnow()
    end = dt_util.as_utc(call.data[ATTR_END]) if ATTR_END in call.data else now
    if not begin < end:
        raise _invalid("end_before_begin")
    if end - begin > LONGEST_LIST:
        raise _invalid("time_too_long", most=str(LONGEST_LIST.days))
    shortest, longest = call.data.get(ATTR_MIN_DURATION), call.data.get(ATTR_MAX_DURATION)
    if shortest is not None and longest is not None and longest < shortest:
        raise _invalid("max_below_min")
    with _errors(camera):
        found = await _recordings(camera).list_recordings(
            camera.info.id,
            begin=begin,
            end=end,
            limit=call.data[ATTR_LIMIT],
            coalesce=call.data[ATTR_JOIN],
            min_duration=shortest,
            max_duration=longest,
        )
    return {"recordings": [_told(one) for one in found]}


async def _async_save_recording(camera: CameraEntity, call: ServiceCall) -> ServiceResponse:
    """Save what a camera has recorded; a longer time becomes several numbered files.

    Eagle Eye asks for five minutes at a time (Protocol B.8). The files come when all of them
    are there; a piece in which nothing was recorded is left out.
    """
    begin: datetime = call.data[ATTR_BEGIN]
    duration: timedelta = call.data[ATTR_DURATION]
    if not timedelta(0) < duration <= LONGEST_RECORDING:
        raise _invalid("bad_duration", most=str(LONGEST_RECORDING // timedelta(minutes=1)))
    start = _past(begin)
    end = _past(begin, duration)
    hass = camera.hass
    target = await _target(hass, camera, call, begin=dt_util.as_local(start))
    pieces = list(split_range(start, end))
    wanted = {piece: numbered(target, n, len(pieces)) for n, piece in enumerate(pieces, start=1)}
    with _errors(camera):
        spans = await _recordings(camera).list_recordings(camera.info.id, begin=start, end=end)
    wanted = {piece: path for piece, path in wanted.items() if _overlaps(piece, spans)}
    if not wanted:
        raise _failed("nothing_recorded", name=camera.info.name)
    async with _written(hass, list(wanted.values())) as staged:
        orders = [
            ClipRequest(camera_id=camera.info.id, begin=piece.begin, end=piece.end, target=staged[path])
            for piece, path in wanted.items()
        ]
        results = await _recordings(camera).download_clips(orders, at_once=SAVED_AT_ONCE)
        saved: list[tuple[RecordingSegment, Path]] = []
        with _errors(camera):
            for (piece, path), result in zip(wanted.items(), results, strict=True):
                if isinstance(result, Path):
                    saved.append((piece, path))
                elif not isinstance(result, NotFoundError) or len(wanted) == 1:
                    raise result
        if not saved:
            raise _failed("nothing_recorded", name=camera.info.name)
    sizes = await hass.async_add_executor_job(_sizes, [path for _, path in saved])
    return {
        "files": [
            {
                "path": str(path),
                "size": size,
                "begin": dt_util.as_local(piece.begin).isoformat(),
                "end": dt_util.as_local(piece.end).isoformat(),
            }
            for (piece, path), size in zip(saved, sizes, strict=True)
        ]
    }


async def _async_save_snapshot_at(camera: CameraEntity, call: ServiceCall) -> ServiceResponse:
    """Save the preview picture of a moment."""
    moment = _past(call.data[ATTR_TIME])
    target = await _target(camera.hass, camera, call, time=dt_util.as_local(moment))
    eagle_eye = camera.coordinator.client.eagle_eye(camera.info.building_id)
    with _errors(camera):
        still = await eagle_eye.get_still(camera.info.id, reference=call.data[ATTR_REFERENCE], timestamp=moment)
    async with _written(camera.hass, [target]) as staged:
        await camera.hass.async_add_executor_job(staged[target].write_bytes, still.content)
    taken = still.taken_at
    return {
        "path": str(target),
        "size": len(still.content),
        "taken_at": None if taken is None else dt_util.as_local(taken).isoformat(),
    }


async def _async_update(call: ServiceCall) -> None:
    """Ask both clouds for news now, for one account or all."""
    hass = call.hass
    entry_id: str | None = call.data.get(ATTR_CONFIG_ENTRY_ID)
    entries: list[CarsonConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    if entry_id is not None or not entries:
        entries = [service.async_get_config_entry(hass, DOMAIN, entry_id)]
    results = await asyncio.gather(*(_refresh(entry) for entry in entries), return_exceptions=True)
    for result in results:
        if result is not None:
            raise result


async def _refresh(entry: CarsonConfigEntry) -> None:
    data = entry.runtime_data
    coordinators = [one for one in _parts(data) if isinstance(one, DataUpdateCoordinator)]
    # The others ask about what the account holds.
    await data.account.async_refresh()
    await asyncio.gather(*(one.async_refresh() for one in coordinators if one is not data.account))
    for one in coordinators:
        if not one.last_update_success:
            raise _failed("update_failed", error=str(one.last_exception or "")) from one.last_exception


def _parts(data: CarsonData) -> Iterator[object]:
    return (getattr(data, field.name) for field in fields(data))


def _errors(camera: CameraEntity) -> AbstractContextManager[None]:
    return translated_errors(camera.coordinator.config_entry, camera.info.name)


def _recordings(camera: CameraEntity) -> Recordings:
    return camera.coordinator.client.eagle_eye(camera.info.building_id).recordings


def _told(recording: Recording) -> dict[str, JsonValueType]:
    end = recording.end
    return {
        "begin": dt_util.as_local(recording.begin).isoformat(),
        "end": None if end is None else dt_util.as_local(end).isoformat(),
        "duration": round(recording.duration.total_seconds(), 3),
    }


def _overlaps(piece: RecordingSegment, spans: Iterable[Recording]) -> bool:
    return any(span.begin < piece.end and (span.end is None or span.end > piece.begin) for span in spans)


def _past(moment: datetime, later: timedelta = timedelta(0)) -> datetime:
    """Make a point in time of the caller's an absolute one, which must have been."""
    try:
        when = dt_util.as_utc(moment) + later
    except OverflowError as err:
        raise _invalid("time_in_future") from err
    if when > dt_util.utcnow():
        raise _invalid("time_in_future")
    return when


async def _target(hass: HomeAssistant, camera: CameraEntity, call: ServiceCall, **variables: datetime) -> Path:
    """Render the template of a file name, and make sure that Home Assistant may write there."""
    template: Template = call.data[ATTR_FILENAME]
    try:
        name: str = template.async_render({"entity_id": camera.entity_id, **variables}, parse_result=False)
    except TemplateError as err:
        raise _invalid("bad_filename", path=template.template) from err
    return await hass.async_add_executor_job(_allowed, hass, name)


def _allowed(hass: HomeAssistant, name: str) -> Path:
    path = Path(name)
    try:
        too_long = any(len(os.fsencode(part)) > _LONGEST_NAME for part in path.parts)
        if not path.is_absolute() or path.name in {"", ".."} or "\0" in name or too_long or path.is_dir():
            raise _invalid("bad_filename", path=name)
        if not hass.config.is_allowed_path(name):
            raise _invalid("path_not_allowed", path=name)
        return path.parent.resolve() / path.name
    except (OSError, ValueError) as err:
        raise _invalid("bad_filename", path=name) from err


def numbered(target: Path, number: int, count: int) -> Path:
    """Tell the name of one of several files: `door.mp4` becomes `door_01.mp4`."""
    return target if count == 1 else target.with_name(f"{target.stem}_{number:02}{target.suffix}")


@asynccontextmanager
async def _written(hass: HomeAssistant, targets: list[Path]) -> AsyncGenerator[dict[Path, Path]]:
    """Give a hidden name for each file; at the end those written get their own, after an error none of them."""
    busy = hass.data[_DATA_BUSY]
    if not busy.isdisjoint(targets):
        raise _invalid("file_busy", path=str(targets[0]))
    job = hass.async_add_executor_job
    staged = {path: path.with_name(f".{uuid.uuid4().hex}") for path in targets}
    made: list[Path] = []
    busy.update(targets)
    try:
        made = await job(_make_folder, targets[0].parent)
        yield staged
        await job(_publish, staged)
        made = []
    except OSError as err:
        raise _failed("cannot_write", path=str(targets[0]), error=err.strerror or type(err).__name__) from err
    finally:
        await job(_clean, staged.values(), made)
        busy.difference_update(targets)


def _make_folder(folder: Path) -> list[Path]:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _publish(staged: dict[Path, Path]) -> None:
    for path, part in staged.items():
        if part.exists():
            part.replace(path)


def _clean(parts: Iterable[Path], folders: Iterable[Path]) -> None:
    for part in parts:
        with suppress(OSError):
            part.unlink()
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _sizes(paths: Iterable[Path]) -> list[int]:
    return [path.stat().st_size for path in paths]


def _invalid(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders or None
    )


def _failed(key: str, **placeholders: str) -> HomeAssistantError:
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)
