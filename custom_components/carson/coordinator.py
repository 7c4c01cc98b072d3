"""What is polled from the clouds, and how a failing part leaves the rest alone."""

from abc import abstractmethod
import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
import logging
from typing import TYPE_CHECKING, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .aiocarson import (
    Account,
    AuthenticationError,
    Building,
    BuildingCamera,
    Carson,
    CarsonError,
    Device,
    RateLimitError,
    join_cameras,
)
from .aiocarson.eagle_eye.models import DeviceStatus
from .aiocarson.errors import NoEagleEyeError
from .const import (
    ACCOUNT_INTERVAL,
    BUILDINGS_AT_ONCE,
    CAMERA_INTERVAL,
    CONF_ALL_CAMERAS,
    DEFAULT_ALL_CAMERAS,
    DOMAIN,
    REFUSAL_INTERVAL,
    TOLERATED_FAILURES,
)

if TYPE_CHECKING:
    from .door_state import Latches
    from .media.manager import CameraMediaManager
    from .reservations import ReservationCoordinator

_LOGGER = logging.getLogger(__name__)

type CarsonConfigEntry = ConfigEntry[CarsonData]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarsonData:
    """What a loaded entry works with."""

    client: Carson
    account: AccountCoordinator
    cameras: CameraCoordinator
    reservations: ReservationCoordinator
    latches: Latches
    media: CameraMediaManager


class CarsonCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """One pace of polling, which forgives a few failures in a row.

    A cloud that hiccups once must not take the doors away from somebody who stands
    before one: the last good data stay until the failures exceed what is tolerated.

    Attributes:
        failures: How many rounds in a row have failed.
        error: What the last round failed with, None after a good one.
        fetched_at: When the last good round ended.
    """

    config_entry: CarsonConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: CarsonConfigEntry, client: Carson, *, name: str, interval: timedelta
    ) -> None:
        """Prepare polling at the interval; nothing is asked yet."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"{DOMAIN} {name}",
            update_interval=interval,
            always_update=False,
        )
        self.client = client
        self.failures = 0
        self.error: CarsonError | None = None
        self.fetched_at: datetime | None = None
        self._round_listeners: list[CALLBACK_TYPE] = []

    @callback
    def async_add_update_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener after each round, good or failed, changed or not; the answer ends that."""
        self._round_listeners.append(listener)
        return lambda: self._round_listeners.remove(listener)

    @abstractmethod
    async def _fetch(self) -> DataT:
        """Ask the cloud; raise CarsonError when nothing of the answer can be used."""

    @override
    async def _async_update_data(self) -> DataT:
        """Fetch, or keep what is known as long as that is tolerable."""
        try:
            return await self._async_round()
        finally:
            # Once the result is taken over.
            self.hass.loop.call_soon(self._tell_round)

    def _tell_round(self) -> None:
        for listener in tuple(self._round_listeners):
            listener()

    async def _async_round(self) -> DataT:
        try:
            data = await self._fetch()
        except AuthenticationError as err:
            self.error = err
            raise ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key="sign_in_refused") from err
        except CarsonError as err:
            self.error = err
            self.failures += 1
            if self.data is not None and self.failures <= TOLERATED_FAILURES:
                _LOGGER.debug("Update %s failed and is forgiven (%d): %s", self.name, self.failures, err)
                return self.data
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="update_failed",
                translation_placeholders={"error": str(err)},
                retry_after=err.retry_after if isinstance(err, RateLimitError) else None,
            ) from err
        self.failures = 0
        self.error = None
        self.fetched_at = dt_util.utcnow()
        return data


class AccountCoordinator(CarsonCoordinator[Account]):
    """The account: its buildings, doors and Carson's list of cameras."""

    def __init__(self, hass: HomeAssistant, entry: CarsonConfigEntry, client: Carson) -> None:
        """Prepare polling of the account."""
        super().__init__(hass, entry, client, name="account", interval=ACCOUNT_INTERVAL)

    @override
    async def _fetch(self) -> Account:
        return await self.client.get_account()


@dataclass(slots=True)
class UpdateStatus:
    """How asking for the cameras of one building has gone.

    Attributes:
        read_at: When its list was last read.
        failures: How many rounds in a row have failed.
        error: What the last of them failed with.
        refused_at: When Carson said that the building has no Eagle Eye, if that still stands.
    """

    read_at: datetime | None = None
    failures: int = 0
    error: CarsonError | None = None
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraData:
    """The cameras of all buildings.

    `answered` names the buildings whose list was read in the last round or whose
    silence is still forgiven, `complete` those that were truly read in it.
    """

    by_id: Mapping[str, BuildingCamera]
    answered: frozenset[str]
    complete: frozenset[str]


