"""Pauses between attempts."""

from collections.abc import Callable
from dataclasses import dataclass
import random

# Doubling more often would overflow; every bound is reached long before.
_MAX_DOUBLINGS = 32


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that double with each failed attempt, up to a bound, and vary at random.

    Attributes:
        first: Seconds after the first failed attempt.
        longest: The bound, in seconds, before the variation.
        spread: The factors between which a pause varies.
        jitter: Returns a number from 0 to 1.
    """

    first: float
    longest: float
    spread: tuple[float, float] = (0.5, 1.5)
    jitter: Callable[[], float] = random.random

    def pause(self, failures: int) -> float:
        """Return the seconds to wait before the next attempt.

        Args:
            failures: Number of failed attempts before the last one.
        """
        low, high = self.spread
        base = min(self.first * 2.0 ** min(failures, _MAX_DOUBLINGS), self.longest)
        return base * (low + (high - low) * self.jitter())
