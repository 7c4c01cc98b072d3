"""Whether the machine is quiet enough for a measurement: a sample taken while it was busy is taken again."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum
import statistics
import subprocess
import sys
import time
from typing import Protocol, Self

_MAX_SLOWNESS = 1.35
"""How much longer than at its best a fixed piece of work may take."""
_ATTEMPTS_PER_SAMPLE = 4
_PAUSE_SECONDS = 1.0


class Kind(Enum):
    """What a sample measures, and so what disturbs it."""

    COUNT = "count"
    CPU_TIME = "CPU time"
    ROUND_TRIPS = "round trips"
    TIME = "time"


_MAX_LATENESS = {Kind.ROUND_TRIPS: 0.002, Kind.TIME: 0.0003}
"""How many seconds later than it should a program may be woken, on average: 2 % of a round trip, and much less where a
sample takes a millisecond."""


class Machine:
    """Takes samples, and leaves out those that something else has disturbed.

    Args:
        retry_seconds: How long all repetitions together may take.

    It needs to be entered: `with Machine(60) as machine`.

    Attributes:
        repeated: How many samples were taken again.
        missing: How many samples were given up.
    """

    def __init__(self, retry_seconds: float) -> None:
        self.repeated = 0
        self.missing = 0
        self._retry_seconds = retry_seconds
        self._best = min(_work_seconds(time.thread_time) for _ in range(30))
        self._sleeper: _LatenessSource = _Sleeper()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sleeper.close()

    async def samples[T](self, take: Callable[[], Awaitable[T]], number: int, kind: Kind = Kind.TIME) -> list[T]:
        """Return so many samples, or fewer if the machine stays too busy for them."""
        taken: list[T] = []
        repeated = 0
        if number == 0:
            return taken
        for _ in range(_ATTEMPTS_PER_SAMPLE * number):
            started = time.monotonic()
            is_quiet = self._is_quiet(kind)
            self._sleeper.mean_lateness()
            sample = await take()
            lateness = self._sleeper.mean_lateness()
            is_quiet = is_quiet and self._is_quiet(kind) and lateness <= _MAX_LATENESS.get(kind, lateness)
            if is_quiet:
                taken.append(sample)
            if len(taken) == number:
                break
            if not is_quiet:
                if self._retry_seconds <= 0:
                    break
                repeated += 1
                await asyncio.sleep(_PAUSE_SECONDS)
                self._retry_seconds -= time.monotonic() - started
        self.repeated += repeated
        self.missing += number - len(taken)
        if repeated or len(taken) < number:
            missing = f", {number - len(taken)} of {number} samples given up" if len(taken) < number else ""
            print(f"The machine is busy: {repeated} samples taken again{missing}", file=sys.stderr)
        return taken

    def _is_quiet(self, kind: Kind) -> bool:
        """Return whether a fixed piece of work takes as long as it should."""
        if kind is Kind.COUNT:
            return True
        clock = time.thread_time if kind is Kind.CPU_TIME else time.perf_counter
        seconds = statistics.median(_work_seconds(clock) for _ in range(5))
        self._best = min(self._best, seconds)
        return seconds <= _MAX_SLOWNESS * self._best


def _work_seconds(clock: Callable[[], float]) -> float:
    """Return how long a fixed piece of work takes."""
    started = clock()
    sum(number * number % 7 for number in range(20_000))
    return clock() - started


_SLEEPER = """
import select, sys, time
late, times = 0.0, 0
while True:
    due = time.monotonic() + 0.005
    if select.select([sys.stdin], [], [], 0.005)[0]:
        if not sys.stdin.readline():
            break
        print(late / max(1, times), flush=True)
        late, times = 0.0, 0
    else:
        late += max(0.0, time.monotonic() - due)
        times += 1
"""


class _LatenessSource(Protocol):
    """Measures how late a program is woken."""

    def mean_lateness(self) -> float:
        """Return the mean lateness since the last call, in seconds."""

    def close(self) -> None:
        """End the measurement."""


class _Sleeper:
    """Another program, which sleeps for 5 ms again and again: it is woken as late as those that are measured."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _SLEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def mean_lateness(self) -> float:
        """Return how late it was woken since the last call, in seconds on average."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate()
