"""How many requests run at once."""

import asyncio

from aiocarson import Carson, RateLimitError
from aiocarson.http.limit import Limit
import pytest

from simulator import Simulator
from tests.support.virtual_clock import now, virtual
from tests.support.waiting import until


async def _hold(limit: Limit, seconds: float, done: list[float]) -> None:
    async with limit:
        await asyncio.sleep(seconds)
        done.append(now())


@virtual
async def test_places_are_given_in_order() -> None:
    limit = Limit(2)
    done: list[float] = []
    await asyncio.gather(*(_hold(limit, 1, done) for _ in range(5)))
    assert done == [1, 1, 2, 2, 3]


@virtual
async def test_complaint_halves_the_places_until_there_were_many_successes() -> None:
    limit = Limit(8)
    limit.record_complaint()
    limit.record_complaint()
    done: list[float] = []
    await asyncio.gather(*(_hold(limit, 1, done) for _ in range(4)))
    assert done == [1, 1, 2, 2]
    for _ in range(10):
        limit.record_complaint()
    assert limit.now == 1
    for _ in range(350):
        limit.record_success()
    assert limit.now == 8
    for _ in range(1000):
        limit.record_success()
    assert limit.now == 8


@virtual
async def test_success_lets_the_next_one_in() -> None:
    limit = Limit(2)
    limit.record_complaint()
    done: list[float] = []
    tasks = [asyncio.create_task(_hold(limit, 10, done)) for _ in range(2)]
    await asyncio.sleep(1)
    for _ in range(50):
        limit.record_success()
    await asyncio.gather(*tasks)
    assert done == [10, 11]


@pytest.mark.parametrize("waits", [True, False])
@virtual
async def test_cancelled_request_leaves_its_place(waits: bool) -> None:
    """Whether it is cancelled while it waits, or in the moment in which it gets its place."""
    limit = Limit(1)
    done: list[float] = []
    first = asyncio.create_task(_hold(limit, 5, done))
    second = asyncio.create_task(_hold(limit, 5, done))
    third = asyncio.create_task(_hold(limit, 5, done))
    await asyncio.sleep(1 if waits else 5)
    second.cancel()
    await asyncio.gather(first, third)
    assert done == [5, 10]
    await _hold(limit, 1, done)
    assert done == [5, 10, 11]


async def test_too_many_requests_are_followed_by_fewer(sim: Simulator, carson: Carson) -> None:
    await carson.get_account()
    sim.faults.add("me", "status", status=429, times=3)
    with pytest.raises(RateLimitError):
        await carson.get_account()
    sim.faults.add("me", "silence")
    before = sim.counters.count("me")
    reads = [asyncio.create_task(carson.get_account()) for _ in range(20)]
    await until(lambda: sim.counters.count("me") > before)
    assert sim.counters.count("me") - before <= 4, "32 were halved three times"
    for read in reads:
        read.cancel()
    await asyncio.gather(*reads, return_exceptions=True)
