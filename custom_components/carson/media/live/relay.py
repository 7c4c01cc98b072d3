"""One live upstream per camera for all its players, without end.

Eagle Eye ends a live stretch by itself, its keys expire, and players re-open the same address again and
again (Protocol B.8, D 12). So players get their bytes from a relay, which opens the next stretch
before the present one ends and joins the two.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
import logging
import math
import random
from typing import Any

from ...aiocarson import (
    ApiError,
    AuthenticationError,
    CannotConnectError,
    CarsonError,
    InvalidInputError,
    RateLimitError,
)
from ..flv.tags import Kind, Tag
from .broadcast import Broadcast
from .joiner import Joiner
from .player import Player
from .segment import Frame
from .upstream import OpenStretch, RelayLimits, Upstream

__all__ = ["LiveRelay", "RelayLimits"]

_LOGGER = logging.getLogger(__name__)

type Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]

_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
_SHORTEST_SECONDS = 20.0
"""A server that ends stretches even earlier than this is not taken for one that always does so."""


class LiveRelay:
    """Relays one camera's live video to any number of players.

    Args:
        open_stretch: Opens one upstream; it ends by itself after `stretch`.
        stretch: The length asked for.
        name: What the log calls the camera.
        spawn: Starts a background task under a name.
        monotonic: A clock in seconds.
        limits: How patient to be.
        jitter: Numbers between 0 and 1 that spread the pauses.
    """

    def __init__(
        self,
        open_stretch: OpenStretch,
        *,
        stretch: timedelta,
        name: str,
        spawn: Spawn,
        monotonic: Callable[[], float],
        limits: RelayLimits | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._open_stretch = open_stretch
        self._stretch_seconds = stretch.total_seconds()
        self._name = name
        self._spawn = spawn
        self._monotonic = monotonic
        self._limits = limits or RelayLimits()
        self._jitter = jitter
        self._changed = asyncio.Event()
        self._audience = Broadcast(queue_bytes=self._limits.queue_bytes, on_leave=self._changed.set)
        self._keeper: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False
        self._reset()

    def _reset(self) -> None:
        """Forget the former view: nothing is open, nothing was shown."""
        self._joiner = Joiner()
        self._length = self._stretch_seconds
        self._current: Upstream | None = None
        self._next: Upstream | None = None
        self._prompted = False
        self._failures = 0
        now = self._monotonic()
        self._open_at = now
        self._next_at = now
        self._broken_at: float | None = now
        self._has_shown = False
        self._warned = False

    # -- what others call

    @property
    def players(self) -> int:
        """How many are looking."""
        return len(self._audience)

    @property
    def upstreams(self) -> int:
        """How many requests to Eagle Eye are open: two during a change of stretches, else one or none."""
        return sum(upstream is not None for upstream in (self._current, self._next))

    def attach(self) -> Player:
        """Add a player; the first one opens the upstream."""
        player = self._audience.admit()
        if self._closed:
            self._audience.dismiss(CannotConnectError("the live view is closed"))
            return player
        if self._keeper is None or self._keeper.done():
            self._keeper = self._spawn(self._keep(), f"carson live view {self._name}")
        self._changed.set()
        return player

    def prompt_next_stretch(self) -> None:
        """Change to a new stretch soon: the session key of the present one nears its end."""
        if self._keeper is not None and not self._keeper.done():
            self._prompted = True
            self._changed.set()

    async def close(self) -> None:
        """End all players and all traffic."""
        self._closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        self._audience.dismiss(None)

    # -- the keeper: the one task that decides, and never waits for the network itself

    async def _keep(self) -> None:
        try:
            while self._audience:
                self._reset()
                try:
                    self._audience.dismiss(await self._show())
                finally:
                    # A player that comes from here on is shown a view begun anew.
                    self._audience.forget_pictures()
                    await self._close_upstreams()
        finally:
            self._audience.dismiss(None)

    async def _show(self) -> CarsonError | None:
        """Show the camera as long as anybody looks. Returns the error that puts an end to it."""
        while self._audience or await self._linger():
            self._changed.clear()
            now = self._monotonic()
            if (error := self._take_stock(now)) is not None:
                return error
            self._open_what_is_due(now)
            await self._sleep(self._due() - self._monotonic())
        return None

    async def _linger(self) -> bool:
        """Wait a moment for another player; tell whether one came."""
        until = self._monotonic() + self._limits.linger
        while not self._audience and (left := until - self._monotonic()) > 0:
            self._changed.clear()
            await self._sleep(left)
        return bool(self._audience)

    async def _sleep(self, seconds: float) -> None:
        """Sleep until something changes, at most for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == math.inf else max(0, seconds)):
                await self._changed.wait()

    def _take_stock(self, now: float) -> CarsonError | None:
        """Deal with upstreams that have ended. Returns the error that makes it pointless to go on."""
        upcoming = self._next
        if upcoming is not None and upcoming.is_done:
            failure = upcoming.failure()
            _LOGGER.debug("The next stretch of %s came to nothing: %s", self._name, failure or "it is over")
            self._next = None
            self._next_at = now + self._pause(failure)
            self._emit(self._joiner.end(upcoming.stretch))
        current = self._current
        if current is None or not current.is_done:
            return None
        self._emit(self._joiner.end(current.stretch))
        if self._next is not None:
            self._promote()
            return None
        self._current = None
        self._audience.forget_pictures()
        return self._judge_end(current, now)

    def _judge_end(self, ended: Upstream, now: float) -> CarsonError | None:
        """The only upstream has ended: see when to open another, or whether to give up."""
        failure = ended.failure()
        lived = 0.0 if ended.opened_at is None else now - ended.opened_at
        if failure is None and _SHORTEST_SECONDS <= lived < self._length:
            self._length = lived  # the server ends it earlier than asked: be there before it does
        if self._broken_at is None:
            self._broken_at = now
        if ended.picture_at is not None and lived >= self._limits.healthy:
            _LOGGER.debug("Live stretch of %s is over after %.0f s: %s", self._name, lived, failure or "as it should")
            self._failures = 0
            self._warned = False
            self._open_at = now
            return failure if _is_final(failure, has_shown=True) else None
        failure = failure or CannotConnectError("the live stream ended too soon")
        self._open_at = now + self._pause(failure)
        patience = self._limits.patience if self._has_shown else self._limits.start
        gives_up = _is_final(failure, has_shown=self._has_shown) or self._open_at - self._broken_at > patience
        if self._has_shown and not self._warned:
            self._warned = True
            _LOGGER.warning("Live view of %s is interrupted: %s", self._name, failure)
        return failure if gives_up else None

    def _pause(self, failure: CarsonError | None) -> float:
        """Count a failure; return how long to wait after it, in seconds."""
        pause = _PAUSES[min(self._failures, len(_PAUSES) - 1)] * (1 + self._jitter()) / 2
        self._failures += 1
        if isinstance(failure, RateLimitError) and failure.retry_after is not None:
            return max(pause, failure.retry_after)
        return pause

    def _open_what_is_due(self, now: float) -> None:
        if self._current is None:
            if now >= self._open_at:
                self._current = self._open()
        elif self._next is None and now >= self._next_due(self._current):
            self._next = self._open()

    def _due(self) -> float:
        """When there is something to do even if nothing changes."""
        if self._current is None:
            return self._open_at
        return math.inf if self._next is not None else self._next_due(self._current)

    def _next_due(self, current: Upstream) -> float:
        """When the stretch after this one is to be opened; never before it has shown something."""
        if current.opened_at is None or current.picture_at is None:
            return math.inf
        due = current.opened_at + self._length - min(self._limits.lead, self._length / 3)
        return max(self._next_at, current.picture_at if self._prompted else due)

    # -- upstreams

    def _open(self) -> Upstream:
        self._prompted = False
        upstream = Upstream(self._joiner.begin())
        upstream.task = self._spawn(
            upstream.run(self._open_stretch, self._limits, self._monotonic, self._take),
            f"carson live stretch {self._name}",
        )
        upstream.task.add_done_callback(self._upstream_done)
        return upstream

    def _upstream_done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # seen; `failure` tells it again to those who ask
        self._leaving.discard(task)
        self._changed.set()

    def _take(self, upstream: Upstream, tags: list[Tag]) -> None:
        frames = self._joiner.feed(upstream.stretch, tags)
        if upstream.picture_at is None:
            if upstream.stretch.has_picture:
                upstream.picture_at = self._monotonic()
            self._changed.set()
        if self._next is not None and self._joiner.current is self._next.stretch:
            self._promote()
        self._emit(frames)

    def _emit(self, frames: list[Frame]) -> None:
        if any(frame.kind is not Kind.AUDIO for frame in frames):
            self._has_shown = True
            self._broken_at = None
        self._audience.show(frames, self._joiner.current)

    def _promote(self) -> None:
        """The next stretch has taken over: the former is no longer needed."""
        former, self._current, self._next = self._current, self._next, None
        _LOGGER.debug("The next stretch of %s takes over", self._name)
        self._failures = 0
        if former is not None:
            self._leave(former)
        self._changed.set()

    def _leave(self, upstream: Upstream) -> None:
        if upstream.task is not None and not upstream.task.done():
            self._leaving.add(upstream.task)
            upstream.task.cancel()

    async def _close_upstreams(self) -> None:
        for upstream in (self._current, self._next):
            if upstream is not None:
                self._leave(upstream)
        self._current = self._next = None
        if self._leaving:
            await asyncio.wait(self._leaving)


def _is_final(failure: CarsonError | None, *, has_shown: bool) -> bool:
    """Tell whether trying again is pointless. A camera that was there a moment ago may come back."""
    final = (
        (AuthenticationError, InvalidInputError) if has_shown else (AuthenticationError, InvalidInputError, ApiError)
    )
    return isinstance(failure, final)
