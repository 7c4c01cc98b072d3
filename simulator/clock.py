"""The clock of the simulator, for expiry, frames and live video."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
import time
from typing import Self

_CHECK_INTERVAL = 0.1
"""Real seconds after which a source that stands still or jumps is read again."""


class Clock:
    """Seconds since the epoch that tests can move.

    Args:
        source: Returns seconds since the epoch. By default the system's time as read through the
            `time` module, so that a frozen time freezes the simulator as well.
        offset: Seconds added to the source from the start.
        speed: How many seconds of the source pass in a real second; it only makes waiting precise.

    Delays of requests (round trips, silence) are real seconds and do not follow this clock, because
    the client's timeouts do not either.
    """

    def __init__(self, source: Callable[[], float] | None = None, *, offset: float = 0.0, speed: float = 1.0) -> None:
        """Initialize the clock."""
        self._source = source
        self._offset = offset
        self._speed = speed
        self._moved = asyncio.Event()

    @classmethod
    def manual(cls, start: datetime) -> Self:
        """Return a clock that stands still until it is advanced."""
        moment = start.timestamp()
        return cls(lambda: moment)

    @classmethod
    def running(cls, start: datetime, *, speed: float = 1.0) -> Self:
        """Return a clock that starts at a moment and runs faster or slower than real time."""
        begin = time.monotonic()
        moment = start.timestamp()
        return cls(lambda: moment + (time.monotonic() - begin) * speed, speed=speed)

    def time(self) -> float:
        """Return seconds since the epoch."""
        return (time.time() if self._source is None else self._source()) + self._offset

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def advance(self, seconds: float) -> None:
        """Advance the clock and wake everything that waits for a moment."""
        self._offset += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep_until(self, moment: float, *, unless: Callable[[], bool] | None = None) -> None:
        """Wait until the clock shows at least `moment` (seconds since the epoch).

        Args:
            moment: Seconds since the epoch.
            unless: Checked regularly; the wait ends when it returns True.
        """
        while (remaining := moment - self.time()) > 0:
            if unless is not None and unless():
                return
            moved = self._moved
            try:
                async with asyncio.timeout(min(remaining / self._speed, _CHECK_INTERVAL)):
                    await moved.wait()
            except TimeoutError:
                continue

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds of this clock."""
        await self.sleep_until(self.time() + seconds)
