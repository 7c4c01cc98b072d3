"""A task of which only the newest runs."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any


class CurrentTask:
    """Runs one task at a time: the next one cancels those before it, and begins once all of them have ended."""

    def __init__(self) -> None:
        """Initialize without a task."""
        self._tasks: set[asyncio.Task[None]] = set()

    def replace(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Do other work instead."""
        task = asyncio.create_task(_run_after(self._cancel(), work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """End the work."""
        if tasks := self._cancel():
            await asyncio.wait(tasks)

    def _cancel(self) -> Collection[asyncio.Task[None]]:
        for task in self._tasks:
            # Only once: it may be closing a connection.
            if not task.cancelling():
                task.cancel()
        return tuple(self._tasks)


async def _run_after(previous: Collection[asyncio.Task[None]], work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    if previous:
        await asyncio.wait(previous)
    await work()
