"""The HTTP view of a replay's FLV, which Home Assistant's HLS reads."""

import contextlib
import logging

from aiohttp import hdrs, web
from homeassistant.helpers.http import HomeAssistantView

from ...aiocarson import CarsonError
from ..player_secret import PARAMETER
from ..sending import write_in_time
from .hls import Replays
from .urls import REPLAY_PATH

_LOGGER = logging.getLogger(__name__)


class ReplayView(HomeAssistantView):
    """A replay's FLV for Home Assistant's stream worker.

    The worker cannot sign in; the secret in the query replaces the sign-in.
    """

    url = REPLAY_PATH
    name = "api:carson:replay"
    requires_auth = False

    def __init__(self, replays: Replays) -> None:
        """Initialize the view."""
        self._replays = replays

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Send the video at its recorded speed."""
        replays = self._replays
        if (replay := replays.get(request.query.get(PARAMETER, ""))) is None:
            raise web.HTTPNotFound
        response = web.StreamResponse(headers={hdrs.CACHE_CONTROL: "no-store"})
        response.content_type = "video/x-flv"
        await response.prepare(request)
        try:
            async with contextlib.aclosing(replays.chunks(replay)) as chunks:
                async for chunk in chunks:
                    await write_in_time(request, response, chunk, replay.player_stall)
            await response.write_eof()
        except ConnectionResetError:
            _LOGGER.debug("The player of a replay disconnected")
        except (CarsonError, OSError) as err:
            _LOGGER.debug("A replay was interrupted: %s", type(err).__name__)
        finally:
            replays.async_end_soon(replay)
        return response
