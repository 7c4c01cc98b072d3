"""The HTTP views of recordings: MP4, thumbnails, and the FLV that Home Assistant's HLS reads.

What leaves Home Assistant are paths of these views, signed or asked for with a token; none
holds anything of Eagle Eye's. Whatever goes wrong, an answer is a bare status.
"""

import asyncio
from collections import OrderedDict
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
import logging
import re
from typing import Final

from aiohttp import hdrs, web
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from ...aiocarson import (
    ApiError,
    AuthenticationError,
    BuildingCamera,
    CarsonError,
    InvalidInputError,
    NotFoundError,
    Still,
)
from ...aiocarson.eagle_eye.clips import ClipStream
from ...aiocarson.errors import OutsideRetentionError, PermissionDeniedError
from ...const import DOMAIN
from ...coordinator import CarsonConfigEntry
from .hls import DATA_REPLAYS, Replays
from .segments import RecordingSegment, from_milliseconds, to_milliseconds

_LOGGER = logging.getLogger(__name__)

MP4: Final = "video/mp4"

MAKING_SECONDS = 120.0
"""How long a player is let wait for Eagle Eye's worker."""
MOST_VIDEOS = 8
MOST_THUMBNAILS = 4
THUMBNAIL_SECONDS = 12.0

_KEPT_THUMBNAILS = 200
_VIDEO_URL = "/api/carson/recording/{entry_id}/{camera_id}/{piece}.mp4"
_THUMBNAIL_URL = "/api/carson/thumbnail/{entry_id}/{camera_id}/{moment}.jpg"
_REPLAY_URL = "/api/carson/replay/{secret}.flv"
_MOMENT = re.compile(r"[0-9]{13}", re.ASCII)
_RANGE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))", re.ASCII)
_CONTENT_RANGE = re.compile(r"bytes [0-9]+-[0-9]+/(?:[0-9]+|\*)", re.ASCII)


@callback
def async_register_playback_views(hass: HomeAssistant) -> None:
    """Let Home Assistant's own server answer for recordings."""
    hass.data[DATA_REPLAYS] = Replays(hass)
    for view in (RecordingView(), ThumbnailView(), ReplayView()):
        hass.http.register_view(view)


@callback
def recording_path(entry_id: str, camera_id: str, piece: RecordingSegment) -> str:
    """Tell the path of a recording as MP4; it needs to be signed."""
    return _VIDEO_URL.format(entry_id=entry_id, camera_id=camera_id, piece=piece.key)


@callback
def thumbnail_path(entry_id: str, camera_id: str, moment: datetime) -> str:
    """Tell the path of a small picture of a moment."""
    return _THUMBNAIL_URL.format(entry_id=entry_id, camera_id=camera_id, moment=to_milliseconds(moment))


@callback
def replay_path(secret: str) -> str:
    """Tell the path of a replay's FLV."""
    return _REPLAY_URL.format(secret=secret)


@callback
def async_find_camera(
    hass: HomeAssistant, entry_id: str, camera_id: str
) -> tuple[CarsonConfigEntry, BuildingCamera] | None:
    """Find a camera of a loaded account; None if there is no such camera."""
    entry: CarsonConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry not in hass.config_entries.async_loaded_entries(DOMAIN):
        return None
    camera = entry.runtime_data.cameras.data.by_id.get(camera_id)
    return None if camera is None else (entry, camera)


