"""FLV over HTTP, live and recorded: who gets it, and when its bytes are sent (Protocol B.8)."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, contextmanager

from aiohttp import web

from simulator.core import Core
from simulator.eagle_eye.auth import reach
from simulator.eagle_eye.recordings import Refusal, recorded_stretches
from simulator.eagle_eye.timestamps import from_text, offset
from simulator.fault_injection import close, is_gone
from simulator.faults import STREAMING
from simulator.media import video
from simulator.media.flv_stream import OVERTIME_MS, FlvBody, FrameRange
from simulator.media.timeline import FRAME_RATE, GROUP, frame_at
from simulator.responses import plain
from simulator.routing import Call
from simulator.state.model import Device
from simulator.state.sessions import Session


def asked_length(core: Core, text: str, start_ms: int) -> int:
    """Return the milliseconds between a start and an `end_timestamp`.

    Raises:
        ValueError: Unreadable, or not after the start.
    """
    if text.startswith(" ") and core.live.raw_plus == "accept":
        text = f"+{text[1:]}"
    length = offset(text) if text[:1] == "+" else from_text(text) - start_ms
    if length <= 0:
        raise ValueError("ends before it starts")
    return length


def view_of(core: Core, device: Device) -> video.View:
    """Return what a camera films."""
    return video.View(device.esn or "", device.name, device.time_zone, core.live.width, core.live.height)


async def play_live(core: Core, call: Call) -> web.StreamResponse:
    """Answer `GET /asset/play/video.flv` with `stream_…`."""
    try:
        asked = asked_length(core, call.request.query.get("end_timestamp", ""), int(core.clock.time() * 1000))
    except ValueError:
        return plain(400, "Invalid timestamp")
    reached = await reach(core, call, "live")
    if isinstance(reached, web.Response):
        return reached
    session, device = reached
    if not device.provisioned or not device.is_on:
        return plain(404, "camera get error")
    if not device.is_streaming:
        return plain(504)
    with _counted(core, device.esn or ""):
        if core.live.first_byte_delay > 0:
            await asyncio.sleep(core.live.first_byte_delay)
        cap = core.live.max_seconds
        body = FlvBody(
            core,
            view_of(core, device),
            (FrameRange(_first_frame(core), None),),
            length_ms=(asked if cap is None else min(asked, int(cap * 1000))) + OVERTIME_MS,
            duration=asked / 1000,
            faults=core.faults.strike(call.operation, call.cloud, call.ids, STREAMING | {"cut"}),
            sees=lambda: device.is_streaming,
        )
        return await _send(core, call, session, body)


async def play_recorded(core: Core, call: Call) -> web.StreamResponse:
    """Answer `GET /asset/play/video.flv` for a recording."""
    found = await recorded_stretches(core, call, asked_length, "recorded")
    if isinstance(found, Refusal):
        return found.answer
    if not found.device.recorded_flv:
        return plain(422, "Error generating keyframes.")
    body = FlvBody(
        core,
        view_of(core, found.device),
        found.stretches,
        length_ms=found.length_ms,
        duration=found.length_ms / 1000,
        faults=core.faults.strike(call.operation, call.cloud, call.ids, STREAMING | {"cut"}),
        sees=lambda: True,
    )
    return await _send(core, call, found.session, body)


def _first_frame(core: Core) -> int:
    """Return where a live body begins: a little in the past, so that there is an initial burst."""
    now_ms = int(core.clock.time() * 1000)
    if core.live.anchor == "timeline":
        return frame_at(now_ms) // GROUP * GROUP
    return frame_at(now_ms) - int(core.live.burst_seconds * FRAME_RATE)


@contextmanager
def _counted(core: Core, esn: str) -> Iterator[None]:
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


async def _send(core: Core, call: Call, session: Session, body: FlvBody) -> web.StreamResponse:
    """Send a body piece by piece, each when it is due, until its end or until nobody listens."""
    request = call.request

    def broken_off() -> bool:
        if is_gone(request):
            return True
        return core.live.on_key_expiry == "cut" and not core.sessions.is_valid(session)

    answer = web.StreamResponse(headers={"Content-Type": "video/x-flv", "Cache-Control": "no-cache"})
    answer.enable_chunked_encoding()
    await answer.prepare(request)
    try:
        async with aclosing(body.pieces()) as pieces:
            async for piece in pieces:
                if piece.wait > 0:
                    await core.clock.sleep_until(core.clock.time() + piece.wait, unless=broken_off)
                await core.clock.sleep_until(piece.due, unless=broken_off)
                if not broken_off() and piece.data:
                    await answer.write(piece.data)
                if piece.cuts or broken_off():
                    close(request)
                    return answer
        await answer.write_eof()
    except ConnectionError:
        close(request)
    return answer
