"""Fixtures and helpers of the tests of camera events."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self

from aiocarson import (
    CameraEvent,
    CameraState,
    CarsonError,
    EagleEye,
    EventKind,
)
from aiocarson.eagle_eye.event_ways import EventWay
import pytest

from simulator import Clock, Simulator, Status

from ...conftest import LOBBY, until

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
GARAGE = "1000a002"
ELSEWHERE = "2000a001"
EVERYTHING = tuple(EventKind)
# Off, and nothing else: the word that the simulator calls so is that of a camera which is offline besides.
OFF = Status.ONLINE & ~Status.ON_BIT


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """Return a simulator with a stopped clock, so that only the test causes events."""
    async with Simulator(clock=Clock.manual(START)) as simulator:
        yield simulator


class EventCollector:
    """Collects events in a task of its own.

    Attributes:
        received: The events.
        errors: The temporary errors that were told.
        connections: How often the websocket was connected.
    """

    def __init__(self) -> None:
        self.received: list[CameraEvent] = []
        self.errors: list[CarsonError] = []
        self.connections = 0
        self.task: asyncio.Task[None]

    def follow(self, events: AsyncGenerator[CameraEvent]) -> Self:
        """Begin to collect."""
        self.task = asyncio.create_task(self._listen(events))
        return self

    def count_connection(self) -> None:
        self.connections += 1

    async def _listen(self, events: AsyncGenerator[CameraEvent]) -> None:
        async with aclosing(events):
            async for one in events:
                self.received.append(one)

    @property
    def codes(self) -> list[str | None]:
        return [one.code for one in self.received if one.kind is EventKind.EVENT]

    @property
    def states(self) -> list[CameraState | None]:
        return [one.status.state for one in self.received if one.status is not None]

    async def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait for a condition; the end of the events is an error."""
        await until(lambda: self.task.done() or condition())
        if self.task.done():
            await self.task

    async def error(self) -> BaseException:
        """Wait for the error that ends the events."""
        await until(self.task.done)
        error = self.task.exception()
        assert error is not None
        return error

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


type Collect = Callable[..., EventCollector]


@pytest.fixture
async def listen() -> AsyncIterator[Collect]:
    """Return a function that collects events, by default of the lobby and by any way, until the test ends."""
    collectors: list[EventCollector] = []

    def begin(eagle_eye: EagleEye, *cameras: str, **details: Any) -> EventCollector:
        collector = EventCollector()
        details = {"on_error": collector.errors.append, "on_connected": collector.count_connection, **details}
        collectors.append(collector.follow(eagle_eye.events(cameras or (LOBBY,), **details)))
        return collector

    yield begin
    for collector in collectors:
        await collector.stop()


@pytest.fixture
def collect(listen: Collect) -> Collect:
    """Return a function that collects events by polling."""
    return partial(listen, ways=(EventWay.POLL,))


async def poll_is_held(sim: Simulator, collector: EventCollector, times: int = 1) -> None:
    """Wait until this many polls were sent and the last one is held."""
    await collector.wait_for(lambda: sim.counters.count("poll") >= times and sim.counters.in_flight["eagle_eye"])


def switch(sim: Simulator, *words: int, camera: str = LOBBY) -> None:
    for word in words:
        sim.set_status(camera, word)
        sim.clock.advance(1)


def revoke(sim: Simulator) -> None:
    """Expire the session keys, and end the held polls."""
    sim.sessions.revoke()
    sim.clock.advance(1)
