"""Cameras without a device."""

from homeassistant.components.camera import Camera
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

CAMERAS = {"1000a001": "Lobby", "1000a002": "Garage", "1000a003": "Courtyard East 03", "1000a005": "Gym"}


async def async_setup_entry(
    _hass: HomeAssistant, _entry: ConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the cameras."""
    async_add_entities(OlderCamera(camera_id, name) for camera_id, name in CAMERAS.items())


class OlderCamera(Camera):
    """A camera without pictures."""

    def __init__(self, camera_id: str, name: str) -> None:
        """Initialize the camera."""
        super().__init__()
        self._attr_unique_id = f"eagleeye_camera_{camera_id}"
        self._attr_name = name
