"""Waiting for what happens at the other end of a socket, or in a thread."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true, also if the clock is frozen."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the other end has no event for it
            # A longer pause would never end if the clock is frozen.
            await asyncio.sleep(0)
