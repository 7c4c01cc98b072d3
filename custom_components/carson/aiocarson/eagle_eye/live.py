"""The live view: an FLV body that Eagle Eye sends as long as was asked, and then ends (Protocol B.8)."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Self
import uuid

import aiohttp
from aiohttp import hdrs

from ..errors import CannotConnectError, CarsonError, InvalidInputError, InvalidResponseError, RateLimitError
from ..http.backoff import parse_retry_after
from .api import EagleEyeApi
from .timestamps import format_offset

PATH = "asset/play/video.flv"
DEFAULT_DURATION = timedelta(minutes=5)
# The longest that any known client asks for.
LONGEST_DURATION = timedelta(minutes=30)


def live_params(camera_id: str, duration: timedelta) -> dict[str, str]:
    """Query of a live view, each time with an id of its own.

    Raises:
        InvalidInputError: The duration is not within reason.
    """
    if not timedelta(seconds=1) <= duration <= LONGEST_DURATION:
        raise InvalidInputError(f"A live view lasts between one second and {LONGEST_DURATION}")
    return {"id": camera_id, "start_timestamp": f"stream_{uuid.uuid4().hex}", "end_timestamp": format_offset(duration)}


class LiveStream:
    """The bytes of a live view, chunk by chunk as they arrive; ends when Eagle Eye ends it.

    Attributes:
        camera_id: Whose view it is.
        closes_at: When Eagle Eye will have sent what was asked for, more or less.
    """

    def __init__(
        self, http: EagleEyeApi, camera_id: str, response: aiohttp.ClientResponse, closes_at: datetime
    ) -> None:
        self.camera_id = camera_id
        self.closes_at = closes_at
        self._http = http
        self._response = response
        self._begun = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Wait for the next chunk.

        Raises:
            StopAsyncIteration: Eagle Eye has ended the view.
            InvalidResponseError: It ended before it began.
            CannotConnectError: The connection was lost, or nothing came for long.
        """
        error: CarsonError
        stall = self._http.transport.timeouts.live_stall
        try:
            async with asyncio.timeout(stall):
                chunk = await self._response.content.readany()
            if chunk:
                self._begun = True
                return chunk
            if self._begun:
                raise StopAsyncIteration
            error = InvalidResponseError("Eagle Eye's live view ended before it began")
        except TimeoutError:
            error = CannotConnectError(f"Eagle Eye's live view stood still for {stall:g} s")
        except (aiohttp.ClientError, OSError) as err:
            error = CannotConnectError(f"The connection of a live view was lost ({type(err).__name__})")
        raise self._http.record_error(error)


@asynccontextmanager
async def open_live(http: EagleEyeApi, camera_id: str, duration: timedelta) -> AsyncGenerator[LiveStream]:
    """Open a live view; it is closed at once when the context is left.

    Raises:
        CarsonError: As every request to Eagle Eye; InvalidResponseError if what comes is no video.
    """
    params = live_params(camera_id, duration)
    async with http.open(PATH, params, time_limit=http.transport.timeouts.live_open) as response:
        if response.status >= 500:
            raise http.record_error(CannotConnectError(f"Eagle Eye answered a live view with status {response.status}"))
        if response.status == 429:
            pause = parse_retry_after(response.headers.get(hdrs.RETRY_AFTER))
            raise http.record_error(
                RateLimitError("Eagle Eye asks for fewer requests than a live view", retry_after=pause)
            )
        if response.status != 200:
            raise http.refusal(response.status, "a live view")
        if not is_video(response.content_type):
            raise http.record_error(InvalidResponseError("Eagle Eye's live view is no video"))
        yield LiveStream(http, camera_id, response, datetime.now(UTC) + duration)


def is_video(content_type: str) -> bool:
    """Tell a video from an error page; the exact type is not promised anywhere."""
    not_video: Iterable[str] = ("text/", "application/json", "image/")
    return not content_type.startswith(tuple(not_video))
