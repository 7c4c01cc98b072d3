"""Progress of the job in which Eagle Eye prepares an MP4 (Protocol B.8)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import orjson

from ..errors import ApiError, InvalidResponseError
from ..http.coerce import as_float, as_mapping, clean_reason
from ..http.transport import read_bounded
from .api import EagleEyeApi
from .live import is_video

# 429 and server errors may be temporary. 502 is an older form of "not ready yet".
BUSY_STATUSES = frozenset({429, 500, 503, 504})

_NOT_READY_STATUSES = BUSY_STATUSES | {502}
_MAX_BODY = 64 * 1024
_RATIO = "x-een-svc-renderer-transcode-complete-ratio"


@dataclass(frozen=True, slots=True)
class ClipJob:
    """State of the job that prepares a clip.

    Attributes:
        ratio: The part that is done, from 0 to 1; None if unknown.
        error: The reason why the job failed; None if it did not.
    """

    ratio: float | None
    error: str | None


async def is_ready(
    http: EagleEyeApi, response: aiohttp.ClientResponse, on_progress: Callable[[float], None] | None
) -> bool:
    """Return whether the response is the clip and not the state of the job that prepares it.

    Raises:
        ApiError: The clip will never be ready.
        InvalidResponseError: The response is neither a video nor the state of a job.
    """
    status = response.status
    if status in _NOT_READY_STATUSES:
        return False
    if status not in {200, 201, 202, 206}:
        raise http.status_error(status, "a clip", recorded=True)
    if status in {200, 206} and is_video(response.content_type):
        if on_progress is not None:
            on_progress(1.0)
        return True
    job = await _read_job(response, http.transport.timeouts.clip_stall)
    if job is None and status == 200:
        raise http.record_error(InvalidResponseError("Eagle Eye's clip is not a video"))
    if job is not None and job.error is not None:
        raise http.record_error(ApiError("Eagle Eye failed to prepare the clip", status=status, reason=job.error))
    if job is not None and job.ratio is not None and on_progress is not None:
        on_progress(job.ratio)
    return False


async def _read_job(response: aiohttp.ClientResponse, stall: float) -> ClipJob | None:
    try:
        async with asyncio.timeout(stall):
            body = await read_bounded(response, _MAX_BODY)
    except (aiohttp.ClientError, OSError):
        return None
    return parse_job(body or b"")


def parse_job(body: bytes) -> ClipJob | None:
    """Return the state of a job in the current or the older format; None for anything else."""
    try:
        content = as_mapping(orjson.loads(body))
    except orjson.JSONDecodeError:
        return None
    data = as_mapping(content.get("data"))
    if "id" not in content and not data:
        return None
    error = data.get("error")
    failed = error is not None or str(data.get("status")).lower() in {"failed", "error"}
    ratio = as_float(as_mapping(data.get("meta")).get(_RATIO))
    return ClipJob(
        ratio=None if ratio is None else min(max(ratio, 0.0), 1.0),
        error=(clean_reason(error) or "no reason given") if failed else None,
    )
