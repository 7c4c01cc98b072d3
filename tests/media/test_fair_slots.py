"""Turns among requests of many cameras."""

import asyncio
import math

from custom_components.carson.media.fair_slots import FairSlots
from tests.support.virtual_clock import now, virtual


@virtual
async def test_whoever_has_waited_longest_for_something_new_comes_first() -> None:
    slots = FairSlots(2)
    order: list[float] = []

    async def work(rank: float) -> None:
        async with slots.take(rank):
            order.append(rank)
            await asyncio.sleep(1)

    await asyncio.gather(*(work(rank) for rank in (5.0, 6.0, 9.0, 3.0, -math.inf, 7.0)))
    assert order == [5.0, 6.0, -math.inf, 3.0, 7.0, 9.0]
    assert now() == 3


@virtual
async def test_cancelled_waiter_and_cancelled_holder_leave_their_places() -> None:
    slots = FairSlots(1)

    async def work() -> None:
        async with slots.take(0):
            await asyncio.sleep(10)

    holder, waiter, last = (asyncio.create_task(work()) for _ in range(3))
    await asyncio.sleep(1)
    waiter.cancel()
    holder.cancel()
    await asyncio.sleep(0)
    # The place was handed on in the same moment.
    last.cancel()
    await asyncio.gather(holder, waiter, last, return_exceptions=True)
    async with asyncio.timeout(1), slots.take(0):
        pass
