"""A router, or anything else on the way, that silently forgets connections on which nothing was sent for a while."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
import time

from yarl import URL


def _monotonic() -> float:
    # Looked up at each call, so that tests can freeze this clock.
    return time.monotonic()


@dataclass(slots=True)
class MiddleBox:
    """Passes bytes on between clients and a server.

    Attributes:
        port: The server's port.
        memory_seconds: How long a connection may be idle. After that, nothing is passed on and nobody is told.
        url: Where clients connect to.
        connections: Number of connections so far.
        swallowed: Number of bytes that were sent on forgotten connections.
        round_trip_delay: Seconds of a round trip.
    """

    port: int
    memory_seconds: float
    url: str = ""
    connections: int = 0
    swallowed: int = 0
    round_trip_delay: float = 0.0
    monotonic: Callable[[], float] = _monotonic

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on the bytes of one connection in both directions."""
        self.connections += 1
        # The handshake of TCP takes a round trip, too.
        await asyncio.sleep(self.round_trip_delay)
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.port)
        connection = _Connection(self, self.monotonic())
        try:
            await asyncio.gather(connection.pass_on(reader, server_writer), connection.pass_on(server_reader, writer))
        finally:
            writer.close()
            server_writer.close()


@dataclass(slots=True)
class _Connection:
    box: MiddleBox
    used_at: float
    is_forgotten: bool = False

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await self._read(reader):
            now = self.box.monotonic()
            self.is_forgotten |= now - self.used_at > self.box.memory_seconds
            self.used_at = now
            if self.is_forgotten:
                self.box.swallowed += len(data)
                continue
            if self.box.round_trip_delay:
                asyncio.get_running_loop().call_later(self.box.round_trip_delay / 2, writer.write, data)
            else:
                writer.write(data)
        writer.close()

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.read(65536)
        except ConnectionError:
            return b""


@asynccontextmanager
async def middle_box(url: str, memory_seconds: float, *, round_trip_delay: float = 0.0) -> AsyncIterator[MiddleBox]:
    """Start a middle-box in front of a server; its `url` takes the place of the server's."""
    target = URL(url)
    assert target.port is not None
    box = MiddleBox(target.port, memory_seconds, round_trip_delay=round_trip_delay)
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await box.handle(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            tasks.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    box.url = str(target.with_port(server.sockets[0].getsockname()[1]))
    try:
        yield box
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
