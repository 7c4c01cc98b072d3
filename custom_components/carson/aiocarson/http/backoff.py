"""Pauses between attempts: our own, and those that a cloud asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
import random

from .coerce import as_float

# A bound of what a cloud may ask for, in seconds.
MAX_RETRY_AFTER = 3600.0
# Every sensible bound of the pauses is reached long before; more doublings would overflow.
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


def parse_retry_after(value: str | None) -> float | None:
    """Return the value of `Retry-After`, seconds or a date, as seconds from now; None if it cannot be read."""
    if value is None:
        return None
    seconds = as_float(value.strip())
    if seconds is None:
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
