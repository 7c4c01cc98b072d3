"""The urls of the recording views.

They hold no secret of Eagle Eye. The paths of videos and thumbnails are signed by Home Assistant or requested
with a token.
"""

from datetime import datetime
from typing import Final

from .segments import RecordingSegment, to_milliseconds

MP4_CONTENT_TYPE: Final = "video/mp4"

RECORDING_URL: Final = "/api/carson/recording/{entry_id}/{camera_id}/{segment}.mp4"
THUMBNAIL_URL: Final = "/api/carson/thumbnail/{entry_id}/{camera_id}/{moment}.jpg"
REPLAY_PATH: Final = "/api/carson/replay.flv"


def recording_path(entry_id: str, camera_id: str, segment: RecordingSegment) -> str:
    """Return the path of a recording as MP4; it needs to be signed."""
    return RECORDING_URL.format(entry_id=entry_id, camera_id=camera_id, segment=segment.key)


def thumbnail_path(entry_id: str, camera_id: str, moment: datetime) -> str:
    """Return the path of a small picture of a moment."""
    return THUMBNAIL_URL.format(entry_id=entry_id, camera_id=camera_id, moment=to_milliseconds(moment))
