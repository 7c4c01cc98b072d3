"""The TCP connection below a request."""

import asyncio
import contextlib
import socket
import struct
import time
from weakref import WeakSet

from aiohttp import web

_CHECK_INTERVAL = 0.02
_USED: WeakSet[asyncio.BaseTransport] = WeakSet()


def is_closed(request: web.Request) -> bool:
    """Whether the connection is closed."""
    return request.transport is None or request.transport.is_closing()


def is_first_use(request: web.Request) -> bool:
    """Return whether this is called for the first time with a request over its connection."""
    if request.transport is None or request.transport in _USED:
        return False
    _USED.add(request.transport)
    return True


async def wait_until_closed(request: web.Request, seconds: float = 86400.0) -> None:
    """Wait until the client has closed the connection, for at most some real seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_closed(request):
            return
        await asyncio.sleep(_CHECK_INTERVAL)


def close(request: web.Request) -> None:
    """Close the connection after sending what has been written."""
    if request.transport is not None:
        request.transport.close()


def reset(request: web.Request) -> None:
    """Reset the connection at once."""
    if (transport := request.transport) is None:
        return
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
