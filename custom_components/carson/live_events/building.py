"""The live events of one building: one connection to Eagle Eye while somebody wants them.

Whether Eagle Eye lets a resident have them is unknown (Protocol D.17, D.18). A refusal is remembered for the session.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from enum import StrEnum
import logging

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..aiocarson import ApiError, CameraEvent, CarsonError, EagleEye
from ..aiocarson.eagle_eye.event_ways import EventWay
from ..aiocarson.eagle_eye.events import EventCode
from ..aiocarson.errors import SessionRejectedError
from .current_task import CurrentTask
from .motion import MOTION_CODES
from .turns import Turns

_LOGGER = logging.getLogger(__name__)

STATUS_CODES = frozenset({EventCode.SWITCHED_ON, EventCode.SWITCHED_OFF, EventCode.ONLINE, EventCode.OFFLINE})

# After so long an interruption, what is known no longer holds.
INTERRUPTION_SECONDS = 60


class EventsState(StrEnum):
    """How live events are received."""

    UNUSED = "unused"
    CONNECTING = "connecting"
    FLOWING = "flowing"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"


class BuildingEvents:
    """Receives the events of a building's cameras.

    Attributes:
        state: How they are received.
        since: Since when the state holds, in UTC.
        error: Why they were last refused or interrupted.
        cameras: The ids of the cameras whose events are wanted.
        connections: How often they began to arrive.
        was_accepted: Whether Eagle Eye has accepted a subscription since the account was loaded, and has not refused
            one since.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        eagle_eye: EagleEye,
        turns: Turns,
        *,
        on_event: Callable[[EventWay | None, CameraEvent], None],
        on_state: Callable[[EventsState], None],
    ) -> None:
        """Initialize; nothing is requested before cameras are set.

        Args:
            hass: Home Assistant.
            eagle_eye: The client of the building.
            turns: The places for connections.
            on_event: Called with each event, and the way on which it came.
            on_state: Called with the previous state after the state has changed, and after each new connection.
        """
        self.state = EventsState.UNUSED
        self.since = dt_util.utcnow()
        self.error: CarsonError | None = None
        self.cameras: frozenset[str] = frozenset()
        self.connections = 0
        self.was_accepted = False
        self._hass = hass
        self._eagle_eye = eagle_eye
        self._turns = turns
        self._on_event = on_event
        self._on_state = on_state
        self._new_session = asyncio.Event()
        self._list_fetched = asyncio.Event()
        self._failures = 0
        self._remove_session_listener = eagle_eye.add_session_listener(self._new_session.set)
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._task = CurrentTask()

    @property
    def way(self) -> EventWay | None:
        """The way on which events arrive; None if they do not."""
        return self._eagle_eye.event_ways.in_use if self.state is EventsState.FLOWING else None

    @property
    def denied(self) -> set[str]:
        """The ids of the cameras whose events Eagle Eye denies."""
        return self._eagle_eye.event_ways.denied

    @property
    def refusals(self) -> dict[str, str]:
        """Why ways are not used, by their names."""
        return {way.value: str(error.status or type(error).__name__) for way, error in self._refused.items()}

    @property
    def _refused(self) -> dict[EventWay, ApiError]:
        return self._eagle_eye.event_ways.refused

    @callback
    def async_note_list(self) -> None:
        """Record that the list of the building's cameras was fetched: Eagle Eye can be reached."""
        self._list_fetched.set()

    @callback
    def async_set_cameras(self, cameras: frozenset[str]) -> None:
        """Receive the events of these cameras and of no others; without any, end the connection."""
        if cameras == self.cameras:
            return
        self.cameras = cameras
        name = f"carson events of building {self._eagle_eye.building_id}"
        self._task.replace(self._run, name)

    async def async_close(self) -> None:
        """End the connection."""
        self._remove_session_listener()
        self._stop_timer()
        await self._task.end()

    async def _run(self) -> None:
        if not self.cameras:
            self._set_state(EventsState.UNUSED)
            return
        if self.state is EventsState.UNUSED:
            self._set_state(EventsState.CONNECTING)
        while True:
            try:
                await self._turns.run(self._listen)
            except (ApiError, SessionRejectedError) as err:
                await self._handle_refusal(err)
            except CarsonError as err:
                self._handle_interruption(err)
                await self._wait_for_list()
            else:
                # It is the turn of other buildings.
                self._handle_interruption(None)

    async def _listen(self) -> None:
        events = self._eagle_eye.events(
            sorted(self.cameras),
            events=MOTION_CODES | STATUS_CODES,
            on_error=self._handle_interruption,
            on_connected=self._handle_connection,
            before_retry=self._before_retry,
        )
        async with aclosing(events):
            async for event in events:
                self._on_event(self._eagle_eye.event_ways.in_use, event)

    async def _before_retry(self) -> None:
        """Wait after a second failure until Eagle Eye is known to be there: an outage needs no more requests."""
        self._failures += 1
        if self._failures > 1:
            await self._wait_for_list()

    async def _wait_for_list(self) -> None:
        self._stop_timer()
        self._list_fetched.clear()
        if self.state is EventsState.FLOWING:
            self._set_state(EventsState.INTERRUPTED)
        await self._list_fetched.wait()

    def _handle_connection(self) -> None:
        self._stop_timer()
        self.error = None
        self._failures = 0
        self.was_accepted = True
        self.connections += 1
        self._set_state(EventsState.FLOWING, notify=True)

    @callback
    def _handle_interruption(self, error: CarsonError | None) -> None:
        self.error = error
        if self.state is EventsState.FLOWING and self._cancel_timer is None:
            self._cancel_timer = async_call_later(self._hass, INTERRUPTION_SECONDS, HassJob(self._handle_timer))

    @callback
    def _handle_timer(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._set_state(EventsState.INTERRUPTED)

    async def _handle_refusal(self, error: CarsonError) -> None:
        """Wait for another session, with which the refusal need not hold."""
        _LOGGER.debug("Eagle Eye refuses live events of building %s: %s", self._eagle_eye.building_id, error)
        self._stop_timer()
        self.error = error
        self.was_accepted = False
        self._new_session.clear()
        self._set_state(EventsState.REFUSED)
        await self._new_session.wait()
        self._set_state(EventsState.CONNECTING)

    def _set_state(self, state: EventsState, *, notify: bool = False) -> None:
        previous, self.state = self.state, state
        if previous is not state:
            self.since = dt_util.utcnow()
        if notify or previous is not state:
            self._on_state(previous)

    def _stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
