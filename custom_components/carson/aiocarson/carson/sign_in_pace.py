"""How often Carson is asked to sign in again after it has refused to."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
import time

# Pauses after the first, the second, … refusal in a row, in seconds; the last one repeats.
_PAUSES = (30.0, 300.0, 900.0, 1800.0, 3600.0)
# A refusal counts as confirmed if the one before was at least so many seconds earlier.
_CONFIRMED_AFTER = 30.0
# However often somebody presses a button.
_MAX_REFUSALS = 30
_DAY = 86400.0


@dataclass(slots=True)
class SignInPace:
    """When Carson may be asked again after it has rejected the token and the password.

    A rejection may be temporary and wrong, so it is never final; but each sign-in with a wrong password is one more
    attempt that Carson counts. Clients of one account that follow each other share one pace.
    """

    _first_at: float | None = None
    _last_at: float = 0.0
    _count: int = 0
    _hurried: bool = False
    _recent: deque[float] = field(default_factory=deque)
    _listeners: list[Callable[[], None]] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Whether Carson has rejected the sign-in and has not accepted it since."""
        return self._first_at is not None

    @property
    def is_confirmed(self) -> bool:
        """Whether at least two rejections, half a minute apart, agree."""
        return self._first_at is not None and self._last_at - self._first_at >= _CONFIRMED_AFTER

    @property
    def remaining_seconds(self) -> float:
        """How long to wait before the next attempt; 0 if it may be made now."""
        if self._first_at is None:
            return 0.0
        pause = _PAUSES[0] if self._hurried else _PAUSES[min(self._count, len(_PAUSES)) - 1]
        return max(0.0, self._last_at + pause - _now(), self._seconds_until_below_limit())

    def add_listener(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call the listener when `is_refused` has changed; return a function that removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def hurry(self) -> None:
        """Shorten the pause to half a minute, because somebody waits for the next attempt."""
        self._hurried = True

    def record_refusal(self) -> None:
        """Record that Carson rejected the sign-in."""
        is_first = self._first_at is None
        self._last_at = _now()
        self._first_at = self._last_at if self._first_at is None else self._first_at
        self._count += 1
        self._hurried = False
        self._recent.append(self._last_at)
        if is_first:
            self._notify()

    def record_success(self) -> None:
        """Record that Carson accepts the sign-in."""
        if self._first_at is None:
            return
        self._first_at = None
        self._count = 0
        self._hurried = False
        self._notify()

    def _notify(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _seconds_until_below_limit(self) -> float:
        """Return how long it takes until there are fewer rejections in a day than allowed."""
        now = _now()
        while self._recent and self._recent[0] <= now - _DAY:
            self._recent.popleft()
        return self._recent[0] + _DAY - now if len(self._recent) >= _MAX_REFUSALS else 0.0


def _now() -> float:
    # Looked up at each call, so that tests that freeze the time freeze this clock as well.
    return time.monotonic()
