"""A player that stops reading is disconnected; one that only reads slowly is not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Self, override

from aiohttp import web
import pytest

from custom_components.carson.media.live_view import LiveView
from custom_components.carson.media.sending import write_in_time
from tests.support.virtual_clock import now, virtual

CHUNK = bytes(1024 * 1024)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow sockets to 127.0.0.1."""


class EndlessPlayer:
    """A live view that has always more to send; it counts what was taken."""

    def __init__(self) -> None:
        self.stall = 60.0
        self.sent = 0
        self.is_closed = asyncio.Event()

    async def start(self) -> None:
        """Start at once."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self.sent += 1
        return CHUNK

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.is_closed.set()


class Streams:
    """The streams of a camera, as the view uses them."""

    secret = "secret"

    def __init__(self, player: EndlessPlayer) -> None:
        self.player_stall = player.stall
        self.relay = self
        self.attach = lambda _: player


@pytest.fixture
def player() -> EndlessPlayer:
    return EndlessPlayer()


@pytest.fixture
async def address(player: EndlessPlayer) -> AsyncIterator[tuple[str, int]]:
    """Serve the player through the live view."""
    view = LiveView(lambda *_: Streams(player))  # type: ignore[arg-type]

    async def handle(request: web.Request) -> web.StreamResponse:
        return await view.get(request, "entry", "camera")

    app = web.Application()
    app.router.add_get("/", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield host, port
    await runner.cleanup()


async def test_player_that_never_reads_is_disconnected(player: EndlessPlayer, address: tuple[str, int]) -> None:
    player.stall = 0.3
    reader, writer = await asyncio.open_connection(*address, limit=1024)
    writer.write(b"GET /?auth=secret HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(30):
        await player.is_closed.wait()
    assert player.sent < 64
    writer.close()
    del reader


async def test_player_that_reads_is_served(player: EndlessPlayer, address: tuple[str, int]) -> None:
    reader, writer = await asyncio.open_connection(*address, limit=64 * 1024)
    writer.write(b"GET /?auth=secret HTTP/1.1\r\nHost: x\r\n\r\n")
    received = 0
    async with asyncio.timeout(60):
        while received < 40 * len(CHUNK):
            received += len(await reader.read(len(CHUNK)))
    assert not player.is_closed.is_set()
    writer.close()


@virtual
async def test_slow_player_is_served() -> None:
    """It takes something again and again, if late."""

    class Response(web.StreamResponse):
        @override
        async def write(self, data: bytes | bytearray | memoryview) -> None:
            await asyncio.sleep(9)

    for _ in range(20):
        await write_in_time(None, Response(), CHUNK, 10)  # type: ignore[arg-type]
    assert now() == 180


async def test_disconnected_player_is_an_error_as_usual() -> None:
    class Response(web.StreamResponse):
        @override
        async def write(self, data: bytes | bytearray | memoryview) -> None:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await write_in_time(None, Response(), b"x", 1)  # type: ignore[arg-type]
