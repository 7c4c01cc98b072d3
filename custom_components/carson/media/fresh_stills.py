"""Stills that show the present, whatever a camera's mode.

Eagle Eye returns its newest preview at once. A camera that sends previews only while somebody waits for one
(Protocol F, row 55) has only old ones: then the next one is waited for.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from ..aiocarson import CarsonError, EagleEye, NotFoundError, Still
from .timeouts import StillTimeouts


class FreshStills:
    """The stills of one camera.

    What was learnt about the camera is forgotten when it is not watched for a while.

    Args:
        source: Returns the client of the building that serves the camera.
        camera_id: The ESN.
        now: Returns the time of day, aware.
        monotonic: Returns the time of a monotonic clock, in seconds.
        timeouts: The time limits.
    """

    def __init__(
        self,
        source: Callable[[], EagleEye],
        camera_id: str,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        timeouts: StillTimeouts,
    ) -> None:
        self._source = source
        self._camera_id = camera_id
        self._now = now
        self._monotonic = monotonic
        self._timeouts = timeouts
        self._last_at: float | None = None
        self._waits = False
        self._wait_again_at = 0.0
        self.is_old = False
        """Whether the last still was old although a newer one was waited for."""

    async def get(self) -> Still:
        """Return the newest still.

        Raises:
            CarsonError: There is none.
        """
        self._forget_if_unwatched()
        if self._waits and (still := await self._wait_for_next()) is not None:
            return self._fresh(still)
        self._waits = False
        try:
            still = await self._source().get_still(self._camera_id)
        except NotFoundError:
            if (newer := await self._wait_for_next()) is None:
                raise
            self._waits = True
            return self._fresh(newer)
        if not self._seems_old(still):
            return self._fresh(still)
        newer = await self._wait_for_next()
        if newer is None or newer.taken_at == still.taken_at:
            self.is_old = True
            return still
        self._waits = True
        return self._fresh(newer)

    def _fresh(self, still: Still) -> Still:
        self.is_old = False
        return still

    def _forget_if_unwatched(self) -> None:
        now = self._monotonic()
        if self._last_at is not None and now - self._last_at > self._timeouts.remember:
            self._waits = False
            self._wait_again_at = now
        self._last_at = now

    def _seems_old(self, still: Still) -> bool:
        if still.taken_at is None:
            return False
        return (self._now() - still.taken_at).total_seconds() > self._timeouts.frozen

    async def _wait_for_next(self) -> Still | None:
        """Return the next still, None if none comes. In vain, that is tried only now and then."""
        if self._monotonic() < self._wait_again_at:
            return None
        try:
            async with asyncio.timeout(self._timeouts.next):
                still = await self._source().get_still(self._camera_id, reference="next")
        except TimeoutError, CarsonError:
            self._wait_again_at = self._monotonic() + self._timeouts.next_pause
            return None
        return still
