"""One request for live video to Eagle Eye: opened, read to its end, and how it ended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from ..errors import CannotConnectError, CarsonError
from ..flv.reader import FlvError, FlvReader
from ..flv.tags import Tag, TagType
from .segment import Segment
from .timeouts import LiveTimeouts

type OpenSegment = Callable[[], AbstractAsyncContextManager[AsyncIterator[bytes]]]
"""Opens one upstream request; the context manager returns the bytes of its FLV."""


@dataclass(slots=True, eq=False)
class Upstream:
    """One request for live video.

    Attributes:
        segment: The segment of video that it sends.
        task: The task that reads it.
        opened_at: When it was opened, by the relay's clock; None before that.
        picture_at: When its first picture arrived; None before that.
    """

    segment: Segment
    task: asyncio.Task[None] | None = None
    opened_at: float | None = None
    picture_at: float | None = None

    @property
    def is_done(self) -> bool:
        """Whether it has ended."""
        return self.task is not None and self.task.done()

    def failure(self) -> CarsonError | None:
        """Return what it failed with, None when it ended normally. It must be done."""
        assert self.task is not None  # noqa: S101 - it is done
        if self.task.cancelled():
            return CannotConnectError("the live stream was cancelled")
        error = self.task.exception()
        if error is None or isinstance(error, CarsonError):
            return error
        if isinstance(error, TimeoutError):
            return CannotConnectError("the live stream timed out")
        return CannotConnectError(f"the live stream failed: {type(error).__name__}")

    async def run(
        self,
        open_segment: OpenSegment,
        timeouts: LiveTimeouts,
        monotonic: Callable[[], float],
        on_tags: "Callable[[Upstream, list[Tag]], None]",
    ) -> None:
        """Read it to its end. `on_tags` is called with an empty list once it is open, then with all tags.

        Raises:
            CarsonError: The request failed, or the response is not video.
            TimeoutError: It did not open, or nothing more was received.
        """
        now = asyncio.get_running_loop().time
        reader = FlvReader()
        async with asyncio.timeout(timeouts.open) as timeout, open_segment() as chunks:
            self.opened_at = last_video_at = monotonic()
            on_tags(self, [])
            timeout.reschedule(now() + timeouts.stall)
            async for chunk in chunks:
                timeout.reschedule(now() + timeouts.stall)
                tags = reader.feed(chunk)
                self.segment.announces_audio = reader.announces_audio
                if any(tag.type is TagType.VIDEO for tag in tags):
                    last_video_at = monotonic()
                elif monotonic() - last_video_at > timeouts.no_picture:
                    raise FlvError("the live stream has no picture")
                on_tags(self, tags)
