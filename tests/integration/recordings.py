"""What the tests of recordings share: a camera that recorded just this, and looking into videos."""

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
    """Let a camera have just these recordings: their beginnings and how many seconds they last."""
    sim.state.cameras[camera].recordings = [
        (begin.timestamp(), begin.timestamp() + seconds) for begin, seconds in spans
    ]


def recently(**ago: float) -> datetime:
    """Tell a full second so long ago."""
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**ago)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def frames(video: bytes | Path) -> list[int]:
    """Decode a video and read the numbers of its frames."""
    source = io.BytesIO(video) if isinstance(video, bytes) else str(video)
    with av.open(source) as container:
        return [read_frame_number(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def frame_seconds(numbers: list[int]) -> tuple[float, float]:
    """Tell when the first and the last frame were filmed, in seconds since the epoch."""
    return numbers[0] / 12, numbers[-1] / 12
