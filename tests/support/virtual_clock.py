"""A clock that advances only while every task waits, so that minutes of video take no time."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
import selectors
from typing import Any, override


class _Selector(selectors.DefaultSelector):
    """A selector that advances the time instead of waiting."""

    now = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events:
            assert timeout is not None, "every task waits for something that cannot happen"
            self.now += max(0.0, timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own that starts at 0."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    @override
    def time(self) -> float:
        return self._virtual.now

    def pending_timers(self) -> list[asyncio.TimerHandle]:
        """Return the timers that have not been cancelled."""
        return [handle for handle in self._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]


def virtual[**P](test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test in virtual time. At its end no task and no timer may remain."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def main() -> None:
            await test(*args, **kwargs)
            loop = asyncio.get_running_loop()
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}, "tasks remain"
            assert isinstance(loop, VirtualLoop)
            assert not loop.pending_timers()

        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(main())

    return run


def now() -> float:
    """Return the virtual time, in seconds."""
    return asyncio.get_running_loop().time()


def spawn[T](work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Start a task at once, as Home Assistant does."""
    return asyncio.Task(work, loop=asyncio.get_running_loop(), name=name, eager_start=True)


async def settle() -> None:
    """Run everything that is due."""
    for _ in range(20):
        await asyncio.sleep(0)
