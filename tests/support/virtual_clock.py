"""Time that passes only when nobody has anything to do, so that minutes of video take no time."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
import selectors
from typing import Any, override


class _Selector(selectors.DefaultSelector):
    """Where a real loop would wait, time jumps."""

    now = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events:
            assert timeout is not None, "everybody waits for something that will never happen"
            self.now += max(0.0, timeout)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on a clock of its own, beginning at 0."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    @override
    def time(self) -> float:
        return self._virtual.now

    def left_over_timers(self) -> list[asyncio.TimerHandle]:
        """Return the timers that somebody forgot."""
        return [handle for handle in self._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]


def virtual[**P](test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test in virtual time; at its end no task and no timer may be left."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def main() -> None:
            await test(*args, **kwargs)
            loop = asyncio.get_running_loop()
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}, "tasks are left"
            assert isinstance(loop, VirtualLoop)
            assert not loop.left_over_timers()

        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(main())

    return run


def now() -> float:
    """Seconds of virtual time."""
    return asyncio.get_running_loop().time()


def spawn[T](work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Start a task at once, as Home Assistant does."""
    return asyncio.Task(work, loop=asyncio.get_running_loop(), name=name, eager_start=True)


async def settle() -> None:
    """Let everything that is due happen."""
    for _ in range(20):
        await asyncio.sleep(0)
