"""Whether a camera has sent a newer preview, while somebody looks at it (Protocol B.9, B.10).

About one event in a second arrives for each camera, so they are received only over a websocket, and of watched cameras.
"""

import asyncio
from contextlib import aclosing
from datetime import datetime
from functools import partial

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..aiocarson import CarsonError, EagleEye, Still
from ..aiocarson.eagle_eye.event_ways import EventWay
from ..aiocarson.eagle_eye.events import EventKind
from .current_task import CurrentTask

# A camera that nobody has asked for so long is not watched.
IDLE_SECONDS = 30
_RETRY_SECONDS = 60


class NewPreviews:
    """The newest previews of a building's cameras that are watched.

    Attributes:
        cameras: The ids of the cameras whose previews are reported.
    """

    def __init__(self, hass: HomeAssistant, eagle_eye: EagleEye) -> None:
        """Initialize; nothing is requested before somebody asks."""
        self.cameras: frozenset[str] = frozenset()
        self._hass = hass
        self._eagle_eye = eagle_eye
        self._asked_at: dict[str, float] = {}
        self._newest: dict[str, datetime] = {}
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._task = CurrentTask()

    @callback
    def async_has_newer(self, camera_id: str, still: Still) -> bool | None:
        """Return whether a camera has sent a newer preview than a still; None if that is unknown."""
        self._asked_at[camera_id] = self._hass.loop.time()
        self._update()
        newest = self._newest.get(camera_id)
        return None if newest is None or still.taken_at is None else newest > still.taken_at

    async def async_close(self) -> None:
        """End the connection."""
        self._stop_timer()
        await self._task.end()

    @callback
    def _update(self, _now: datetime | None = None) -> None:
        """Receive the previews of the cameras that are watched now."""
        self._stop_timer()
        oldest = self._hass.loop.time() - IDLE_SECONDS
        self._asked_at = {camera_id: at for camera_id, at in self._asked_at.items() if at > oldest}
        if self._asked_at:
            self._cancel_timer = async_call_later(self._hass, IDLE_SECONDS, HassJob(self._update))
        if (cameras := frozenset(self._asked_at)) != self.cameras:
            self.cameras = cameras
            self._newest.clear()
            name = f"carson previews of building {self._eagle_eye.building_id}"
            self._task.replace(partial(self._receive, cameras), name)

    async def _receive(self, cameras: frozenset[str]) -> None:
        if not cameras:
            return
        events = self._eagle_eye.events(
            sorted(cameras),
            events=(),
            resources=(EventKind.PREVIEW,),
            ways=(EventWay.WEBSOCKET,),
            before_retry=self._before_retry,
        )
        try:
            async with aclosing(events):
                async for event in events:
                    if event.at is not None:
                        self._newest[event.camera_id] = event.at
        except CarsonError:
            # Without them, stills are fetched at regular intervals.
            self._newest.clear()

    async def _before_retry(self) -> None:
        self._newest.clear()
        await asyncio.sleep(_RETRY_SECONDS)

    def _stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
