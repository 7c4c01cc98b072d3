"""The HTTP views that players talk to, in place of Eagle Eye's urls with their keys."""

import hmac
import logging
import secrets

from aiohttp import web
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from ..aiocarson import CarsonError
from ..const import DOMAIN
from .local_url import local_url
from .manager import CameraStreams
from .recordings.views import async_register_playback_views

_LOGGER = logging.getLogger(__name__)

# What the secret of a camera that is not there is compared with, so that it takes as long.
_NOBODYS_SECRET = secrets.token_urlsafe(32)

_LIVE_URL = "/api/carson/live/{entry_id}/{camera_id}/{secret}.flv"


@callback
def async_register_views(hass: HomeAssistant) -> None:
    """Let Home Assistant's own server answer for live video and recordings."""
    hass.http.register_view(LiveView())
    async_register_playback_views(hass)


@callback
def live_url(hass: HomeAssistant, entry_id: str, camera_id: str, media: CameraStreams) -> str:
    """Tell the address of a camera's live view for players on this very machine."""
    return local_url(hass, _LIVE_URL.format(entry_id=entry_id, camera_id=camera_id, secret=media.secret))


class LiveView(HomeAssistantView):
    """A camera's live video as one endless FLV, for whoever knows its secret.

    Players cannot sign in to Home Assistant; the secret in the path stands for that.
    Whatever is wrong with a request, the answer is the same 404.
    """

    url = _LIVE_URL
    name = "api:carson:live"
    requires_auth = False

    async def get(self, request: web.Request, entry_id: str, camera_id: str, secret: str) -> web.StreamResponse:
        """Send the video until the player leaves or there is no more."""
        media = self._media(request.app[KEY_HASS], entry_id, camera_id)
        expected = media.secret if media is not None else _NOBODYS_SECRET
        if not hmac.compare_digest(secret.encode(), expected.encode()) or media is None:
            raise web.HTTPNotFound
        async with media.relay.attach() as player:
            try:
                await player.start()
            except CarsonError as err:
                _LOGGER.debug("No live video of camera %s: %s", camera_id, err)
                raise web.HTTPServiceUnavailable from None
            response = web.StreamResponse(headers={"Content-Type": "video/x-flv", "Cache-Control": "no-store"})
            await response.prepare(request)
            try:
                async for chunk in player:
                    await response.write(chunk)
                await response.write_eof()
            except ConnectionResetError:
                _LOGGER.debug("A player of camera %s has left", camera_id)
        return response

    def _media(self, hass: HomeAssistant, entry_id: str, camera_id: str) -> CameraStreams | None:
        entry = hass.config_entries.async_get_entry(entry_id)
        data = getattr(entry, "runtime_data", None) if entry is not None and entry.domain == DOMAIN else None
        return None if data is None else data.media.get(camera_id)
