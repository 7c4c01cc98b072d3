"""The runtime data of a loaded account."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback

from .aiocarson import Building, BuildingCamera, Carson, CarsonError
from .base_coordinator import CarsonCoordinator
from .camera_traffic import CameraTraffic
from .coordinator import AccountCoordinator, CameraCoordinator, ReservationCoordinator
from .device_settings import DeviceSettings
from .door_refusals import DoorRefusals
from .door_state import AssumedDoorState, DoorMemory
from .issues import AccountIssues
from .joined_update import JoinedUpdate
from .live_events.manager import LiveEvents
from .media.manager import CameraMediaManager

type CarsonConfigEntry = ConfigEntry[CarsonData]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarsonData:
    """The objects that a loaded account works with.

    Attributes:
        client: The client of both clouds.
        account: The coordinator of the account.
        cameras: The coordinator of the cameras.
        reservations: The coordinator of the reservations.
        media: The pictures and videos of the cameras.
        refusals: The doors that Carson has refused to open.
        issues: What the user has to fix.
        device_settings: What entities of an older integration hand over to their devices.
        open_seconds: How long a door is assumed to be open.
        door_memories: What is remembered of the doors from before a reload, by their ids.
        traffic: Which cameras are switched off here.
        live_events: Motion and status of the cameras as they happen.
        door_states: The assumed states of the doors by their ids, made when they are needed.
        requested_update: The update that a user has requested last.
        changed_cameras: The pending notice that camera entities have changed, if there is one.
        buildings_to_place: Identifiers of the buildings' devices that are to get an area.
        synced_devices: What was last written to the registry of the devices, by their identifiers.
        synced_buildings: The buildings and their cameras whose devices were looked at, by the buildings' ids.
    """

    client: Carson
    account: AccountCoordinator
    cameras: CameraCoordinator
    reservations: ReservationCoordinator
    media: CameraMediaManager
    refusals: DoorRefusals
    issues: AccountIssues
    device_settings: DeviceSettings
    open_seconds: float
    door_memories: dict[str, DoorMemory]
    traffic: CameraTraffic
    live_events: LiveEvents
    door_states: dict[str, AssumedDoorState] = field(default_factory=dict)
    requested_update: JoinedUpdate[CarsonError | None] = field(default_factory=JoinedUpdate)
    changed_cameras: list[asyncio.Handle] = field(default_factory=list)
    buildings_to_place: set[str] = field(default_factory=set)
    synced_devices: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    synced_buildings: dict[str, tuple[Building, tuple[BuildingCamera, ...]]] = field(default_factory=dict)

    @property
    def dependent_coordinators(self) -> tuple[CarsonCoordinator[Any], ...]:
        """The coordinators that fetch what belongs to the buildings of the account."""
        return (self.cameras, self.reservations)

    def door_state(self, door_id: str) -> AssumedDoorState:
        """Return the assumed state of a door, which all entities of the door share."""
        if (state := self.door_states.get(door_id)) is None:
            state = AssumedDoorState(self.account.hass, self._spawn, self.client, door_id, self.open_seconds)
            self.door_states[door_id] = state
            state.async_add_outcome_listener(partial(self.refusals.async_handle_outcome, door_id))
            if (memory := self.door_memories.pop(door_id, None)) is not None:
                state.async_restore(memory)
        return state

    def _spawn(self, work: Coroutine[Any, Any, CarsonError | None], name: str) -> asyncio.Task[CarsonError | None]:
        account = self.account
        return account.config_entry.async_create_task(account.hass, work, name, eager_start=False)

    @callback
    def async_close_doors(self) -> None:
        """Cancel the timers of all doors."""
        for state in self.door_states.values():
            state.async_close()

    async def async_finish_doors(self) -> None:
        """Wait for the requests to open doors that are under way."""
        await asyncio.gather(*(state.async_finish() for state in self.door_states.values()))
