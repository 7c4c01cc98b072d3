"""The actions of this integration."""

from homeassistant.core import HomeAssistant, callback

from .amenities import async_setup_amenity_services
from .recordings import async_setup_recording_services
from .self_check import async_setup_self_check_service
from .update import async_setup_update_service


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register all actions; they exist whether or not an account is set up."""
    async_setup_recording_services(hass)
    async_setup_amenity_services(hass)
    async_setup_update_service(hass)
    async_setup_self_check_service(hass)
