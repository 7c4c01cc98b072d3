"""The third pace: what the resident has booked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
import logging
from typing import override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .aiocarson import AuthenticationError, Building, Carson, CarsonError, Reservation, ReservationState
from .aiocarson.carson.amenities.models import Reservations
from .const import BUILDINGS_AT_ONCE, RESERVATION_INTERVAL, TOLERATED_FAILURES
from .coordinator import AccountCoordinator, CarsonConfigEntry, CarsonCoordinator

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationData:
    """The reservations of all buildings, each building's by begin.

    `answered` names the buildings whose list was read in the last round, or whose silence is still forgiven.
    """

    by_building: Mapping[str, tuple[Reservation, ...]]
    answered: frozenset[str]


class ReservationCoordinator(CarsonCoordinator[ReservationData]):
    """The upcoming reservations in each building that has amenities; the others are not asked about."""

    def __init__(
        self, hass: HomeAssistant, entry: CarsonConfigEntry, client: Carson, account: AccountCoordinator
    ) -> None:
        """Prepare polling of the reservations."""
        super().__init__(hass, entry, client, name="reservations", interval=RESERVATION_INTERVAL)
        self._account = account
        self._known: dict[str, tuple[Reservation, ...]] = {}
        self._silent_rounds: dict[str, int] = {}
        self._asked: frozenset[str] = frozenset()
        self.data = ReservationData(by_building={}, answered=frozenset())

    @property
    def buildings(self) -> list[Building]:
        """The buildings that have amenities."""
        return [building for building in self._account.data.buildings if building.has_amenities]

    @callback
    def async_follow_account(self) -> CALLBACK_TYPE:
        """Ask at once about a building that gets amenities; the answer ends that."""

        @callback
        def look() -> None:
            if {building.id for building in self.buildings} - self._asked:
                self.config_entry.async_create_background_task(
                    self.hass, self.async_refresh(), "carson reservations of a new building"
                )

        return self._account.async_add_listener(look)

    @override
    async def _fetch(self) -> ReservationData:
        buildings = self.buildings
        gate = asyncio.Semaphore(BUILDINGS_AT_ONCE)
        self._asked = frozenset(building.id for building in buildings)

        async def read(building: Building) -> Reservations:
            async with gate:
                return await self.client.amenities(building.id).list_reservations()

        results = await asyncio.gather(*(read(building) for building in buildings), return_exceptions=True)
        for building, result in zip(buildings, results, strict=True):
            if isinstance(result, Reservations):
                self._known[building.id] = _merged(self._known.get(building.id, ()), result, dt_util.utcnow())
                if self._silent_rounds.pop(building.id, 0) > TOLERATED_FAILURES:
                    _LOGGER.info("The reservations of one building can be read again")
            elif isinstance(result, AuthenticationError) or not isinstance(result, CarsonError):
                raise result
            else:
                self._unheard(building, result)
        here = {building.id for building in buildings} & self._known.keys()
        return ReservationData(
            by_building={building_id: self._known[building_id] for building_id in here},
            answered=frozenset(one for one in here if self._silent_rounds.get(one, 0) <= TOLERATED_FAILURES),
        )

    def _unheard(self, building: Building, error: CarsonError) -> None:
        rounds = self._silent_rounds[building.id] = self._silent_rounds.get(building.id, 0) + 1
        if rounds == TOLERATED_FAILURES + 1:
            _LOGGER.warning("The reservations of one building cannot be read: %s", error)
        else:
            _LOGGER.debug("The reservations of building %s cannot be read (%d): %s", building.id, rounds, error)


def _merged(earlier: tuple[Reservation, ...], now_listed: Reservations, now: datetime) -> tuple[Reservation, ...]:
    """Keep what is no longer listed but not over.

    A list of upcoming reservations may leave out what has begun (nobody says), and what was cancelled.
    """
    listed = {one.id for one in now_listed.items}
    kept: list[Reservation] = []
    for one in earlier:
        if one.id in listed or one.end <= now:
            continue
        gone = now_listed.complete and one.begin > now and one.state.is_active
        kept.append(replace(one, state=ReservationState.CANCELLED) if gone else one)
    return tuple(sorted((*now_listed.items, *kept), key=lambda one: (one.begin, one.id)))
