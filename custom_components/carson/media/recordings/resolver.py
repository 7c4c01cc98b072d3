"""Resolving a recording to a url that players can open: MP4 when Eagle Eye makes it, otherwise its FLV as HLS."""

from datetime import timedelta
import logging

from homeassistant.components.media_source import PlayMedia
from homeassistant.components.stream.const import DOMAIN as STREAM, FORMAT_CONTENT_TYPE, HLS_PROVIDER
from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from ...aiocarson import (
    AuthenticationError,
    BuildingCamera,
    CarsonError,
    InvalidInputError,
    NotFoundError,
    RateLimitError,
)
from ...aiocarson.errors import OutsideRetentionError, TooBusyError
from ..account import MediaAccount
from ..local_url import local_url
from ..player_secret import PARAMETER
from ..slots import Slots
from .hls import DATA_REPLAYS
from .segments import RecordingSegment
from .urls import MP4_CONTENT_TYPE, REPLAY_PATH, recording_path

_LOGGER = logging.getLogger(__name__)

MAX_JOBS = 4
"""The most MP4s that Eagle Eye is asked to make at once; further ones wait."""
MAX_WAITING = 8
"""The most MP4s that wait."""
_DATA_JOBS: HassKey[Slots] = HassKey("carson_mp4_jobs")

# Errors that another format does not help against.
_FINAL_ERRORS = (
    AuthenticationError,
    InvalidInputError,
    NotFoundError,
    OutsideRetentionError,
    RateLimitError,
    TooBusyError,
)


async def async_resolve(
    hass: HomeAssistant, account: MediaAccount, camera: BuildingCamera, segment: RecordingSegment
) -> PlayMedia:
    """Return how to play a recording, once Eagle Eye has made the MP4.

    The user waits here instead of in the player, because only here an error can be shown.

    Raises:
        CarsonError: The recording is available in neither format.
        OSError: There is no space to store the FLV.
    """
    recordings = account.eagle_eye(camera.building_id).recordings
    limit = timedelta(seconds=account.timeouts.recordings.resolve)
    jobs = hass.data.setdefault(_DATA_JOBS, Slots(MAX_JOBS, MAX_WAITING))
    try:
        async with (
            jobs.take(),
            recordings.clip(camera.id, segment.begin, segment.end, limit=limit, byte_range="bytes=0-0"),
        ):
            return PlayMedia(recording_path(account.id, camera.id, segment), MP4_CONTENT_TYPE)
    except _FINAL_ERRORS:
        raise
    except CarsonError as err:
        if STREAM not in hass.config.components:
            raise
        _LOGGER.debug("No MP4 of a recording, trying FLV: %s", err)
    url = await hass.data[DATA_REPLAYS].async_start(
        account, camera, segment, lambda secret: local_url(hass, REPLAY_PATH, {PARAMETER: secret})
    )
    return PlayMedia(url, FORMAT_CONTENT_TYPE[HLS_PROVIDER])
