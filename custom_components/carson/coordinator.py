"""Coordinators that poll the clouds: the account, the cameras, the reservations."""

from abc import abstractmethod
import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from typing import override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.util import dt as dt_util

from .account_index import AccountIndex
from .aiocarson import (
    Account,
    AuthenticationError,
    Building,
    BuildingCamera,
    Carson,
    CarsonError,
    EagleEye,
    InvalidInputError,
    Reservation,
    ReservationState,
)
from .aiocarson.carson.amenities.models import Reservations
from .aiocarson.eagle_eye.models import DeviceList, DeviceStatus
from .base_coordinator import CarsonCoordinator
from .const import (
    ACCOUNT_INTERVAL,
    BUILDINGS_AT_ONCE,
    CAMERA_INTERVAL,
    CAMERA_INTERVAL_WITH_EVENTS,
    CONF_ALL_CAMERAS,
    DEFAULT_ALL_CAMERAS,
    FIRST_UPDATE_RETRY_SECONDS,
    RESERVATION_INTERVAL,
    TOLERATED_FAILURES,
)
from .coordinator_data import CameraData, ReservationData
from .identifiers import account_identifier, building_identifier, camera_identifier, door_identifier
from .log_names import building_log_name
from .pushed_status import PushedStatus
from .retention import merge_reservations, retain_missing, retain_missing_devices
from .shown_cameras import ShownCameras
from .still_checks import StillChecks
from .update_status import UpdateStatus

_LOGGER = logging.getLogger(__name__)

# Between two updates that live events ask for.
_DUE_COOLDOWN_SECONDS = 2


