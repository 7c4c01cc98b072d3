"""Whether there is motion in front of a camera, from Eagle Eye's events (Protocol B.11)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..aiocarson import CameraEvent
from ..aiocarson.eagle_eye.events import EventCode

MOTION_CODES = frozenset({EventCode.MOTION_STARTED, EventCode.MOTION_CONTINUED, EventCode.MOTION_ENDED})

# While there is motion, Eagle Eye says so every ten seconds. After so many without it, its end was lost.
END_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class MotionChange:
    """A beginning or an end of motion.

    Attributes:
        begin: When the motion began, in UTC.
        end: When it ended, in UTC; None for a beginning.
    """

    begin: datetime
    end: datetime | None = None


type MotionListener = Callable[[MotionChange | None], None]
"""Called with a beginning or an end, and with None if it only became known or unknown whether there is motion."""


class CameraMotion:
    """The motion in front of one camera.

    Attributes:
        is_on: Whether there is motion; None if that is unknown.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize with nothing known."""
        self.is_on: bool | None = None
        self._hass = hass
        self._begin: datetime | None = None
        self._last_sign: datetime | None = None
        self._ended: datetime | None = None
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._listeners: list[MotionListener] = []

    @callback
    def async_add_listener(self, listener: MotionListener) -> CALLBACK_TYPE:
        """Call the listener with each change; return a function that removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_set_known(self, *, is_known: bool) -> None:
        """Record whether events arrive. Without them, it is unknown whether there is motion."""
        if is_known and self.is_on is None:
            self.is_on = False
            self._notify(None)
        elif not is_known and self.is_on is not None:
            self._stop_timer()
            self.is_on = self._begin = None
            self._notify(None)

    @callback
    def async_handle(self, event: CameraEvent) -> None:
        """Handle an event of one of the codes for motion."""
        at = event.at or dt_util.utcnow()
        if event.event is EventCode.MOTION_ENDED:
            self._end(at)
        elif self._ended is None or at > self._ended:
            self._continue(at, is_new=event.event is EventCode.MOTION_STARTED)

    def _continue(self, at: datetime, *, is_new: bool) -> None:
        self._last_sign = at
        self._stop_timer()
        self._cancel_timer = async_call_later(self._hass, END_SECONDS, HassJob(self._handle_timer))
        if is_new or not self.is_on:
            self.is_on = True
            self._begin = at
            self._notify(MotionChange(begin=at))

    @callback
    def _handle_timer(self, _now: datetime) -> None:
        self._cancel_timer = None
        assert self._last_sign is not None  # noqa: S101 - the timer starts with one
        self._end(self._last_sign)

    def _end(self, at: datetime) -> None:
        self._ended = at if self._ended is None else max(at, self._ended)
        begin, self._begin = self._begin, None
        if begin is None:
            # It began before anybody listened.
            return
        if at < begin:
            # The end of an earlier motion.
            self._begin = begin
            return
        self._stop_timer()
        self.is_on = False
        self._notify(MotionChange(begin=begin, end=at))

    def _stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    def _notify(self, change: MotionChange | None) -> None:
        for listener in tuple(self._listeners):
            listener(change)