class CameraCoordinator(CarsonCoordinator[CameraData]):
    """The cameras' status: Eagle Eye's device list of each building.

    No failure of Eagle Eye fails an update as a whole: each building speaks for itself.
    """

    def __init__(
        self, hass: HomeAssistant, entry: CarsonConfigEntry, client: Carson, account: AccountCoordinator
    ) -> None:
        """Prepare polling of the device lists."""
        super().__init__(hass, entry, client, name="cameras", interval=CAMERA_INTERVAL)
        self._account = account
        self._all_cameras: bool = entry.options.get(CONF_ALL_CAMERAS, DEFAULT_ALL_CAMERAS)
        self._devices: dict[str, tuple[Device, ...]] = {}
        self._last_valid_status: dict[str, DeviceStatus] = {}
        self._rounds: dict[str, UpdateStatus] = {}
        self._asked: dict[str, Building] = {}
        self.data = CameraData(by_id={}, answered=frozenset(), complete=frozenset())

    @override
    async def _fetch(self) -> CameraData:
        buildings = [building for building in self._account.data.buildings if building.has_eagle_eye]
        gate = asyncio.Semaphore(BUILDINGS_AT_ONCE)

        async def read(building: Building) -> tuple[Device, ...]:
            async with gate:
                eagle_eye = self.client.eagle_eye(building.id)
                if self._asked.get(building.id) != building or self._may_ask_again(building):
                    # What Carson said of this building's Eagle Eye may no longer hold.
                    eagle_eye.reset_session_refusal()
                    self.update_status(building.id).refused_at = None
                    self._asked[building.id] = building
                return await eagle_eye.get_devices()

        results = await asyncio.gather(*(read(building) for building in buildings), return_exceptions=True)
        complete: set[str] = set()
        for building, result in zip(buildings, results, strict=True):
            if isinstance(result, tuple):
                self._devices[building.id] = result
                complete.add(building.id)
                self._heard(building)
            elif isinstance(result, AuthenticationError) or not isinstance(result, CarsonError):
                raise result
            else:
                self._unheard(building, result)
        return self._cameras(buildings, frozenset(complete))

    def update_status(self, building_id: str) -> UpdateStatus:
        """Tell how asking for the cameras of a building has gone."""
        return self._rounds.setdefault(building_id, UpdateStatus())

    def _may_ask_again(self, building: Building) -> bool:
        """Tell whether a refusal is so old that it is worth asking again although nothing has changed."""
        refused_at = self.update_status(building.id).refused_at
        return refused_at is not None and dt_util.utcnow() - refused_at >= REFUSAL_INTERVAL

    def _heard(self, building: Building) -> None:
        rounds = self.update_status(building.id)
        if rounds.failures > TOLERATED_FAILURES:
            _LOGGER.info("The cameras of one building answer again")
        rounds.failures = 0
        rounds.error = rounds.refused_at = None
        rounds.read_at = dt_util.utcnow()

    def _unheard(self, building: Building, error: CarsonError) -> None:
        rounds = self.update_status(building.id)
        rounds.failures += 1
        rounds.error = error
        if isinstance(error, NoEagleEyeError):
            self._devices.pop(building.id, None)
            rounds.refused_at = rounds.refused_at or dt_util.utcnow()
        if rounds.failures == TOLERATED_FAILURES + 1:
            _LOGGER.warning("The cameras of one building do not answer: %s", error)
        else:
            _LOGGER.debug("The cameras of building %s do not answer (%d): %s", building.id, rounds.failures, error)

    def _cameras(self, buildings: list[Building], complete: frozenset[str]) -> CameraData:
        """Return the cameras of all buildings, with the last known devices."""
        by_id = {
            camera.id: camera
            for building in buildings
            for camera in join_cameras(building, self._devices.get(building.id, ()), self._last_valid_status)
            if camera.in_eagle_eye and (camera.is_listed or self._all_cameras)
        }
        answered = frozenset(
            building.id for building in buildings if self.update_status(building.id).failures <= TOLERATED_FAILURES
        )
        return CameraData(by_id=by_id, answered=answered, complete=complete)
