"""Clips of recorded video: waiting until Eagle Eye has made one, reading it, keeping it (Protocol B.8)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
import re
from typing import Literal, get_args

import aiohttp
from aiohttp import hdrs
import orjson

from ..errors import ApiError, CannotConnectError, CarsonError, InvalidInputError, InvalidResponseError, NotFoundError
from ..files import AtomicFile
from ..http.backoff import parse_retry_after
from ..http.coerce import as_float, as_mapping, clean_reason
from ..http.request import Pool
from ..http.transport import read_bounded
from .api import EagleEyeApi
from .live import is_video
from .stills import check_camera_id
from .timestamps import format_timestamp

type Form = Literal["mp4", "flv"]
type Locate = Callable[[str, datetime, datetime], Awaitable[datetime | None]]

DEFAULT_LIMIT = timedelta(minutes=5)
LONGEST_CLIP = timedelta(hours=1)
MAX_IN_MEMORY = 256 * 1024 * 1024
# Server errors in a row that are taken for a bad moment; 502 is an old way to say "not yet".
TOLERATED_ERRORS = 3

_MAX_WORKER_ANSWER = 64 * 1024
_RANGE = re.compile(r"bytes=(?:[0-9]{1,15}-[0-9]{0,15}|-[0-9]{1,15})", re.ASCII)
_RATIO = "x-een-svc-renderer-transcode-complete-ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRequest:
    """Which stretch of which camera, and the file it is to become."""

    camera_id: str
    begin: datetime
    end: datetime
    target: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipOptions:
    """In which manner a clip is wanted; see `Recordings.clip`."""

    form: Form
    on_progress: Callable[[float], None] | None
    limit: timedelta
    byte_range: str | None


def check(order: ClipRequest, wish: ClipOptions) -> None:
    """Make sure that a clip can be asked for.

    Raises:
        InvalidInputError: It cannot.
    """
    check_camera_id(order.camera_id)
    if order.begin.tzinfo is None or order.end.tzinfo is None:
        raise InvalidInputError("The point in time needs a time zone")
    if not timedelta(0) < order.end - order.begin <= LONGEST_CLIP:
        raise InvalidInputError(f"A clip is longer than nothing and not longer than {LONGEST_CLIP}")
    if wish.form not in get_args(Form.__value__):
        raise InvalidInputError("The form of a clip is mp4 or flv")
    if wish.byte_range is not None and _RANGE.fullmatch(wish.byte_range) is None:
        raise InvalidInputError("The range must be one range of bytes")


class ClipStream:
    """The bytes of a clip.

    Attributes:
        status: 200, or 206 for a part of it.
        content_type: As Eagle Eye names it.
        content_length: Bytes to come, if Eagle Eye says so.
        content_range: Which part it is, if it is one.
    """

    def __init__(self, http: EagleEyeApi, response: aiohttp.ClientResponse) -> None:
        self._http = http
        self._response = response
        self.status = response.status
        self.content_type = response.content_type
        self.content_length = response.content_length
        self.content_range = response.headers.get(hdrs.CONTENT_RANGE)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Give the bytes as they arrive.

        Raises:
            CannotConnectError: The connection was lost, or nothing came for long.
        """
        stall = self._http.transport.timeouts.clip_stall
        while True:
            chunk, error = b"", None
            try:
                async with asyncio.timeout(stall):
                    chunk = await self._response.content.readany()
            except TimeoutError:
                error = CannotConnectError(f"Eagle Eye's clip stood still for {stall:g} s")
            except (aiohttp.ClientError, OSError) as err:
                error = CannotConnectError(f"The connection of a clip was lost ({type(err).__name__})")
            if error is not None:
                raise self._http.record_error(error)
            if not chunk:
                return
            yield chunk


@asynccontextmanager
async def open_clip(
    http: EagleEyeApi, order: ClipRequest, wish: ClipOptions, locate: Locate | None
) -> AsyncGenerator[ClipStream]:
    """Ask for a clip until it is there, always by the same url, and hand it out; see `Recordings.clip`."""
    timeouts = http.transport.timeouts
    clock = asyncio.get_running_loop().time
    deadline = clock() + wish.limit.total_seconds()
    params = await _params(http, order, locate)
    headers = {} if wish.byte_range is None else {str(hdrs.RANGE): wish.byte_range}
    errors = 0
    while True:
        async with http.open(
            f"asset/play/video.{wish.form}", params, time_limit=timeouts.clip_open, pool=Pool.WAITING, headers=headers
        ) as response:
            if await _is_ready(http, response, wish.on_progress):
                yield ClipStream(http, response)
                return
            errors = errors + 1 if response.status in {429, 500, 503, 504} else 0
            if errors > TOLERATED_ERRORS:
                raise http.record_error(CannotConnectError(f"Eagle Eye answered a clip with status {response.status}"))
            retry_after = parse_retry_after(response.headers.get(hdrs.RETRY_AFTER))
        pause = min(retry_after or timeouts.clip_pending_pause, timeouts.longest_retry_wait)
        if clock() + pause > deadline:
            seconds = wish.limit.total_seconds()
            raise http.record_error(CannotConnectError(f"Eagle Eye had not made the clip within {seconds:g} s"))
        await http.transport.sleep(pause)