class AccountCoordinator(CarsonCoordinator[Account]):
    """Coordinator of the account: its buildings, doors and Carson's list of cameras.

    It is also the one that finds out whether Carson accepts the sign-in, and asks the user to sign in again.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, client: Carson) -> None:
        """Initialize the coordinator."""
        super().__init__(hass, entry, client, name="account", interval=ACCOUNT_INTERVAL)
        self._is_fetching = False
        self._index: AccountIndex | None = None
        entry.async_on_unload(client.sign_in_pace.add_listener(self._async_sign_in_changed))

    @property
    def is_fetched(self) -> bool:
        """Whether Carson has been reached; until then, the data are those that were known before."""
        return self.status.updated_at is not None

    @property
    def index(self) -> AccountIndex:
        """The account by ids."""
        if self._index is None or self._index.account is not self.data:
            self._index = AccountIndex.of(self.data, self._index)
        return self._index

    @override
    def _changed_devices(self, earlier: Account) -> set[str]:
        before, account_id = AccountIndex.of(earlier, self.index), self.data.id
        return {
            account_identifier(account_id),
            *(building_identifier(account_id, building_id) for building_id in self.index.changed_buildings(before)),
            *(door_identifier(account_id, door_id) for door_id in self.index.changed_doors(before)),
        }

    async def async_start(self, known: Account, seconds: float) -> None:
        """Fetch the account for the first time; after some seconds go on with what is known of it.

        The first update goes on in the background.
        """
        self.data = known
        self.last_update_success = False
        update = self.config_entry.async_create_background_task(
            self.hass, self.async_refresh(), f"{self.name} initial refresh"
        )
        await asyncio.wait([update], timeout=seconds)

    @override
    def _next_interval(self) -> timedelta:
        if not isinstance(self.status.error, AuthenticationError):
            return super()._next_interval()
        # A second later than the client allows, because Home Assistant schedules updates to the second.
        return timedelta(seconds=1 + max(self.client.sign_in_pace.remaining_seconds, FIRST_UPDATE_RETRY_SECONDS))

    @override
    def _retry_after_failure(self, error: CarsonError) -> float | None:
        if isinstance(error, AuthenticationError):
            return None
        return super()._retry_after_failure(error) or (None if self.is_fetched else FIRST_UPDATE_RETRY_SECONDS)

    @override
    async def _async_fetch_or_keep(self) -> Account:
        try:
            account = await super()._async_fetch_or_keep()
        finally:
            self._check_sign_in()
        return account

    @override
    async def _fetch(self) -> Account:
        self._is_fetching = True
        try:
            account = await self.client.get_account()
            return retain_missing(account, self.data, self.absences, dt_util.utcnow())
        finally:
            self._is_fetching = False

    @callback
    def _async_sign_in_changed(self) -> None:
        """Update the account when another request has found out that Carson accepts the sign-in, or no longer."""
        if not self._is_fetching:
            self.config_entry.async_create_background_task(
                self.hass, self.async_request_refresh(), f"{self.name} after a sign-in"
            )

    def _check_sign_in(self) -> None:
        """Ask the user to sign in again once that is certain; withdraw the request when it is no longer needed."""
        if self.status.error is None:
            for flow in tuple(self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})):
                self.hass.config_entries.flow.async_abort(flow["flow_id"])
        elif isinstance(self.status.error, AuthenticationError) and self.client.sign_in_pace.is_confirmed:
            self.config_entry.async_start_reauth(self.hass)


class PerBuildingCoordinator[DataT, ResultT](CarsonCoordinator[DataT]):
    """Coordinator of data that are fetched for each building; a failure concerns its own building only."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, account: AccountCoordinator, *, name: str, interval: timedelta
    ) -> None:
        """Initialize the coordinator."""
        super().__init__(hass, entry, account.client, name=name, interval=interval)
        self._account = account
        self._what = name
        self._requested_ids: frozenset[str] = frozenset()
        self._status_by_building: dict[str, UpdateStatus] = {}

    @property
    @abstractmethod
    def buildings(self) -> list[Building]:
        """The buildings for which there are data."""

    @abstractmethod
    async def _fetch_building(self, building: Building) -> ResultT:
        """Fetch and return the data of one building."""

    @abstractmethod
    def _store(self, building: Building, result: ResultT) -> None:
        """Store the new data of one building."""

    @abstractmethod
    def _collect(self, buildings: list[Building], updated: frozenset[str]) -> DataT:
        """Return the stored data of the buildings; `updated` holds the ids of those that were fetched just now."""

    def update_status(self, building_id: str) -> UpdateStatus:
        """Return how the updates of a building have gone."""
        return self._status_by_building.setdefault(building_id, UpdateStatus())

    @callback
    def async_follow_account(self) -> CALLBACK_TYPE:
        """Refresh at once when there is a new building, or Carson accepts the sign-in again; return how to end this."""

        @callback
        def refresh_if_due() -> None:
            is_new = bool({building.id for building in self.buildings} - self._requested_ids)
            if is_new or (self._account.status.error is None and self._has_lacked_sign_in()):
                self.config_entry.async_create_background_task(
                    self.hass, self.async_refresh(), f"{self.name} after a change of the account"
                )

        return self._account.async_add_update_listener(refresh_if_due)

    def _has_lacked_sign_in(self) -> bool:
        statuses = (self.update_status(building.id) for building in self.buildings)
        return any(isinstance(status.error, AuthenticationError) for status in statuses)

    @override
    def _next_interval(self) -> timedelta:
        interval = super()._next_interval()
        statuses = (self.update_status(building.id) for building in self.buildings)
        # A passing failure should be over before the data are taken for outdated.
        is_retry_due = any(status.failures and status.is_tolerable for status in statuses)
        return min(interval, ACCOUNT_INTERVAL) if is_retry_due else interval

    def _is_due(self, building: Building) -> bool:
        """Return whether to fetch the data of a building in this update."""
        return True

    @override
    async def _fetch(self) -> DataT:
        buildings = self.buildings
        self._requested_ids = frozenset(building.id for building in buildings)
        due = [building for building in buildings if self._is_due(building)]
        semaphore = asyncio.Semaphore(BUILDINGS_AT_ONCE)

        async def fetch(building: Building) -> ResultT:
            async with semaphore:
                return await self._fetch_building(building)

        results = await asyncio.gather(*(fetch(building) for building in due), return_exceptions=True)
        updated: set[str] = set()
        for building, result in zip(due, results, strict=True):
            if not isinstance(result, BaseException):
                self._store(building, result)
                self._record_success(building)
                updated.add(building.id)
            elif not isinstance(result, CarsonError):
                raise result
            else:
                self._record_failure(building, result)
        return self._collect(buildings, frozenset(updated))

    def _record_success(self, building: Building) -> None:
        if self.update_status(building.id).record_success():
            _LOGGER.info("Updated the %s of building %s again", self._what, self._log_name(building))

    def _record_failure(self, building: Building, error: CarsonError) -> None:
        status = self.update_status(building.id)
        name = self._log_name(building)
        # A rejected sign-in is logged for the account, once.
        if status.record_failure(error) and not isinstance(error, AuthenticationError):
            _LOGGER.info("Failed to update the %s of building %s: %s", self._what, name, error)
        else:
            _LOGGER.debug("Failed to update the %s of building %s (%d): %s", self._what, name, status.failures, error)

    def _log_name(self, building: Building) -> str:
        return building_log_name(self.hass, self.config_entry.entry_id, self._account.data.id, building)

    def _available(self, buildings: list[Building]) -> frozenset[str]:
        """Return the ids of the buildings whose data are known and not outdated."""
        return frozenset(building.id for building in buildings if self.update_status(building.id).has_current_data)


