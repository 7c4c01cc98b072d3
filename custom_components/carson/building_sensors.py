"""Sensors of buildings and of the account: reservations, invites, and how long the sign-in is good for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.components.sensor.const import SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import dt as dt_util

from .aiocarson import Building, Reservation
from .building_entity import BuildingEntity, TickingReservationEntity
from .const import DOMAIN
from .coordinator import AccountCoordinator, CarsonData
from .device_registry import account_identifier


@dataclass(frozen=True, kw_only=True)
class ReservationSensorDescription(SensorEntityDescription):
    """Describes a sensor by what it reads from the reservations that are live and not over."""

    value_fn: Callable[[list[Reservation]], datetime | int | None]


RESERVATION_SENSORS = (
    ReservationSensorDescription(
        key="next_reservation",
        translation_key="next_reservation",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda live: min((one.begin for one in live if one.begin > dt_util.utcnow()), default=None),
    ),
    ReservationSensorDescription(
        key="upcoming_reservations",
        translation_key="upcoming_reservations",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=len,
    ),
)


class ReservationSensor(TickingReservationEntity, SensorEntity):
    """One aspect of the reservations in a building."""

    entity_description: ReservationSensorDescription

    def __init__(self, data: CarsonData, building: Building, description: ReservationSensorDescription) -> None:
        """Know the building and what to read."""
        super().__init__(data, building, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> datetime | int | None:
        """Read the reservations."""
        return self.entity_description.value_fn(self._live())


class InvitesLeftSensor(BuildingEntity, SensorEntity):
    """Tells how many visitors may still be invited; disabled where there are no invites."""

    _attr_translation_key = "visitor_invites_left"
    _attr_state_class = SensorStateClass.MEASUREMENT

    def __init__(self, data: CarsonData, building: Building) -> None:
        """Know the building."""
        super().__init__(data, building, "visitor_invites_left")
        self._attr_entity_registry_enabled_default = building.visitor_invite_enabled

    @property
    @override
    def native_value(self) -> int | None:
        """Read the building."""
        return self._building.visitor_invites_left


class SignInExpirySensor(CoordinatorEntity[AccountCoordinator], SensorEntity):
    """Tells until when the present sign-in is good; unknown if the token does not say."""

    _attr_has_entity_name = True
    _attr_translation_key = "sign_in_expiry"
    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, data: CarsonData) -> None:
        """Know the account."""
        super().__init__(data.account)
        account_id = data.account.data.id
        self._attr_unique_id = f"{account_identifier(account_id)}-sign_in_expiry"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, account_identifier(account_id))})

    @override
    async def async_added_to_hass(self) -> None:
        """Look after each round: a renewed sign-in is no change of the account."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_add_update_listener(self.async_write_ha_state))

    @property
    @override
    def available(self) -> bool:
        """It is known as long as there is a token, whether or not Carson answers."""
        return self.coordinator.client.token is not None

    @property
    @override
    def native_value(self) -> datetime | None:
        """Read it off the token."""
        return self.coordinator.client.token_expires_at
