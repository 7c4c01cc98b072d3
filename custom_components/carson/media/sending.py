"""Sending videos to players, which may stop reading without saying so."""

import asyncio

from aiohttp import web


async def write_in_time(request: web.Request, response: web.StreamResponse, data: bytes, seconds: float) -> None:
    """Send data to a player; close its connection if it takes nothing for some seconds.

    Otherwise the video would be fetched, and kept in memory, for as long as the connection lasts.

    Raises:
        ConnectionResetError: The player has disconnected, or was disconnected.
    """
    try:
        async with asyncio.timeout(seconds):
            await response.write(data)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("The player takes nothing") from None
