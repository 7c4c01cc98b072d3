"""The simulator as one HTTP server on 127.0.0.1."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from simulator.carson.api import CarsonApi
from simulator.clock import Clock
from simulator.control import Control
from simulator.core import Core
from simulator.eagle_eye.api import EagleEyeApi
from simulator.settings import Settings


class Simulator(Core):
    """The simulator of both clouds.

    `async with Simulator() as sim:` serves until the block ends, in the current event loop, and
    leaves no task, timer, thread or socket behind.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 for any free port.
        clock: Source of all times; the system's clock by default.
        settings: Settings; see `Settings`.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        clock: Clock | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Initialize the simulator; `start` makes it listen."""
        super().__init__(clock, settings)
        self.host = host
        self.port = port
        self._tasks: set[asyncio.Task[object]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Base URL of the server, without a trailing slash."""
        return f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """Base URL of Carson, to which `/v1.4.4/…` is added."""
        return f"{self.url}/api"

    @property
    def eagle_eye_url(self) -> str:
        """Base URL of Eagle Eye with a placeholder for the sub-domain."""
        return f"{self.url}/eagle_eye/{{subdomain}}"

    async def start(self) -> None:
        """Start listening.

        Raises:
            OSError: The port is in use.
        """
        app = web.Application(client_max_size=1 << 20, middlewares=[self._track])
        app.router.add_route("*", "/api/{version}/{path:.*}", CarsonApi(self).handle)
        app.router.add_route("*", "/eagle_eye/{subdomain}/{path:.*}", EagleEyeApi(self).handle)
        app.router.add_route("*", "/_control/{path:.*}", Control(self).handle)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop at once, including running responses."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        for site in list(runner.sites):
            await site.stop()
        self.drop_websockets()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await runner.cleanup()
        self.stop_threads()

    async def __aenter__(self) -> Self:
        """Start listening."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    @web.middleware
    async def _track(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Track the tasks of requests, so that `stop` can cancel them."""
        if (task := asyncio.current_task()) is None:
            return await handler(request)
        self._tasks.add(task)
        try:
            return await handler(request)
        finally:
            self._tasks.discard(task)
