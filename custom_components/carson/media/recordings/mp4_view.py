"""The HTTP view of recordings as MP4."""

from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
import logging
import tempfile

from aiohttp import hdrs, web
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from ...aiocarson import BuildingCamera, CarsonError
from ...aiocarson.eagle_eye.clips import ClipStream
from ..account import Accounts, MediaAccount, find_camera
from ..sending import write_in_time
from ..slots import Slots
from .byte_ranges import ByteRange, WholeBody, needs_length, select_range, supported_range, total_length
from .error_responses import error_response
from .segments import RecordingSegment
from .urls import MP4_CONTENT_TYPE, RECORDING_URL

_LOGGER = logging.getLogger(__name__)

MAX_VIDEOS = 8
"""The most videos that are sent at once; further ones wait."""
MAX_WAITING = 8
"""The most videos that wait."""
# A recording does not change, but it is private, so proxies may not cache it.
_CACHE_CONTROL = "private, max-age=3600"
_FIRST_BYTE = "bytes=0-0"
_SPOOL_BYTES = 4 * 1024 * 1024
_READ_BYTES = 128 * 1024


class RecordingView(HomeAssistantView):
    """A recording as MP4, forwarded as it arrives, once Eagle Eye has made it."""

    url = RECORDING_URL
    name = "api:carson:recording"

    def __init__(self, accounts: Accounts) -> None:
        """Initialize the view."""
        self._accounts = accounts
        self._slots = Slots(MAX_VIDEOS, MAX_WAITING)

    async def head(self, request: web.Request, entry_id: str, camera_id: str, segment: str) -> web.StreamResponse:
        """Send what `get` sends, without the video."""
        return await self.get(request, entry_id, camera_id, segment)

    async def get(self, request: web.Request, entry_id: str, camera_id: str, segment: str) -> web.StreamResponse:
        """Send the video, or the requested range of it."""
        found = find_camera(self._accounts, entry_id, camera_id)
        parsed = _parse(segment)
        if found is None or parsed is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        account, camera = found
        try:
            async with self._slots.take():
                return await _send(request, account, camera, parsed)
        except CarsonError as err:
            return error_response(err)


def _parse(key: str) -> RecordingSegment | None:
    try:
        return RecordingSegment.parse(key)
    except ValueError:
        return None


async def _send(
    request: web.Request, account: MediaAccount, camera: BuildingCamera, segment: RecordingSegment
) -> web.StreamResponse:
    is_head = request.method == hdrs.METH_HEAD
    header = None if is_head else supported_range(request.headers.get(hdrs.RANGE))
    limit = timedelta(seconds=account.timeouts.recordings.mp4)
    recordings = account.eagle_eye(camera.building_id).recordings
    asked = _FIRST_BYTE if is_head else header
    async with recordings.clip(camera.id, segment.begin, segment.end, limit=limit, byte_range=asked) as stream:
        if is_head:
            return _head(total_length(stream))
        if needs_length(header, stream):
            return await _send_spooled(request, stream, header, account.timeouts.player_stall)
        selected = select_range(header, stream)
        response = web.StreamResponse(status=selected.status, headers=selected.headers)
        response.content_type = MP4_CONTENT_TYPE
        response.content_length = selected.length
        response.headers[hdrs.CACHE_CONTROL] = _CACHE_CONTROL
        await response.prepare(request)
        try:
            await _copy(request, stream, selected, response, account.timeouts.player_stall)
        except ConnectionResetError:
            _LOGGER.debug("The viewer of a recording disconnected")
        except CarsonError as err:
            # Closing the connection is the only way to report that the rest is missing.
            _LOGGER.debug("A recording was interrupted: %s", err)
            if request.transport is not None:
                request.transport.abort()
        return response


def _head(length: int | None) -> web.Response:
    """Return what a player gets that asks what there is, such as a television."""
    headers = {hdrs.ACCEPT_RANGES: "bytes", hdrs.CACHE_CONTROL: _CACHE_CONTROL}
    if length is not None:
        headers[hdrs.CONTENT_LENGTH] = str(length)
    return web.Response(content_type=MP4_CONTENT_TYPE, headers=headers)


async def _send_spooled(
    request: web.Request, stream: ClipStream, header: str | None, stall: float
) -> web.StreamResponse:
    """Send a range of a video whose length is known only at its end."""
    run = request.app[KEY_HASS].async_add_executor_job
    with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as file:
        size = 0
        async for chunk in stream.chunks():
            size += await run(file.write, chunk)
        selected = select_range(header, WholeBody(size))
        response = web.StreamResponse(status=selected.status, headers=selected.headers)
        response.content_type = MP4_CONTENT_TYPE
        response.content_length = selected.length
        response.headers[hdrs.CACHE_CONTROL] = _CACHE_CONTROL
        await response.prepare(request)
        await run(file.seek, selected.skip)
        remaining = selected.length or 0
        with suppress(ConnectionResetError):
            while remaining and (data := await run(file.read, min(remaining, _READ_BYTES))):
                remaining -= len(data)
                await write_in_time(request, response, data, stall)
            await response.write_eof()
        return response


async def _copy(
    request: web.Request, stream: ClipStream, selected: ByteRange, response: web.StreamResponse, stall: float
) -> None:
    skip, remaining = selected.skip, selected.length
    if remaining != 0:
        async for chunk in stream.chunks():
            data = chunk[skip:] if remaining is None else chunk[skip : skip + remaining]
            skip = max(0, skip - len(chunk))
            await write_in_time(request, response, data, stall)
            if remaining is not None:
                remaining -= len(data)
                if remaining == 0:
                    break
    await response.write_eof()
