"""Helpers for benchmarks: the simulator in a separate process, and the longest block of the event loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
import sys
import time
from typing import Any, Self

import aiohttp

REPOSITORY = Path(__file__).parent.parent
EMAIL = "resident@example.com"
PASSWORD = "correct horse"  # noqa: S105 - opens only simulated doors
BUILDING = "501"
LIVE_CAMERA = "1000a004"
ROUND_TRIP = 0.1
"""Seconds of a round trip, R."""


@dataclass(frozen=True, slots=True)
class Clouds:
    """The simulated clouds and an HTTP session for them."""

    url: str
    api_url: str
    eagle_eye_url: str
    session: aiohttp.ClientSession
    process: asyncio.subprocess.Process
    orders: asyncio.Lock = field(default_factory=asyncio.Lock)

    def client[ClientT](self, client_class: Callable[..., ClientT], email: str, password: str) -> ClientT:
        """Return a client that signs in by itself, of the class `Carson`: its own, or the integration's copy."""
        return client_class(
            self.session, email=email, password=password, api_url=self.api_url, eagle_eye_url=self.eagle_eye_url
        )

    async def counters(self) -> dict[str, Any]:
        """Fetch the counters of the simulator."""
        async with self.session.get(f"{self.url}/_control/counters") as response:
            counts: dict[str, Any] = await response.json()
            return counts

    async def control(self, path: str, **body: Any) -> dict[str, Any]:
        """Change the simulator."""
        async with self.session.post(f"{self.url}/_control/{path}", json=body, raise_for_status=True) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def order(self, **order: Any) -> Any:
        """Give an order (see server.py), and return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        async with self.orders:
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            return json.loads(await self.process.stdout.readline())


@asynccontextmanager
async def clouds(
    *, delay_seconds: float, connection_delay_seconds: float = 0.0, buildings: int = 0
) -> AsyncGenerator[Clouds]:
    """Run the simulator in a separate process, so that it does not affect the measurements.

    Args:
        delay_seconds: How long each answer takes.
        connection_delay_seconds: How much longer the first answer on a connection takes.
        buildings: How many buildings the account of the town has.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.server", "--buildings", str(buildings)),
        *("--delay", str(delay_seconds), "--connection-delay", str(connection_delay_seconds)),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    try:
        assert process.stdout is not None
        urls = json.loads(await process.stdout.readline())
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), connector=connector) as session:
            yield Clouds(urls["url"], urls["api_url"], urls["eagle_eye_url"], session, process)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


class LoopWatch:
    """Measures the longest block of the event loop, in seconds: `async with LoopWatch() as watch`.

    It counts the CPU time of the loop between two ticks, so other programs do not make a block longer.
    """

    _TICK_SECONDS = 0.001

    def __init__(self) -> None:
        self.longest = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        await asyncio.sleep(0.02)
        self.longest = 0.0
        return self

    async def __aexit__(self, *_: object) -> None:
        # What blocks just before the end is noticed at the next tick.
        await asyncio.sleep(2 * self._TICK_SECONDS)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _watch(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(self._TICK_SECONDS)
            self.longest = max(self.longest, time.thread_time() - before)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def count(buildings: int) -> str:
    """Return a number of buildings as text."""
    return "1 building" if buildings == 1 else f"{buildings} buildings"


def spawn[T](work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Start a task, as Home Assistant does."""
    return asyncio.create_task(work, name=name)
