"""The assumed life of a door: opening, open for some seconds, locked by itself again.

Carson tells nothing about a door's state (Protocol A.5), so it is derived from the
openings that were asked for here. Lock and button of a door share one latch.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .aiocarson import Carson


class DoorState(Enum):
    """What a door is assumed to be."""

    LOCKED = auto()
    OPENING = auto()
    OPEN = auto()


class AssumedDoorState:
    """One door's latch."""

    def __init__(self, hass: HomeAssistant, client: Carson, door_id: str, open_seconds: float) -> None:
        """Take the door as locked, as it is nearly always."""
        self._hass = hass
        self._client = client
        self._door_id = door_id
        self._open_seconds = open_seconds
        self._openings = 0
        self._listeners: list[CALLBACK_TYPE] = []
        self._cancel_closing: CALLBACK_TYPE | None = None

    @property
    def state(self) -> DoorState:
        """What the door is assumed to be now."""
        if self._openings:
            return DoorState.OPENING
        return DoorState.LOCKED if self._cancel_closing is None else DoorState.OPEN

    async def async_open(self) -> None:
        """Ask Carson once to open the door; raises the client's CarsonError."""
        self._openings += 1
        self._changed()
        try:
            await self._client.open_door(self._door_id)
            self._opened()
        finally:
            self._openings -= 1
            self._changed()

    @callback
    def async_listen(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener at every change; the answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_close(self) -> None:
        """Forget a pending closing, for instance when the entry is unloaded."""
        if self._cancel_closing is not None:
            self._cancel_closing()
            self._cancel_closing = None

    def _opened(self) -> None:
        self.async_close()
        self._cancel_closing = async_call_later(self._hass, self._open_seconds, self._closed)

    @callback
    def _closed(self, _now: datetime) -> None:
        self._cancel_closing = None
        self._changed()

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()


class Latches:
    """The latches of all doors, made when first needed."""

    def __init__(self, make: Callable[[str], AssumedDoorState]) -> None:
        """Keep the way to make one for a door's id."""
        self._make = make
        self._latches: dict[str, AssumedDoorState] = {}

    def of(self, door_id: str) -> AssumedDoorState:
        """Tell the one latch of this door."""
        if (latch := self._latches.get(door_id)) is None:
            latch = self._latches[door_id] = self._make(door_id)
        return latch

    @callback
    def async_close(self) -> None:
        """Forget all pending closings."""
        for latch in self._latches.values():
            latch.async_close()
