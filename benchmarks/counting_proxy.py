"""A server in front of the clouds that counts requests, messages of websockets, and bytes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from yarl import URL


@dataclass(slots=True)
class Traffic:
    """What has passed in both directions.

    Attributes:
        requests: The number of requests.
        request_bytes: The bytes of the requests, their responses, and the opening of websockets.
        messages: The number of messages over websockets, with pings and the like.
        message_bytes: Their bytes.
    """

    requests: float = 0
    request_bytes: float = 0
    messages: float = 0
    message_bytes: float = 0

    def add(self, after: Self, before: Self, times: float = 1) -> None:
        """Add what has passed between two moments, so many times."""
        for name in self.__slots__:
            passed = getattr(after, name) - getattr(before, name)
            setattr(self, name, getattr(self, name) + times * passed)


@dataclass(slots=True)
class _Connection:
    """One connection; it may become a websocket."""

    traffic: Traffic
    is_websocket: bool = False
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)

    def count_sent(self, data: bytes) -> None:
        """Count what the client has sent."""
        if self.is_websocket:
            self._count_messages(self.sent, data)
            return
        self.traffic.request_bytes += len(data)
        self.traffic.requests += data.count(b" HTTP/1.1\r\n")

    def count_received(self, data: bytes) -> None:
        """Count what the client receives."""
        if not self.is_websocket and data.startswith(b"HTTP/1.1 101 "):
            self.is_websocket = True
            head, separator, data = data.partition(b"\r\n\r\n")
            self.traffic.request_bytes += len(head) + len(separator)
        if self.is_websocket:
            self._count_messages(self.received, data)
            return
        self.traffic.request_bytes += len(data)

    def _count_messages(self, unread: bytearray, data: bytes) -> None:
        self.traffic.message_bytes += len(data)
        unread += data
        while (size := _frame_bytes(unread)) is not None and len(unread) >= size:
            del unread[:size]
            self.traffic.messages += 1


def _frame_bytes(data: bytes | bytearray) -> int | None:
    """Return the size of the frame at the beginning of the data (RFC 6455, 5.2); None if it is not known yet."""
    if len(data) < 2:
        return None
    mask_bytes = 4 if data[1] & 0x80 else 0
    length = data[1] & 0x7F
    length_bytes = {126: 2, 127: 8}.get(length, 0)
    if len(data) < 2 + length_bytes:
        return None
    if length_bytes:
        length = int.from_bytes(data[2 : 2 + length_bytes])
    return 2 + length_bytes + mask_bytes + length


@asynccontextmanager
async def counting_proxy(url: str) -> AsyncGenerator[tuple[int, Traffic]]:
    """Run a server in front of the clouds that counts; yield its port, and what it has counted."""
    traffic = Traffic()
    port = URL(url).port

    async def pass_on(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: Callable[[bytes], None]
    ) -> None:
        while data := await reader.read(65536):
            count(data)
            writer.write(data)
        writer.close()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(traffic)
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            pass_on(reader, upstream_writer, connection.count_sent),
            pass_on(upstream_reader, writer, connection.count_received),
            return_exceptions=True,
        )

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], traffic
        server.close_clients()
