"""Recordings: lists of videos and previews, and the frames of a requested video (Protocol B.7, B.8)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aiohttp import web

from simulator.core import Core
from simulator.eagle_eye.auth import authorize
from simulator.eagle_eye.images import Previews, Thumbnails
from simulator.eagle_eye.recording_schedule import Recording, RecordingSchedule, coalesce
from simulator.eagle_eye.timestamps import offset, resolve, to_text
from simulator.media.flv_stream import FrameRange, frame_range
from simulator.responses import RequestError, plain
from simulator.routing import Call
from simulator.state.model import Device, Feature
from simulator.state.sessions import Session


@dataclass(frozen=True, slots=True)
class Range:
    """The requested range of a list; whole milliseconds since the epoch."""

    begin: int
    end: int | None
    count: int | None

    @property
    def is_backward(self) -> bool:
        """Whether entries before the begin are requested, newest first."""
        return self.count is not None and self.count < 0


def _parse_range(core: Core, call: Call) -> Range:
    """Return start, end and count of a request.

    Raises:
        ValueError: One is missing or invalid.
        KeyError: There is no start.
    """
    query = call.request.query
    now = int(core.clock.time() * 1000)
    begin, _ = resolve(query["start_timestamp"], now)
    end = resolve(query["end_timestamp"], now)[0] if "end_timestamp" in query else None
    count = int(query["count"]) if "count" in query else None
    if end is None and count is None:
        raise ValueError("neither end nor count")
    return Range(begin, end, count)


def _is_before_camera_existed(requested: Range, device: Device) -> bool:
    """Whether the whole range is before the camera existed (Protocol C row 36)."""
    latest = requested.begin if requested.is_backward else max(requested.begin, requested.end or requested.begin)
    if requested.end is None and not requested.is_backward:
        return False
    return latest < device.exists_since * 1000


def _limit(core: Core, requested: Range) -> int:
    maximum = core.settings.recordings.max_entries
    return maximum if requested.count is None else min(abs(requested.count), maximum)


async def list_videos(core: Core, call: Call) -> web.StreamResponse:
    """Handle `GET /asset/list/video`."""
    try:
        requested = _parse_range(core, call)
    except (KeyError, ValueError):
        return plain(400, "Invalid timestamp")
    _, device = await authorize(core, call, "recorded")
    if _is_before_camera_existed(requested, device):
        return plain(400, "Camera did not exist")
    is_coalesced = "coalesce" in call.request.query.get("options", "")
    schedule = RecordingSchedule(core, device)
    recordings = _find_recordings(schedule, requested, _limit(core, requested), is_coalesced=is_coalesced)
    return web.json_response([_video_entry(core, recording) for recording in recordings])


def _find_recordings(
    schedule: RecordingSchedule, requested: Range, limit: int, *, is_coalesced: bool
) -> list[Recording]:
    # Twice the limit is enough to coalesce: at most two recordings touch.
    maximum = 2 * limit + 2
    if not requested.is_backward:
        found = list(islice(schedule.from_on(requested.begin, requested.end), maximum))
        return (coalesce(found) if is_coalesced else found)[:limit]
    earliest = requested.end if requested.end is not None else 0
    backward = (recording for recording in schedule.back_from(requested.begin) if recording.end > earliest)
    found = list(islice(backward, maximum))[::-1]
    return (coalesce(found) if is_coalesced else found)[::-1][:limit]


def _video_entry(core: Core, recording: Recording) -> dict[str, Any]:
    entry: dict[str, Any] = {"s": to_text(recording.begin), "e": to_text(recording.end), "id": recording.id}
    if recording.in_progress and core.settings.recordings.open_end != "newest":
        entry["e"] = None
        if core.settings.recordings.open_end == "missing":
            del entry["e"]
    return entry


async def list_images(core: Core, call: Call) -> web.StreamResponse:
    """Handle `GET /asset/list/image`."""
    asset_class = call.request.query.get("asset_class")
    try:
        requested = _parse_range(core, call)
        if asset_class not in {"pre", "thumb", "all"}:
            return plain(400, "Invalid asset class")
    except (KeyError, ValueError):
        return plain(400, "Invalid timestamp")
    _, device = await authorize(core, call, "preview")
    if _is_before_camera_existed(requested, device):
        return plain(400, "Camera did not exist")
    stills = Thumbnails(core, device) if asset_class == "thumb" else Previews(core, device)
    times = _find_times(stills, requested, _limit(core, requested))
    event = "PRTH" if asset_class == "thumb" else "PRFR"
    return web.json_response([{"t": event, "s": to_text(moment)} for moment in times])


def _find_times(stills: Previews | Thumbnails, requested: Range, limit: int) -> list[int]:
    """Return the times of stills in a range."""
    is_backward, end = requested.is_backward, requested.end
    times: list[int] = []
    moment = requested.begin if is_backward else requested.begin - 1
    while len(times) < limit:
        number = stills.before(moment) if is_backward else stills.after(moment)
        if number is None:
            break
        moment = stills.time(number)
        if end is not None and (moment < end if is_backward else moment > end):
            break
        times.append(moment)
    return times


@dataclass(frozen=True, slots=True)
class RecordedFrames:
    """The recorded frames of a requested video."""

    session: Session
    device: Device
    ranges: tuple[FrameRange, ...]
    length_ms: int


async def find_frames(
    core: Core, call: Call, parse_length: Callable[[Core, str, int], int], feature: Feature
) -> RecordedFrames:
    """Return the frames between `start_timestamp` (+ `time_offset`) and `end_timestamp`.

    The start must equal that of a recording, unless the settings are lenient (Protocol B.8).

    Raises:
        RequestError: The request is invalid or not authorized, or there are no such frames.
    """
    query = call.request.query
    now = int(core.clock.time() * 1000)
    try:
        start, _ = resolve(query["start_timestamp"], now)
        length = parse_length(core, query.get("end_timestamp", ""), start)
        skip = offset(f"+{query.get('time_offset', '0')}")
    except (KeyError, ValueError) as error:
        raise RequestError(plain(400, "Invalid timestamp")) from error
    session, device = await authorize(core, call, feature)
    if "recorded" in device.denied:
        raise RequestError(plain(403))
    if not device.provisioned:
        raise RequestError(plain(404, "camera not provisioned"))
    ranges = _recorded_ranges(core, device, start, start + skip, start + length)
    return RecordedFrames(session, device, ranges, length - skip)


def _recorded_ranges(core: Core, device: Device, start: int, begin: int, end: int) -> tuple[FrameRange, ...]:
    """Return the recorded frames between begin and end, of a request that starts with the recording at `start`."""
    schedule = RecordingSchedule(core, device)
    if start < schedule.oldest_allowed:
        raise RequestError(plain(410))
    recording = schedule.at(start)
    if recording is None or (core.settings.recordings.start == "strict" and recording.begin != start):
        raise RequestError(plain(404, "no matching asset"))
    ranges = tuple(
        frame_range(max(part.begin, begin), end if part.in_progress else min(part.end, end))
        for part in coalesce(schedule.between(begin, end))
        if min(part.end, end) - max(part.begin, begin) > 0 or part.in_progress
    )
    if not ranges or begin >= end:
        raise RequestError(plain(404, "no matching asset"))
    return ranges
