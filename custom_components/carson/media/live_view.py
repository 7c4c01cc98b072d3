"""The HTTP view of live video. Players get its url instead of Eagle Eye's, which holds a session key."""

from collections.abc import Callable
from datetime import timedelta
import logging

from aiohttp import web
from homeassistant.components.stream.const import ATTR_SETTINGS, DOMAIN as STREAM
from homeassistant.components.stream.core import StreamSettings
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util import dt as dt_util

from ..aiocarson import CarsonError
from ..aiocarson.live.player import Player
from .local_url import local_url
from .manager import CameraStreams
from .player_secret import PARAMETER, is_secret
from .sending import write_in_time

_LOGGER = logging.getLogger(__name__)

_LIVE_URL = "/api/carson/live/{entry_id}/{camera_id}.flv"

type FindStreams = Callable[[str, str], CameraStreams | None]
"""Returns the streams of a camera, given the id of a config entry and of a camera."""


_LEAD = "lead"
# A player begins two parts before the end. When it began in the first segment, browsers were seen to wait for all
# of the second one.
_PARTS_BEYOND_SEGMENT = 3


@callback
def live_url(
    hass: HomeAssistant, entry_id: str, camera_id: str, streams: CameraStreams, *, for_stream: bool = False
) -> str:
    """Return the url of a camera's live view for players on the same machine.

    Args:
        hass: Home Assistant.
        entry_id: The id of the config entry.
        camera_id: The ESN.
        streams: The streams of the camera.
        for_stream: Whether the player is Home Assistant's stream, for which a still picture may fill the first
            segment. Others, such as go2rtc, get only what the camera sends.
    """
    query = {PARAMETER: streams.secret, **({_LEAD: "1"} if for_stream else {})}
    return local_url(hass, _LIVE_URL.format(entry_id=entry_id, camera_id=camera_id), query)


def _lead_ms(request: web.Request, streams: CameraStreams) -> int:
    """Return how much video a player wants at once, in milliseconds."""
    if request.query.get(_LEAD) != "1" or not streams.wants_lead_in():
        return 0
    settings: StreamSettings = request.app[KEY_HASS].data[STREAM][ATTR_SETTINGS]
    return round(1000 * (settings.min_segment_duration + _PARTS_BEYOND_SEGMENT * settings.part_target_duration))


class LiveView(HomeAssistantView):
    """A camera's live video as an endless FLV.

    Players cannot sign in to Home Assistant; the secret in the query replaces the sign-in.
    Every invalid request gets the same 404.
    """

    url = _LIVE_URL
    name = "api:carson:live"
    requires_auth = False

    def __init__(self, find_streams: FindStreams) -> None:
        """Initialize the view."""
        self._find_streams = find_streams

    async def get(self, request: web.Request, entry_id: str, camera_id: str) -> web.StreamResponse:
        """Send the video until the player leaves or the live view ends."""
        streams = self._find_streams(entry_id, camera_id)
        secret = None if streams is None else streams.secret
        if not is_secret(request.query.get(PARAMETER, ""), secret) or streams is None:
            raise web.HTTPNotFound
        lead_ms = _lead_ms(request, streams)
        async with streams.relay.attach(lead_ms) as player:
            try:
                await player.start()
            except CarsonError as err:
                _LOGGER.debug("No live video of camera %s: %s", camera_id, err)
                raise web.HTTPServiceUnavailable from None
            if lead_ms:
                streams.lead_in_ends_at = dt_util.utcnow() + timedelta(milliseconds=lead_ms)
            return await _send(request, player, camera_id, streams.player_stall)


async def _send(request: web.Request, player: Player, camera_id: str, stall: float) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "video/x-flv", "Cache-Control": "no-store"})
    await response.prepare(request)
    try:
        async for chunk in player:
            await write_in_time(request, response, chunk, stall)
        await response.write_eof()
    except ConnectionResetError:
        _LOGGER.debug("A player of camera %s disconnected", camera_id)
    return response
