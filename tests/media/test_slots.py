"""A bounded number of things at once."""

import asyncio

import pytest

from custom_components.carson.aiocarson.errors import TooBusyError
from custom_components.carson.media.slots import Slots


async def test_some_run_some_wait_and_the_rest_is_refused() -> None:
    slots, end = Slots(2, 3), asyncio.Event()
    running: list[int] = []

    async def work(number: int) -> None:
        async with slots.take():
            running.append(number)
            await end.wait()

    tasks = [asyncio.create_task(work(number)) for number in range(7)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert running == [0, 1]
    end.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * 5 + [TooBusyError] * 2
    assert running == [0, 1, 2, 3, 4]


async def test_place_is_free_again_after_an_error_or_a_cancellation() -> None:
    slots = Slots(1, 1)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"):
            async with slots.take():
                raise ValueError("broken")
    async with slots.take():
        waiting = asyncio.create_task(slots.take().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), slots.take():
                pass
    async with slots.take():
        pass
