"""Recordings as MP4, made by a worker that needs its time, and stills cut from recordings (Protocol B.8, B.6)."""

import asyncio
from functools import partial
import io
from pathlib import Path
import re
from tempfile import TemporaryDirectory

from aiohttp import web
import av

from simulator.core import Core, Job
from simulator.eagle_eye.auth import reach
from simulator.eagle_eye.live import asked_length, view_of
from simulator.eagle_eye.recording_schedule import RecordingSchedule
from simulator.eagle_eye.recordings import Found, Refusal, recorded_stretches
from simulator.eagle_eye.timestamps import from_text, to_text
from simulator.eagle_eye.transcode_jobs import job_name, not_yet
from simulator.media import flv, scene, video
from simulator.media.flv_stream import FrameRange
from simulator.media.timeline import FRAME_RATE, GROUP, frame_at, frame_time
from simulator.responses import plain
from simulator.routing import Call

_KEPT = 8
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def play_mp4(core: Core, call: Call) -> web.StreamResponse:
    """Answer `GET /asset/play/video.mp4`: 201 or 202 until the worker is done, then the video."""
    query = call.request.query
    if query.get("start_timestamp", "").startswith("stream_"):
        return plain(400, "live video is not available in this form")
    found = await recorded_stretches(core, call, asked_length, "export")
    if isinstance(found, Refusal):
        return found.answer
    settings = core.settings.recordings
    name = job_name(query)
    job = core.jobs.setdefault(name, Job(core.clock.time()))
    if job.pending < settings.mp4_pending or core.clock.time() < job.asked_at + settings.mp4_seconds:
        job.pending += 1
        if settings.mp4_hold > 0:
            await asyncio.sleep(settings.mp4_hold)
        return not_yet(settings, query, name, job)
    content = job.content
    if content is None:
        job.content = content = await _render(core, found)
        core.jobs[name] = core.jobs.pop(name, job)
        _forget_old(core)
    return _ranged(call.request, content)


def _forget_old(core: Core) -> None:
    """Keep the latest videos only; older ones would be made again."""
    for job in [job for job in core.jobs.values() if job.content is not None][:-_KEPT]:
        job.content = None


async def _render(core: Core, found: Found) -> bytes:
    """Return the stretches joined into one MP4 with its index at the front."""
    view = view_of(core, found.device)
    now_ms = int(core.clock.time() * 1000)
    parts: list[bytes] = []
    stamp, base = 0, 0
    for first, last in (_past(stretch, view.esn, now_ms) for stretch in found.stretches):
        begin = frame_time(view.esn, first)
        for start in range(first, last + 1, GROUP):
            # Group by group, so that live video in the same thread does not have to wait.
            group = await core.in_thread(partial(video.encode_group, view, start))
            if not parts:
                parts = [flv.file_header(), flv.video(0, flv.AVC_SEQUENCE_HEADER, group.configuration, key=True)]
            for number, frame in enumerate(group.frames[: last + 1 - start], start=start):
                stamp = base + frame_time(view.esn, number) - begin
                if stamp < found.length_ms:
                    parts.append(flv.video(stamp, flv.AVC_FRAME, frame.avcc, key=frame.key))
        base = stamp + 1000 // FRAME_RATE
    return await core.in_thread(partial(_remux, b"".join(parts)))


def _past(stretch: FrameRange, esn: str, now_ms: int) -> tuple[int, int]:
    """Return first and last frame of the part of a stretch that has been filmed already."""
    last = frame_at(now_ms) if stretch.last is None else min(stretch.last, frame_at(now_ms))
    while last > stretch.first and frame_time(esn, last) > now_ms:
        last -= 1
    return stretch.first, last


def _remux(body: bytes) -> bytes:
    with TemporaryDirectory(prefix="simulator-") as folder:
        target = Path(folder) / "video.mp4"
        options = {"movflags": "faststart"}
        with av.open(io.BytesIO(body), "r", "flv") as source, av.open(str(target), "w", options=options) as sink:
            stream = sink.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.dts is not None:
                    packet.stream = stream
                    sink.mux(packet)
        return target.read_bytes()


def _ranged(request: web.Request, content: bytes) -> web.Response:
    """Return the whole content, or the one range that is asked for."""
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
    """Answer `GET /api/v2/media/{id}/Snapshot`: a full-size still from a recording, on its key frames."""
    try:
        moment = from_text(call.request.query["timestamp"])
    except KeyError, ValueError:
        return _json_refusal(400, "BadRequest")
    reached = await reach(core, call, "recorded")
    if isinstance(reached, web.Response):
        return _json_refusal(reached.status, "Refused")
    device = reached[1]
    if not device.provisioned:
        return _json_refusal(405, "NotProvisioned")
    schedule = RecordingSchedule(core, device)
    if moment < schedule.oldest_allowed:
        return _json_refusal(410, "Gone")
    recording = next(schedule.back_from(moment + 1), None)
    if recording is None:
        return _json_refusal(404, "NotFound")
    moment = min(moment, recording.end)
    moment -= (moment - recording.begin) % (GROUP * 1000 // FRAME_RATE)
    content = scene.still(device.name, moment, device.time_zone, 1280, 720)
    headers = {"x-ee-timestamp": f"video-{to_text(moment)}"}
    return web.Response(body=content, content_type="image/jpeg", headers=headers)


def _json_refusal(status: int, reason: str) -> web.Response:
    return web.json_response({"status_code": status, "message": reason, "reason": reason, "data": None}, status=status)
