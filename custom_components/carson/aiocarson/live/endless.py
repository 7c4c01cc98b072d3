"""A live view without end, for one reader."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any

from .player import Player
from .relay import LiveRelay
from .timeouts import LiveTimeouts
from .upstream import OpenSegment


@asynccontextmanager
async def open_endless(
    open_segment: OpenSegment, *, segment_length: timedelta, name: str, timeouts: LiveTimeouts | None = None
) -> AsyncGenerator[AsyncIterator[bytes]]:
    """Open a live view that goes on when Eagle Eye ends it, and yield its FLV. Leaving the context closes it.

    Args:
        open_segment: Opens one request for live video.
        segment_length: The length that each request asks for.
        name: The name of the camera in the log.
        timeouts: The time limits.

    Raises:
        CarsonError: Raised by the iterator: the camera could not be viewed, or not for longer than `outage`.
    """
    tasks: set[asyncio.Task[None]] = set()

    def spawn(work: Coroutine[Any, Any, None], task_name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=task_name)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    relay = LiveRelay(
        open_segment,
        segment_length=segment_length,
        name=name,
        spawn=spawn,
        monotonic=asyncio.get_running_loop().time,
        timeouts=timeouts,
    )
    try:
        async with relay.attach() as player, aclosing(_read(player)) as chunks:
            yield chunks
    finally:
        await relay.close()
        if tasks:
            await asyncio.wait(tasks)


async def _read(player: Player) -> AsyncGenerator[bytes]:
    async for chunk in player:
        yield chunk
    if player.error is not None:
        raise player.error
