"""Registration of the HTTP views of recordings."""

from homeassistant.core import HomeAssistant, callback

from ..account import Accounts
from .hls import DATA_REPLAYS, Replays
from .hls_view import ReplayView
from .mp4_view import RecordingView
from .thumbnail_view import ThumbnailView


@callback
def async_register_recording_views(hass: HomeAssistant, accounts: Accounts) -> None:
    """Register the views of recordings."""
    replays = hass.data[DATA_REPLAYS] = Replays(hass)
    for view in (RecordingView(accounts), ThumbnailView(accounts), ReplayView(replays)):
        hass.http.register_view(view)
