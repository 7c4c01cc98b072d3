"""The interval of regular requests: a card on a wall tablet requests a still every ten seconds."""

import math

_TOLERANCE = 0.1
"""Share of an interval by which the next one may differ and still count as the same."""


class RequestPattern:
    """Predicts the next request from the times of the last three.

    Two cards that request in turn have no interval, unless their requests are evenly spaced.

    Args:
        max_interval: A longer interval is not predicted, in seconds.
    """

    def __init__(self, max_interval: float) -> None:
        self._max_interval = max_interval
        self._times: tuple[float, ...] = ()

    def record(self, time: float) -> None:
        """Record a request at a time in seconds."""
        self._times = (*self._times[-2:], time)

    def next_after(self, time: float) -> float | None:
        """Return when the first request at or after a time is expected, None without a regular interval."""
        if len(self._times) < 3:
            return None
        first, second, third = self._times
        interval = third - second
        if not 0 < interval <= self._max_interval or abs(interval - (second - first)) > _TOLERANCE * interval:
            return None
        return third + max(1, math.ceil((time - third) / interval)) * interval
