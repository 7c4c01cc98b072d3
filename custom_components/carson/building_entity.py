"""What the entities of a building share."""

from datetime import datetime
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import dt as dt_util

from .aiocarson import Building, Reservation
from .const import DOMAIN
from .coordinator import AccountCoordinator, CarsonCoordinator, CarsonData
from .device_registry import building_identifier
from .reservations import ReservationCoordinator


def building_unique_id(account_id: str, building_id: str, suffix: str) -> str:
    """Tell the unique id of a building's entity."""
    return f"{building_identifier(account_id, building_id)}-{suffix}"


class _OfBuilding[CoordinatorT: CarsonCoordinator[Any]](CoordinatorEntity[CoordinatorT]):
    """An entity on the device of a building."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: CoordinatorT, data: CarsonData, building: Building, suffix: str) -> None:
        super().__init__(coordinator)
        account_id = data.account.data.id
        self._building = building
        self._attr_unique_id = building_unique_id(account_id, building.id, suffix)
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, building_identifier(account_id, building.id))})


class BuildingEntity(_OfBuilding[AccountCoordinator]):
    """Something that Carson's account tells of a building."""

    def __init__(self, data: CarsonData, building: Building, suffix: str) -> None:
        """Know the building; the suffix tells its entities apart."""
        super().__init__(data.account, data, building, suffix)

    @property
    @override
    def available(self) -> bool:
        """Something is known of a building while the account has it."""
        return super().available and self._current is not None

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._building = self._current or self._building
        super()._handle_coordinator_update()

    @property
    def _current(self) -> Building | None:
        buildings = self.coordinator.data.buildings
        return next((building for building in buildings if building.id == self._building.id), None)


class ReservationEntity(_OfBuilding[ReservationCoordinator]):
    """Something about the reservations in a building."""

    def __init__(self, data: CarsonData, building: Building, suffix: str) -> None:
        """Know the building; the suffix tells its entities apart."""
        super().__init__(data.reservations, data, building, suffix)

    @property
    @override
    def available(self) -> bool:
        """Reservations are known while their list is read, or was a moment ago."""
        return super().available and self._building.id in self.coordinator.data.answered

    @property
    def _reservations(self) -> tuple[Reservation, ...]:
        """All that are known, by begin: also those denied and cancelled."""
        return self.coordinator.data.by_building.get(self._building.id, ())

    def _live(self) -> list[Reservation]:
        """List those that are, or may yet be, the resident's, and are not over."""
        now = dt_util.utcnow()
        return [one for one in self._reservations if one.state.is_active and one.end > now]


class TickingReservationEntity(ReservationEntity):
    """Something that changes when a reservation begins or ends, although nobody tells."""

    _unplan: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the clock, too."""
        await super().async_added_to_hass()
        self.async_on_remove(self._cancel_tick)
        self._plan_tick()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        super()._handle_coordinator_update()
        self._plan_tick()

    def _plan_tick(self) -> None:
        """Write the state again when the next reservation begins or ends."""
        now = dt_util.utcnow()
        moments = (moment for one in self._live() for moment in (one.begin, one.end) if moment > now)
        self._cancel_tick()
        if (moment := min(moments, default=None)) is not None:
            self._unplan = async_track_point_in_utc_time(self.hass, self._tick, moment)

    @callback
    def _tick(self, _now: datetime) -> None:
        self._unplan = None
        self.async_write_ha_state()
        self._plan_tick()

    @callback
    def _cancel_tick(self) -> None:
        if self._unplan is not None:
            self._unplan()
            self._unplan = None
