"""Recorded FLV through Home Assistant's HLS, for recordings that are not available as MP4.

The whole FLV is downloaded into a temporary file and sent to HLS at its recorded speed: HLS keeps only a few
seconds and drops what arrives faster than it is watched.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
import logging
from pathlib import Path
import shutil

from homeassistant.components.camera.prefs import DynamicStreamSettings
from homeassistant.components.stream import Stream, create_stream
from homeassistant.components.stream.const import HLS_PROVIDER
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ...aiocarson import BuildingCamera
from ...aiocarson.flv.reader import FlvError, FlvReader
from ...aiocarson.flv.tags import Kind
from ...aiocarson.live.encoding import ConfigWriter, EncodedFrame, stream_head
from ...aiocarson.live.joiner import Joiner
from ...aiocarson.live.segment import Frame
from ..account import MediaAccount
from ..player_secret import create_secret, is_secret
from ..slots import Slots
from ..temporary_folders import create_temporary_folder
from .segments import RecordingSegment

_LOGGER = logging.getLogger(__name__)

MAX_REPLAYS = 4
"""The most replays at once; a further one ends the oldest."""
MAX_DOWNLOADS = 2
"""The most downloads at once; further ones wait."""
MAX_WAITING = 6
"""The most downloads that wait."""
SPEED = 1.0
"""Seconds of video per second."""

_READ_BYTES = 128 * 1024
# What a player needs to start and to bridge short pauses of the network.
_LEAD_SECONDS = 2.0
# Longer than an HLS segment, and longer than a player lags behind.
_STILL_SECONDS = 10


DATA_REPLAYS: HassKey[Replays] = HassKey("carson_replays")


@dataclass(slots=True, kw_only=True)
class Replay:
    """An FLV that is being played. The secret in its url replaces a sign-in."""

    path: Path
    stop_timeout: float
    player_stall: float
    secret: str = field(repr=False)
    stream: Stream | None = None
    cancel_expiry: CALLBACK_TYPE | None = None


class Replays:
    """The FLVs that are being played through HLS."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize without any replay."""
        self._hass = hass
        self._replays: dict[str, Replay] = {}
        self._downloads = Slots(MAX_DOWNLOADS, MAX_WAITING)
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_stop)

    def get(self, secret: str) -> Replay | None:
        """Return the replay with a secret. The duration does not depend on how much of the secret is right."""
        return next((replay for replay in self._replays.values() if is_secret(secret, replay.secret)), None)

    async def async_start(
        self,
        account: MediaAccount,
        camera: BuildingCamera,
        segment: RecordingSegment,
        url_for_secret: Callable[[str], str],
    ) -> str:
        """Download the FLV of a recording and return the path of its HLS playlist.

        Raises:
            CarsonError: The FLV is not available, or too many are being downloaded.
            OSError: There is no space to store it.
        """
        timeouts = account.timeouts.recordings
        async with self._downloads.take():
            replay = await self._async_download(account, camera, segment, url_for_secret)
        assert replay.stream is not None  # noqa: S101 - set by the download
        self._replays[replay.secret] = replay
        replay.stream.add_provider(HLS_PROVIDER)
        end = HassJob(self._expired(replay), cancel_on_shutdown=True)
        replay.cancel_expiry = async_call_later(self._hass, timeouts.replay, end)
        account.entry.async_on_unload(partial(self.async_end, replay))
        while len(self._replays) > MAX_REPLAYS:
            await self.async_end(next(iter(self._replays.values())))
        # The master playlist waits for more than a player needs to start.
        return replay.stream.endpoint_url(HLS_PROVIDER).replace("master_", "")

    async def _async_download(
        self,
        account: MediaAccount,
        camera: BuildingCamera,
        segment: RecordingSegment,
        url_for_secret: Callable[[str], str],
    ) -> Replay:
        recordings = account.eagle_eye(camera.building_id).recordings
        run = self._hass.async_add_executor_job
        folder = await run(create_temporary_folder, self._hass)
        replay = Replay(
            secret=create_secret(),
            path=folder / "recording.flv",
            stop_timeout=account.timeouts.recordings.replay_stop,
            player_stall=account.timeouts.player_stall,
        )
        try:
            await recordings.download_clip(camera.id, segment.begin, segment.end, replay.path, video_format="flv")
            replay.stream = create_stream(self._hass, url_for_secret(replay.secret), {}, DynamicStreamSettings())
        except BaseException:
            await run(_remove, folder)
            raise
        return replay

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
        if replay.cancel_expiry is not None:
            replay.cancel_expiry()
        try:
            if replay.stream is not None:
                async with asyncio.timeout(replay.stop_timeout):
                    # Removing the last provider also stops the stream, and each one's timer.
                    for provider in replay.stream.outputs().values():
                        await replay.stream.remove_provider(provider)
        except TimeoutError:
            _LOGGER.debug("Timed out waiting for the worker of a replay to stop")
        finally:
            await self._hass.async_add_executor_job(_remove, replay.path.parent)

    async def chunks(self, replay: Replay) -> AsyncGenerator[bytes]:
        """Yield the file at its recorded speed, followed by a still picture.

        HLS publishes a part only when it is full, and a stream only after its first seconds: the
        still picture fills both, and remains while a player catches up. The body ends only after
        the stream's worker has stopped: the worker would take an end for a failure, log it, and
        play everything again.

        Raises:
            FlvError: The file is not an FLV, or has no picture.
        """
        reader, joiner, writer = FlvReader(), Joiner(), ConfigWriter()
        segment = joiner.begin()
        key: Frame | None = None
        time = 0
        started_at = self._hass.loop.time()
        async for block in self._read_blocks(replay.path):
            tags = reader.feed(block)
            segment.announces_audio = reader.announces_audio
            for frame in joiner.feed(segment, tags):
                await self._wait_until_due(started_at, frame.time)
                if key is None:
                    yield stream_head(segment)
                key = frame if key is None or frame.kind is Kind.KEY else key
                time = max(time, frame.time)
                yield writer.write(EncodedFrame.encode(frame))
        if key is None:
            raise FlvError("the recording has no picture")
        for _ in range(_STILL_SECONDS):
            time += 1000
            await self._wait_until_due(started_at, time)
            yield EncodedFrame.encode(replace(key, time=time)).data
        ending = self.async_end_soon(replay)
        # The worker notices that it should stop when it next reads something.
        yield EncodedFrame.encode(replace(key, time=time + 1000)).data
        await asyncio.wait([ending])

    async def _wait_until_due(self, started_at: float, timestamp: int) -> None:
        wait = started_at + (timestamp / 1000 - _LEAD_SECONDS) / SPEED - self._hass.loop.time()
        if wait > 0:
            await asyncio.sleep(wait)

    async def _read_blocks(self, path: Path) -> AsyncIterator[bytes]:
        run = self._hass.async_add_executor_job
        file = await run(path.open, "rb")
        try:
            while block := await run(file.read, _READ_BYTES):
                yield block
        finally:
            await run(file.close)

    async def _async_stop(self, _event: Event) -> None:
        for replay in list(self._replays.values()):
            await self.async_end(replay)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
