"""How much of a response is used: the rest is ignored, so that no response can keep the computer busy.

The numbers are far beyond any real account, and small enough that parsing never blocks the event loop for long.
"""

import asyncio
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
import time
from typing import Any

MAX_BODY = 16 * 1024 * 1024
"""Bytes of a response that is kept in memory."""
MAX_VALUES = 400_000
"""Objects, lists and separators in a JSON text: the time for decoding depends on them."""
MAX_VALUES_LENIENT = 100_000
"""Likewise, in a text that is not valid UTF-8, which takes longer."""

# Seconds of parsing before other tasks get their turn.
_PIECE_SECONDS = 0.002

type Steps[T] = Generator[None, None, T]
"""A computation that yields from time to time, and returns its result."""


class RowKind(StrEnum):
    """Kinds of rows whose number is bounded."""

    BUILDING = "building"
    DOOR = "door"
    CAMERA = "camera"
    UNIT = "unit"
    CONTACT = "contact"
    DEVICE = "device"
    AMENITY = "amenity"
    RESERVATION = "reservation"


MAX_ROWS = {
    RowKind.BUILDING: 1000,
    RowKind.DOOR: 5000,
    RowKind.CAMERA: 5000,
    RowKind.UNIT: 5000,
    RowKind.CONTACT: 100,
    RowKind.DEVICE: 5000,
    RowKind.AMENITY: 1000,
    RowKind.RESERVATION: 1000,
}
"""Rows of an account in total; devices, amenities and reservations for each building."""


@dataclass(slots=True)
class RowBounds:
    """Bounds the rows of one response.

    Attributes:
        ignored: The number of rows that were ignored, by kind.
    """

    ignored: Counter[RowKind] = field(default_factory=Counter)
    _used: Counter[RowKind] = field(default_factory=Counter)

    def take(self, kind: RowKind, rows: list[Any]) -> list[Any]:
        """Return the rows that are within the bounds; together with those that were taken before."""
        remaining = MAX_ROWS[kind] - self._used[kind]
        taken = rows if len(rows) <= remaining else rows[:remaining]
        self._used[kind] += len(taken)
        if len(taken) < len(rows):
            self.ignored[kind] += len(rows) - len(taken)
        return taken


class _Computation[T]:
    """The steps of a computation, to iterate over; then its result."""

    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self.result: T

    def __iter__(self) -> Iterator[None]:
        self.result = yield from self._steps


def run_at_once[T](steps: Steps[T]) -> T:
    """Return the result of a computation."""
    computation = _Computation(steps)
    for _ in computation:
        pass
    return computation.result


async def run_in_pieces[T](steps: Steps[T]) -> T:
    """Return the result of a computation, which never keeps other tasks waiting for long."""
    computation = _Computation(steps)
    is_long = False
    until = time.perf_counter() + _PIECE_SECONDS
    for _ in computation:
        if time.perf_counter() >= until:
            is_long = True
            await asyncio.sleep(0)
            until = time.perf_counter() + _PIECE_SECONDS
    if is_long:
        # What the caller does with the result may take as long again.
        await asyncio.sleep(0)
    return computation.result
