"""From a request to an operation, and the way that every request goes."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
import re
import time

from aiohttp import web

from simulator import fault_injection
from simulator.core import Core
from simulator.counters import RequestRecord
from simulator.faults import ALTERING, REPLACING, Fault

type Handler = Callable[[Core, Call], Awaitable[web.StreamResponse]]

STREAMED = frozenset({"live", "video"})
"""Operations whose bodies are sent bit by bit: they show oddities (and `cut`) themselves, nothing else alters them."""


@dataclass(slots=True, kw_only=True)
class Call:
    """A request on its way."""

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
    def ids(self) -> dict[str, str | None]:
        """What faults can be aimed at."""
        return {"building": self.building, "camera": self.camera, "door": self.door}


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


class Limiter:
    """Counts requests of the last second (real time)."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque()

    def too_many(self, rate: int | None) -> bool:
        """Note a request; whether it is one too many."""
        if rate is None:
            return False
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= rate:
            return True
        self._recent.append(now)
        return False


async def process(core: Core, call: Call, handler: Handler, *, limited: bool) -> web.StreamResponse:
    """Count a request, let faults strike it, and answer it."""
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
        answer = await _answer(core, call, handler, limited=limited)
    if not fault_injection.is_gone(request):
        core.counters.answered(record, answer.status)
    return answer


async def _answer(core: Core, call: Call, handler: Handler, *, limited: bool) -> web.StreamResponse:
    if core.settings.delay > 0:
        await asyncio.sleep(core.settings.delay)
    if limited:
        return web.Response(status=429)
    kinds = REPLACING | ALTERING | {"delay"}
    if call.operation in STREAMED:
        kinds -= ALTERING
    final: Fault | None = None
    late = 0.0
    for fault in core.faults.strike(call.operation, call.cloud, call.ids, kinds):
        if fault.kind != "delay":
            final = fault
        elif fault.when == "before":
            await asyncio.sleep(fault.seconds)
        else:
            late += fault.seconds
    real: web.StreamResponse | None = None
    if final is None or final.kind in ALTERING or final.when == "after":
        real = await handler(core, call)
    if late > 0:
        await asyncio.sleep(late)
    if final is not None:
        return await fault_injection.apply(call.request, final, real)
    return real if real is not None else web.Response(status=500)
