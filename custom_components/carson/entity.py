"""What all entities share, and the one place that words the client's errors for users."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import override

from homeassistant.const import ATTR_ENTITY_ID, ATTR_NAME
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .aiocarson import (
    ApiError,
    AuthenticationError,
    Building,
    BuildingCamera,
    CarsonError,
    Door,
    NotFoundError,
    OutcomeUnclearError,
    RateLimitError,
)
from .aiocarson.errors import PermissionDeniedError
from .const import ATTR_OUTCOME, DOMAIN, EVENT_DOOR, FAILED, OPENED, UNCLEAR
from .coordinator import AccountCoordinator, CameraCoordinator, CarsonConfigEntry, CarsonData
from .device_registry import building_identifier, camera_identifier, door_identifier
from .door_state import AssumedDoorState

# From the most telling kind of error to the least.
_TEXTS: tuple[tuple[type[CarsonError], str], ...] = (
    (OutcomeUnclearError, "outcome_unclear"),
    (AuthenticationError, "sign_in_refused"),
    (RateLimitError, "too_many_requests"),
    (PermissionDeniedError, "not_permitted"),
    (NotFoundError, "not_found"),
    (ApiError, "refused"),
    (CarsonError, "cannot_connect"),
)


def translated(error: CarsonError, name: str) -> HomeAssistantError:
    """Word an error of the client for the user; `name` is what it happened to."""
    key = next(key for kind, key in _TEXTS if isinstance(error, kind))
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"name": name, "error": str(error)},
    )


@contextmanager
def translated_errors(entry: CarsonConfigEntry, name: str) -> Iterator[None]:
    """Turn the client's errors into translated ones; a refused sign-in starts Home Assistant's reauth."""
    try:
        yield
    except CarsonError as err:
        if isinstance(err, AuthenticationError):
            entry.async_start_reauth(entry.runtime_data.account.hass)
        raise translated(err, name) from err


class DoorEntity(CoordinatorEntity[AccountCoordinator]):
    """One door."""

    _attr_has_entity_name = True

    def __init__(self, data: CarsonData, door: Door, suffix: str = "") -> None:
        """Know the door; the suffix tells the entities of one door apart."""
        super().__init__(data.account)
        account_id = data.account.data.id
        self._door = door
        self._latch: AssumedDoorState = data.latches.of(door.id)
        self._attr_unique_id = f"{account_id}-{door.id}{suffix}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, door_identifier(account_id, door.id))})
        self._attr_entity_registry_enabled_default = not door.staff_only

    @property
    @override
    def available(self) -> bool:
        """A door can be opened while the account has it and Carson calls it usable."""
        return super().available and self._present and self._door.usable

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._door = self._current or self._door
        super()._handle_coordinator_update()

    @property
    def _present(self) -> bool:
        return self._current is not None

    @property
    def _current(self) -> Door | None:
        return next((door for door in doors_of(self.coordinator) if door.id == self._door.id), None)

    async def _async_open_door(self) -> None:
        """Open the door once; whatever goes wrong is told, nothing is repeated."""
        outcome = UNCLEAR
        try:
            with translated_errors(self.coordinator.config_entry, self._door.name):
                await self._latch.async_open()
            outcome = OPENED
        except HomeAssistantError as err:
            if not isinstance(err.__cause__, OutcomeUnclearError):
                outcome = FAILED
            raise
        finally:
            self.hass.bus.async_fire(
                EVENT_DOOR,
                {ATTR_ENTITY_ID: self.entity_id, ATTR_NAME: self._door.name, ATTR_OUTCOME: outcome},
                context=self._context,
            )


class CameraEntity(CoordinatorEntity[CameraCoordinator]):
    """One camera."""

    _attr_has_entity_name = True

    def __init__(self, data: CarsonData, camera: BuildingCamera, suffix: str = "") -> None:
        """Know the camera; the suffix tells the entities of one camera apart."""
        super().__init__(data.cameras)
        account_id = data.account.data.id
        self._camera = camera
        self._attr_unique_id = f"{camera_unique_id(data, camera)}{suffix}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, camera_identifier(account_id, camera.id))})
        self._attr_entity_registry_enabled_default = not camera.staff_only

    @property
    def info(self) -> BuildingCamera:
        """The camera as it was told last."""
        return self._camera

    @property
    @override
    def available(self) -> bool:
        """Something is known of a camera while its building's list is read, or was a moment ago."""
        cameras = self.coordinator.data
        return super().available and self._camera.id in cameras.by_id and self._camera.building_id in cameras.answered

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._camera = self.coordinator.data.by_id.get(self._camera.id, self._camera)
        super()._handle_coordinator_update()


def camera_unique_id(data: CarsonData, camera: BuildingCamera) -> str:
    """Tell the unique id of a camera's own entity; those of its other entities begin with it."""
    return f"{data.account.data.id}-{camera.id}"


def doors_of(coordinator: AccountCoordinator) -> Iterator[Door]:
    """List the doors of all buildings."""
    return (door for building in coordinator.data.buildings for door in building.doors)


@callback
def async_add_doors(
    entry: CarsonConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[CarsonData, Door], Iterable[Entity]],
) -> None:
    """Add entities for the doors there are, and for each that comes later."""
    data = entry.runtime_data
    _async_follow(
        entry,
        data.account,
        lambda: {door.id: door for door in doors_of(data.account)},
        lambda door_id: door_identifier(data.account.data.id, door_id),
        lambda doors: async_add_entities(entity for door in doors for entity in make(data, door)),
    )


@callback
def async_add_buildings(
    entry: CarsonConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[CarsonData, Building], Iterable[Entity]],
    *,
    wanted: Callable[[Building], bool] = lambda _: True,
) -> None:
    """Add entities for the wanted buildings there are, and for each that comes later or is wanted later."""
    data = entry.runtime_data
    _async_follow(
        entry,
        data.account,
        lambda: {building.id: building for building in data.account.data.buildings if wanted(building)},
        lambda building_id: building_identifier(data.account.data.id, building_id),
        lambda buildings: async_add_entities(entity for building in buildings for entity in make(data, building)),
    )


@callback
def async_add_cameras(
    entry: CarsonConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[CarsonData, BuildingCamera], Iterable[Entity]],
) -> None:
    """Add entities for the cameras there are, and for each that comes later."""
    data = entry.runtime_data
    _async_follow(
        entry,
        data.cameras,
        lambda: data.cameras.data.by_id,
        lambda camera_id: camera_identifier(data.account.data.id, camera_id),
        lambda cameras: async_add_entities(entity for camera in cameras for entity in make(data, camera)),
    )


@callback
def _async_follow[ItemT](
    entry: CarsonConfigEntry,
    coordinator: AccountCoordinator | CameraCoordinator,
    present: Callable[[], Mapping[str, ItemT]],
    device_key: Callable[[str], str],
    add: Callable[[list[ItemT]], None],
) -> None:
    """Call `add` with the items that are new, now and after each update.

    An item counts as new again only once its device was removed: what merely was
    missing from an answer still has its entities.
    """
    added: set[str] = set()
    devices = dr.async_get(coordinator.hass)

    @callback
    def add_new() -> None:
        items = present()
        for gone in added - items.keys():
            if devices.async_get_device_by_identifier((DOMAIN, device_key(gone)), entry.entry_id) is None:
                added.discard(gone)
        if new := [item for item_id, item in items.items() if item_id not in added]:
            added.update(items)
            add(new)

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))
