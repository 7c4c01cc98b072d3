"""One still for many viewers.

Every open card requests a still every 10 s, Home Assistant caches none, and Eagle Eye takes 4 to 6 s
for each (Protocol B.6).
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
import math
import random

from ..aiocarson import CannotConnectError, CarsonError, Still
from ..aiocarson.tasks import Spawn
from .request_pattern import RequestPattern
from .timeouts import StillTimeouts

# The next still may take longer than the last one by these factors: what a prefetch allows for, and the least.
_SLOWER, _SLIGHTLY_SLOWER = 1.25, 1.1


@dataclass(slots=True)
class _Latest:
    """The outcome of the requests so far; times are monotonic.

    Attributes:
        still: The newest still.
        arrived_at: When it arrived.
        frozen: Whether the camera only repeats an old picture.
        error: What the last request failed with, None after a successful one.
    """

    still: Still | None = None
    arrived_at: float = 0.0
    frozen: bool = False
    error: CarsonError | None = None


@dataclass(slots=True)
class _Viewers:
    """When viewers requested the still.

    Attributes:
        pattern: Predicts their next request.
        last_at: The time of their last request.
        requested: Set by each request.
    """

    pattern: RequestPattern
    last_at: float | None = None
    requested: asyncio.Event = field(default_factory=asyncio.Event)

    def record(self, now: float) -> None:
        """Record a request."""
        self.last_at = now
        self.pattern.record(now)
        self.requested.set()

    def is_watching(self, now: float, idle: float) -> bool:
        """Return whether the last request is recent."""
        return self.last_at is not None and now - self.last_at <= idle


@dataclass(slots=True)
class _Fetch:
    """The requests to Eagle Eye.

    Attributes:
        started_at: When the last one started.
        duration: How long the last successful one took, in seconds.
        delay: How much later than usual the next one is sent, in seconds.
        done: Set when the current one has ended; None when there is none.
        task: Fetches stills while there are viewers.
    """

    started_at: float | None = None
    duration: float = 0.0
    delay: float = 0.0
    done: asyncio.Event | None = None
    task: asyncio.Task[None] | None = None

    def start(self, now: float) -> None:
        """Mark a request as started, even if it is sent a moment later."""
        self.started_at = now
        self.done = asyncio.Event()

    def finish(self) -> None:
        """Wake everybody who waits for the current request."""
        if self.done is not None:
            self.done.set()
            self.done = None


class SnapshotCache:
    """Shares one camera's stills among all viewers.

    At most one request per `refresh_age` is sent, and none without viewers. While viewers keep
    requesting, the next still is fetched before they request it, so they do not wait; when one card requests at a
    regular interval, it is fetched just before the card's request. A viewer who comes after an idle time waits
    for a fresh still. When fetching fails, the last still is served until it is `keep` seconds old.

    The age of a still counts from the time the camera took it, when Eagle Eye reports it: for a camera that no
    longer uploads, Eagle Eye returns its last picture forever. Such a picture is served, since there is no newer
    one, but `frozen` is set, and it is never served after a failure.

    Args:
        fetch: Fetches a still from the cloud; raises a CarsonError.
        now: Returns the time of day, aware.
        monotonic: Returns the time of a monotonic clock, in seconds.
        spawn: Starts a background task.
        timeouts: The time limits.
        take_place: Waits for a place among the requests of all cameras, given when the last still arrived. Waiting
            does not count towards the time limit of a request.
        has_newer: Returns whether there is a newer picture than the last still, as far as that is known.
        is_old: Returns whether the newest still is old although a newer one was waited for.
        jitter: Returns numbers between 0 and 1 that spread the requests after failures.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Still]],
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        spawn: Spawn,
        timeouts: StillTimeouts | None = None,
        take_place: Callable[[float], AbstractAsyncContextManager[None]] = lambda _: nullcontext(),
        has_newer: Callable[[Still], bool | None] = lambda _: None,
        is_old: Callable[[], bool] = lambda: False,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._fetch_still = fetch
        self._take_place = take_place
        self._has_newer = has_newer
        self._is_old = is_old
        self._jitter = jitter
        self._now = now
        self._monotonic = monotonic
        self._spawn = spawn
        self._timeouts = timeouts or StillTimeouts()
        self._latest = _Latest()
        self._viewers = _Viewers(RequestPattern(self._timeouts.idle))
        self._fetch = _Fetch()
        self._closed = False

    @property
    def last(self) -> Still | None:
        """The newest still, None before the first one."""
        return self._latest.still

    @property
    def error(self) -> CarsonError | None:
        """Why the last request failed; None if it succeeded, or nothing was requested."""
        return self._latest.error

    @property
    def frozen(self) -> bool:
        """Whether the camera only repeats an old picture."""
        return self._latest.frozen

    @property
    def is_outdated(self) -> bool:
        """Whether the newest still must not be taken for the present."""
        latest = self._latest
        if latest.still is None:
            return False
        return latest.frozen or self._monotonic() - latest.arrived_at > self._timeouts.frozen

    async def get(self) -> Still:
        """Return the camera's picture.

        Raises:
            CarsonError: The request failed and there is no recent still.
        """
        if self._closed:
            raise CannotConnectError("the camera's stills are closed")
        now = self._monotonic()
        was_watched = self._viewers.is_watching(now, self._timeouts.idle)
        self._viewers.record(now)
        fetch = self._fetch
        if fetch.task is None or fetch.task.done():
            if self._is_refresh_due(now):
                fetch.start(now)
            fetch.task = self._spawn(self._keep_fetching(), "carson snapshots")
        elif not was_watched and fetch.done is None and self._is_refresh_due(now):
            # The computer slept: the task has not noticed yet that nobody watched.
            fetch.start(now)
        if fetch.done is not None and not self._can_serve_at_once(was_watched=was_watched):
            await fetch.done.wait()
        return self._current_still()

    async def close(self) -> None:
        """End all requests; viewers that wait get an error."""
        self._closed = True
        if self._fetch.task is not None:
            self._fetch.task.cancel()
            await asyncio.wait([self._fetch.task])

    # -- what to serve

    def _can_serve_at_once(self, *, was_watched: bool) -> bool:
        """Return whether the last still may be served although a newer one is being fetched."""
        latest = self._latest
        if latest.still is None:
            return False
        age = self._age(latest.still)
        if age < self._timeouts.refresh_age:
            return True
        if not was_watched:
            return False
        if latest.error is not None:
            return age <= self._timeouts.keep
        return self._monotonic() - latest.arrived_at <= self._timeouts.keep

    def _current_still(self) -> Still:
        """Return the last still unless it is too old after a failure."""
        still, error = self._latest.still, self._latest.error
        if still is not None and (error is None or self._age(still) <= self._timeouts.keep):
            return still
        if error is None:
            raise CannotConnectError("no still was received")
        # A copy for each viewer: one error that is raised repeatedly would collect tracebacks.
        raise copy(error) from error

    def _age(self, still: Still) -> float:
        """Return the seconds since the camera took the still, or since it arrived when that is unknown.

        Never less than since it arrived: a wrong clock must not make an old picture appear new.
        """
        since_arrival = self._monotonic() - self._latest.arrived_at
        if still.taken_at is None:
            return since_arrival
        return max(since_arrival, (self._now() - still.taken_at).total_seconds())

    # -- fetching

    def _is_refresh_due(self, now: float) -> bool:
        started_at = self._fetch.started_at
        return started_at is None or now - started_at >= self._timeouts.refresh_age

    def _next_fetch_at(self) -> float:
        """Return when to fetch the next still, so that it arrives just before it is expected to be requested."""
        assert self._fetch.started_at is not None  # noqa: S101 - the task starts with a fetch, or after one
        earliest = self._fetch.started_at + self._timeouts.refresh_age + self._fetch.delay
        duration = min(self._fetch.duration, self._timeouts.refresh_age)
        margin = self._timeouts.margin
        # When the card's interval equals the refresh age, an early still leaves room for slower ones later.
        expected = self._viewers.pattern.next_after(earliest + _SLIGHTLY_SLOWER * duration + margin / 5)
        return (
            earliest if expected is None or self._fetch.delay else max(earliest, expected - _SLOWER * duration - margin)
        )

    async def _keep_fetching(self) -> None:
        """Fetch stills while there are viewers."""
        try:
            while True:
                if self._fetch.done is not None:
                    await self._fetch_once()
                now = self._monotonic()
                if (remaining := self._next_fetch_at() - now) > 0:
                    await self._wait_for_request(remaining)
                elif not self._viewers.is_watching(now, self._timeouts.idle):
                    return
                elif self._may_wait_for_newer(now):
                    await self._wait_for_request(self._timeouts.newer_check)
                else:
                    self._fetch.start(now)
        finally:
            self._fetch.finish()

    def _may_wait_for_newer(self, now: float) -> bool:
        """Return whether the camera has sent nothing new; for a while only, since an event may be lost."""
        latest = self._latest
        if latest.still is None or latest.error is not None or latest.frozen:
            return False
        assert self._fetch.started_at is not None  # noqa: S101 - there is a still
        is_recent = now - self._fetch.started_at < 2 * self._timeouts.refresh_age
        return is_recent and self._has_newer(latest.still) is False

    async def _wait_for_request(self, seconds: float) -> None:
        """Wait until a viewer requests a still, at most for some seconds."""
        self._viewers.requested.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._viewers.requested.wait()

    async def _fetch_once(self) -> None:
        rank = -math.inf if self._latest.still is None else self._latest.arrived_at
        async with self._take_place(rank):
            started_at = self._monotonic()
            try:
                async with asyncio.timeout(self._timeouts.fetch):
                    still = await self._fetch_still()
            except TimeoutError:
                self._latest.error = CannotConnectError("the request for a still timed out")
            except CarsonError as err:
                self._latest.error = err
            else:
                self._fetch.duration = self._monotonic() - started_at
                self._store(still)
        self._fetch.delay = self._timeouts.spread * self._jitter() if self._latest.error is not None else 0.0
        self._fetch.finish()

    def _store(self, still: Still) -> None:
        before, self._latest = self._latest, _Latest(still, self._monotonic())
        self._latest.frozen = self._is_frozen(still, before)

    def _is_frozen(self, still: Still, before: _Latest) -> bool:
        """Return whether the camera repeats an old picture."""
        if self._is_old():
            return True
        if still.taken_at is None:
            return False
        age = self._age(still)
        if before.still is not None and before.still.taken_at == still.taken_at:
            return age > self._timeouts.frozen
        if before.still is None or self._latest.arrived_at - before.arrived_at > self._timeouts.keep:
            # Without a recent still to compare with, only a very old picture counts as frozen.
            return age > self._timeouts.keep
        return False
