"""The simulator's silence, ended when a test says so."""

import asyncio
from collections.abc import Callable

from aiohttp import web
import pytest

from simulator import connection


def make_silence_end(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that ends the silences under way with status 504. The client may also end them, as usual."""
    is_over = asyncio.Event()

    async def wait(request: web.Request, seconds: float = 86400.0) -> None:
        while not (is_over.is_set() or connection.is_closed(request)):  # noqa: ASYNC110 - the connection has no event for it
            # A longer pause would never end if the clock is frozen.
            await asyncio.sleep(0)

    monkeypatch.setattr(connection, "wait_until_closed", wait)
    return is_over.set
