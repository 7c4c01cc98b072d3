"""Carson Living: the doors and cameras of a building in Home Assistant."""

import asyncio
from functools import partial

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .client import async_create_client, async_create_session
from .const import (
    CONF_EMAIL,
    CONF_OPEN_SECONDS,
    CONF_PASSWORD,
    CONF_TOKEN,
    DEFAULT_OPEN_SECONDS,
    DOMAIN,
    ENTRY_VERSION,
)
from .coordinator import AccountCoordinator, CameraCoordinator, CarsonConfigEntry, CarsonData
from .device_registry import async_sync_devices, current_identifiers, device_identifiers
from .door_state import AssumedDoorState, Latches
from .issues import Issues, async_check_newer, async_clear_issues
from .media.views import async_register_views
from .media_accounts import async_create_media_manager, async_find_streams, async_loaded_accounts
from .migration import async_migrate_data, async_migrate_registries, async_restore_areas
from .reservations import ReservationCoordinator
from .services.amenities import async_setup_amenity_services
from .services.recordings import async_setup_services

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS: list[Platform] = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.CAMERA,
    Platform.EVENT,
    Platform.LOCK,
    Platform.SENSOR,
]

# Doors must not wait long for cameras and reservations when Home Assistant starts.
_FIRST_LOOKS_MAY_TAKE_SECONDS = 8


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Prepare what all accounts share."""
    async_register_views(hass, partial(async_loaded_accounts, hass), partial(async_find_streams, hass))
    async_setup_services(hass)
    async_setup_amenity_services(hass)
    async_check_newer(hass, ENTRY_VERSION)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: CarsonConfigEntry) -> bool:
    """Take over an entry of the older integration; the rest follows once Carson is reached."""
    async_migrate_data(hass, entry)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: CarsonConfigEntry) -> bool:
    """Set up one account."""

    @callback
    def keep_token(token: str) -> None:
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TOKEN: token})

    client = async_create_client(
        async_create_session(hass),
        email=entry.data.get(CONF_EMAIL),
        password=entry.data.get(CONF_PASSWORD),
        token=entry.data.get(CONF_TOKEN),
        on_token=keep_token,
    )
    account = AccountCoordinator(hass, entry, client)
    issues = Issues(hass, entry, client)
    try:
        await account.async_config_entry_first_refresh()
    finally:
        issues.async_check_account(account)
    areas = async_migrate_registries(hass, entry, account.data)
    cameras = CameraCoordinator(hass, entry, client, account)
    reservations = ReservationCoordinator(hass, entry, client, account)
    open_seconds = entry.options.get(CONF_OPEN_SECONDS, DEFAULT_OPEN_SECONDS)
    latches = Latches(lambda door_id: AssumedDoorState(hass, client, door_id, open_seconds))
    media = async_create_media_manager(hass, entry, client, account, cameras)
    data = entry.runtime_data = CarsonData(
        client=client, account=account, cameras=cameras, reservations=reservations, latches=latches, media=media
    )
    entry.async_on_unload(latches.async_close)

    first_looks = {
        entry.async_create_background_task(hass, coordinator.async_refresh(), f"carson first look at the {what}")
        for what, coordinator in (("cameras", cameras), ("reservations", reservations))
    }
    await asyncio.wait(first_looks, timeout=_FIRST_LOOKS_MAY_TAKE_SECONDS)

    @callback
    def sync_devices(_: HomeAssistant | None = None) -> None:
        async_sync_devices(hass, entry, data)

    sync_devices()
    async_restore_areas(hass, entry, areas)
    entry.async_on_unload(async_at_started(hass, sync_devices))
    for coordinator in (account, cameras):
        entry.async_on_unload(coordinator.async_add_listener(sync_devices))
    entry.async_on_unload(reservations.async_follow_account())
    entry.async_on_unload(account.async_add_update_listener(lambda: issues.async_check_account(account)))
    entry.async_on_unload(cameras.async_add_update_listener(lambda: issues.async_check_cameras(account, cameras)))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: CarsonConfigEntry) -> bool:
    """Unload one account; nothing of it goes on."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.media.async_close()
        if entry.disabled_by is not None:
            async_clear_issues(hass, entry)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: CarsonConfigEntry) -> None:
    """Leave nothing behind of an account that is removed."""
    async_clear_issues(hass, entry)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: CarsonConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Let a device be removed by hand once the account no longer has it: before, it would only come back."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    data = entry.runtime_data
    return data.account.last_update_success and device_identifiers(device).isdisjoint(current_identifiers(data))