async def _params(http: EagleEyeApi, order: ClipRequest, locate: Locate | None) -> dict[str, str]:
    """Query of a clip: it must start where a recording starts, and skip what is not wanted of that."""
    begin = order.begin
    start = begin if locate is None else await locate(order.camera_id, begin, order.end)
    if start is None:
        raise http.record_error(NotFoundError("Nothing is recorded at that time"))
    params = {
        "id": order.camera_id,
        "start_timestamp": format_timestamp(start),
        "end_timestamp": format_timestamp(order.end),
    }
    if start < begin:
        params["time_offset"] = str(round((begin - start) / timedelta(milliseconds=1)))
    return params


async def _is_ready(
    http: EagleEyeApi, response: aiohttp.ClientResponse, on_progress: Callable[[float], None] | None
) -> bool:
    """Tell a clip from the word that it is being made.

    Raises:
        ApiError: It will never be ready.
        InvalidResponseError: Success, but no video.
    """
    status = response.status
    if status in {429, 500, 502, 503, 504}:
        return False
    if status not in {200, 201, 202, 206}:
        raise http.refusal(status, "a clip", recorded=True)
    if status in {200, 206} and is_video(response.content_type):
        if on_progress is not None:
            on_progress(1.0)
        return True
    job = await _read_job(response, http.transport.timeouts.clip_stall)
    if job is None and status == 200:
        raise http.record_error(InvalidResponseError("Eagle Eye's clip is no video"))
    if job is not None:
        if job.error is not None:
            raise http.record_error(ApiError("Eagle Eye could not make the clip", status=status, reason=job.error))
        if on_progress is not None and job.ratio is not None:
            on_progress(job.ratio)
    return False


@dataclass(frozen=True, slots=True)
class _Job:
    """What the worker says."""

    ratio: float | None
    error: str | None


async def _read_job(response: aiohttp.ClientResponse, stall: float) -> _Job | None:
    """Read the worker's word in either of its shapes; None if it is neither."""
    try:
        async with asyncio.timeout(stall):
            body = await read_bounded(response, _MAX_WORKER_ANSWER)
    except aiohttp.ClientError, OSError:
        return None
    return _parse_job(body or b"")


def _parse_job(body: bytes) -> _Job | None:
    try:
        answer = as_mapping(orjson.loads(body))
    except orjson.JSONDecodeError:
        return None
    data = as_mapping(answer.get("data"))
    if "id" not in answer and not data:
        return None
    error = data.get("error")
    failed = error is not None or str(data.get("status")).lower() in {"failed", "error"}
    ratio = as_float(as_mapping(data.get("meta")).get(_RATIO))
    return _Job(
        ratio=None if ratio is None else min(max(ratio, 0.0), 1.0),
        error=(clean_reason(error) or "no reason given") if failed else None,
    )


async def read_whole(stream: ClipStream) -> bytes:
    """Read a clip into memory.

    Raises:
        InvalidInputError: It is too long for that.
        CannotConnectError: It broke off.
    """
    body = bytearray()
    async for chunk in stream.chunks():
        body += chunk
        if len(body) > MAX_IN_MEMORY:
            raise InvalidInputError("The clip is too large to be held in memory; download it to a file")
    return bytes(body)


async def write_whole(stream: ClipStream, target: Path) -> Path:
    """Write a clip to a file, which is there whole or not at all.

    Raises:
        OSError: It cannot be written.
        CannotConnectError: It broke off.
    """
    async with AtomicFile(target) as file:
        async for chunk in stream.chunks():
            await file.write(chunk)
    return target


async def download_all(
    orders: Iterable[ClipRequest],
    download: Callable[[ClipRequest, Path], Awaitable[Path]],
    at_once: int,
    on_done: Callable[[ClipRequest, Path | Exception], None] | None,
) -> tuple[Path | CarsonError | OSError, ...]:
    """Download many, a few at a time; see `Recordings.download_clips`."""
    if at_once < 1:
        raise InvalidInputError("At least one clip must be downloaded at a time")
    targets: list[tuple[ClipRequest, Path]] = []
    for order in orders:
        if order.target is None:
            raise InvalidInputError("Each clip needs a file to be downloaded to")
        targets.append((order, order.target))
    slots = asyncio.Semaphore(at_once)

    async def one(order: ClipRequest, target: Path) -> Path | CarsonError | OSError:
        result: Path | CarsonError | OSError
        async with slots:
            try:
                result = await download(order, target)
            except (CarsonError, OSError) as err:
                result = err
        if on_done is not None:
            on_done(order, result)
        return result

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(order, target)) for order, target in targets]
    return tuple(task.result() for task in tasks)
