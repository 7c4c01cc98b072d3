"""Events that have arrived and were not yet taken: only the newest of each kind, so that a flood needs no memory."""

import asyncio
from collections.abc import Iterable

from .events import CameraEvent, EventKind

MAX_WAITING = 10_000


class EventBacklog:
    """The newest events of each camera and kind, in the order in which they arrived."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, EventKind, str | None], CameraEvent] = {}
        self._arrived = asyncio.Event()
        self._error: Exception | None = None

    def add(self, events: Iterable[CameraEvent]) -> None:
        """Add events. One that is replaced loses its place: motion must not appear to end before it starts."""
        for event in events:
            key = (event.camera_id, event.kind, event.code)
            self._waiting.pop(key, None)
            if len(self._waiting) < MAX_WAITING:
                self._waiting[key] = event
        if self._waiting:
            self._arrived.set()

    def close(self, error: Exception) -> None:
        """Let `take` raise an error once everything was taken."""
        self._error = error
        self._arrived.set()

    def close_with(self, reader: asyncio.Task[None]) -> None:
        """Close with the error of the task that added events, if it had an unexpected one."""
        if not reader.cancelled() and isinstance(error := reader.exception(), Exception):
            self.close(error)

    async def take(self) -> tuple[CameraEvent, ...]:
        """Wait for events, and return all that have arrived.

        Raises:
            Exception: The error that was passed to `close`.
        """
        await self._arrived.wait()
        self._arrived.clear()
        events = tuple(self._waiting.values())
        self._waiting.clear()
        if self._error is not None:
            if not events:
                raise self._error
            self._arrived.set()
        return events
