"""Updates that users request: those that are requested at the same time, or soon after another, are one."""

import asyncio
from collections.abc import Awaitable, Callable

from homeassistant.core import HomeAssistant

_SECONDS = 10


class JoinedUpdate[ResultT]:
    """An update that runs at most once in ten seconds; whoever requests it in between gets the same result."""

    def __init__(self) -> None:
        """Initialize; nothing was requested yet."""
        self._task: asyncio.Task[ResultT] | None = None
        self._started_at = 0.0

    async def async_run(self, hass: HomeAssistant, update: Callable[[], Awaitable[ResultT]], name: str) -> ResultT:
        """Return the result of an update that starts now, or of the one that started just before."""

        async def run() -> ResultT:
            return await update()

        now = hass.loop.time()
        if (task := self._task) is None or now - self._started_at >= _SECONDS or task.cancelled():
            self._started_at = now
            task = self._task = hass.async_create_task(run(), name)
        # Unlike awaiting it, this does not cancel it with the one who waits.
        await asyncio.wait([task])
        return task.result()
