"""A clock that goes on while the computer sleeps."""

from collections.abc import Callable
from datetime import datetime

_TOLERANCE = 2.0
"""Seconds by which the two clocks may differ without anything having happened."""


class SleepAwareClock:
    """Seconds that never go back, and that count time during which the computer slept.

    The monotonic clock of a computer stands still while it sleeps; the time of day goes on. When the time of day was
    set forward, as much time seems to have passed: what is known is then taken for older than it is.

    Args:
        monotonic: Returns the time of a monotonic clock, in seconds.
        now: Returns the time of day, aware.
    """

    def __init__(self, monotonic: Callable[[], float], now: Callable[[], datetime]) -> None:
        self._monotonic = monotonic
        self._now = now
        self._last = monotonic(), now()
        self._slept = 0.0

    def __call__(self) -> float:
        """Return the time, in seconds."""
        awake, at = self._monotonic(), self._now()
        last_awake, last_at = self._last
        missed = (at - last_at).total_seconds() - (awake - last_awake)
        if missed > _TOLERANCE:
            self._slept += missed
        # Below the tolerance, the difference of slow clocks must not add up.
        self._last = awake, at
        return awake + self._slept
