"""The rhythm in which somebody comes again: a card on a wall tablet asks every ten seconds."""

import math

_TOLERANCE = 0.1
"""Share of an interval by which the next one may differ and still be the same rhythm."""


class RequestPattern:
    """Learns from the last three times when the next one is to be expected.

    Two who come in turn have no rhythm that this one hears, unless they come at equal distances.

    Args:
        longest: Whoever comes less often than this is not waited for, in seconds.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._times: tuple[float, ...] = ()

    def note(self, time: float) -> None:
        """Take down that somebody has come, at a time in seconds."""
        self._times = (*self._times[-2:], time)

    def expected_from(self, time: float) -> float | None:
        """Tell the first time from the given one on at which somebody is expected; None without a rhythm."""
        if len(self._times) < 3:
            return None
        first, second, third = self._times
        interval = third - second
        if not 0 < interval <= self._longest or abs(interval - (second - first)) > _TOLERANCE * interval:
            return None
        return third + max(1, math.ceil((time - third) / interval)) * interval
