"""One player of a live view: its bounded queue of FLV bytes."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, override

from ...aiocarson import CannotConnectError, CarsonError
from ..flv.tags import END_OF_SEQUENCE, Kind, Tag, TagType
from .segment import Frame

_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A frame ready to be sent: encoded once, shared by all players."""

    frame: Frame
    encoded: bytes

    @classmethod
    def of(cls, frame: Frame) -> Self:
        """Encode a frame whose time is that of the relay."""
        return cls(frame, Tag(frame.type, frame.time, frame.data).encode())

    @property
    def is_key(self) -> bool:
        """Whether a player may begin here."""
        return self.frame.kind is Kind.KEY


class Player:
    """An endless FLV for one player: `async for chunk in player`.

    It begins with the file header and the pictures since the last key frame. A player that reads too slowly
    loses pictures from one key frame to another. The iteration ends when there is nothing more to show;
    `error` then says why, if it was not wanted. Leave by `close` or by `async with`.
    """

    def __init__(self, *, limit: int, on_close: Callable[[Player], None]) -> None:
        self.error: CarsonError | None = None
        self.lost_pictures = 0
        self._limit = limit
        self._on_close = on_close
        self._head: bytes | None = None
        self._queue: deque[Entry] = deque()
        self._queued_bytes = 0
        self._needs_key = True
        self._configs: dict[TagType, bytes] = {}
        self._last_time = 0
        self._ended = False
        self._tail = False
        self._wake = asyncio.Event()

    @property
    def queued_bytes(self) -> int:
        """What waits to be read."""
        return self._queued_bytes

    async def start(self) -> None:
        """Wait until there is something to send. Raises the CarsonError that prevents it."""
        while not self._queue:
            if self._ended:
                raise self.error or CannotConnectError("the live view has ended")
            await self._pause()

    def __aiter__(self) -> Self:
        """Return the player itself: it is read once."""
        return self

    async def __anext__(self) -> bytes:
        """Return what is due, some tags at a time."""
        while not self._queue:
            if self._ended:
                return self._take_tail()
            await self._pause()
        return self._take()

    async def close(self) -> None:
        """Leave; the upstream ends with its last player."""
        self.finish()
        self._queue.clear()
        self._queued_bytes = 0
        self._tail = False
        self._on_close(self)

    async def __aenter__(self) -> Self:
        """Enter a block that leaves by itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave."""
        await self.close()

    @override
    def __repr__(self) -> str:
        return f"<Player {self._queued_bytes} bytes queued, {self.lost_pictures} pictures lost>"

    # -- the relay's side

    @property
    def has_begun(self) -> bool:
        """Whether the head of the file is known."""
        return self._head is not None

    def begin(self, head: bytes) -> None:
        """Set the head of the file, before the first frame."""
        self._head = head

    def push(self, entry: Entry) -> None:
        """Queue a frame; never waits, never grows beyond the limit by more than one frame."""
        if self._needs_key:
            if not entry.is_key:
                self._lose(entry)
                return
            self._needs_key = False
        self._queue.append(entry)
        self._queued_bytes += len(entry.encoded)
        if self._queued_bytes > self._limit:
            self._shed()
        self._wake.set()

    def finish(self, error: CarsonError | None = None) -> None:
        """End after what is queued."""
        if self._ended:
            return
        self._ended = True
        self._tail = True
        self.error = error
        self._wake.set()

    async def _pause(self) -> None:
        self._wake.clear()
        await self._wake.wait()

    def _shed(self) -> None:
        """Drop everything before the newest key frame, or everything when that is not enough."""
        newest = max((at for at, entry in enumerate(self._queue) if entry.is_key), default=0)
        for _ in range(newest):
            self._drop()
        if self._queued_bytes > self._limit:
            while self._queue:
                self._drop()
            self._needs_key = True

    def _drop(self) -> None:
        entry = self._queue.popleft()
        self._queued_bytes -= len(entry.encoded)
        self._lose(entry)

    def _lose(self, entry: Entry) -> None:
        if self._head is not None and entry.frame.kind is not Kind.AUDIO:
            self.lost_pictures += 1

    def _take(self) -> bytes:
        pieces: list[bytes] = []
        size = 0
        if self._head:
            pieces.append(self._head)
            self._head = b""
        while self._queue and size < _CHUNK_BYTES:
            entry = self._queue.popleft()
            config = entry.frame.config
            if config is not None and self._configs.get(entry.frame.type) != config:
                self._configs[entry.frame.type] = config
                pieces.append(Tag(entry.frame.type, entry.frame.time, config).encode())
            pieces.append(entry.encoded)
            size += len(entry.encoded)
            self._last_time = entry.frame.time
        self._queued_bytes -= size
        return b"".join(pieces)

    def _take_tail(self) -> bytes:
        """End an H.264 sequence that was begun, once."""
        if not self._tail or not self._configs.get(TagType.VIDEO, b"").startswith(END_OF_SEQUENCE[:1]):
            raise StopAsyncIteration
        self._tail = False
        return Tag(TagType.VIDEO, self._last_time, END_OF_SEQUENCE).encode()
