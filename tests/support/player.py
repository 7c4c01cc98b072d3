"""Somebody who looks at a live view in virtual time."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from custom_components.carson.media.live.player import Player
from custom_components.carson.media.live.relay import LiveRelay

from ..media.camera import FakeCamera, Shown, decode
from .virtual_clock import now, spawn


class Viewer:
    """Reads a player to its end."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.received = bytearray()
        self.ended_at: float | None = None
        self.arrivals: list[float] = []
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for chunk in self.player:
            self.received += chunk
            self.arrivals.append(now())
        self.ended_at = now()

    async def leave(self) -> None:
        await self.player.close()
        await self._task

    async def end(self) -> None:
        """Wait for the end that the relay makes."""
        await self._task

    @property
    def shown(self) -> Shown:
        return decode(bytes(self.received))


def make_relay(camera: FakeCamera, *, jitter: Callable[[], float] = lambda: 1.0, **more: Any) -> LiveRelay:
    return LiveRelay(
        camera.open,
        segment_length=timedelta(seconds=camera.seconds),
        name="Lobby",
        spawn=spawn,
        monotonic=now,
        jitter=jitter,
        **more,
    )


@asynccontextmanager
async def watching(relay: LiveRelay) -> AsyncGenerator[Viewer]:
    """Look until the block ends; afterwards nothing may be open."""
    player = relay.attach()
    await player.start()
    viewer = Viewer(player)
    try:
        yield viewer
    finally:
        await viewer.leave()
        await relay.close()
