"""Clips of recorded video: requesting one until Eagle Eye has prepared it, and reading it (Protocol B.8)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
import re
from typing import Literal, get_args

import aiohttp
from aiohttp import hdrs

from ..errors import CannotConnectError, InvalidInputError, InvalidResponseError, NotFoundError
from ..http.backoff import parse_retry_after
from ..http.request import Pool
from .api import EagleEyeApi
from .clip_job import BUSY_STATUSES, is_ready
from .stills import check_camera_id
from .timestamps import format_timestamp

type VideoFormat = Literal["mp4", "flv"]
type Locate = Callable[[str, datetime, datetime], Awaitable[datetime | None]]

DEFAULT_LIMIT = timedelta(minutes=5)
MAX_DURATION = timedelta(hours=1)
MAX_BYTES_PER_SECOND = 2 * 1024 * 1024
"""A generous bit rate (16 Mbit/s): more than Eagle Eye's cameras record."""
MAX_BYTES = 1024 * 1024 * 1024
"""The most bytes of a clip, whatever its length."""
_BASE_BYTES = 8 * 1024 * 1024
# More busy responses in a row are not taken for a temporary problem.
MAX_BUSY_RESPONSES = 3

_RANGE = re.compile(r"bytes=(?:[0-9]{1,15}-[0-9]{0,15}|-[0-9]{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRequest:
    """A time range of a camera's recordings.

    Attributes:
        camera_id: The ESN.
        begin: The beginning, an aware datetime.
        end: The end, an aware datetime.
        target: The file to download it to.
    """

    camera_id: str
    begin: datetime
    end: datetime
    target: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipOptions:
    """How a clip is delivered; see `Recordings.clip`."""

    video_format: VideoFormat
    on_progress: Callable[[float], None] | None
    limit: timedelta
    byte_range: str | None


def check(request: ClipRequest, options: ClipOptions) -> None:
    """Check whether a clip can be requested.

    Raises:
        InvalidInputError: It cannot.
    """
    check_camera_id(request.camera_id)
    if request.begin.tzinfo is None or request.end.tzinfo is None:
        raise InvalidInputError("The time must have a time zone")
    if not timedelta(0) < request.end - request.begin <= MAX_DURATION:
        raise InvalidInputError(f"The end of a clip must be after its beginning, by no more than {MAX_DURATION}")
    if options.video_format not in get_args(VideoFormat.__value__):
        raise InvalidInputError("The format of a clip must be mp4 or flv")
    if options.byte_range is not None and _RANGE.fullmatch(options.byte_range) is None:
        raise InvalidInputError("The value must be a single range of bytes")


class ClipStream:
    """The response with a clip.

    Attributes:
        status: 200, or 206 for a part of the clip.
        content_type: The content type that Eagle Eye reports.
        content_length: Number of bytes, if Eagle Eye reports it; None for a compressed response, which arrives
            decompressed.
        content_range: Which part of the clip this is, if it is a part.
    """

    def __init__(self, http: EagleEyeApi, response: aiohttp.ClientResponse, max_bytes: int) -> None:
        self._http = http
        self._response = response
        self._max_bytes = max_bytes
        self.status = response.status
        self.content_type = response.content_type
        is_plain = response.headers.get(hdrs.CONTENT_ENCODING, "identity") == "identity"
        self.content_length = response.content_length if is_plain else None
        self.content_range = response.headers.get(hdrs.CONTENT_RANGE)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they arrive.

        Raises:
            CannotConnectError: The connection was lost, or no data arrived for too long.
            InvalidResponseError: There are more data than a clip of this length can have.
        """
        stall = self._http.transport.timeouts.clip_stall
        received = 0
        while True:
            chunk, error = b"", None
            try:
                async with asyncio.timeout(stall):
                    chunk = await self._response.content.readany()
            except TimeoutError:
                error = CannotConnectError(f"Eagle Eye's clip sent no data for {stall:g} s")
            except (aiohttp.ClientError, OSError) as err:
                error = CannotConnectError(f"The connection of a clip was lost ({type(err).__name__})")
            if error is not None:
                raise self._http.record_error(error)
            if not chunk:
                return
            received += len(chunk)
            if received > self._max_bytes:
                text = f"Eagle Eye's clip is larger than {self._max_bytes} bytes, too large for its length"
                raise self._http.record_error(InvalidResponseError(text))
            yield chunk


@asynccontextmanager
async def open_clip(
    http: EagleEyeApi, request: ClipRequest, options: ClipOptions, locate: Locate | None
) -> AsyncGenerator[ClipStream]:
    """Request a clip, always with the same URL, until it is ready, and open it; see `Recordings.clip`."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + options.limit.total_seconds()
    path, params = await clip_path(http, request, options.video_format, locate)
    headers = {} if options.byte_range is None else {str(hdrs.RANGE): options.byte_range}
    busy = 0
    while True:
        time_limit = http.transport.timeouts.clip_open
        async with http.open(path, params, time_limit=time_limit, pool=Pool.WAITING, headers=headers) as response:
            if await is_ready(http, response, options.on_progress):
                yield ClipStream(http, response, _max_bytes(request))
                return
            busy = busy + 1 if response.status in BUSY_STATUSES else 0
            pause = _pause(http, response, busy)
        if clock() + pause > deadline:
            seconds = options.limit.total_seconds()
            raise http.record_error(CannotConnectError(f"Eagle Eye did not prepare the clip within {seconds:g} s"))
        await http.transport.sleep(pause)


def _max_bytes(request: ClipRequest) -> int:
    """Return the most bytes that a clip can have."""
    # The stream may begin where the recording does, up to the length of a recording before the clip.
    length = request.end - request.begin + DEFAULT_LIMIT
    return min(MAX_BYTES, _BASE_BYTES + round(length.total_seconds()) * MAX_BYTES_PER_SECOND)


def _pause(http: EagleEyeApi, response: aiohttp.ClientResponse, busy: int) -> float:
    """Return the seconds to wait before requesting the clip again.

    Raises:
        CannotConnectError: There were too many busy responses in a row.
    """
    if busy > MAX_BUSY_RESPONSES:
        raise http.record_error(CannotConnectError(f"Eagle Eye responded to a clip with status {response.status}"))
    timeouts = http.transport.timeouts
    retry_after = parse_retry_after(response.headers.get(hdrs.RETRY_AFTER))
    return min(retry_after or timeouts.clip_pending_pause, timeouts.longest_retry_wait)


async def clip_path(
    http: EagleEyeApi, request: ClipRequest, video_format: VideoFormat, locate: Locate | None
) -> tuple[str, dict[str, str]]:
    """Return the path and the query of a clip.

    Raises:
        CarsonError: The recording that contains its beginning was not found.
    """
    return f"asset/play/video.{video_format}", await _params(http, request, locate)


async def _params(http: EagleEyeApi, request: ClipRequest, locate: Locate | None) -> dict[str, str]:
    """Return the query of a clip, which must start where a recording starts and skip the rest by an offset."""
    begin = request.begin
    start = begin if locate is None else await locate(request.camera_id, begin, request.end)
    if start is None:
        raise http.record_error(NotFoundError("There is no recording at that time"))
    params = {
        "id": request.camera_id,
        "start_timestamp": format_timestamp(start),
        "end_timestamp": format_timestamp(request.end),
    }
    if start < begin:
        params["time_offset"] = str(round((begin - start) / timedelta(milliseconds=1)))
    return params
