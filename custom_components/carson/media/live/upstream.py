"""One request for live video to Eagle Eye: opened, read to its end, and what became of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from ...aiocarson import CannotConnectError, CarsonError
from ..flv.tags import FlvError, FlvReader, Tag, TagType
from .segment import Segment

type OpenStretch = Callable[[], AbstractAsyncContextManager[AsyncIterator[bytes]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLimits:
    """How patient a relay is, in seconds, and how much it keeps.

    Attributes:
        lead: The next stretch is opened this long before the present one ends.
        open: An upstream must have answered within this time.
        stall: An upstream that sends nothing for so long is broken.
        blind: One that sends no picture for so long, too.
        start: At the start, failures are retried for so long.
        patience: A break is bridged for so long.
        linger: The upstream outlives its last player by this, for players that change hands.
        healthy: A stretch that lived so long is worth re-opening at once.
        queue_bytes: What may wait for one slow player.
    """

    lead: float = 10.0
    open: float = 30.0
    stall: float = 8.0
    blind: float = 20.0
    start: float = 20.0
    patience: float = 60.0
    linger: float = 0.4
    healthy: float = 5.0
    queue_bytes: int = 8 * 1024 * 1024


@dataclass(slots=True, eq=False)
class Upstream:
    """One request and what is known of it; times by the relay's clock, None until it has happened."""

    stretch: Segment
    task: asyncio.Task[None] | None = None
    opened_at: float | None = None
    picture_at: float | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing more will come."""
        return self.task is not None and self.task.done()

    def failure(self) -> CarsonError | None:
        """Why it ended, None when it simply came to its end."""
        assert self.task is not None  # noqa: S101 - asked of those that are done
        if self.task.cancelled():
            return CannotConnectError("the live stream was cancelled")
        error = self.task.exception()
        if error is None or isinstance(error, CarsonError):
            return error
        if isinstance(error, TimeoutError):
            return CannotConnectError("the live stream has stalled")
        return CannotConnectError(f"the live stream failed: {type(error).__name__}")

    async def run(
        self,
        open_stretch: OpenStretch,
        limits: RelayLimits,
        monotonic: Callable[[], float],
        on_tags: Callable[[Upstream, list[Tag]], None],
    ) -> None:
        """Read it to its end; `on_tags` is called with an empty list once it is open.

        Raises:
            CarsonError: The request failed, or what came is no video.
            TimeoutError: It did not open, or nothing more came.
        """
        now = asyncio.get_running_loop().time
        reader = FlvReader()
        async with asyncio.timeout(limits.open) as patience, open_stretch() as chunks:
            self.opened_at = blind_since = monotonic()
            on_tags(self, [])
            patience.reschedule(now() + limits.stall)
            async for chunk in chunks:
                patience.reschedule(now() + limits.stall)
                tags = reader.feed(chunk)
                self.stretch.promises_audio = reader.promises_audio
                if any(tag.type is TagType.VIDEO for tag in tags):
                    blind_since = monotonic()
                elif monotonic() - blind_since > limits.blind:
                    raise FlvError("the live stream has no picture")
                on_tags(self, tags)
