"""One account's pictures: a still cache and a live relay for each camera that is looked at."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
import secrets
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..aiocarson import Carson, EagleEye, Still
from .live.relay import LiveRelay
from .snapshots import SnapshotCache

# Eagle Eye ends a live stretch by itself after the asked time (Protocol B.8, D 12).
STRETCH = timedelta(minutes=5)

type Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]


class CameraStreams:
    """The shared picture sources of one camera.

    `secret` makes the address of its live view unguessable; it is new at each start.
    """

    def __init__(
        self,
        eagle_eye: EagleEye,
        camera_id: str,
        *,
        spawn: Spawn,
        monotonic: Callable[[], float],
        on_still: CALLBACK_TYPE,
    ) -> None:
        """Make the sources; nothing is opened before somebody looks. `on_still` is called after each new still."""
        self.secret = secrets.token_urlsafe(32)
        self.snapshots = SnapshotCache(self._get_still, now=dt_util.utcnow, monotonic=monotonic, spawn=spawn)
        self.relay = LiveRelay(self._open_stretch, stretch=STRETCH, name=camera_id, spawn=spawn, monotonic=monotonic)
        self._eagle_eye = eagle_eye
        self._stop_listening = eagle_eye.add_session_listener(self._session_renewed)
        self._camera_id = camera_id
        self._opening = 0
        self._on_still = on_still

    async def async_close(self) -> None:
        """End all traffic of this camera."""
        self._stop_listening()
        await self.relay.close()
        await self.snapshots.close()

    async def _get_still(self) -> Still:
        still = await self._eagle_eye.get_still(self._camera_id)
        # Told once the cache has taken it.
        asyncio.get_running_loop().call_soon(self._on_still)
        return still

    @asynccontextmanager
    async def _open_stretch(self) -> AsyncGenerator[AsyncIterator[bytes]]:
        async with AsyncExitStack() as stack:
            self._opening += 1
            try:
                stream = await stack.enter_async_context(self._eagle_eye.live(self._camera_id, duration=STRETCH))
            finally:
                self._opening -= 1
            yield stream

    def _session_renewed(self) -> None:
        """Leave a stretch whose key is done with before Eagle Eye cuts it off."""
        if self.relay.players and not self._opening:
            self.relay.prompt_next_stretch()


class CameraMediaManager:
    """Makes and keeps the picture sources of an account's cameras."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], client: Carson) -> None:
        """Keep what the sources need."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._cameras: dict[str, CameraStreams] = {}
        self._listeners: defaultdict[str, list[CALLBACK_TYPE]] = defaultdict(list)

    def get(self, camera_id: str) -> CameraStreams | None:
        """Tell the sources of a camera that is in use, None for any other."""
        return self._cameras.get(camera_id)

    def of(self, building_id: str, camera_id: str) -> CameraStreams:
        """Tell the sources of a camera, made at the first call."""
        if (media := self._cameras.get(camera_id)) is None:
            media = self._cameras[camera_id] = CameraStreams(
                self._client.eagle_eye(building_id),
                camera_id,
                spawn=self._spawn,
                monotonic=self._hass.loop.time,
                on_still=lambda: self._tell(camera_id),
            )
        return media

    @callback
    def async_listen(self, camera_id: str, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener after each new still of a camera; the answer ends that."""
        self._listeners[camera_id].append(listener)
        return lambda: self._listeners[camera_id].remove(listener)

    async def async_drop(self, camera_id: str) -> None:
        """End all traffic of one camera and forget its sources."""
        if (media := self._cameras.pop(camera_id, None)) is not None:
            await media.async_close()

    async def async_close(self) -> None:
        """End all traffic of the account's cameras."""
        for camera_id in tuple(self._cameras):
            await self.async_drop(camera_id)

    def _tell(self, camera_id: str) -> None:
        for listener in tuple(self._listeners[camera_id]):
            listener()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return self._entry.async_create_background_task(self._hass, work, name)
