"""The Carson Living integration."""

import asyncio
from functools import partial

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import CoreState, Event, HassJob, HomeAssistant, callback, split_entity_id
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.hass_dict import HassKey
import probatio

from .aiocarson import CannotConnectError, Carson
from .aiocarson.carson.sign_in_pace import SignInPace
from .aiocarson.eagle_eye.session_log import SessionLog
from .camera_traffic import CameraTraffic
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
from .coordinator import AccountCoordinator, CameraCoordinator, ReservationCoordinator
from .dashboard import async_setup_dashboard
from .data import CarsonConfigEntry, CarsonData
from .device_registry import (
    async_load_models,
    async_on_removal,
    async_registered_account,
    async_remove_devices,
    async_set_building_areas,
    async_sync_devices,
    current_identifiers,
)
from .device_settings import DeviceSettings, async_remove_device_settings
from .door_refusals import DoorRefusals
from .door_state import DoorMemory
from .endpoints import log_development_endpoints
from .errors import translated_error
from .identifiers import device_identifiers
from .issues import AccountIssues, async_check_newer, async_clear_issues
from .leftovers import remove_leftovers
from .live_events.manager import LiveEvents
from .media.views import async_register_views
from .media_accounts import async_create_media_manager, async_find_streams, async_loaded_accounts
from .migration import (
    async_migrate_data,
    async_migrate_registries,
    async_remove_older_entries,
    async_unload_older_entries,
    is_takeover_unfinished,
    needs_registry_migration,
)
from .migration.yaml import async_import_yaml
from .older_integrations import async_watch_older_integrations
from .opening_pictures import async_remove_pictures
from .presses_while_loading import async_handle_presses_while_loading
from .self_check import async_forget_report
from .services import async_setup_services
from .sidebar import async_update_sidebar
from .stale_entities import async_check_stale_entities

# Checked by hand: an error here would keep all accounts from being set up.
CONFIG_SCHEMA = probatio.Schema({probatio.Optional(DOMAIN): object}, extra=probatio.ALLOW_EXTRA)

PLATFORMS: list[Platform] = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.CAMERA,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.LOCK,
    Platform.SENSOR,
    Platform.SWITCH,
]

# Set up one after the other: Home Assistant accepts 10,000 enabled entities of an account, and doors matter most.
_FIRST_PLATFORMS = (Platform.LOCK, Platform.CAMERA)

# Home Assistant's start must not wait long for Carson, nor a press during a reload.
_START_SECONDS = 8

# What locks show of the camera entities of their doors.
_SHOWN_BY_LOCKS = frozenset({"entity_id", "disabled_by"})

