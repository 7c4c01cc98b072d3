"""Recordings as MP4, transcoded by a job, and stills of recordings (Protocol B.8, B.6)."""

import asyncio
from functools import partial
import io
from pathlib import Path
import re
from tempfile import TemporaryDirectory

from aiohttp import web
import av

from simulator.core import Core
from simulator.eagle_eye.auth import authorize
from simulator.eagle_eye.live import parse_length, view_of
from simulator.eagle_eye.recording_schedule import RecordingSchedule
from simulator.eagle_eye.recordings import RecordedFrames, find_frames
from simulator.eagle_eye.timestamps import from_text, to_text
from simulator.media import flv, scene, video
from simulator.media.flv_stream import FrameRange
from simulator.media.timeline import FRAME_RATE, GROUP, frame_at, frame_time
from simulator.responses import RequestError, plain
from simulator.routing import Call
from simulator.settings import RecordingSettings
from simulator.state.transcode_jobs import Query, TranscodeJob, describe_job, job_id

_KEPT_VIDEOS = 8
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def play_mp4(core: Core, call: Call) -> web.StreamResponse:
    """Handle `GET /asset/play/video.mp4`: 201 or 202 until the job is finished, then the video."""
    query = call.request.query
    if query.get("start_timestamp", "").startswith("stream_"):
        return plain(400, "live video is not available in this form")
    frames = await find_frames(core, call, parse_length, "export")
    settings = core.settings.recordings
    name = job_id(query)
    job = core.transcode_jobs.setdefault(name, TranscodeJob(core.clock.time()))
    if job.pending < settings.mp4_pending or core.clock.time() < job.created_at + settings.mp4_seconds:
        job.pending += 1
        if settings.mp4_hold > 0:
            await asyncio.sleep(settings.mp4_hold)
        return _pending_response(settings, query, name, job)
    content = job.content
    if content is None:
        job.content = content = await _transcode(core, frames)
        core.transcode_jobs[name] = core.transcode_jobs.pop(name, job)
        _drop_old_videos(core)
    return _range_response(call.request, content)


def _pending_response(settings: RecordingSettings, query: Query, name: str, job: TranscodeJob) -> web.Response:
    """Return one of the responses that say that a job is not finished."""
    if settings.mp4_form == "legacy_502":
        return plain(502)
    status = settings.mp4_first_status if job.pending == 1 else 202
    if settings.mp4_form == "id":
        return web.json_response({"id": name}, status=status)
    ratio = min(0.99, (job.pending - 1) / max(1, settings.mp4_pending))
    job_status = "Initializing" if job.pending == 1 else "Running"
    return web.json_response(describe_job(query, name, f"{ratio:.2f}", status=job_status), status=status)


def _drop_old_videos(core: Core) -> None:
    """Keep only the latest videos; older ones would be transcoded again."""
    for job in [job for job in core.transcode_jobs.values() if job.content is not None][:-_KEPT_VIDEOS]:
        job.content = None


async def _transcode(core: Core, frames: RecordedFrames) -> bytes:
    """Return the frames as one MP4 with its index at the front."""
    view = view_of(core, frames.device)
    now_ms = int(core.clock.time() * 1000)
    parts: list[bytes] = []
    stamp, base = 0, 0
    for first, last in (_recorded_part(part, view.esn, now_ms) for part in frames.ranges):
        begin = frame_time(view.esn, first)
        for start in range(first, last + 1, GROUP):
            # Group by group, so that live video in the same thread does not have to wait.
            group = await core.in_thread(partial(video.encode_group, view, start))
            if not parts:
                parts = [flv.file_header(), flv.video(0, flv.AVC_SEQUENCE_HEADER, group.configuration, key=True)]
            for number, frame in enumerate(group.frames[: last + 1 - start], start=start):
                stamp = base + frame_time(view.esn, number) - begin
                if stamp < frames.length_ms:
                    parts.append(flv.video(stamp, flv.AVC_FRAME, frame.avcc, key=frame.key))
        base = stamp + 1000 // FRAME_RATE
    return await core.in_thread(partial(_remux, b"".join(parts)))


def _recorded_part(frames: FrameRange, esn: str, now_ms: int) -> tuple[int, int]:
    """Return the first and the last frame of the part of a range that is not in the future."""
    last = frame_at(now_ms) if frames.last is None else min(frames.last, frame_at(now_ms))
    while last > frames.first and frame_time(esn, last) > now_ms:
        last -= 1
    return frames.first, last


def _remux(content: bytes) -> bytes:
    """Return an FLV file as MP4."""
    with TemporaryDirectory(prefix="simulator-") as folder:
        target = Path(folder) / "video.mp4"
        options = {"movflags": "faststart"}
        with av.open(io.BytesIO(content), "r", "flv") as source, av.open(str(target), "w", options=options) as sink:
            stream = sink.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.dts is not None:
                    packet.stream = stream
                    sink.mux(packet)
        return target.read_bytes()


def _range_response(request: web.Request, content: bytes) -> web.Response:
    """Return the whole content, or the requested range."""
    headers = {"Accept-Ranges": "bytes"}
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or match.group(0) == "bytes=-":
        return web.Response(body=content, content_type="video/mp4", headers=headers)
    size = len(content)
    if match.group(1) == "":
        begin, end = max(0, size - int(match.group(2))), size - 1
    else:
        begin = int(match.group(1))
        end = min(size - 1, int(match.group(2))) if match.group(2) else size - 1
    if begin > end:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {begin}-{end}/{size}"
    return web.Response(status=206, body=content[begin : end + 1], content_type="video/mp4", headers=headers)


async def snapshot(core: Core, call: Call) -> web.StreamResponse:
    """Handle `GET /api/v2/media/{id}/Snapshot`: a full-size still of a key frame of a recording."""
    try:
        moment = from_text(call.request.query["timestamp"])
    except (KeyError, ValueError):
        return _json_error(400, "BadRequest")
    try:
        _, device = await authorize(core, call, "recorded")
    except RequestError as error:
        return _json_error(error.response.status, "Forbidden")
    if not device.provisioned:
        return _json_error(405, "NotProvisioned")
    schedule = RecordingSchedule(core, device)
    if moment < schedule.oldest_allowed:
        return _json_error(410, "Gone")
    recording = next(schedule.back_from(moment + 1), None)
    if recording is None:
        return _json_error(404, "NotFound")
    moment = min(moment, recording.end)
    moment -= (moment - recording.begin) % (GROUP * 1000 // FRAME_RATE)
    content = scene.still(device.name, moment, device.time_zone, 1280, 720)
    headers = {"x-ee-timestamp": f"video-{to_text(moment)}"}
    return web.Response(body=content, content_type="image/jpeg", headers=headers)


def _json_error(status: int, reason: str) -> web.Response:
    return web.json_response({"status_code": status, "message": reason, "reason": reason, "data": None}, status=status)
