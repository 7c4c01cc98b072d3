"""FLV bodies, live and recorded: which bytes come, when they are due, and what can be odd about them.

The shape is that of a real body (Protocol B.8, "What the FLV looks like"); the oddities are those
of Protocol C row 40.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
import contextlib
from dataclasses import dataclass, replace
from itertools import count

from simulator.core import Core
from simulator.faults import Fault
from simulator.media import flv, video
from simulator.media.timeline import FRAME_RATE, GROUP, frame_at, frame_time

OVERTIME_MS = 60
"""A live body is a little longer than asked for."""

_AAC_FRAME_MS = 128
_STALL = 6.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a body."""

    data: bytes
    due: float = 0.0
    """Seconds since the epoch before which they cannot be sent."""
    wait: float = 0.0
    """Seconds of the simulator's clock to wait beforehand: a stall."""
    last: bool = False
    """Nothing follows them, though the body is not complete."""
    cuts: bool = False
    """The connection is cut behind them."""


@dataclass(frozen=True, slots=True)
class FrameRange:
    """Frames without a gap."""

    first: int
    last: int | None
    """None: goes on."""


class FlvBody:
    """The pieces of one body.

    Args:
        core: The simulator.
        view: What is filmed.
        stretches: The frames, in order; they are joined without a gap in the time stamps.
        length_ms: It ends with the first frame at or after this, or where the stretches end.
        duration: What onMetaData says, in seconds.
        faults: Oddities to show.
        sees: Whether the camera is delivering right now; while it is not, no frames come.
    """

    def __init__(
        self,
        core: Core,
        view: video.View,
        stretches: tuple[FrameRange, ...],
        *,
        length_ms: int,
        duration: float,
        faults: list[Fault],
        sees: Callable[[], bool],
    ) -> None:
        self._core = core
        self._view = view
        self._stretches = stretches
        self._length_ms = length_ms
        self._duration = duration
        self._sees = sees
        self._pending = {"cut_stream" if fault.kind == "cut" else fault.kind: fault for fault in faults}
        self._audio_ms = 0.0
        self._ahead: asyncio.Task[video.Group] | None = None

    async def pieces(self) -> AsyncGenerator[Piece]:
        """Yield the body from its header to its end."""
        try:
            async with contextlib.aclosing(self._all()) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            if self._ahead is not None:
                self._ahead.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._ahead

    async def _all(self) -> AsyncGenerator[Piece]:
        group: video.Group | None = None
        head_sent = False
        stamp = 0
        for number, stamp, begins in self._schedule():
            due = frame_time(self._view.esn, number) / 1000
            if head_sent and not self._sees():
                group = None
                yield Piece(b"", due)
                continue
            if begins or group is None or number - group.first >= len(group.frames):
                if head_sent and self._resize(stamp):
                    group = await self._next_group(number, stamp)
                    yield Piece(flv.video(stamp, flv.AVC_SEQUENCE_HEADER, group.configuration, key=True))
                else:
                    group = await self._next_group(number, stamp)
                if not head_sent:
                    head_sent = True
                    yield Piece(self._head(group, frame_time(self._view.esn, number)))
            piece = self._frame(group.frames[number - group.first], stamp, due)
            yield piece
            if piece.last:
                return
        yield Piece(flv.video(stamp, flv.AVC_END_OF_SEQUENCE))

    def _schedule(self) -> Iterator[tuple[int, int, bool]]:
        """Yield number and time stamp of each frame, and whether a stretch begins with it."""
        esn = self._view.esn
        base = 0
        for stretch in self._stretches:
            begin = frame_time(esn, stretch.first)
            stamp = base
            for number in count(stretch.first):
                if stretch.last is not None and number > stretch.last:
                    break
                stamp = base + frame_time(esn, number) - begin
                yield number, stamp, number == stretch.first
                if stamp >= self._length_ms:
                    return
            base = stamp + 1000 // FRAME_RATE

    async def _next_group(self, first: int, stamp: int) -> video.Group:
        """Return the group from a frame on, and begin to encode the one behind it if it will be needed."""
        ahead, self._ahead = self._ahead, None
        group: video.Group | None = None
        if ahead is not None:
            group = await ahead
        if group is None or group.first != first or group.view != self._view:
            group = await self._encode(first)
        if stamp + GROUP * 1000 // FRAME_RATE < self._length_ms:
            self._ahead = asyncio.create_task(self._encode(first + GROUP))
        return group

    async def _encode(self, first: int) -> video.Group:
        view = self._view
        return await self._core.in_thread(lambda: video.encode_group(view, first))

    def _resize(self, stamp: int) -> bool:
        """Take another size from here on, if that oddity is due."""
        fault = self._pending.get("resolution_change")
        if fault is None or stamp < fault.at * 1000:
            return False
        del self._pending["resolution_change"]
        self._view = replace(self._view, width=self._view.width // 2, height=self._view.height // 2)
        return True

    def _head(self, group: video.Group, begin_ms: int) -> bytes:
        values: dict[str, float | bool | str] = {
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
        audio = any(kind.startswith("audio") for kind in self._pending)
        head = flv.file_header(audio=audio) + flv.metadata(values)
        head += flv.video(0, flv.AVC_SEQUENCE_HEADER, group.configuration, key=True)
        if "audio_aac" in self._pending:
            head += flv.audio_aac(0, header=True)
        return head

    def _due(self, kind: str, stamp: int) -> Fault | None:
        """Return an oddity that happens once, when its time has come."""
        fault = self._pending.get(kind)
        if fault is None or stamp < fault.at * 1000:
            return None
        return self._pending.pop(kind)

    def _frame(self, frame: video.Frame, stamp: int, due: float) -> Piece:
        annex_b = self._pending.get("annexb")
        payload = frame.annex_b if annex_b is not None and stamp >= annex_b.at * 1000 else frame.avcc
        shown = stamp
        if self._due("backward_timestamp", stamp) is not None:
            shown = max(0, stamp - 500)
        data = flv.video(shown, flv.AVC_FRAME, payload, key=frame.key)
        for kind in ("early_eof", "cut_stream"):
            if self._due(kind, stamp) is not None:
                return Piece(data[: len(data) // 2], due, last=True, cuts=kind == "cut_stream")
        wait = 0.0
        if (stall := self._due("stall", stamp)) is not None:
            wait = stall.seconds or _STALL
        return Piece(data + self._audio(stamp), due, wait)

    def _audio(self, stamp: int) -> bytes:
        """Return the sound up to a time stamp."""
        tags = b""
        for kind, step in (("audio_alaw", 40), ("audio_ulaw", 40), ("audio_aac", _AAC_FRAME_MS)):
            if kind not in self._pending:
                continue
            while self._audio_ms <= stamp:
                at = int(self._audio_ms)
                if kind == "audio_aac":
                    tags += flv.audio_aac(at, header=False)
                else:
                    tags += flv.audio_g711(at, law="a" if kind == "audio_alaw" else "mu", samples=step * 8)
                self._audio_ms += step
        return tags


def frame_range(begin_ms: int, end_ms: int) -> FrameRange:
    """Return the frames between two moments."""
    return FrameRange(frame_at(begin_ms), max(frame_at(begin_ms), frame_at(end_ms) - 1))
