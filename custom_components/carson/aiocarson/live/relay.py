"""One live upstream per camera for all its players, without end.

Eagle Eye ends live video by itself after some minutes, session keys expire, and players open the same url again
and again (Protocol B.8, D 12). So players get their bytes from a relay, which opens the next segment before the
current one ends and joins the two.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
import logging
import math
import random

from ..errors import (
    ApiError,
    AuthenticationError,
    CannotConnectError,
    CarsonError,
    InvalidInputError,
    RateLimitError,
)
from ..flv.tags import Kind, Tag
from ..http.backoff import Backoff
from ..tasks import Spawn
from .broadcast import Broadcast
from .joiner import Joiner
from .player import Player
from .relay_state import Outage, Schedule, Upstreams
from .segment import Frame
from .timeouts import LiveTimeouts
from .upstream import OpenSegment, Upstream

_LOGGER = logging.getLogger(__name__)

QUEUE_BYTES = 8 * 1024 * 1024
"""The most bytes that may wait for one slow player."""


class LiveRelay:
    """Relays one camera's live video to any number of players.

    Args:
        open_segment: Opens one upstream; it ends by itself after `segment_length`.
        segment_length: The length that is requested.
        name: The name of the camera in the log.
        spawn: Starts a background task.
        monotonic: Returns the time of a monotonic clock, in seconds.
        timeouts: The time limits.
        queue_bytes: The most bytes that may wait for one slow player.
        jitter: Returns numbers between 0 and 1 that vary the pauses between retries.
    """

    def __init__(
        self,
        open_segment: OpenSegment,
        *,
        segment_length: timedelta,
        name: str,
        spawn: Spawn,
        monotonic: Callable[[], float],
        timeouts: LiveTimeouts | None = None,
        queue_bytes: int = QUEUE_BYTES,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._open_segment = open_segment
        self._segment_seconds = segment_length.total_seconds()
        self._name = name
        self._spawn = spawn
        self._monotonic = monotonic
        self._timeouts = timeouts or LiveTimeouts()
        self._backoff = Backoff(
            self._timeouts.first_pause, self._timeouts.longest_pause, spread=(0.5, 1.0), jitter=jitter
        )
        self._changed = asyncio.Event()
        self._broadcast = Broadcast(queue_bytes=queue_bytes, on_leave=self._changed.set)
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._upstreams = Upstreams()
        self._reset()

    def _reset(self) -> None:
        """Start a new live view: nothing is open. Pictures that are still remembered are continued."""
        now = self._monotonic()
        if not self._broadcast.has_pictures:
            self._joiner = Joiner()
        self._schedule = Schedule(self._segment_seconds, open_at=now, next_open_at=now)
        self._outage = Outage(since=now)

    # -- public

    @property
    def players(self) -> int:
        """The number of players."""
        return len(self._broadcast)

    @property
    def upstreams(self) -> int:
        """The number of open requests to Eagle Eye: two during a change of segments, otherwise one or none."""
        return self._upstreams.open

    def attach(self, lead_ms: int = 0) -> Player:
        """Add a player; the first one opens the upstream.

        Args:
            lead_ms: So much video is to be there at once, in milliseconds.
        """
        player = self._broadcast.add_player(lead_ms)
        if self._closed:
            self._broadcast.close_all(CannotConnectError("the live view is closed"))
            return player
        if self._task is None or self._task.done():
            self._task = self._spawn(self._run(), f"carson live view {self._name}")
        self._changed.set()
        return player

    def prompt_next_segment(self) -> None:
        """Change to a new segment soon: the session key of the current one is about to expire."""
        if self._task is not None and not self._task.done():
            self._schedule.prompted = True
            self._changed.set()

    async def close(self) -> None:
        """Close all players and end all traffic."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._broadcast.close_all(None)

    # -- the one task that decides; it never waits for the network itself

    async def _run(self) -> None:
        try:
            while self._broadcast or await self._remember_pictures():
                self._reset()
                try:
                    if (error := await self._show()) is not None:
                        self._broadcast.forget_pictures()
                    self._broadcast.close_all(error)
                finally:
                    await self._close_upstreams()
        finally:
            self._broadcast.forget_pictures()
            self._broadcast.close_all(None)

    async def _show(self) -> CarsonError | None:
        """Show the camera while there are players. Return the error that ends the live view."""
        while self._broadcast or await self._wait_for_player(self._timeouts.linger):
            self._changed.clear()
            now = self._monotonic()
            if (error := self._handle_ended(now)) is not None:
                return error
            self._open_due(now)
            await self._wait(self._next_due_at() - self._monotonic())
        return None

    async def _close_upstreams(self) -> None:
        """Close all upstreams. A player that is added from here on gets a new live view."""
        ending = [upstream for upstream in (self._upstreams.next, self._upstreams.current) if upstream is not None]
        await self._upstreams.close()
        for upstream in ending:
            self._publish(self._joiner.end(upstream.segment))

    async def _remember_pictures(self) -> bool:
        """Keep the last pictures for a while; return whether another player was added meanwhile."""
        return self._broadcast.has_pictures and await self._wait_for_player(self._timeouts.remember)

    async def _wait_for_player(self, seconds: float) -> bool:
        """Wait some seconds for another player; return whether one was added."""
        until = self._monotonic() + seconds
        while not self._broadcast and (remaining := until - self._monotonic()) > 0:
            self._changed.clear()
            await self._wait(remaining)
        return bool(self._broadcast)

    async def _wait(self, seconds: float) -> None:
        """Wait until something changes, at most for some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == math.inf else max(0, seconds)):
                await self._changed.wait()

    # -- upstreams that have ended

    def _handle_ended(self, now: float) -> CarsonError | None:
        """Handle upstreams that have ended. Return the error that ends the live view."""
        upstreams = self._upstreams
        if (upcoming := upstreams.next) is not None and upcoming.is_done:
            failure = upcoming.failure()
            _LOGGER.debug("The next segment of %s failed: %s", self._name, failure or "it ended too soon")
            upstreams.next = None
            self._schedule.next_open_at = now + self._record_failure(failure)
            self._publish(self._joiner.end(upcoming.segment))
        current = upstreams.current
        if current is None or not current.is_done:
            return None
        self._publish(self._joiner.end(current.segment))
        if upstreams.next is not None:
            self._promote_next()
            return None
        upstreams.current = None
        self._broadcast.forget_pictures()
        return self._plan_reopening(current, now)

    def _plan_reopening(self, ended: Upstream, now: float) -> CarsonError | None:
        """Schedule another segment after the only one has ended. Return the error that makes it pointless."""
        failure = ended.failure()
        schedule, outage = self._schedule, self._outage
        lasted = 0.0 if ended.opened_at is None else now - ended.opened_at
        if failure is None and self._timeouts.shortest_segment <= lasted < schedule.segment_length:
            schedule.segment_length = lasted  # the server ends segments earlier than requested
        if outage.since is None:
            outage.since = now
        if ended.picture_at is not None and lasted >= self._timeouts.stable:
            _LOGGER.debug("A live segment of %s ended after %.0f s: %s", self._name, lasted, failure or "no error")
            outage.failures = 0
            outage.warned = False
            schedule.open_at = now
            return failure if _is_final(failure, has_shown=True) else None
        failure = failure or CannotConnectError("the live stream ended too soon")
        schedule.open_at = now + self._record_failure(failure)
        limit = self._timeouts.outage if outage.has_shown else self._timeouts.startup
        gives_up = _is_final(failure, has_shown=outage.has_shown) or schedule.open_at - outage.since > limit
        if outage.has_shown and not outage.warned:
            outage.warned = True
            _LOGGER.warning("The live view of %s was interrupted: %s", self._name, failure)
        return failure if gives_up else None

    def _record_failure(self, failure: CarsonError | None) -> float:
        """Count a failure and return how long to wait before the next attempt, in seconds."""
        pause = self._backoff.pause(self._outage.failures)
        self._outage.failures += 1
        if isinstance(failure, RateLimitError) and failure.retry_after is not None:
            return max(pause, failure.retry_after)
        return pause

    # -- upstreams to open

    def _open_due(self, now: float) -> None:
        upstreams = self._upstreams
        if upstreams.current is None:
            if now >= self._schedule.open_at:
                upstreams.current = self._open()
        elif upstreams.next is None and now >= self._schedule.next_due_at(upstreams.current, self._timeouts.lead):
            upstreams.next = self._open()

    def _next_due_at(self) -> float:
        """Return when an upstream is to be opened unless something changes."""
        upstreams = self._upstreams
        if upstreams.current is None:
            return self._schedule.open_at
        if upstreams.next is not None:
            return math.inf
        return self._schedule.next_due_at(upstreams.current, self._timeouts.lead)

    def _open(self) -> Upstream:
        self._schedule.prompted = False
        upstream = Upstream(self._joiner.begin())
        upstream.task = self._spawn(
            upstream.run(self._open_segment, self._timeouts, self._monotonic, self._handle_tags),
            f"carson live segment {self._name}",
        )
        upstream.task.add_done_callback(self._upstream_done)
        return upstream

    def _upstream_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # marks it as retrieved; Upstream.failure returns it
        self._upstreams.closing.discard(task)
        self._changed.set()

    # -- frames

    def _handle_tags(self, upstream: Upstream, tags: list[Tag]) -> None:
        frames = self._joiner.feed(upstream.segment, tags)
        if upstream.picture_at is None:
            if upstream.segment.has_picture:
                upstream.picture_at = self._monotonic()
            self._changed.set()
        if self._upstreams.next is not None and self._joiner.current is self._upstreams.next.segment:
            self._promote_next()
        self._publish(frames)

    def _publish(self, frames: list[Frame]) -> None:
        if any(frame.kind is not Kind.AUDIO for frame in frames):
            self._outage.picture_shown()
        self._broadcast.publish(frames, self._joiner.current)

    def _promote_next(self) -> None:
        """Close the upstream that the next one has replaced."""
        _LOGGER.debug("Changing to the next live segment of %s", self._name)
        self._outage.failures = 0
        self._upstreams.promote_next()
        self._changed.set()


def _is_final(failure: CarsonError | None, *, has_shown: bool) -> bool:
    """Return whether a retry is pointless. After an API error, a camera that has been shown may return."""
    final = (
        (AuthenticationError, InvalidInputError) if has_shown else (AuthenticationError, InvalidInputError, ApiError)
    )
    return isinstance(failure, final)
