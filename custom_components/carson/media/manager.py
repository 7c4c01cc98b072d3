"""The stills and live views of an account's cameras."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..aiocarson import EagleEye, Still
from ..aiocarson.http.request import Pool
from ..aiocarson.http.transport import MAX_PER_HOST
from ..aiocarson.live.relay import LiveRelay
from ..aiocarson.tasks import Spawn
from .account import MediaAccount
from .clock import SleepAwareClock
from .fair_slots import FairSlots
from .fresh_stills import FreshStills
from .player_secret import create_secret
from .snapshots import SnapshotCache
from .timeouts import MediaTimeouts

MAX_LIVE_VIEWS = 24
"""The most cameras of an account that are viewed live at once."""
STILLS_AT_ONCE = MAX_PER_HOST[Pool.STILL]
"""The most stills of a building that are requested at once: as many as there are connections for them."""
# Eagle Eye ends live video by itself after the requested time (Protocol B.8, D 12).
SEGMENT_LENGTH = timedelta(minutes=5)


class CameraStreams:
    """The shared stills and the shared live view of one camera.

    Attributes:
        secret: Makes the url of its live view unguessable; it is new at each start.
        wants_lead_in: Returns whether Home Assistant's stream still has nothing to show.
        lead_in_ends_at: Where the real pictures begin in Home Assistant's stream, by the time of its segments.
    """

    def __init__(
        self,
        find_eagle_eye: Callable[[], EagleEye],
        camera_id: str,
        *,
        spawn: Spawn,
        monotonic: Callable[[], float],
        on_still: CALLBACK_TYPE,
        find_slots: Callable[[str], FairSlots],
        has_newer: Callable[[Still], bool | None],
        timeouts: MediaTimeouts,
    ) -> None:
        """Initialize the streams; nothing is requested yet.

        Args:
            find_eagle_eye: Returns the client of the building that serves the camera.
            camera_id: The ESN.
            spawn: Starts a background task.
            monotonic: Returns the time of a monotonic clock, in seconds.
            on_still: Called after each new still.
            find_slots: Returns the places for the requests to a building.
            has_newer: Returns whether the camera has a newer picture than a still; None if that is unknown.
            timeouts: The time limits.
        """
        self._find_slots = find_slots
        self._camera_id = camera_id
        self._find_eagle_eye = find_eagle_eye
        self._eagle_eye = find_eagle_eye()
        self._remove_session_listener = self._eagle_eye.add_session_listener(self._session_renewed)
        self.secret = create_secret()
        self.wants_lead_in: Callable[[], bool] = lambda: False
        self.lead_in_ends_at: datetime | None = None
        self.player_stall = timeouts.player_stall
        clock = SleepAwareClock(monotonic, dt_util.utcnow)
        self._fresh_stills = FreshStills(
            self._current_eagle_eye, camera_id, now=dt_util.utcnow, monotonic=clock, timeouts=timeouts.stills
        )
        self.snapshots = SnapshotCache(
            self._get_still,
            now=dt_util.utcnow,
            monotonic=clock,
            spawn=spawn,
            timeouts=timeouts.stills,
            take_place=self._take_place,
            has_newer=has_newer,
            is_old=lambda: self._fresh_stills.is_old,
        )
        self.relay = LiveRelay(
            self._open_segment,
            segment_length=SEGMENT_LENGTH,
            name=camera_id,
            spawn=spawn,
            monotonic=monotonic,
            timeouts=timeouts.live,
        )
        self._opening = 0
        self._on_still = on_still

    async def async_close(self) -> None:
        """End all traffic of this camera."""
        self._remove_session_listener()
        await self.relay.close()
        await self.snapshots.close()

    async def _get_still(self) -> Still:
        still = await self._fresh_stills.get()
        # The cache has stored the still by the time the listeners run.
        asyncio.get_running_loop().call_soon(self._on_still)
        return still

    @asynccontextmanager
    async def _open_segment(self) -> AsyncGenerator[AsyncIterator[bytes]]:
        async with AsyncExitStack() as stack:
            self._opening += 1
            try:
                stream = await stack.enter_async_context(
                    self._current_eagle_eye().live(self._camera_id, duration=SEGMENT_LENGTH)
                )
            finally:
                self._opening -= 1
            yield stream

    def _take_place(self, rank: float) -> AbstractAsyncContextManager[None]:
        return self._find_slots(self._current_eagle_eye().building_id).take(rank)

    def _current_eagle_eye(self) -> EagleEye:
        """Return the client of the building that serves the camera now; it may have changed."""
        if (eagle_eye := self._find_eagle_eye()) is not self._eagle_eye:
            self._remove_session_listener()
            self._remove_session_listener = eagle_eye.add_session_listener(self._session_renewed)
            self._eagle_eye = eagle_eye
        return self._eagle_eye

    def _session_renewed(self) -> None:
        """Leave a segment with an old session key before Eagle Eye ends it."""
        if self.relay.players and not self._opening:
            self.relay.prompt_next_segment()


class CameraMediaManager:
    """Creates and holds the streams of an account's cameras."""

    def __init__(self, hass: HomeAssistant, account: MediaAccount) -> None:
        """Initialize the manager without any streams."""
        self.account = account
        self._hass = hass
        self._streams: dict[str, CameraStreams] = {}
        self._slots: defaultdict[str, FairSlots] = defaultdict(lambda: FairSlots(STILLS_AT_ONCE))
        self._still_listeners: defaultdict[str, list[CALLBACK_TYPE]] = defaultdict(list)

    def get(self, camera_id: str) -> CameraStreams | None:
        """Return the streams of a camera, None when none have been requested yet."""
        return self._streams.get(camera_id)

    def get_or_create(self, building_id: str, camera_id: str) -> CameraStreams:
        """Return the streams of a camera, created by the first call.

        Args:
            building_id: The building that serves the camera, until the list of cameras says another one.
            camera_id: The ESN.
        """

        def find_eagle_eye() -> EagleEye:
            camera = self.account.find_camera(camera_id)
            return self.account.eagle_eye(building_id if camera is None else camera.building_id)

        if (streams := self._streams.get(camera_id)) is None:
            streams = self._streams[camera_id] = CameraStreams(
                find_eagle_eye,
                camera_id,
                spawn=self._spawn,
                monotonic=self._hass.loop.time,
                on_still=lambda: self._notify_still_listeners(camera_id),
                find_slots=self._slots.__getitem__,
                has_newer=lambda still: self.account.has_newer_still(camera_id, still),
                timeouts=self.account.timeouts,
            )
        return streams

    @callback
    def async_is_live_possible(self, camera_id: str) -> bool:
        """Return whether a camera may be viewed live: it already is, or not too many others are."""
        live = {viewed for viewed, streams in self._streams.items() if streams.relay.players}
        return camera_id in live or len(live) < MAX_LIVE_VIEWS

    @callback
    def async_add_still_listener(self, camera_id: str, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener after each new still of a camera. Return a function that removes it."""
        self._still_listeners[camera_id].append(listener)
        return lambda: self._still_listeners[camera_id].remove(listener)

    async def async_remove(self, camera_id: str) -> None:
        """Close and remove the streams of one camera."""
        if (streams := self._streams.pop(camera_id, None)) is not None:
            await streams.async_close()

    async def async_close(self) -> None:
        """Close and remove the streams of all cameras."""
        for camera_id in tuple(self._streams):
            await self.async_remove(camera_id)

    def _notify_still_listeners(self, camera_id: str) -> None:
        for listener in tuple(self._still_listeners[camera_id]):
            listener()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return self.account.entry.async_create_background_task(self._hass, work, name)
