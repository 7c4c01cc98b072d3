"""The assumed state of a door: unlocking, unlocked for some seconds, then locked again.

Carson does not report the state of a door (Protocol A.5), so it is derived from the requests to open it
that were made here. All entities of a door share one state and one request: a call to open the door
while a request is under way, or just after it succeeded, joins that request.
"""

import asyncio
from collections.abc import Callable, Coroutine
import copy
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
import time
from typing import Any

from homeassistant.const import ATTR_ENTITY_ID, ATTR_NAME
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from . import client
from .aiocarson import Carson, CarsonError
from .aiocarson.errors import OutcomeUnclearError
from .const import ATTR_IMAGE, ATTR_OUTCOME, EVENT_DOOR, FAILED, OPENED, UNCLEAR

JOIN_SECONDS = 2
"""How long after a success another press still means the same opening."""


class DoorState(Enum):
    """States of a door."""

    LOCKED = auto()
    UNLOCKING = auto()
    UNLOCKED = auto()
    LOCKING = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRequest:
    """A request to open a door.

    Attributes:
        entity_id: The entity that was asked to open the door.
        door_name: The name of the door.
        context: Who or what asked for it.
        at: When, in seconds of the monotonic clock.
        image: The image entity that gets a picture of the opening, if there is one.
    """

    entity_id: str
    door_name: str
    context: Context | None
    at: float
    image: str | None = None

    @property
    def image_data(self) -> dict[str, str]:
        """The image entity, as part of the data of an event."""
        return {} if self.image is None else {ATTR_IMAGE: self.image}


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOutcome:
    """The outcome of a request to open a door.

    Attributes:
        request: The request.
        result: OPENED, FAILED or UNCLEAR.
        error: The error of the client unless the door was opened.
    """

    request: DoorRequest
    result: str
    error: CarsonError | None = None

    @callback
    def async_fire(self, hass: HomeAssistant) -> None:
        """Fire the event for automations."""
        request = self.request
        hass.bus.async_fire(
            EVENT_DOOR,
            {
                ATTR_ENTITY_ID: request.entity_id,
                ATTR_NAME: request.door_name,
                ATTR_OUTCOME: self.result,
                **request.image_data,
            },
            context=request.context,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorMemory:
    """What has to be remembered of a door while its account is reloaded, in seconds of the monotonic clock.

    Attributes:
        opened_at: When it was last opened.
        locks_at: Until when it is assumed to be unlocked.
    """

    opened_at: float | None
    locks_at: float | None


type OutcomeListener = Callable[[DoorOutcome], None]

type Spawn = Callable[[Coroutine[Any, Any, CarsonError | None], str], asyncio.Task[CarsonError | None]]
"""Creates a task of the account under a name. It does not start before the caller waits."""


class AssumedDoorState:
    """The assumed state of one door."""

    def __init__(self, hass: HomeAssistant, spawn: Spawn, client: Carson, door_id: str, open_seconds: float) -> None:
        """Initialize the state of a door that is locked."""
        self._hass = hass
        self._spawn = spawn
        self._client = client
        self._door_id = door_id
        self._open_seconds = open_seconds
        self._context: Context | None = None
        self._request: asyncio.Task[CarsonError | None] | None = None
        self._opened_at: float | None = None
        self._locks_at: float | None = None
        self._is_locking = False
        self._listeners: list[CALLBACK_TYPE] = []
        self._outcome_listeners: list[OutcomeListener] = []
        self._cancel_timer: CALLBACK_TYPE | None = None

    @property
    def state(self) -> DoorState:
        """The assumed state."""
        if self._request is not None:
            return DoorState.UNLOCKING
        if self._cancel_timer is None:
            return DoorState.LOCKED
        return DoorState.LOCKING if self._is_locking else DoorState.UNLOCKED

    @property
    def context(self) -> Context | None:
        """Who or what caused the state; None once the door has locked by itself."""
        return self._context

    @property
    def memory(self) -> DoorMemory:
        """What has to be remembered while the account is reloaded."""
        return DoorMemory(opened_at=self._opened_at, locks_at=self._locks_at)

    @callback
    def async_restore(self, memory: DoorMemory) -> None:
        """Go on from before a reload."""
        self._opened_at = memory.opened_at
        if memory.locks_at is not None and (seconds := memory.locks_at - time.monotonic()) > 0:
            self._start_timer(seconds)

    async def async_open(self, request: DoorRequest) -> None:
        """Open the door with one request; join the one that is under way, or had just succeeded.

        A request that was sent is finished even if the caller is cancelled.

        Raises:
            CarsonError: As `Carson.open_door` does.
        """
        task = self._request
        if task is None:
            if self._had_just_opened(request.at):
                return
            self._context = request.context
            # It starts once the state shows it.
            task = self._request = self._spawn(self._async_send(request), f"open door {self._door_id}")
            self._notify_listeners()
        if (error := await asyncio.shield(task)) is not None:
            raise copy.copy(error)

    @callback
    def async_lock(self, context: Context | None) -> None:
        """Show an unlocked door as locking until it locks; a request is neither needed nor possible."""
        if self.state is DoorState.UNLOCKED:
            self._is_locking = True
            self._context = context
            self._notify_listeners()

    async def async_finish(self) -> None:
        """Wait for the request that is under way, if there is one."""
        if self._request is not None:
            await asyncio.wait([self._request])

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener at each change; return a function that removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_add_outcome_listener(self, listener: OutcomeListener) -> CALLBACK_TYPE:
        """Call the listener with the outcome of each request; return a function that removes it."""
        self._outcome_listeners.append(listener)
        return lambda: self._outcome_listeners.remove(listener)

    @callback
    def async_close(self) -> None:
        """Cancel the timer, for example when the entry is unloaded."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    def _had_just_opened(self, at: float) -> bool:
        return self._opened_at is not None and at - self._opened_at < JOIN_SECONDS

    async def _async_send(self, request: DoorRequest) -> CarsonError | None:
        outcome = DoorOutcome(request=request, result=UNCLEAR)
        try:
            elapsed = time.monotonic() - request.at
            await self._client.open_door(self._door_id, time_limit=client.TIMEOUTS.open_door - elapsed)
            outcome = DoorOutcome(request=request, result=OPENED)
        except OutcomeUnclearError as err:
            outcome = DoorOutcome(request=request, result=UNCLEAR, error=err)
        except CarsonError as err:
            outcome = DoorOutcome(request=request, result=FAILED, error=err)
        finally:
            self._request = None
            self._handle_outcome(outcome)
        return outcome.error

    def _handle_outcome(self, outcome: DoorOutcome) -> None:
        """Show the door as unlocked unless it is certain that it was not opened."""
        if outcome.result == OPENED:
            self._opened_at = time.monotonic()
        if outcome.result != FAILED:
            self._start_timer(self._open_seconds)
        self._notify_listeners()
        outcome.async_fire(self._hass)
        for listener in tuple(self._outcome_listeners):
            listener(outcome)

    def _start_timer(self, seconds: float) -> None:
        self.async_close()
        self._is_locking = False
        self._locks_at = time.monotonic() + seconds
        self._cancel_timer = async_call_later(self._hass, seconds, self._handle_timer)

    @callback
    def _handle_timer(self, _now: datetime) -> None:
        self._cancel_timer = self._context = None
        self._notify_listeners()

    def _notify_listeners(self) -> None:
        for listener in tuple(self._listeners):
            listener()
