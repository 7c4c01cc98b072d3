"""A limit on what runs at once, with fair turns: whoever has waited longest for something new comes first."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import heapq
from itertools import count


class FairSlots:
    """Places for at most `limit` at once. The lowest rank gets the next free place."""

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def take(self, rank: float) -> AsyncGenerator[None]:
        """Wait for a place and keep it until the end of the block."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(rank)
        try:
            yield
        finally:
            self._hand_on()

    async def _wait(self, rank: float) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        """Give a place to the next one who still waits for it."""
        while self._waiting:
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
