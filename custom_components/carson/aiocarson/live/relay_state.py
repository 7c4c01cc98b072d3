"""The changing state of a live relay, in parts that belong together. Times are by the relay's clock."""

import asyncio
from dataclasses import dataclass, field
import math

from .upstream import Upstream


@dataclass(slots=True, eq=False)
class Upstreams:
    """The open requests to Eagle Eye.

    Attributes:
        current: The one whose segment is shown.
        next: The one that is to replace it.
        closing: Tasks of replaced ones that have not ended yet.
    """

    current: Upstream | None = None
    next: Upstream | None = None
    closing: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def open(self) -> int:
        """The number of open requests: two during a change of segments, otherwise one or none."""
        return sum(upstream is not None for upstream in (self.current, self.next))

    def promote_next(self) -> None:
        """Close the current one and continue with the next one."""
        former, self.current, self.next = self.current, self.next, None
        self._cancel(former)

    async def close(self) -> None:
        """Close all and wait until they have ended."""
        for upstream in (self.current, self.next):
            self._cancel(upstream)
        self.current = self.next = None
        if self.closing:
            await asyncio.wait(self.closing)

    def _cancel(self, upstream: Upstream | None) -> None:
        if upstream is not None and upstream.task is not None and not upstream.task.done():
            self.closing.add(upstream.task)
            upstream.task.cancel()


@dataclass(slots=True)
class Schedule:
    """When to open segments.

    Attributes:
        segment_length: How long segments last, in seconds: as requested, or shorter when the server ends them.
        open_at: When to open a segment while there is none.
        next_open_at: The next segment is not opened before this.
        prompted: Whether the next segment is to be opened as soon as possible.
    """

    segment_length: float
    open_at: float
    next_open_at: float
    prompted: bool = False

    def next_due_at(self, current: Upstream, lead: float) -> float:
        """Return when to open the segment after the current one; never before the current one has a picture."""
        if current.opened_at is None or current.picture_at is None:
            return math.inf
        due = current.opened_at + self.segment_length - min(lead, self.segment_length / 3)
        return max(self.next_open_at, current.picture_at if self.prompted else due)


@dataclass(slots=True)
class Outage:
    """Failures in a row, and since when nothing could be shown.

    Attributes:
        since: When the last picture was shown or the live view started; None while pictures arrive.
        failures: The number of failures in a row.
        has_shown: Whether this live view has ever shown a picture.
        warned: Whether the outage has been logged.
    """

    since: float | None
    failures: int = 0
    has_shown: bool = False
    warned: bool = False

    def picture_shown(self) -> None:
        """Record that a picture was shown."""
        self.has_shown = True
        self.since = None
