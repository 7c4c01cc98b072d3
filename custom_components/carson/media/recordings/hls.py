"""Recorded FLV through Home Assistant's HLS, for recordings that are not to be had as MP4.

The FLV is fetched as a whole into a temporary file and told to HLS at the pace at which it was
filmed: HLS keeps only some seconds and would throw away what comes faster than it is watched.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
import hmac
import logging
from pathlib import Path
import secrets
import shutil
import tempfile

from homeassistant.components.camera.prefs import DynamicStreamSettings
from homeassistant.components.stream import Stream, create_stream
from homeassistant.components.stream.const import HLS_PROVIDER
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ...aiocarson import BuildingCamera
from ...coordinator import CarsonConfigEntry
from ..flv.tags import FILE_HEADER, FlvReader, Kind, Tag, TagType
from .segments import RecordingSegment

_LOGGER = logging.getLogger(__name__)

MOST_REPLAYS = 4
"""Replays kept at the same time; the oldest makes room."""
LONGEST_REPLAY_SECONDS = 900.0
SPEED = 1.0
"""Seconds of video for each second."""

_READ_BYTES = 128 * 1024
# What a player needs to start and to go on while the network hesitates.
_LEAD_SECONDS = 2.0
# More than a segment of HLS, and more than a player is behind.
_STANDING_SECONDS = 10
_STOP_SECONDS = 3.0


DATA_REPLAYS: HassKey[Replays] = HassKey("carson_replays")


@dataclass(slots=True, kw_only=True)
class Replay:
    """One FLV that is being played. Whoever knows the secret may read it, for a while."""

    path: Path
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    stream: Stream | None = None
    forget: CALLBACK_TYPE | None = None


class Replays:
    """The FLVs that are being played through HLS."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Keep what replays need; there are none yet."""
        self._hass = hass
        self._replays: dict[str, Replay] = {}
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_stop)

    def get(self, secret: str) -> Replay | None:
        """Tell the replay with a secret, in the same time however much of it is right."""
        given = secret.encode(errors="replace")
        known = self._replays.values()
        return next((one for one in known if hmac.compare_digest(one.secret.encode(), given)), None)

    async def async_start(
        self,
        entry: CarsonConfigEntry,
        camera: BuildingCamera,
        piece: RecordingSegment,
        url_of: Callable[[str], str],
    ) -> str:
        """Fetch the FLV of a piece and tell the path of its HLS playlist.

        Raises:
            CarsonError: The FLV is not to be had.
            OSError: There is no room for it.
        """
        recordings = entry.runtime_data.client.eagle_eye(camera.building_id).recordings
        job = self._hass.async_add_executor_job
        folder = Path(await job(tempfile.mkdtemp, "", "carson-"))
        replay = Replay(path=folder / "recording.flv")
        try:
            await recordings.download_clip(camera.id, piece.begin, piece.end, replay.path, form="flv")
            replay.stream = create_stream(self._hass, url_of(replay.secret), {}, DynamicStreamSettings())
        except BaseException:
            await job(_remove, folder)
            raise
        self._replays[replay.secret] = replay
        replay.stream.add_provider(HLS_PROVIDER)
        end = HassJob(self._expired(replay), cancel_on_shutdown=True)
        replay.forget = async_call_later(self._hass, LONGEST_REPLAY_SECONDS, end)
        entry.async_on_unload(partial(self.async_end, replay))
        while len(self._replays) > MOST_REPLAYS:
            await self.async_end(next(iter(self._replays.values())))
        # The master playlist would wait for more than a player needs to begin.
        return replay.stream.endpoint_url(HLS_PROVIDER).replace("master_", "")

    @callback
    def async_end_soon(self, replay: Replay) -> asyncio.Task[None]:
        """End a replay without waiting for it."""
        return self._hass.async_create_task(self.async_end(replay), "carson end of a replay")

    def _expired(self, replay: Replay) -> Callable[[datetime], None]:
        @callback
        def end(_now: datetime) -> None:
            self.async_end_soon(replay)

        return end

    async def async_end(self, replay: Replay) -> None:
        """End a replay and remove its file."""
        if self._replays.pop(replay.secret, None) is None:
            return
        if replay.forget is not None:
            replay.forget()
        try:
            if replay.stream is not None:
                async with asyncio.timeout(_STOP_SECONDS):
                    # This also ends the timer of each, and the stream with the last one.
                    for provider in replay.stream.outputs().values():
                        await replay.stream.remove_provider(provider)
        except TimeoutError:
            _LOGGER.debug("The worker of a replay takes its time to end")
        finally:
            await self._hass.async_add_executor_job(_remove, replay.path.parent)

    async def chunks(self, replay: Replay) -> AsyncGenerator[bytes]:
        """Give the file at the pace at which it was filmed, and a standing picture behind it.

        HLS shows nothing of a part before it is full, and no stream before its first seconds
        are: the standing picture fills both, and is there while a player catches up. The body
        ends only when the stream's worker is gone: it would take an end for a failure, tell so
        in the log, and play everything again.

        Raises:
            FlvError: The file is none.
        """
        reader, key, stamp = FlvReader(), b"", 0
        began = self._hass.loop.time()
        yield FILE_HEADER
        async for block in self._blocks(replay.path):
            for tag in reader.feed(block):
                if tag.kind is Kind.VIDEO_END:
                    continue
                key = tag.data if tag.kind is Kind.KEY else key
                stamp = max(stamp, tag.timestamp)
                await self._until(began, tag.timestamp)
                yield tag.encode()
        if key:
            for _ in range(_STANDING_SECONDS):
                stamp += 1000
                await self._until(began, stamp)
                yield Tag(TagType.VIDEO, stamp, key).encode()
        ending = self.async_end_soon(replay)
        # A worker sees that it should stop once it has read something.
        yield Tag(TagType.VIDEO, stamp + 1000, key).encode()
        await asyncio.wait([ending])

    async def _until(self, began: float, stamp: int) -> None:
        wait = began + (stamp / 1000 - _LEAD_SECONDS) / SPEED - self._hass.loop.time()
        if wait > 0:
            await asyncio.sleep(wait)

    async def _blocks(self, path: Path) -> AsyncIterator[bytes]:
        job = self._hass.async_add_executor_job
        file = await job(path.open, "rb")
        try:
            while block := await job(file.read, _READ_BYTES):
                yield block
        finally:
            await job(file.close)

    async def _async_stop(self, _event: Event) -> None:
        for replay in list(self._replays.values()):
            await self.async_end(replay)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
