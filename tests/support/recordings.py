"""Helpers of tests about recordings: setting what a camera recorded, and reading frame numbers from video."""

from datetime import UTC, datetime, timedelta
import io
from pathlib import Path

import av

from simulator import Simulator
from simulator.media.frame_number import read_frame_number

LOBBY = "1000a001"
GARAGE = "1000a002"
BUILDING = "501"
CAMERA = "camera.harbor_house_lobby"


def record(sim: Simulator, *spans: tuple[datetime, float], camera: str = LOBBY) -> None:
    """Set the recordings of a camera, given by their begin and their length in seconds."""
    sim.state.cameras[camera].recordings = [
        (begin.timestamp(), begin.timestamp() + seconds) for begin, seconds in spans
    ]


def recently(**ago: float) -> datetime:
    """Return a time in the past, in full seconds."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**ago)


def milliseconds(moment: datetime) -> int:
    """Return a moment in milliseconds since the epoch."""
    return round(moment.timestamp() * 1000)


def frames(video: bytes | Path) -> list[int]:
    """Return the frame numbers of a video."""
    source = io.BytesIO(video) if isinstance(video, bytes) else str(video)
    with av.open(source, "r") as container:
        return [read_frame_number(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def frame_seconds(numbers: list[int]) -> tuple[float, float]:
    """Return when the first and the last frame were recorded, in seconds since the epoch."""
    return numbers[0] / 12, numbers[-1] / 12