def _refuse(hass: HomeAssistant, entry: CarsonConfigEntry, error: CarsonError) -> web.Response:
    """Answer with the status that says most about an error."""
    _LOGGER.debug("A recording cannot be shown: %s", error)
    if isinstance(error, AuthenticationError):
        entry.async_start_reauth(hass)
    if isinstance(error, NotFoundError | OutsideRetentionError | InvalidInputError):
        return web.Response(status=HTTPStatus.NOT_FOUND)
    if isinstance(error, PermissionDeniedError):
        return web.Response(status=HTTPStatus.FORBIDDEN)
    if isinstance(error, ApiError) and error.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return web.Response(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which bytes of a clip are sent: so many are skipped, then so many sent, None being all."""

    status: HTTPStatus
    headers: dict[str, str]
    skip: int = 0
    length: int | None = None


def part_of(wanted: str | None, stream: ClipStream) -> Part:
    """Tell what to answer to a `Range`.

    Eagle Eye need not heed it; a player that asked for a part may refuse the whole, so
    the part is then cut out here.
    """
    headers: dict[str, str] = {hdrs.ACCEPT_RANGES: "bytes"}
    size = stream.content_length
    if stream.status == HTTPStatus.PARTIAL_CONTENT:
        if stream.content_range is not None and _CONTENT_RANGE.fullmatch(stream.content_range):
            headers[hdrs.CONTENT_RANGE] = stream.content_range
        return Part(status=HTTPStatus.PARTIAL_CONTENT, headers=headers, length=size)
    match = None if wanted is None else _RANGE.fullmatch(wanted)
    if match is None or size is None:
        return Part(status=HTTPStatus.OK, headers=headers, length=size)
    first, last, suffix = match.groups()
    begin = max(0, size - int(suffix)) if first is None else int(first)
    end = min(size - 1, int(last)) if last else size - 1
    if begin > end:
        headers[hdrs.CONTENT_RANGE] = f"bytes */{size}"
        return Part(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers, length=0)
    headers[hdrs.CONTENT_RANGE] = f"bytes {begin}-{end}/{size}"
    return Part(status=HTTPStatus.PARTIAL_CONTENT, headers=headers, skip=begin, length=end - begin + 1)


class RecordingView(HomeAssistantView):
    """A piece of a recording as MP4, passed on as it arrives, as soon as Eagle Eye has made it."""

    url = _VIDEO_URL
    name = "api:carson:recording"

    def __init__(self) -> None:
        """Nobody watches yet."""
        self._running = 0

    async def get(self, request: web.Request, entry_id: str, camera_id: str, piece: str) -> web.StreamResponse:
        """Send the video, or the part of it that is asked for."""
        hass = request.app[KEY_HASS]
        found = async_find_camera(hass, entry_id, camera_id)
        wanted = _parse(piece)
        if found is None or wanted is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        if self._running >= MOST_VIDEOS:
            return web.Response(status=HTTPStatus.TOO_MANY_REQUESTS)
        entry, camera = found
        self._running += 1
        try:
            return await self._open(request, entry, camera, wanted)
        except CarsonError as err:
            return _refuse(hass, entry, err)
        finally:
            self._running -= 1

    async def _open(
        self, request: web.Request, entry: CarsonConfigEntry, camera: BuildingCamera, piece: RecordingSegment
    ) -> web.StreamResponse:
        wanted = request.headers.get(hdrs.RANGE)
        if wanted is not None and _RANGE.fullmatch(wanted) is None:
            # Of several ranges, or other units, a server may send the whole.
            wanted = None
        async with entry.runtime_data.client.eagle_eye(camera.building_id).recordings.clip(
            camera.id, piece.begin, piece.end, limit=timedelta(seconds=MAKING_SECONDS), byte_range=wanted
        ) as stream:
            part = part_of(wanted, stream)
            response = web.StreamResponse(status=part.status, headers=part.headers)
            response.content_type = MP4
            response.content_length = part.length
            # A past that does not change; but it is somebody's door, so no proxy may keep it.
            response.headers[hdrs.CACHE_CONTROL] = "private, max-age=3600"
            await response.prepare(request)
            try:
                await _copy(stream, part, response)
            except ConnectionResetError:
                _LOGGER.debug("A viewer of a recording has left")
            except CarsonError as err:
                # Nothing else can tell the player that the rest is missing.
                _LOGGER.debug("A recording broke off: %s", err)
                if request.transport is not None:
                    request.transport.abort()
            return response


def _parse(key: str) -> RecordingSegment | None:
    try:
        return RecordingSegment.parse(key)
    except ValueError:
        return None


async def _copy(stream: ClipStream, part: Part, response: web.StreamResponse) -> None:
    skip, left = part.skip, part.length
    if left != 0:
        async for chunk in stream.chunks():
            wanted = chunk[skip:] if left is None else chunk[skip : skip + left]
            skip = max(0, skip - len(chunk))
            await response.write(wanted)
            if left is not None:
                left -= len(wanted)
                if left == 0:
                    break
    await response.write_eof()


class ThumbnailView(HomeAssistantView):
    """A small picture of a camera at a time."""

    url = _THUMBNAIL_URL
    name = "api:carson:thumbnail"

    def __init__(self) -> None:
        """No picture is known yet."""
        self._gate = asyncio.Semaphore(MOST_THUMBNAILS)
        self._known: OrderedDict[tuple[str, str, str], Still] = OrderedDict()

    async def get(self, request: web.Request, entry_id: str, camera_id: str, moment: str) -> web.Response:
        """Send the picture."""
        hass = request.app[KEY_HASS]
        found = async_find_camera(hass, entry_id, camera_id)
        if found is None or _MOMENT.fullmatch(moment) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        entry, camera = found
        try:
            async with asyncio.timeout(THUMBNAIL_SECONDS):
                still = await self._still(entry, camera, moment)
        except TimeoutError:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        except CarsonError as err:
            return _refuse(hass, entry, err)
        return web.Response(
            body=still.content,
            content_type=still.content_type,
            headers={hdrs.CACHE_CONTROL: "private, max-age=86400"},
        )

    async def _still(self, entry: CarsonConfigEntry, camera: BuildingCamera, moment: str) -> Still:
        key = (entry.entry_id, camera.id, moment)
        # A page of thumbnails is asked for at once: not all of them may reach Eagle Eye at once.
        async with self._gate:
            if (still := self._known.get(key)) is None:
                still = self._known[key] = await _picture_at(entry, camera, from_milliseconds(int(moment)))
        self._known.move_to_end(key)
        while len(self._known) > _KEPT_THUMBNAILS:
            self._known.popitem(last=False)
        return still


async def _picture_at(entry: CarsonConfigEntry, camera: BuildingCamera, moment: datetime) -> Still:
    """Get the first preview of a moment, the last one before it if there is none."""
    eagle_eye = entry.runtime_data.client.eagle_eye(camera.building_id)
    try:
        return await eagle_eye.get_still(camera.id, reference="after", timestamp=moment)
    except NotFoundError:
        return await eagle_eye.get_still(camera.id, reference="prev", timestamp=moment)


class ReplayView(HomeAssistantView):
    """A replay's FLV, for Home Assistant's stream worker, which cannot sign in: it knows the secret."""

    url = _REPLAY_URL
    name = "api:carson:replay"
    requires_auth = False

    async def get(self, request: web.Request, secret: str) -> web.StreamResponse:
        """Send the video at the pace at which it was filmed."""
        replays = request.app[KEY_HASS].data[DATA_REPLAYS]
        # A lookup by hash takes the same time however much of a secret is right.
        if (replay := replays.get(secret)) is None:
            raise web.HTTPNotFound
        response = web.StreamResponse(headers={hdrs.CACHE_CONTROL: "no-store"})
        response.content_type = "video/x-flv"
        await response.prepare(request)
        try:
            async with contextlib.aclosing(replays.chunks(replay)) as chunks:
                async for chunk in chunks:
                    await response.write(chunk)
            await response.write_eof()
        except ConnectionResetError:
            _LOGGER.debug("The player of a replay has left")
        except (CarsonError, OSError) as err:
            _LOGGER.debug("A replay broke off: %s", type(err).__name__)
        finally:
            replays.async_end_soon(replay)
        return response
