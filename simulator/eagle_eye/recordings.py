"""Recordings: lists of videos and previews, and which frames a request for video means (Protocol B.7, B.8)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aiohttp import web

from simulator.core import Core
from simulator.eagle_eye.auth import reach
from simulator.eagle_eye.images import Previews, Thumbnails
from simulator.eagle_eye.recording_schedule import Recording, RecordingSchedule, coalesce
from simulator.eagle_eye.timestamps import offset, resolve, to_text
from simulator.media.flv_stream import FrameRange, frame_range
from simulator.responses import plain
from simulator.routing import Call
from simulator.state.model import Device, Feature
from simulator.state.sessions import Session


@dataclass(frozen=True, slots=True)
class Range:
    """What a list is asked for."""

    begin: int
    end: int | None
    count: int | None

    @property
    def backwards(self) -> bool:
        """Whether entries before the start are wanted, newest first."""
        return self.count is not None and self.count < 0


def _range(core: Core, call: Call) -> Range:
    """Read start, end and count.

    Raises:
        ValueError: Missing or unreadable.
        KeyError: No start.
    """
    query = call.request.query
    now = int(core.clock.time() * 1000)
    begin, _ = resolve(query["start_timestamp"], now)
    end = resolve(query["end_timestamp"], now)[0] if "end_timestamp" in query else None
    count = int(query["count"]) if "count" in query else None
    if end is None and count is None:
        raise ValueError("neither end nor count")
    return Range(begin, end, count)


def _before_it_existed(wanted: Range, device: Device) -> bool:
    """Whether the camera did not exist at any moment that is asked for (C row 36)."""
    latest = wanted.begin if wanted.backwards else max(wanted.begin, wanted.end or wanted.begin)
    if wanted.end is None and not wanted.backwards:
        return False
    return latest < device.exists_since * 1000


def _limit(core: Core, wanted: Range) -> int:
    most = core.settings.recordings.max_entries
    return most if wanted.count is None else min(abs(wanted.count), most)


async def list_videos(core: Core, call: Call) -> web.StreamResponse:
    """Answer `GET /asset/list/video`."""
    try:
        wanted = _range(core, call)
    except KeyError, ValueError:
        return plain(400, "Invalid timestamp")
    reached = await reach(core, call, "recorded")
    if isinstance(reached, web.Response):
        return reached
    device = reached[1]
    if _before_it_existed(wanted, device):
        return plain(400, "Camera did not exist")
    joined = "coalesce" in call.request.query.get("options", "")
    found = _videos(RecordingSchedule(core, device), wanted, _limit(core, wanted), joined=joined)
    return web.json_response([_video_entry(core, recording) for recording in found])


def _videos(schedule: RecordingSchedule, wanted: Range, limit: int, *, joined: bool) -> list[Recording]:
    # Twice as many as wanted are enough to join from: never more than two recordings touch.
    reserve = 2 * limit + 2
    if wanted.backwards:
        far = wanted.end if wanted.end is not None else 0
        back = list(
            islice((recording for recording in schedule.back_from(wanted.begin) if recording.end > far), reserve)
        )
        found = coalesce(back[::-1]) if joined else back[::-1]
        return found[::-1][:limit]
    forward = list(islice(schedule.from_on(wanted.begin, wanted.end), reserve))
    return (coalesce(forward) if joined else forward)[:limit]


def _video_entry(core: Core, recording: Recording) -> dict[str, Any]:
    entry: dict[str, Any] = {"s": to_text(recording.begin), "e": to_text(recording.end), "id": recording.id}
    if recording.in_progress and core.settings.recordings.open_end != "newest":
        entry["e"] = None
        if core.settings.recordings.open_end == "missing":
            del entry["e"]
    return entry


async def list_images(core: Core, call: Call) -> web.StreamResponse:
    """Answer `GET /asset/list/image`."""
    asset_class = call.request.query.get("asset_class")
    try:
        wanted = _range(core, call)
        if asset_class not in {"pre", "thumb", "all"}:
            return plain(400, "Invalid asset class")
    except KeyError, ValueError:
        return plain(400, "Invalid timestamp")
    reached = await reach(core, call, "preview")
    if isinstance(reached, web.Response):
        return reached
    device = reached[1]
    if _before_it_existed(wanted, device):
        return plain(400, "Camera did not exist")
    walk = Thumbnails(core, device) if asset_class == "thumb" else Previews(core, device)
    limit = _limit(core, wanted)
    times: list[int] = []
    moment = wanted.begin if wanted.backwards else wanted.begin - 1
    while len(times) < limit:
        found = walk.before(moment) if wanted.backwards else walk.after(moment)
        if found is None:
            break
        moment = walk.time(found)
        if wanted.end is not None and (moment < wanted.end if wanted.backwards else moment > wanted.end):
            break
        times.append(moment)
    event = "PRTH" if asset_class == "thumb" else "PRFR"
    return web.json_response([{"t": event, "s": to_text(moment)} for moment in times])


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request for video that is not served."""

    answer: web.Response


@dataclass(frozen=True, slots=True)
class Found:
    """The recorded frames that a request for video means."""

    session: Session
    device: Device
    stretches: tuple[FrameRange, ...]
    begin_ms: int
    length_ms: int


async def recorded_stretches(
    core: Core, call: Call, length_of: Callable[[Core, str, int], int], feature: Feature
) -> Found | Refusal:
    """Return the frames between `start_timestamp` (+ `time_offset`) and `end_timestamp`.

    The start must equal that of a recording, unless the settings are lenient (Protocol B.8).
    """
    query = call.request.query
    now = int(core.clock.time() * 1000)
    try:
        start, _ = resolve(query["start_timestamp"], now)
        length = length_of(core, query.get("end_timestamp", ""), start)
        skip = offset(f"+{query.get('time_offset', '0')}")
    except KeyError, ValueError:
        return Refusal(plain(400, "Invalid timestamp"))
    reached = await reach(core, call, feature)
    if isinstance(reached, web.Response):
        return Refusal(reached)
    session, device = reached
    if "recorded" in device.denied:
        return Refusal(plain(403))
    if not device.provisioned:
        return Refusal(plain(404, "camera not provisioned"))
    schedule = RecordingSchedule(core, device)
    if start < schedule.oldest_allowed:
        return Refusal(plain(410))
    home = schedule.at(start)
    if home is None or (core.settings.recordings.start == "strict" and home.begin != start):
        return Refusal(plain(404, "no matching asset"))
    begin, end = start + skip, start + length
    stretches = tuple(
        frame_range(max(recording.begin, begin), end if recording.in_progress else min(recording.end, end))
        for recording in coalesce(schedule.between(begin, end))
        if min(recording.end, end) - max(recording.begin, begin) > 0 or recording.in_progress
    )
    if not stretches or begin >= end:
        return Refusal(plain(404, "no matching asset"))
    return Found(session, device, stretches, begin, end - begin)
