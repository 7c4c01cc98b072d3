"""A task of which only the newest runs."""

import asyncio

from custom_components.carson.live_events.current_task import CurrentTask
from tests.support.waiting import until


async def test_next_work_begins_once_all_before_it_has_ended() -> None:
    current, running, most, begun = CurrentTask(), 0, 0, 0
    may_end = asyncio.Event()

    async def work() -> None:
        nonlocal running, most, begun
        running += 1
        begun += 1
        most = max(most, running)
        try:
            await asyncio.Event().wait()
        finally:
            await may_end.wait()
            running -= 1

    current.replace(work, "first")
    await until(lambda: running)
    # The second one is replaced while it waits, the third one before it has begun.
    current.replace(work, "second")
    await asyncio.sleep(0)
    current.replace(work, "third")
    current.replace(work, "fourth")
    await asyncio.sleep(0)
    assert begun == 1
    may_end.set()
    await until(lambda: begun == 2)
    await current.end()
    await current.end()
    assert (running, most, begun) == (0, 1, 2)
