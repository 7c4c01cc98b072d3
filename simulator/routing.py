"""How a request gets to its handler, and what every request goes through."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
import re
import time

from aiohttp import web

from simulator import connection
from simulator.core import Core
from simulator.counters import RequestRecord
from simulator.fault_injection import Target
from simulator.responses import RequestError

type Handler = Callable[[Core, Call], Awaitable[web.StreamResponse]]
"""Carries out a request; may raise RequestError."""

STREAMED = frozenset({"live", "video"})
"""Operations whose response is a video stream."""


@dataclass(slots=True, kw_only=True)
class Call:
    """A request and what it is about."""

    request: web.Request
    operation: str
    cloud: str
    args: dict[str, str] = field(default_factory=dict)
    """Parts of the path by name."""
    subdomain: str = ""
    building: str | None = None
    camera: str | None = None
    door: str | None = None

    @property
    def target(self) -> Target:
        """What faults can be aimed at."""
        return Target(
            operation=self.operation,
            cloud=self.cloud,
            building=self.building,
            camera=self.camera,
            door=self.door,
        )


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of a cloud."""

    operation: str
    method: str
    pattern: re.Pattern[str]
    handler: Handler


def route(operation: str, method: str, pattern: str, handler: Handler) -> Route:
    """Return a route; the pattern must match the whole rest of the path."""
    return Route(operation, method, re.compile(pattern), handler)


class RateLimiter:
    """Limits the number of requests per second (real time)."""

    def __init__(self) -> None:
        """Initialize the limiter without requests."""
        self._recent: deque[float] = deque()

    def is_exceeded(self, rate: int | None) -> bool:
        """Count a request and return whether it exceeds the rate."""
        if rate is None:
            return False
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= rate:
            return True
        self._recent.append(now)
        return False


async def process(core: Core, call: Call, handler: Handler, *, is_rate_limited: bool) -> web.StreamResponse:
    """Count a request and respond to it, with faults injected."""
    request = call.request
    record = RequestRecord(
        cloud=call.cloud,
        operation=call.operation,
        method=request.method,
        path=request.path,
        query=dict(request.query),
        headers={name.lower(): value for name, value in request.headers.items()},
        at=core.clock.now(),
        building=call.building,
        camera=call.camera,
        door=call.door,
    )
    with core.counters.request(record):
        response = await _respond(core, call, handler, is_rate_limited=is_rate_limited)
    if not connection.is_closed(request):
        core.counters.count_response(record, response.status)
    return response


async def _respond(core: Core, call: Call, handler: Handler, *, is_rate_limited: bool) -> web.StreamResponse:
    delay = core.settings.delay
    if core.settings.connection_delay > 0 and connection.is_first_use(call.request):
        delay += core.settings.connection_delay
    if delay > 0:
        await asyncio.sleep(delay)
    if is_rate_limited:
        return web.Response(status=429)

    async def handle() -> web.StreamResponse:
        try:
            return await handler(core, call)
        except RequestError as error:
            return error.response

    injection = core.faults.injection(call.target, streamed=call.operation in STREAMED)
    return await injection.respond(call.request, handle)