class CameraCoordinator(PerBuildingCoordinator[CameraData, DeviceList]):
    """Coordinator of the cameras' status: Eagle Eye's device list of each building.

    While live events tell what changes in a building, its list is fetched less often.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, account: AccountCoordinator) -> None:
        """Initialize the coordinator."""
        super().__init__(hass, entry, account, name="cameras", interval=CAMERA_INTERVAL)
        self._devices: dict[str, DeviceList] = {}
        self._shown = ShownCameras(all_cameras=entry.options.get(CONF_ALL_CAMERAS, DEFAULT_ALL_CAMERAS))
        self._still_checks: dict[str, StillChecks] = {}
        self._refused_at: dict[str, datetime] = {}
        self._requested_buildings: dict[str, Building] = {}
        self._pushed = PushedStatus()
        self._flowing_ids: set[str] = set()
        # Buildings whose list is to be fetched with the next update, and with the current one.
        self._due_ids: set[str] = set()
        self._due_now: Collection[str] = ()
        self._are_all_due = False
        self._refresh_due = Debouncer(
            hass, _LOGGER, cooldown=_DUE_COOLDOWN_SECONDS, immediate=True, function=super().async_refresh
        )
        entry.async_on_unload(self._refresh_due.async_shutdown)
        self.data = CameraData(by_id={})

    @property
    @override
    def buildings(self) -> list[Building]:
        """The buildings that have cameras at Eagle Eye."""
        return [building for building in self._account.data.buildings if building.has_eagle_eye]

    @property
    def account_id(self) -> str:
        """Carson's id of the account."""
        return self._account.data.id

    @callback
    def async_set_flowing(self, building_id: str, *, is_flowing: bool) -> None:
        """Record whether live events tell what changes in a building."""
        (self._flowing_ids.add if is_flowing else self._flowing_ids.discard)(building_id)

    @callback
    def async_request_refresh_of(self, building_id: str) -> None:
        """Fetch the list of a building soon."""
        self._due_ids.add(building_id)
        self._refresh_due.async_schedule_call()

    @callback
    def async_set_status(self, building_id: str, camera_id: str, status: DeviceStatus) -> None:
        """Set the status of a camera that a live event has reported."""
        self._pushed.record(building_id, camera_id, status)
        if (known := self._devices.get(building_id)) is not None:
            self._devices[building_id] = self._pushed.apply(building_id, known)
        camera = self.data.by_id.get(camera_id)
        if camera is None or camera.building_id != building_id or status.state is None:
            return
        self._shown.record_status(building_id, camera_id, status)
        if camera.status != status and building_id in self.data.available_building_ids:
            self.data = replace(self.data, by_id={**self.data.by_id, camera_id: replace(camera, status=status)})
            self.async_update_listeners()

    @override
    async def async_refresh(self) -> None:
        """Fetch the lists of all buildings."""
        self._are_all_due = True
        await super().async_refresh()

    @override
    async def _fetch(self) -> CameraData:
        if self._are_all_due or self.absences.is_pending(dt_util.utcnow()):
            self._due_ids.update(building.id for building in self.buildings)
        self._due_now, self._due_ids, self._are_all_due = self._due_ids, set(), False
        return await super()._fetch()

    @override
    def _is_due(self, building: Building) -> bool:
        if building.id in self._due_now or building.id not in self._flowing_ids:
            return True
        status = self.update_status(building.id)
        # The next update would be too late.
        return status.error is not None or status.is_older_than(CAMERA_INTERVAL_WITH_EVENTS - CAMERA_INTERVAL / 2)

    @override
    def _next_interval(self) -> timedelta:
        interval = super()._next_interval()
        is_quiet = all(building.id in self._flowing_ids for building in self.buildings)
        return CAMERA_INTERVAL_WITH_EVENTS if is_quiet and interval == self._interval else interval

    def refused_at(self, building_id: str) -> datetime | None:
        """Return since when Carson has refused a session of the building's Eagle Eye; None if it does not."""
        return self._refused_at.get(building_id)

    def still_errors(self, building_id: str) -> Mapping[str, CarsonError]:
        """Return why cameras that Eagle Eye does not list give no picture either, by their ids."""
        checks = self._still_checks.get(building_id)
        return {} if checks is None else checks.errors

    @override
    async def _fetch_building(self, building: Building) -> DeviceList:
        eagle_eye = self.client.eagle_eye(building.id)
        if self._requested_buildings.get(building.id) != building:
            # What Carson said about this building's Eagle Eye may no longer hold.
            eagle_eye.reset_session_refusal()
            self._requested_buildings[building.id] = building
        self._pushed.begin_request(building.id)
        try:
            devices = await eagle_eye.list_devices()
        except CarsonError:
            known = self.update_status(building.id)
            if eagle_eye.has_session and (known.updated_at is None or known.failures >= TOLERATED_FAILURES):
                await self._check_stills(building, eagle_eye, frozenset())
            raise
        await self._check_stills(building, eagle_eye, {device.id for device in devices.items if device.is_camera})
        return devices

    async def _check_stills(self, building: Building, eagle_eye: EagleEye, listed_ids: Collection[str]) -> None:
        """Check whether the cameras that Eagle Eye does not list give pictures all the same."""
        ids = {camera.live_view_id for camera in building.eagle_eye_cameras if camera.live_view_id is not None}
        checks = self._still_checks.setdefault(building.id, StillChecks())
        await checks.async_check(eagle_eye, ids.difference(listed_ids))

    @override
    def _store(self, building: Building, result: DeviceList) -> None:
        earlier = self._devices.get(building.id)
        devices = retain_missing_devices(building.id, result, earlier, self.absences, dt_util.utcnow())
        self._devices[building.id] = self._pushed.apply(building.id, devices)
        self._refused_at.pop(building.id, None)

    @override
    def _record_failure(self, building: Building, error: CarsonError) -> None:
        super()._record_failure(building, error)
        if not isinstance(error, InvalidInputError) and self.client.eagle_eye(building.id).session_refused:
            self._refused_at.setdefault(building.id, dt_util.utcnow())

    @override
    def _collect(self, buildings: list[Building], updated: frozenset[str]) -> CameraData:
        data = CameraData(
            by_id={},
            available_building_ids=self._available(buildings),
            complete_building_ids=frozenset(building for building in updated if self._devices[building].complete),
            answering_ids=frozenset().union(*(checks.answering for checks in self._still_checks.values())),
        )
        by_id: dict[str, BuildingCamera] = {}
        for building in buildings:
            for camera in self._shown.of(building, self._devices.get(building.id), data):
                other = by_id.get(camera.id)
                # A camera in two buildings is shown by the one that serves it.
                if other is None or other.building_id not in data.available_building_ids:
                    by_id[camera.id] = camera
        return replace(data, by_id=by_id)

    @override
    def _changed_devices(self, earlier: CameraData) -> set[str]:
        return {camera_identifier(self.account_id, camera_id) for camera_id in self.data.changed_cameras(earlier)}


