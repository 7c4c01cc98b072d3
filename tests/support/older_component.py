"""A stand-in for the older integrations: their entities, as Home Assistant knows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from homeassistant.components.camera import Camera
from homeassistant.components.lock import LockEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from pytest_homeassistant_custom_component.common import (
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

DOORS = {"7001": "Front Door", "7002": "Garage Gate", "7004": "Staff Entrance"}
CAMERAS = {"1000a001": "Lobby", "1000a002": "Garage", "1000a003": "Courtyard East 03", "1000a005": "Gym"}
PLATFORMS = ["lock", "camera"]


class OlderFlow(ConfigFlow):
    """Its config flow, which says that entries are of version 1.1."""


class OlderLock(LockEntity):
    """A lock without a device."""

    _attr_is_locked = True

    def __init__(self, door_id: str, name: str) -> None:
        """Initialize the lock."""
        self._attr_unique_id = f"carson_door_{door_id}"
        self._attr_name = name


class OlderCamera(Camera):
    """A camera without a device."""

    def __init__(self, camera_id: str, name: str) -> None:
        """Initialize the camera."""
        super().__init__()
        self._attr_unique_id = f"eagleeye_camera_{camera_id}"
        self._attr_name = name


@dataclass
class OlderComponent:
    """The stand-in; it can be told not to stop."""

    hass: HomeAssistant
    can_unload: bool = True
    forgets_entities: bool = False
    unloaded: list[str] = field(default_factory=list)

    @contextmanager
    def installed(self, domain: str) -> Iterator[None]:
        """Install it under a domain."""
        mock_integration(
            self.hass,
            MockModule(domain, async_setup_entry=self._async_setup_entry, async_unload_entry=self._async_unload_entry),
            built_in=False,
        )
        mock_platform(self.hass, f"{domain}.lock", MockPlatform(async_setup_entry=_async_add_locks), built_in=False)
        mock_platform(self.hass, f"{domain}.camera", MockPlatform(async_setup_entry=_async_add_cameras), built_in=False)
        mock_platform(self.hass, f"{domain}.config_flow", None, built_in=False)
        with mock_config_flow(domain, OlderFlow):
            yield

    async def _async_setup_entry(self, hass: HomeAssistant, entry: ConfigEntry) -> bool:
        async def update(_call: ServiceCall) -> None:
            """Do what the action of the older integration did."""

        hass.services.async_register(entry.domain, "update", update)
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        return True

    async def _async_unload_entry(self, hass: HomeAssistant, entry: ConfigEntry) -> bool:
        if not self.can_unload:
            return False
        self.unloaded.append(entry.entry_id)
        if self.forgets_entities:
            return True
        return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def _async_add_locks(_hass: HomeAssistant, _entry: ConfigEntry, async_add_entities: AddEntitiesCallback) -> None:
    async_add_entities(OlderLock(door_id, name) for door_id, name in DOORS.items())


async def _async_add_cameras(
    _hass: HomeAssistant, _entry: ConfigEntry, async_add_entities: AddEntitiesCallback
) -> None:
    async_add_entities(OlderCamera(camera_id, name) for camera_id, name in CAMERAS.items())
