"""What the MP4 worker answers while a video is not there (Protocol B.8, "MP4 worker")."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

from aiohttp import web

from simulator.core import Job
from simulator.responses import plain
from simulator.settings import RecordingSettings

type Query = Mapping[str, str]


def job_failed(query: Query, *, status: int = 202) -> web.Response:
    """Return the worker's answer about a job that has failed; its form is a guess (Protocol D 19)."""
    answer = _answer(query, job_name(query), "1.00", status="Failed", error="Transcoding failed.")
    return web.json_response(answer, status=status)


def job_name(query: Query) -> str:
    """Return the name of the job for a span: the same request means the same job."""
    wanted = {name: query.get(name, "") for name in ("id", "start_timestamp", "end_timestamp", "time_offset")}
    return str(uuid5(NAMESPACE_URL, urlencode(wanted)))


def _answer(query: Query, name: str, ratio: str, *, status: str, error: str | None) -> dict[str, Any]:
    service = "com.eencloud.svc-renderer.transcoder.mp4"
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
            "uuid": name,
            "name": service,
            "urn": f"{service}?{urlencode(arguments)}",
            "status": status,
            "error": error,
            "meta": {
                "x-een-svc-renderer-service-id": "simulator",
                "x-een-svc-renderer-job-id": name,
                "x-een-svc-renderer-transcode-complete-ratio": ratio,
            },
        },
    }


def not_yet(settings: RecordingSettings, query: Query, name: str, job: Job) -> web.Response:
    """Return one of the ways to say that a video is not ready."""
    if settings.mp4_form == "legacy_502":
        return plain(502)
    status = settings.mp4_first_status if job.pending == 1 else 202
    if settings.mp4_form == "id":
        return web.json_response({"id": name}, status=status)
    done = min(0.99, (job.pending - 1) / max(1, settings.mp4_pending))
    word = "Initializing" if job.pending == 1 else "Running"
    return web.json_response(_answer(query, name, f"{done:.2f}", status=word, error=None), status=status)
