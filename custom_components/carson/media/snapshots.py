"""One still for many viewers.

The cards of every open browser ask every 10 s, Home Assistant keeps nothing, and the cloud takes
4 to 6 s for each still (Protocol B.6). So a cache stands between.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from ..aiocarson import CannotConnectError, CarsonError, Still
from .request_pattern import RequestPattern

type Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]

_EARLY_SECONDS = 0.5
"""So long before it is expected to be asked for, a still should have landed."""
_SLOWER, _LITTLE_SLOWER = 1.25, 1.1
"""The next still may take so much longer than the last one: at best, and at least."""

_FROZEN_SECONDS = 30.0
"""Previews come at least every 16 s (Protocol B.4): a camera that repeats an older one has stopped."""


class SnapshotCache:
    """Shares one camera's stills among all who ask.

    At most one request per `refresh_age` goes upstream, and none when nobody looks. While people keep
    looking, the next still is fetched before they ask and nobody waits; where one card asks in a rhythm, it
    is fetched just before the card asks. Who asks after a `pause` waits for a fresh one. When fetching fails,
    the last still is good for `keep` after it was taken.

    The age of a still counts from the moment the camera took it, where Eagle Eye tells that: a camera
    that no longer uploads answers with its last picture for ever. Such a picture is handed out, since there is
    no newer one, but `frozen` says what it is, and it is never kept over a failure.

    Args:
        fetch: Gets a still from the cloud; raises a CarsonError.
        refresh_age: A younger still is as good as a new one.
        pause: Who has not been asked for so long is not being watched.
        keep: How long the last still stands in for a failed one.
        fetch_timeout: A request that takes longer has failed.
        now: The time of day, aware.
        monotonic: A clock in seconds.
        spawn: Starts a background task under a name.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Still]],
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        spawn: Spawn,
        refresh_age: timedelta = timedelta(seconds=10),
        pause: timedelta = timedelta(seconds=15),
        keep: timedelta = timedelta(minutes=2),
        fetch_timeout: timedelta = timedelta(seconds=45),
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._monotonic = monotonic
        self._spawn = spawn
        self._refresh_seconds = refresh_age.total_seconds()
        self._pause_seconds = pause.total_seconds()
        self._keep_seconds = keep.total_seconds()
        self._timeout_seconds = fetch_timeout.total_seconds()

        self._last: Still | None = None
        self._arrived_at = 0.0
        self._frozen = False
        self._error: CarsonError | None = None
        self._asked_at: float | None = None
        self._asked = asyncio.Event()
        self._rhythm = RequestPattern(self._pause_seconds)
        self._took_seconds = 0.0
        self._requested_at: float | None = None
        self._landed: asyncio.Event | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def last(self) -> Still | None:
        """The newest still there has been."""
        return self._last

    @property
    def frozen(self) -> bool:
        """Whether the camera only repeats an old picture."""
        return self._frozen

    async def get(self) -> Still:
        """Return the camera's picture.

        Raises the CarsonError of the failed request when there is nothing good to show instead.
        """
        if self._closed:
            raise CannotConnectError("the camera's stills are closed")
        now = self._monotonic()
        watched = self._asked_at is not None and now - self._asked_at <= self._pause_seconds
        self._asked_at = now
        self._rhythm.note(now)
        self._asked.set()
        if self._keeper is None or self._keeper.done():
            if self._is_due(now):
                self._begin(now)
            self._keeper = self._spawn(self._keep(), "carson snapshots")
        if self._landed is not None and not self._may_serve_at_once(watched=watched):
            await self._landed.wait()
        return self._settle()

    async def close(self) -> None:
        """End all traffic; whoever waits gets an error."""
        self._closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])

    # -- what to show

    def _may_serve_at_once(self, *, watched: bool) -> bool:
        """Tell whether the last still will do although a newer one is on its way."""
        if self._last is None:
            return False
        age = self._age(self._last)
        if age < self._refresh_seconds:
            return True
        if not watched:
            return False
        if self._error is not None:
            return age <= self._keep_seconds
        return self._monotonic() - self._arrived_at <= self._keep_seconds

    def _settle(self) -> Still:
        """Return the last still unless its time is over."""
        error = self._error
        if self._last is not None and (error is None or self._age(self._last) <= self._keep_seconds):
            return self._last
        if error is None:
            raise CannotConnectError("no still came")
        # Each asker gets an error of its own: one that is raised again and again would collect tracebacks.
        raise copy(error) from error

    def _age(self, still: Still) -> float:
        """Seconds since the camera took it, or since it came when that is not known.

        Never less than since it came: a clock that is wrong must not make an old picture young.
        """
        since_arrival = self._monotonic() - self._arrived_at
        if still.taken_at is None:
            return since_arrival
        return max(since_arrival, (self._now() - still.taken_at).total_seconds())

    # -- the keeper: one task that fetches while anybody looks

    def _is_due(self, now: float) -> bool:
        return self._requested_at is None or now - self._requested_at >= self._refresh_seconds

    def _begin(self, now: float) -> None:
        """From here on a still is on its way, even if the request leaves a moment later."""
        self._requested_at = now
        self._landed = asyncio.Event()

    def _due_at(self) -> float:
        """When the next still is to be fetched: so late that it has just landed when it is expected to be asked for."""
        assert self._requested_at is not None  # noqa: S101 - the keeper is begun with a request, or after one
        earliest = self._requested_at + self._refresh_seconds
        took = min(self._took_seconds, self._refresh_seconds)
        # A card's rhythm may be our own: by how much one still is early is then eaten up bit by bit by the next ones.
        expected = self._rhythm.expected_from(earliest + _LITTLE_SLOWER * took + _EARLY_SECONDS / 5)
        return earliest if expected is None else max(earliest, expected - _SLOWER * took - _EARLY_SECONDS)

    async def _sleep(self, seconds: float) -> None:
        """Sleep until somebody asks, at most for so long."""
        self._asked.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._asked.wait()

    async def _keep(self) -> None:
        try:
            while True:
                if self._landed is not None:
                    await self._request()
                now = self._monotonic()
                if (left := self._due_at() - now) > 0:
                    await self._sleep(left)
                elif self._asked_at is not None and now - self._asked_at <= self._pause_seconds:
                    self._begin(now)
                else:
                    return
        finally:
            self._land()

    async def _request(self) -> None:
        begun = self._monotonic()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                still = await self._fetch()
        except TimeoutError:
            self._error = CannotConnectError("the still did not come in time")
        except CarsonError as err:
            self._error = err
        else:
            self._took_seconds = self._monotonic() - begun
            self._take(still)
        self._land()

    def _take(self, still: Still) -> None:
        before, before_at = self._last, self._arrived_at
        self._error = None
        self._last = still
        self._arrived_at = self._monotonic()
        self._frozen = False
        if still.taken_at is None:
            return
        age = self._age(still)
        if before is not None and before.taken_at == still.taken_at:
            self._frozen = age > _FROZEN_SECONDS
        elif before is None or self._arrived_at - before_at > self._keep_seconds:
            # Nothing to compare with: only a very old picture says enough.
            self._frozen = age > self._keep_seconds

    def _land(self) -> None:
        if self._landed is not None:
            self._landed.set()
            self._landed = None
