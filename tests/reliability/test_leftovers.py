"""Tasks and timers of the integration are recognised by their code."""

import asyncio
from collections.abc import Awaitable
from functools import partial
import types

from tests.support.tasks import pending_timers, running_tasks

PACKAGE = "made_up_package"


def made_up() -> types.ModuleType:
    """Return a module of the package that is looked for."""
    module = types.ModuleType(f"{PACKAGE}.inner")
    code = """
async def sleep(event): await event.wait()
class Poller:
    def poll(self): ...
    def wrapped(self, call):
        def run(): call()
        return run
"""
    exec(code, vars(module))
    return module


async def indirectly(awaitable: Awaitable[object]) -> None:
    await awaitable


async def test_a_task_is_recognised_by_what_it_awaits() -> None:
    event = asyncio.Event()
    task = asyncio.create_task(indirectly(made_up().sleep(event)))
    other = asyncio.create_task(event.wait(), name=PACKAGE)
    await asyncio.sleep(0)
    assert running_tasks(PACKAGE) == [task]
    event.set()
    await asyncio.gather(task, other)
    assert running_tasks(PACKAGE) == []


async def test_a_timer_is_recognised_by_its_callback() -> None:
    loop, poller = asyncio.get_running_loop(), made_up().Poller()
    ours = [
        loop.call_later(60, poller.poll),
        loop.call_later(60, partial(print, poller.poll)),
        loop.call_later(60, poller.wrapped(print)),
        loop.call_later(60, print, poller.poll),
    ]
    other = loop.call_later(60, print, PACKAGE)
    assert set(pending_timers(PACKAGE)) == set(ours)
    for handle in (*ours, other):
        handle.cancel()
    assert pending_timers(PACKAGE) == []
