"""The jobs that transcode recordings to MP4 (Protocol B.8, "MP4 worker")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

type Query = Mapping[str, str]

_SERVICE = "com.eencloud.svc-renderer.transcoder.mp4"


@dataclass(slots=True)
class TranscodeJob:
    """The job for one period of a camera."""

    created_at: float
    """Seconds since the epoch."""
    pending: int = 0
    """Number of responses so far that said that it is not finished."""
    content: bytes | None = field(default=None, repr=False)
    """The video, once it has been made."""


def job_id(query: Query) -> str:
    """Return the id of the job for a request: the same request has the same job."""
    names = ("id", "start_timestamp", "end_timestamp", "time_offset")
    return str(uuid5(NAMESPACE_URL, urlencode({name: query.get(name, "") for name in names})))


def describe_job(query: Query, job: str, ratio: str, *, status: str, error: str | None = None) -> dict[str, Any]:
    """Return the description of a job as the response contains it.

    Args:
        query: The query of the request.
        job: Id of the job.
        ratio: How much of the video is finished, between "0.00" and "1.00".
        status: Status of the job.
        error: Why it failed.
    """
    arguments = {
        "end_timestamp": query.get("end_timestamp", ""),
        "faststart": "true",
        "id": query.get("id", ""),
        "start_timestamp": query.get("start_timestamp", ""),
        "timecode": "false",
        "timecode_start_timestamp": "",
        "timecode_timezone": "UTC",
        "watermark": "false",
        "watermark_source": "",
    }
    return {
        "status_code": 202,
        "message": "AcceptedWorker",
        "reason": "AcceptedWorker",
        "data": {
            "uuid": job,
            "name": _SERVICE,
            "urn": f"{_SERVICE}?{urlencode(arguments)}",
            "status": status,
            "error": error,
            "meta": {
                "x-een-svc-renderer-service-id": "simulator",
                "x-een-svc-renderer-job-id": job,
                "x-een-svc-renderer-transcode-complete-ratio": ratio,
            },
        },
    }
