"""The accounts for the media code: what it needs of config entries and coordinators."""

from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .coordinator import AccountCoordinator, CameraCoordinator
from .data import CarsonConfigEntry
from .live_events.manager import LiveEvents
from .media.account import MediaAccount
from .media.manager import CameraMediaManager, CameraStreams
from .media.timeouts import MediaTimeouts

TIMEOUTS = MediaTimeouts()
"""The time limits of all accounts."""


@callback
def async_create_media_manager(
    hass: HomeAssistant,
    entry: CarsonConfigEntry,
    account: AccountCoordinator,
    cameras: CameraCoordinator,
    live_events: LiveEvents,
) -> CameraMediaManager:
    """Return the media manager of an account."""
    return CameraMediaManager(
        hass,
        MediaAccount(
            entry=entry,
            client=account.client,
            list_buildings=lambda: account.data.buildings,
            list_cameras=lambda: cameras.data.by_id,
            timeouts=TIMEOUTS,
            has_newer_still=live_events.async_has_newer_still,
        ),
    )


@callback
def async_loaded_accounts(hass: HomeAssistant) -> list[MediaAccount]:
    """Return the accounts whose config entries are loaded."""
    entries: list[CarsonConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return [entry.runtime_data.media.account for entry in entries]


@callback
def async_find_streams(hass: HomeAssistant, entry_id: str, camera_id: str) -> CameraStreams | None:
    """Return the streams of a camera that are in use.

    Also while the config entry is being set up: a stream may start as soon as its camera is added.
    """
    entry: CarsonConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    data = getattr(entry, "runtime_data", None) if entry is not None and entry.domain == DOMAIN else None
    return None if data is None else data.media.get(camera_id)
