"""A limit on long work that runs at once, with fair turns for those that wait."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Turns:
    """Places for so much work at once.

    Args:
        places: The number of places.
        seconds: The length of a turn. Then the work ends if other work waits for a place.
    """

    def __init__(self, places: int, seconds: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._seconds = seconds
        self._waiting = 0

    async def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait for a place, and do the work until it is done or the turn is over. Its errors are raised."""
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            await self._run_for_a_turn(work)
        finally:
            self._places.release()

    async def _run_for_a_turn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        running = asyncio.create_task(work())
        try:
            while True:
                await asyncio.wait([running], timeout=self._seconds)
                if running.done() or self._waiting:
                    break
        finally:
            running.cancel()
            await asyncio.wait([running])
        if not running.cancelled():
            running.result()
