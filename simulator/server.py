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
    """Both clouds.

    `async with Simulator() as sim:` serves until the block ends, in the loop it is used in, and
    leaves no task, timer, thread or socket behind.

    Args:
        host: Address to listen on.
        port: 0 takes a free one.
        clock: What all times follow; the system's clock by default.
        settings: Switches; see `Settings`.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        clock: Clock | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(clock, settings)
        self.host = host
        self.port = port
        self._tasks: set[asyncio.Task[object]] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """Base url of Carson, to which `/v1.4.4/…` is added."""
        return f"{self.url}/api"

    @property
    def eagle_eye_url(self) -> str:
        """Base url of Eagle Eye with a placeholder for the sub-domain."""
        return f"{self.url}/eagle_eye/{{subdomain}}"

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: The port is taken.
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
        """End everything at once, also answers that would go on."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        for site in list(runner.sites):
            await site.stop()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await runner.cleanup()
        self.stop_threads()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @web.middleware
    async def _track(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Remember who is being answered, so that nobody is left at the end."""
        if (task := asyncio.current_task()) is None:
            return await handler(request)
        self._tasks.add(task)
        try:
            return await handler(request)
        finally:
            self._tasks.discard(task)
