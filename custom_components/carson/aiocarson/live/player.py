"""One player of a live view: its bounded queue of FLV bytes."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, override

from ..errors import CannotConnectError, CarsonError
from ..flv.tags import END_OF_SEQUENCE, Kind, Tag, TagType
from .encoding import ConfigWriter, EncodedFrame
from .lead_in import LeadIn

_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Queued:
    """A frame that waits to be read.

    Attributes:
        encoded: The frame.
        shift: The milliseconds by which it is moved.
        size: The bytes that it takes; 0 for a copy in the lead-in.
    """

    encoded: EncodedFrame
    shift: int
    size: int


class Player:
    """An endless FLV for one player: `async for chunk in player`.

    It begins with the file header and the pictures since the last key frame. A player that reads too slowly
    loses pictures from one key frame to another. The iteration ends when the live view ends; `error` is then the
    reason, None when the end is intended. Leave by `close` or by `async with`.

    Args:
        limit: The most bytes that may wait to be read.
        on_close: Called after the player has left.
        lead_ms: So much video is to be there at the begin, in milliseconds.
    """

    def __init__(self, *, limit: int, on_close: "Callable[[Player], None]", lead_ms: int = 0) -> None:
        self.lead_ms = lead_ms
        self.error: CarsonError | None = None
        self.lost_pictures = 0
        self._limit = limit
        self._on_close = on_close
        self._head: bytes | None = None
        self._queue: deque[_Queued] = deque()
        self._queued_bytes = 0
        self._lead_in: LeadIn | None = None
        self._shift = 0
        self._needs_key = True
        self._writer = ConfigWriter()
        self._last_time = 0
        self._ended = False
        self._needs_tail = False
        self._changed = asyncio.Event()

    @property
    def queued_bytes(self) -> int:
        """The number of bytes that wait to be read."""
        return self._queued_bytes

    async def start(self) -> None:
        """Wait until there is something to send.

        Raises:
            CarsonError: The live view ended before that.
        """
        while not self._queue:
            if self._ended:
                raise self.error or CannotConnectError("the live view has ended")
            await self._wait()

    def __aiter__(self) -> Self:
        """Return the player itself: it can be read once."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next bytes, several tags at a time."""
        while not self._queue:
            if self._ended:
                return self._take_tail()
            await self._wait()
        return self._take_chunk()

    async def close(self) -> None:
        """Leave the live view; the upstream ends with its last player."""
        self.finish()
        self._queue.clear()
        self._queued_bytes = 0
        self._needs_tail = False
        self._on_close(self)

    async def __aenter__(self) -> Self:
        """Return the player; it leaves at the end of the block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the live view."""
        await self.close()

    @override
    def __repr__(self) -> str:
        return f"<Player {self._queued_bytes} bytes queued, {self.lost_pictures} pictures lost>"

    # -- for the broadcast

    @property
    def has_begun(self) -> bool:
        """Whether the head of the file is set."""
        return self._head is not None

    def begin(self, head: bytes, lead_in: LeadIn | None = None) -> None:
        """Set the head of the file and what fills the time before the first frame, a key frame."""
        self._head = head
        self._lead_in = lead_in

    def push(self, frame: EncodedFrame) -> None:
        """Queue a frame; never waits, never exceeds the limit by more than one frame."""
        if self._needs_key:
            if not frame.is_key:
                self._count_lost(frame)
                return
            self._needs_key = False
            self._push_lead_in(frame)
        self._queue.append(_Queued(frame, self._shift, len(frame.data)))
        self._queued_bytes += len(frame.data)
        if self._queued_bytes > self._limit:
            self._shrink_queue()
        self._changed.set()

    def finish(self, error: CarsonError | None = None) -> None:
        """End after what is queued."""
        if self._ended:
            return
        self._ended = True
        self._needs_tail = True
        self.error = error
        self._changed.set()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _push_lead_in(self, key: EncodedFrame) -> None:
        lead_in, self._lead_in = self._lead_in, None
        if lead_in is None:
            return
        for frame in lead_in.frames(key.frame):
            if frame.kind is Kind.AUDIO:
                self._queue.append(_Queued(EncodedFrame.encode(frame), 0, 0))
            else:
                self._queue.append(_Queued(key, frame.time - key.frame.time, 0))
        self._shift = lead_in.milliseconds

    def _shrink_queue(self) -> None:
        """Drop everything before the newest key frame, or everything when that is not enough."""
        newest = max((at for at, queued in enumerate(self._queue) if queued.encoded.is_key), default=0)
        for _ in range(newest):
            self._drop_oldest()
        if self._queued_bytes > self._limit:
            while self._queue:
                self._drop_oldest()
            self._needs_key = True

    def _drop_oldest(self) -> None:
        queued = self._queue.popleft()
        self._queued_bytes -= queued.size
        if queued.size:
            self._count_lost(queued.encoded)

    def _count_lost(self, frame: EncodedFrame) -> None:
        if self._head is not None and frame.frame.kind is not Kind.AUDIO:
            self.lost_pictures += 1

    def _take_chunk(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        if self._head:
            parts.append(self._head)
            self._head = b""
        while self._queue and size < _CHUNK_BYTES:
            queued = self._queue.popleft()
            parts.append(self._writer.write(queued.encoded, queued.shift))
            size += len(queued.encoded.data)
            self._queued_bytes -= queued.size
            self._last_time = queued.encoded.frame.time + queued.shift
        return b"".join(parts)

    def _take_tail(self) -> bytes:
        """Return the end of the H.264 sequence once, if one was begun."""
        if not self._needs_tail or not self._writer.config(TagType.VIDEO).startswith(END_OF_SEQUENCE[:1]):
            raise StopAsyncIteration
        self._needs_tail = False
        return Tag(TagType.VIDEO, self._last_time, END_OF_SEQUENCE).encode()