# Kept while an entry is set up again and again.
_SIGN_IN_PACES: HassKey[dict[str, SignInPace]] = HassKey(f"{DOMAIN}_sign_in_paces")
# Shared by the accounts: they may be in the same building.
_SESSION_LOG: HassKey[SessionLog] = HassKey(f"{DOMAIN}_session_log")
_DOOR_MEMORIES: HassKey[dict[str, dict[str, DoorMemory]]] = HassKey(f"{DOMAIN}_doors")


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what all accounts share."""
    log_development_endpoints()
    await hass.async_add_executor_job(remove_leftovers, hass)
    async_register_views(hass, partial(async_loaded_accounts, hass), partial(async_find_streams, hass))
    await async_setup_dashboard(hass)
    async_setup_services(hass)
    async_handle_presses_while_loading(hass)
    async_check_newer(hass, ENTRY_VERSION)
    async_watch_older_integrations(hass)
    async_import_yaml(hass, config)
    return True


async def async_migrate_entry(hass: HomeAssistant, entry: CarsonConfigEntry) -> bool:
    """Migrate the data of an older entry; its registries follow once Carson has been reached."""
    async_migrate_data(hass, entry)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: CarsonConfigEntry) -> bool:
    """Set up an account."""
    async_update_sidebar(hass)
    deadline = hass.loop.time() + _START_SECONDS
    client = _create_client(hass, entry)
    close = partial(_async_close_client, entry, client)
    entry.async_on_unload(close)
    # Entries are not unloaded when Home Assistant stops.
    entry.async_on_unload(hass.async_add_shutdown_job(HassJob(close, f"close {DOMAIN} client")))
    account = AccountCoordinator(hass, entry, client)
    issues = AccountIssues(hass, account)
    await _async_fetch_account(hass, entry, account, issues, deadline)
    settings = await DeviceSettings.async_load(hass, entry.entry_id)
    if account.is_fetched:
        await async_unload_older_entries(hass, entry)
        async_migrate_registries(hass, entry, account.data, settings)
        await async_remove_older_entries(hass, entry)
    data = entry.runtime_data = _create_data(hass, entry, account, issues, settings)
    await _async_start_initial_refreshes(hass, entry, data, deadline)
    await async_load_models(hass)
    async_sync_devices(hass, entry, data)
    _add_listeners(hass, entry, data)
    first = [platform for platform in _FIRST_PLATFORMS if platform in PLATFORMS]
    others = [platform for platform in PLATFORMS if platform not in first]
    for platforms in (*([platform] for platform in first), others):
        await hass.config_entries.async_forward_entry_setups(entry, platforms)
    async_set_building_areas(hass, entry, data)
    # Now that the cameras are registered, the locks know which one shows the door.
    account.async_update_all_listeners()
    data.live_events.async_start()
    return True


async def _async_fetch_account(
    hass: HomeAssistant,
    entry: CarsonConfigEntry,
    account: AccountCoordinator,
    issues: AccountIssues,
    deadline: float,
) -> None:
    """Fetch the account. If doors are known from before, Carson need not be reached: they must not be missing."""
    must_migrate = needs_registry_migration(entry) or is_takeover_unfinished(hass, entry)
    known = None if must_migrate else async_registered_account(hass, entry)
    try:
        if known is None:
            # While Home Assistant starts, it waits for us; the set-up is tried again soon.
            async with asyncio.timeout_at(None if hass.state is CoreState.running else deadline):
                await account.async_config_entry_first_refresh()
        else:
            await account.async_start(known, deadline - hass.loop.time())
    except TimeoutError as err:
        too_slow = CannotConnectError("Carson did not respond in time")
        raise translated_error(too_slow, entry.title, ConfigEntryNotReady) from err
    finally:
        issues.async_check_account(account)


async def _async_close_client(entry: CarsonConfigEntry, client: Carson) -> None:
    """Close the client once the requests to open doors have ended."""
    if (data := getattr(entry, "runtime_data", None)) is not None and data.client is client:
        await data.live_events.async_close()
        await data.async_finish_doors()
    await client.close()


def _create_client(hass: HomeAssistant, entry: CarsonConfigEntry) -> Carson:
    @callback
    def store_token(token: str) -> None:
        # A renewal may end after the entry was removed.
        if hass.config_entries.async_get_entry(entry.entry_id) is entry:
            hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_TOKEN: token})

    return async_create_client(
        async_create_session(hass),
        email=entry.data.get(CONF_EMAIL),
        password=entry.data.get(CONF_PASSWORD),
        token=entry.data.get(CONF_TOKEN),
        on_token=store_token,
        options=entry.options,
        account_id=None if needs_registry_migration(entry) else entry.unique_id,
        session_log=hass.data.setdefault(_SESSION_LOG, SessionLog()),
        sign_in_pace=hass.data.setdefault(_SIGN_IN_PACES, {}).setdefault(entry.entry_id, SignInPace()),
    )


def _create_data(
    hass: HomeAssistant,
    entry: CarsonConfigEntry,
    account: AccountCoordinator,
    issues: AccountIssues,
    settings: DeviceSettings,
) -> CarsonData:
    cameras = CameraCoordinator(hass, entry, account)
    traffic = CameraTraffic()
    live_events = LiveEvents(hass, cameras, traffic)
    return CarsonData(
        client=account.client,
        account=account,
        cameras=cameras,
        reservations=ReservationCoordinator(hass, entry, account),
        media=async_create_media_manager(hass, entry, account, cameras, live_events),
        refusals=DoorRefusals(hass, entry.entry_id),
        issues=issues,
        device_settings=settings,
        traffic=traffic,
        live_events=live_events,
        open_seconds=entry.options.get(CONF_OPEN_SECONDS, DEFAULT_OPEN_SECONDS),
        door_memories=hass.data.setdefault(_DOOR_MEMORIES, {}).pop(entry.entry_id, {}),
    )


async def _async_start_initial_refreshes(
    hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData, deadline: float
) -> None:
    """Start to refresh cameras and reservations, and wait for them for some seconds, at most until the deadline."""
    initial_refreshes = [
        entry.async_create_background_task(hass, coordinator.async_refresh(), f"{coordinator.name} initial refresh")
        for coordinator in data.dependent_coordinators
    ]
    if (seconds := deadline - hass.loop.time()) > 0:
        await asyncio.wait(initial_refreshes, timeout=seconds)


def _add_listeners(hass: HomeAssistant, entry: CarsonConfigEntry, data: CarsonData) -> None:
    """Keep devices, repairs and reservations up to date until the entry is unloaded."""
    account, cameras, issues = data.account, data.cameras, data.issues

    @callback
    def sync_devices() -> None:
        async_set_building_areas(hass, entry, data)
        async_sync_devices(hass, entry, data)

    @callback
    def remove_devices(_: HomeAssistant | None = None) -> None:
        async_remove_devices(hass, entry, data)

    @callback
    def is_other_camera(event: er.EventEntityRegistryUpdatedData) -> bool:
        if split_entity_id(event["entity_id"])[0] != Platform.CAMERA:
            return False
        return event["action"] != "update" or not _SHOWN_BY_LOCKS.isdisjoint(event["changes"])

    @callback
    def show_cameras(_: Event[er.EventEntityRegistryUpdatedData]) -> None:
        # The locks say which camera entity shows the door; all events of one moment count as one.
        if not data.changed_cameras:
            data.changed_cameras.append(hass.loop.call_soon(show_cameras_now))

    @callback
    def show_cameras_now() -> None:
        data.changed_cameras.clear()
        if entry.state is ConfigEntryState.LOADED:
            account.async_update_all_listeners()

    @callback
    def check_stale_entities(_: HomeAssistant | None = None) -> None:
        async_check_stale_entities(hass, entry, data)

    for unsubscribe in (
        data.async_close_doors,
        hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, show_cameras, event_filter=is_other_camera),
        # Otherwise, a device that is still in the account would come back only after a change of its building.
        async_on_removal(hass, lambda _: data.synced_buildings.clear()),
        async_at_started(hass, check_stale_entities),
        account.async_add_update_listener(check_stale_entities),
        cameras.async_add_update_listener(check_stale_entities),
        async_at_started(hass, remove_devices),
        account.async_add_update_listener(remove_devices),
        cameras.async_add_update_listener(remove_devices),
        account.async_add_listener(sync_devices),
        cameras.async_add_listener(sync_devices),
        cameras.async_follow_account(),
        data.reservations.async_follow_account(),
        account.async_add_update_listener(lambda: issues.async_check_account(account)),
        cameras.async_add_update_listener(lambda: issues.async_check_cameras(account, cameras, data.media)),
    ):
        entry.async_on_unload(unsubscribe)


async def async_unload_entry(hass: HomeAssistant, entry: CarsonConfigEntry) -> bool:
    """Unload an account."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.async_finish_doors()
        hass.data[_DOOR_MEMORIES][entry.entry_id] = {
            door_id: state.memory for door_id, state in entry.runtime_data.door_states.items()
        }
        await entry.runtime_data.media.async_close()
        if entry.disabled_by is not None:
            async_clear_issues(hass, entry.entry_id)
            async_update_sidebar(hass)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: CarsonConfigEntry) -> None:
    """Remove what is kept of an account that is removed."""
    hass.data.get(_DOOR_MEMORIES, {}).pop(entry.entry_id, None)
    hass.data.get(_SIGN_IN_PACES, {}).pop(entry.entry_id, None)
    await async_remove_pictures(hass, entry.entry_id)
    async_forget_report(hass, entry.entry_id)
    await async_remove_device_settings(hass, entry.entry_id)
    async_update_sidebar(hass)
    async_clear_issues(hass, entry.entry_id)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: CarsonConfigEntry, device: dr.DeviceEntry
) -> bool:
    """Return whether a user may remove a device: only if the account no longer has it, or it would come back."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    data = entry.runtime_data
    return data.account.last_update_success and device_identifiers(device).isdisjoint(current_identifiers(data))
