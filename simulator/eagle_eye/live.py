"""FLV over HTTP, live and recorded (Protocol B.8)."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, contextmanager

from aiohttp import web

from simulator.connection import close, is_closed
from simulator.core import Core
from simulator.eagle_eye.auth import authorize
from simulator.eagle_eye.recordings import find_frames
from simulator.eagle_eye.timestamps import from_text, offset
from simulator.media import video
from simulator.media.flv_stream import OVERTIME_MS, FlvStream, FrameRange
from simulator.media.timeline import FRAME_RATE, GROUP, frame_at
from simulator.responses import plain
from simulator.routing import Call
from simulator.state.model import Device
from simulator.state.sessions import Session


def parse_length(core: Core, text: str, start_ms: int) -> int:
    """Return the milliseconds between a start and an `end_timestamp`.

    Raises:
        ValueError: The end is invalid, or not after the start.
    """
    if text.startswith(" ") and core.live.raw_plus == "accept":
        text = f"+{text[1:]}"
    length = offset(text) if text[:1] == "+" else from_text(text) - start_ms
    if length <= 0:
        raise ValueError("ends before it starts")
    return length


def view_of(core: Core, device: Device) -> video.View:
    """Return the view of a camera."""
    return video.View(device.esn or "", device.name, device.time_zone, core.live.width, core.live.height)


async def play_live(core: Core, call: Call) -> web.StreamResponse:
    """Handle `GET /asset/play/video.flv` with `stream_…`."""
    try:
        length = parse_length(core, call.request.query.get("end_timestamp", ""), int(core.clock.time() * 1000))
    except ValueError:
        return plain(400, "Invalid timestamp")
    session, device = await authorize(core, call, "live")
    if not device.provisioned or not device.is_on:
        return plain(404, "camera get error")
    if not device.is_streaming:
        return plain(504)
    with _count_stream(core, device.esn or ""):
        if core.live.first_byte_delay > 0:
            await asyncio.sleep(core.live.first_byte_delay)
        maximum = core.live.max_seconds
        stream = FlvStream(
            view_of(core, device),
            (FrameRange(_first_frame(core), None),),
            length_ms=(length if maximum is None else min(length, int(maximum * 1000))) + OVERTIME_MS,
            duration=length / 1000,
            effects=core.faults.stream_effects(call.target),
            is_delivering=lambda: device.is_streaming,
            run_in_thread=core.in_thread,
        )
        return await _send(core, call, session, stream)


async def play_recorded(core: Core, call: Call) -> web.StreamResponse:
    """Handle `GET /asset/play/video.flv` for a recording."""
    frames = await find_frames(core, call, parse_length, "recorded")
    if not frames.device.recorded_flv:
        return plain(422, "Error generating keyframes.")
    stream = FlvStream(
        view_of(core, frames.device),
        frames.ranges,
        length_ms=frames.length_ms,
        duration=frames.length_ms / 1000,
        effects=core.faults.stream_effects(call.target),
        is_delivering=lambda: True,
        run_in_thread=core.in_thread,
    )
    return await _send(core, call, frames.session, stream)


def _first_frame(core: Core) -> int:
    """Return the first frame of a live stream: a little in the past, so that there is an initial burst."""
    now_ms = int(core.clock.time() * 1000)
    if core.live.anchor == "timeline":
        return frame_at(now_ms) // GROUP * GROUP
    return frame_at(now_ms) - int(core.live.burst_seconds * FRAME_RATE)


@contextmanager
def _count_stream(core: Core, esn: str) -> Iterator[None]:
    """Count a live stream for as long as the context lasts."""
    counters = core.counters
    counters.live_open[esn] += 1
    counters.live_started[esn] += 1
    counters.max_live_streams = max(counters.max_live_streams, counters.live_streams_open)
    counters.events.append(("ESES", esn, core.clock.now()))
    try:
        yield
    finally:
        counters.live_open[esn] -= 1
        counters.events.append(("ESEE", esn, core.clock.now()))


async def _send(core: Core, call: Call, session: Session, stream: FlvStream) -> web.StreamResponse:
    """Send a stream, each chunk when it is due, until its end or until the client disconnects."""
    request = call.request

    def is_aborted() -> bool:
        if is_closed(request):
            return True
        return core.live.on_key_expiry == "cut" and not core.sessions.is_valid(session)

    response = web.StreamResponse(headers={"Content-Type": "video/x-flv", "Cache-Control": "no-cache"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    try:
        async with aclosing(stream.chunks()) as chunks:
            async for chunk in chunks:
                if chunk.wait > 0:
                    await core.clock.sleep_until(core.clock.time() + chunk.wait, unless=is_aborted)
                await core.clock.sleep_until(chunk.due, unless=is_aborted)
                if not is_aborted() and chunk.data:
                    await response.write(chunk.data)
                if chunk.closes_connection or is_aborted():
                    close(request)
                    return response
        await response.write_eof()
    except ConnectionError:
        close(request)
    return response
