"""Live view: an FLV stream that Eagle Eye ends after the requested duration (Protocol B.8)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Self
import uuid

import aiohttp
from aiohttp import hdrs

from ..errors import CannotConnectError, CarsonError, InvalidInputError, InvalidResponseError, RateLimitError
from ..http.backoff import parse_retry_after
from ..http.request import Pool
from .api import EagleEyeApi
from .timestamps import format_offset

PATH = "asset/play/video.flv"
DEFAULT_DURATION = timedelta(minutes=5)
# No known client requests more.
MAX_DURATION = timedelta(minutes=30)

_OTHER_CONTENT_TYPES = ("text/", "application/json", "image/")


def live_params(camera_id: str, duration: timedelta) -> dict[str, str]:
    """Return the query of a live view, with a new stream id.

    Raises:
        InvalidInputError: The duration is out of range.
    """
    if not timedelta(seconds=1) <= duration <= MAX_DURATION:
        raise InvalidInputError(f"The duration of a live view must be between one second and {MAX_DURATION}")
    return {"id": camera_id, "start_timestamp": f"stream_{uuid.uuid4().hex}", "end_timestamp": format_offset(duration)}


class LiveStream:
    """Asynchronous iterator over the chunks of a live view, until Eagle Eye ends it.

    Attributes:
        camera_id: The ESN of the camera.
        closes_at: About when Eagle Eye will end the stream.
    """

    def __init__(
        self, http: EagleEyeApi, camera_id: str, response: aiohttp.ClientResponse, closes_at: datetime
    ) -> None:
        self.camera_id = camera_id
        self.closes_at = closes_at
        self._http = http
        self._response = response
        self._has_started = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Return the next chunk.

        Raises:
            StopAsyncIteration: Eagle Eye ended the stream.
            InvalidResponseError: The stream ended before the first chunk.
            CannotConnectError: The connection was lost, or no data arrived for too long.
        """
        error: CarsonError
        stall = self._http.transport.timeouts.live_stall
        try:
            async with asyncio.timeout(stall):
                chunk = await self._response.content.readany()
            if chunk:
                self._has_started = True
                return chunk
            if self._has_started:
                raise StopAsyncIteration
            error = InvalidResponseError("Eagle Eye's live view is empty")
        except TimeoutError:
            error = CannotConnectError(f"Eagle Eye's live view sent no data for {stall:g} s")
        except (aiohttp.ClientError, OSError) as err:
            error = CannotConnectError(f"The connection of a live view was lost ({type(err).__name__})")
        raise self._http.record_error(error)


@asynccontextmanager
async def open_live(http: EagleEyeApi, camera_id: str, duration: timedelta) -> AsyncGenerator[LiveStream]:
    """Open a live view. Leaving the context closes it at once.

    Raises:
        InvalidResponseError: The response is not a video.
        CarsonError: As for every request to Eagle Eye.
    """
    params = live_params(camera_id, duration)
    # A wall of cameras with slow stills must not delay it.
    async with http.open(PATH, params, time_limit=http.transport.timeouts.live_open, pool=Pool.LIVE) as response:
        _check_response(http, response)
        yield LiveStream(http, camera_id, response, datetime.now(UTC) + duration)


def _check_response(http: EagleEyeApi, response: aiohttp.ClientResponse) -> None:
    status = response.status
    message = f"Eagle Eye responded to a live view with status {status}"
    if status >= 500:
        raise http.record_error(CannotConnectError(message))
    if status == 429:
        pause = parse_retry_after(response.headers.get(hdrs.RETRY_AFTER))
        raise http.record_error(RateLimitError(message, retry_after=pause))
    if status != 200:
        raise http.status_error(status, "a live view")
    if not is_video(response.content_type):
        raise http.record_error(InvalidResponseError("Eagle Eye's live view is not a video"))


def is_video(content_type: str) -> bool:
    """Return whether a response may be a video and not an error page; the exact type of a video is not documented."""
    return not content_type.startswith(_OTHER_CONTENT_TYPES)
