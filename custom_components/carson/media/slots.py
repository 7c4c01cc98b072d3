"""A bounded number of things at once, with a bounded queue."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ..aiocarson.errors import TooBusyError


class Slots:
    """Places for what may run at once; what finds no place waits, unless too much waits already.

    Args:
        running: The most that may run at once.
        waiting: The most that may wait.
    """

    def __init__(self, running: int, waiting: int) -> None:
        """Initialize the places; all are free."""
        self._places = asyncio.Semaphore(running)
        self._max_waiting = waiting
        self._waiting = 0

    @asynccontextmanager
    async def take(self) -> AsyncGenerator[None]:
        """Take a place for the duration of the block.

        Raises:
            TooBusyError: Too much waits already.
        """
        if self._places.locked() and self._waiting >= self._max_waiting:
            raise TooBusyError("Too many videos at once")
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()