class ReservationCoordinator(PerBuildingCoordinator[ReservationData, Reservations]):
    """Coordinator of the upcoming reservations in each building that has amenities."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, account: AccountCoordinator) -> None:
        """Initialize the coordinator."""
        super().__init__(hass, entry, account, name="reservations", interval=RESERVATION_INTERVAL)
        self._reservations: dict[str, tuple[Reservation, ...]] = {}
        self.data = ReservationData(by_building={})

    @property
    @override
    def buildings(self) -> list[Building]:
        """The buildings that have amenities."""
        return [building for building in self._account.data.buildings if building.has_amenities]

    @override
    async def _fetch_building(self, building: Building) -> Reservations:
        return await self.client.amenities(building.id).list_reservations()

    @override
    def _store(self, building: Building, result: Reservations) -> None:
        earlier = self._reservations.get(building.id, ())
        self._reservations[building.id] = merge_reservations(
            building.id, result, earlier, self.absences, dt_util.utcnow()
        )

    @override
    def _changed_devices(self, earlier: ReservationData) -> set[str]:
        account_id = self._account.data.id
        return {building_identifier(account_id, building_id) for building_id in self.data.changed_buildings(earlier)}

    @callback
    def async_note_cancelled(self, building_id: str, reservation_id: str) -> None:
        """Record that a reservation was cancelled here, so that its absence needs no confirmation."""
        self._reservations[building_id] = tuple(
            replace(reservation, state=ReservationState.CANCELLED) if reservation.id == reservation_id else reservation
            for reservation in self._reservations.get(building_id, ())
        )

    @override
    def _collect(self, buildings: list[Building], updated: frozenset[str]) -> ReservationData:
        known = [building for building in buildings if building.id in self._reservations]
        return ReservationData(
            by_building={building.id: self._reservations[building.id] for building in known},
            available_building_ids=self._available(known),
        )
