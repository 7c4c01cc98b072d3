"""Registration of the HTTP views of live video and recordings."""

from homeassistant.core import HomeAssistant, callback

from .account import Accounts
from .live_view import FindStreams, LiveView
from .recordings.views import async_register_recording_views


@callback
def async_register_views(hass: HomeAssistant, accounts: Accounts, find_streams: FindStreams) -> None:
    """Register the views of live video and recordings."""
    hass.http.register_view(LiveView(find_streams))
    async_register_recording_views(hass, accounts)
