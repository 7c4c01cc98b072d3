"""FLV streams, live and recorded: which bytes are sent, and when.

The layout is that of a real stream (Protocol B.8, "What the FLV looks like").
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
import contextlib
from dataclasses import dataclass
from itertools import count

from simulator.media import flv, video
from simulator.media.stream_effects import FrameDraft, StreamEffect
from simulator.media.timeline import FRAME_RATE, GROUP, frame_at, frame_time

OVERTIME_MS = 60
"""A live stream is a little longer than requested."""

type RunInThread = Callable[[Callable[[], video.Group]], Awaitable[video.Group]]


@dataclass(frozen=True, slots=True)
class FlvChunk:
    """Some bytes of a stream."""

    data: bytes
    due: float = 0.0
    """Seconds since the epoch before which they cannot be sent."""
    wait: float = 0.0
    """Seconds of the simulator's clock to wait before sending."""
    is_last: bool = False
    """Nothing follows, though the stream is incomplete."""
    closes_connection: bool = False
    """The connection is closed after it."""


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Consecutive frames."""

    first: int
    last: int | None
    """None: without an end."""


def frame_range(begin_ms: int, end_ms: int) -> FrameRange:
    """Return the frames between two moments."""
    return FrameRange(frame_at(begin_ms), max(frame_at(begin_ms), frame_at(end_ms) - 1))


class FlvStream:
    """The chunks of one stream.

    Args:
        view: What is filmed.
        ranges: The frames, in order; their timestamps are joined without a gap.
        length_ms: The stream ends with the first frame at or after this, or at the end of the ranges.
        duration: Seconds, as onMetaData states.
        effects: Deviations from a regular stream.
        is_delivering: Whether the camera is delivering frames now; until it does, none are sent.
        run_in_thread: Runs the encoding beside the event loop.
    """

    def __init__(
        self,
        view: video.View,
        ranges: tuple[FrameRange, ...],
        *,
        length_ms: int,
        duration: float,
        effects: Sequence[StreamEffect],
        is_delivering: Callable[[], bool],
        run_in_thread: RunInThread,
    ) -> None:
        """Initialize the stream."""
        self._view = view
        self._ranges = ranges
        self._length_ms = length_ms
        self._duration = duration
        self._effects = effects
        self._is_delivering = is_delivering
        self._run_in_thread = run_in_thread
        self._prefetch: asyncio.Task[video.Group] | None = None

    async def chunks(self) -> AsyncGenerator[FlvChunk]:
        """Yield the stream from its header to its end."""
        try:
            async with contextlib.aclosing(self._chunks()) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            if self._prefetch is not None:
                self._prefetch.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._prefetch

    async def _chunks(self) -> AsyncGenerator[FlvChunk]:
        group: video.Group | None = None
        has_header = False
        stamp = 0
        for number, stamp, is_first in self._schedule():
            due = frame_time(self._view.esn, number) / 1000
            if has_header and not self._is_delivering():
                group = None
                yield FlvChunk(b"", due)
                continue
            if is_first or group is None or number - group.first >= len(group.frames):
                has_changed = has_header and self._update_view(stamp)
                group = await self._next_group(number, stamp)
                if has_changed:
                    yield FlvChunk(flv.video(stamp, flv.AVC_SEQUENCE_HEADER, group.configuration, key=True))
                if not has_header:
                    has_header = True
                    yield FlvChunk(self._header(group, frame_time(self._view.esn, number)))
            chunk = self._frame(group.frames[number - group.first], stamp, due)
            yield chunk
            if chunk.is_last:
                return
        yield FlvChunk(flv.video(stamp, flv.AVC_END_OF_SEQUENCE))

    def _schedule(self) -> Iterator[tuple[int, int, bool]]:
        """Yield number and timestamp of each frame, and whether it is the first of a range."""
        esn = self._view.esn
        base = 0
        for frames in self._ranges:
            begin = frame_time(esn, frames.first)
            stamp = base
            for number in count(frames.first):
                if frames.last is not None and number > frames.last:
                    break
                stamp = base + frame_time(esn, number) - begin
                yield number, stamp, number == frames.first
                if stamp >= self._length_ms:
                    return
            base = stamp + 1000 // FRAME_RATE

    async def _next_group(self, first: int, stamp: int) -> video.Group:
        """Return the group that begins with a frame, and start encoding the next one if it will be needed."""
        prefetch, self._prefetch = self._prefetch, None
        group: video.Group | None = None
        if prefetch is not None:
            group = await prefetch
        if group is None or group.first != first or group.view != self._view:
            group = await self._encode(first)
        if stamp + GROUP * 1000 // FRAME_RATE < self._length_ms:
            self._prefetch = asyncio.create_task(self._encode(first + GROUP))
        return group

    async def _encode(self, first: int) -> video.Group:
        view = self._view
        return await self._run_in_thread(lambda: video.encode_group(view, first))

    def _update_view(self, stamp: int) -> bool:
        """Apply changes of the view and return whether there was one."""
        before = self._view
        for effect in self._effects:
            self._view = effect.view(self._view, stamp)
        return self._view != before

    def _header(self, group: video.Group, begin_ms: int) -> bytes:
        metadata: dict[str, float | bool | str] = {
            "duration": self._duration,
            "starttime": begin_ms / 1000,
            "filesize": 750326.0,
            "width": float(self._view.width),
            "height": float(self._view.height),
            "videodatarate": 976.5625,
            "framerate": float(FRAME_RATE),
            "videocodecid": 7.0,
            "canSeekToEnd": False,
        }
        header = flv.file_header(audio=any(effect.has_audio for effect in self._effects)) + flv.metadata(metadata)
        header += flv.video(0, flv.AVC_SEQUENCE_HEADER, group.configuration, key=True)
        return header + b"".join(effect.header() for effect in self._effects)

    def _frame(self, frame: video.Frame, stamp: int, due: float) -> FlvChunk:
        draft = FrameDraft(frame, stamp, stamp, frame.avcc)
        for effect in self._effects:
            effect.change(draft)
        data = flv.video(draft.timestamp, flv.AVC_FRAME, draft.payload, key=frame.key)
        if draft.ending is not None:
            half = data[: len(data) // 2]
            return FlvChunk(half, due, is_last=True, closes_connection=draft.ending == "cut")
        return FlvChunk(data + draft.audio, due, draft.wait)
