"""The assumed state of a door: opening, open for some seconds, then locked again.

Carson does not report the state of a door (Protocol A.5), so it is derived from the requests to open it
that were made here. The lock and the button of a door share one state.
"""

from datetime import datetime
from enum import Enum, auto

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .aiocarson import Carson


class DoorState(Enum):
    """States of a door."""

    LOCKED = auto()
    OPENING = auto()
    OPEN = auto()


class AssumedDoorState:
    """The assumed state of one door."""

    def __init__(self, hass: HomeAssistant, client: Carson, door_id: str, open_seconds: float) -> None:
        """Initialize the state of a door that is locked."""
        self._hass = hass
        self._client = client
        self._door_id = door_id
        self._open_seconds = open_seconds
        self._requests = 0
        self._listeners: list[CALLBACK_TYPE] = []
        self._cancel_timer: CALLBACK_TYPE | None = None

    @property
    def state(self) -> DoorState:
        """The assumed state."""
        if self._requests:
            return DoorState.OPENING
        return DoorState.LOCKED if self._cancel_timer is None else DoorState.OPEN

    async def async_open(self) -> None:
        """Send one request to open the door.

        Raises:
            CarsonError: As `Carson.open_door` does.
        """
        self._requests += 1
        self._notify_listeners()
        try:
            await self._client.open_door(self._door_id)
            self._start_timer()
        finally:
            self._requests -= 1
            self._notify_listeners()

    @callback
    def async_add_listener(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener at each change; return a function that removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_close(self) -> None:
        """Cancel the timer, for example when the entry is unloaded."""
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    def _start_timer(self) -> None:
        self.async_close()
        self._cancel_timer = async_call_later(self._hass, self._open_seconds, self._handle_timer)

    @callback
    def _handle_timer(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._notify_listeners()

    def _notify_listeners(self) -> None:
        for listener in tuple(self._listeners):
            listener()
