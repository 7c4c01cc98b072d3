"""A viewer of a live view in virtual time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol

from aiocarson.live.relay import LiveRelay

from .fake_camera import DecodedVideo, FakeCamera, decode
from .virtual_clock import now, spawn


class _Player(Protocol):
    """A player of the client, which tests import by itself or through the integration."""

    @property
    def error(self) -> Exception | None: ...
    def __aiter__(self) -> AsyncIterator[bytes]: ...
    async def close(self) -> None: ...


class Viewer:
    """Reads a player to its end.

    Attributes:
        received: All bytes so far.
        arrivals: When each chunk arrived.
        ended_at: When the player ended.
    """

    def __init__(self, player: _Player) -> None:
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
        """Close the player and wait for the end."""
        await self.player.close()
        await self._task

    async def end(self) -> None:
        """Wait until the relay ends the player."""
        await self._task

    @property
    def video(self) -> DecodedVideo:
        """The received video, decoded."""
        return decode(bytes(self.received))


def make_relay(camera: FakeCamera, *, jitter: Callable[[], float] = lambda: 1.0, **more: Any) -> LiveRelay:
    """Return a relay of a camera in virtual time."""
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
    """Watch until the block ends, then close the relay."""
    player = relay.attach()
    await player.start()
    viewer = Viewer(player)
    try:
        yield viewer
    finally:
        await viewer.leave()
        await relay.close()
