"""Stills: who waits, who is served at once, and how often the cloud is asked."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from custom_components.carson.aiocarson import CannotConnectError, CarsonError, NotFoundError, Still
from custom_components.carson.media.snapshots import SnapshotCache
from custom_components.carson.media.timeouts import StillTimeouts

from ..support.virtual_clock import now, spawn, virtual

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
AWAY = NotFoundError("no picture", status=404)


def wall() -> datetime:
    return START + timedelta(seconds=now())


class Cloud:
    """Answers with a still that is `lag` seconds old, after `latency` seconds; or fails, or repeats an old one."""

    def __init__(self, *, latency: float = 5.0, lag: float = 1.0) -> None:
        self.latency = latency
        self.lag = lag
        self.error: Exception | None = None
        self.frozen_at: float | None = None
        self.tells_time = True
        self.hangs = False
        self.asked: list[float] = []

    async def fetch(self) -> Still:
        self.asked.append(now())
        if self.hangs:
            await asyncio.Event().wait()
        await asyncio.sleep(self.latency)
        if self.error is not None:
            raise self.error
        taken = now() - self.lag if self.frozen_at is None else self.frozen_at
        return Still(
            camera_id="1000a001",
            content=f"{taken:.1f}".encode(),
            taken_at=START + timedelta(seconds=taken) if self.tells_time else None,
        )


@asynccontextmanager
async def cache_of(cloud: Cloud, **more: Any) -> AsyncGenerator[SnapshotCache]:
    cache = SnapshotCache(cloud.fetch, now=wall, monotonic=now, spawn=spawn, **more)
    try:
        yield cache
    finally:
        await cache.close()


async def waited[T](work: Callable[[], Any]) -> float:
    """Return how long something took."""
    before = now()
    await work()
    return now() - before


def age(still: Still) -> float:
    return now() - float(still.content)


# -- sharing


@virtual
async def test_any_number_of_askers_share_one_request() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        stills = await asyncio.gather(*(cache.get() for _ in range(50)))
        assert len(cloud.asked) == 1
        assert all(still is stills[0] for still in stills)
        assert cache.last is stills[0]


@virtual
async def test_a_young_picture_is_served_at_once() -> None:
    cloud = Cloud(latency=2, lag=1)
    async with cache_of(cloud) as cache:
        await cache.get()
        await asyncio.sleep(5)
        assert await waited(cache.get) == 0
        assert len(cloud.asked) == 1


@virtual
async def test_an_asker_who_leaves_does_not_take_the_picture_from_the_others() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        first = asyncio.create_task(cache.get())
        await asyncio.sleep(1)
        second = asyncio.create_task(cache.get())
        await asyncio.sleep(1)
        first.cancel()
        assert age(await second) == pytest.approx(1)
        assert len(cloud.asked) == 1
        assert first.cancelled()


@virtual
async def test_the_picture_comes_although_its_only_asker_has_left() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await cache.get()
        await asyncio.sleep(3)
        assert await waited(cache.get) == 0
        assert len(cloud.asked) == 1


# -- while people keep looking


@pytest.mark.parametrize("latency", [0.2, 5.0, 9.0])
@pytest.mark.parametrize("period", [5.0, 10.0, 14.0])
def test_from_the_second_ask_on_nobody_waits(latency: float, period: float) -> None:
    @virtual
    async def scenario() -> None:
        cloud = Cloud(latency=latency)
        async with cache_of(cloud) as cache:
            begun = now()
            assert await waited(cache.get) == pytest.approx(latency)
            for number in range(1, 20):
                await asyncio.sleep(begun + number * period - now())
                if now() - begun < latency:
                    continue
                assert await waited(cache.get) == 0
                assert cache.last is not None
                # One period of refreshing, one request, and what the cloud itself is behind.
                assert age(cache.last) <= 10 + latency + 1.01

    scenario()


@pytest.mark.parametrize("latency", [0.2, 5.0])
@pytest.mark.parametrize("period", [5.0, 9.99, 10.0, 10.01, 13.0])
def test_a_card_that_asks_in_a_rhythm_is_shown_what_has_just_come(latency: float, period: float) -> None:
    @virtual
    async def scenario() -> None:
        cloud = Cloud(latency=latency)
        async with cache_of(cloud) as cache:
            ages: list[float] = []
            for number in range(100):
                await asyncio.sleep(number * period - now())
                assert await waited(cache.get) == (latency if number == 0 else 0)
                assert cache.last is not None
                ages.append(age(cache.last))
            # What the cloud is behind, and the time by which the still comes early.
            newest = cloud.lag + 0.5 + 0.25 * latency + 0.06
            young = sum(one <= newest for one in ages[6:]) / len(ages[6:])
            assert young >= (0.5 if period < 9 else 0.95 if period < 10 else 1)
            assert max(ages[6:]) <= newest + period
            assert min(later - earlier for earlier, later in pairwise(cloud.asked)) >= 10 - 1e-6

    scenario()


@virtual
async def test_somebody_else_who_comes_is_not_kept_for_the_rhythm() -> None:
    """What was put off for the one who comes every 13 s is fetched at once when another one joins."""
    cloud = Cloud(latency=0.2)
    async with cache_of(cloud) as cache:
        for number in range(6):
            await asyncio.sleep(number * 13 - now())
            await cache.get()
        last = cloud.asked[-1]
        await asyncio.sleep(last + 10.5 - now())
        assert cloud.asked[-1] == last
        await cache.get()
        await asyncio.sleep(0.3)
        assert cloud.asked[-1] == pytest.approx(last + 10.5)


@virtual
async def test_many_browsers_out_of_phase_cost_one_request_in_ten_seconds() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:

        async def browser(phase: float) -> None:
            await asyncio.sleep(phase)
            for _ in range(30):
                started = now()
                await cache.get()
                await asyncio.sleep(started + 10 - now())

        await asyncio.gather(*(browser(number * 0.7) for number in range(14)))
        gaps = [later - earlier for earlier, later in pairwise(cloud.asked)]
        assert min(gaps) == pytest.approx(10)
        assert len(cloud.asked) == pytest.approx(31, abs=1)


@virtual
async def test_nothing_is_asked_when_nobody_looks() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        await cache.get()
        await asyncio.sleep(3600)
        assert cloud.asked == [0, 10]
        assert len(asyncio.all_tasks()) == 1


@virtual
async def test_nothing_is_kept_going_for_one_who_comes_by_the_hour() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        for _ in range(5):
            await cache.get()
            await asyncio.sleep(60)
            assert len(asyncio.all_tasks()) == 1
            await asyncio.sleep(3600 - 60 - cloud.latency)
        assert len(cloud.asked) == 2 * 5


# -- after a pause


@virtual
async def test_after_a_pause_the_asker_waits_for_a_fresh_picture() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        await cache.get()
        await asyncio.sleep(8 * 3600)
        still = await cache.get()
        assert age(still) == pytest.approx(1)


@virtual
async def test_right_after_the_pause_the_request_under_way_is_fresh_enough() -> None:
    cloud = Cloud(latency=7)
    async with cache_of(cloud) as cache:
        await cache.get()
        await asyncio.sleep(9.1)  # 16.1 s after the ask; the request made 10 s after it is under way
        assert cloud.asked == [0, 10]
        assert age(await cache.get()) == pytest.approx(1)
        assert cloud.asked == [0, 10]


@virtual
async def test_a_clock_that_is_behind_does_not_make_last_night_young() -> None:
    cloud = Cloud(lag=-7200)
    async with cache_of(cloud) as cache:
        await cache.get()
        await asyncio.sleep(3600)
        await cache.get()
        assert cloud.asked[-1] == pytest.approx(3605)


@virtual
async def test_a_cloud_that_is_always_behind_is_not_asked_more_often() -> None:
    """Its pictures are older than the refresh age when they come."""
    cloud = Cloud(latency=0.5, lag=12)
    async with cache_of(cloud) as cache:
        for _ in range(100):
            await cache.get()
            await asyncio.sleep(1)
        assert len(cloud.asked) <= 11
        assert not cache.frozen


# -- failures


@virtual
async def test_a_failure_with_nothing_to_show_is_told() -> None:
    cloud = Cloud()
    cloud.error = AWAY
    async with cache_of(cloud) as cache:
        with pytest.raises(NotFoundError):
            await cache.get()
        assert cache.last is None


@virtual
async def test_failures_count_towards_the_bound() -> None:
    cloud = Cloud(latency=0.1)
    cloud.error = AWAY
    depths: list[int] = []
    async with cache_of(cloud) as cache:
        for _ in range(100):
            with pytest.raises(NotFoundError) as caught:
                await cache.get()
            depths.append(len(caught.traceback))
            await asyncio.sleep(1)
        assert len(cloud.asked) <= 11
    assert max(depths) == min(depths), "an error told often grows"


@virtual
async def test_on_failure_the_last_picture_stays_for_two_minutes_of_its_own_age() -> None:
    cloud = Cloud(latency=5, lag=40)
    async with cache_of(cloud) as cache:
        still = await cache.get()
        cloud.error = AWAY
        served_until = 0.0
        failed_at = 0.0
        while now() < 200:
            await asyncio.sleep(2)
            try:
                assert await cache.get() is still
            except NotFoundError:
                failed_at = failed_at or now()
            else:
                served_until = now()
        assert age(still) == pytest.approx(now() + 35)
        # Taken 40 s before it came: 80 s are left of the two minutes.
        assert served_until == pytest.approx(85, abs=4)
        assert failed_at == pytest.approx(87, abs=8)


@virtual
async def test_after_a_pause_a_failure_does_not_bring_back_an_old_picture() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        await cache.get()
        cloud.error = AWAY
        await asyncio.sleep(3600)
        with pytest.raises(NotFoundError):
            await cache.get()


@virtual
async def test_after_a_short_pause_the_last_picture_stands_in_for_a_failed_one() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        still = await cache.get()
        cloud.error = AWAY
        await asyncio.sleep(60)
        assert await waited(cache.get) == pytest.approx(5)
        assert await cache.get() is still


@virtual
async def test_a_camera_that_comes_back_is_shown_again() -> None:
    cloud = Cloud()
    cloud.error = AWAY
    async with cache_of(cloud) as cache:
        with pytest.raises(NotFoundError):
            await cache.get()
        cloud.error = None
        await asyncio.sleep(11)
        assert age(await cache.get()) <= 6.01


@virtual
async def test_without_a_frame_time_the_arrival_counts() -> None:
    cloud = Cloud()
    cloud.tells_time = False
    async with cache_of(cloud) as cache:
        still = await cache.get()
        await asyncio.sleep(4)
        assert await waited(cache.get) == 0
        assert cloud.asked == [0]
        cloud.error = AWAY
        served_until = 0.0
        while now() < 200:
            await asyncio.sleep(2)
            try:
                assert await cache.get() is still
                served_until = now()
            except NotFoundError:
                pass
        assert served_until == pytest.approx(125, abs=4)
        assert not cache.frozen


@virtual
async def test_a_request_that_hangs_fails_at_last() -> None:
    cloud = Cloud()
    cloud.hangs = True
    async with cache_of(cloud) as cache:
        with pytest.raises(CannotConnectError, match="timed out"):
            await cache.get()
        assert now() == pytest.approx(45)


@virtual
async def test_while_a_request_hangs_the_last_picture_does_for_a_while() -> None:
    cloud = Cloud()
    async with cache_of(cloud, timeouts=StillTimeouts(fetch=600)) as cache:
        still = await cache.get()
        cloud.hangs = True
        for _ in range(11):
            await asyncio.sleep(10)
            assert await cache.get() is still
        await asyncio.sleep(13)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await cache.get()


@virtual
async def test_a_fault_in_the_client_does_not_block_the_camera_for_ever() -> None:
    cloud = Cloud()
    cloud.error = RuntimeError("a fault of ours")
    tasks: list[asyncio.Task[Any]] = []

    def remember(work: Any, name: str) -> asyncio.Task[Any]:
        tasks.append(spawn(work, name))
        return tasks[-1]

    cache = SnapshotCache(cloud.fetch, now=wall, monotonic=now, spawn=remember)
    with pytest.raises(CarsonError):
        await cache.get()
    cloud.error = None
    assert str(tasks[0].exception()) == "a fault of ours"
    await asyncio.sleep(20)
    assert age(await cache.get()) == pytest.approx(1)
    await cache.close()


# -- frozen cameras


@virtual
async def test_a_camera_that_repeats_an_old_picture_is_told_apart_and_not_hammered() -> None:
    cloud = Cloud(latency=0.5)
    async with cache_of(cloud) as cache:
        await cache.get()
        cloud.frozen_at = now() - 1
        frozen_since = 0.0
        for _ in range(300):
            still = await cache.get()
            if cache.frozen:
                frozen_since = frozen_since or now()
                assert still.taken_at == START + timedelta(seconds=cloud.frozen_at)
            await asyncio.sleep(1)
        assert 30 <= frozen_since <= 45
        assert len(cloud.asked) <= 32
        cloud.frozen_at = None
        await asyncio.sleep(14)
        await cache.get()
        assert not cache.frozen


@virtual
async def test_last_nights_picture_is_known_as_such_from_the_first_look() -> None:
    cloud = Cloud()
    cloud.frozen_at = -8 * 3600
    async with cache_of(cloud) as cache:
        still = await cache.get()
        assert cache.frozen
        assert still.taken_at == START - timedelta(hours=8)
        # It is as old as it is: after a pause it is asked for anew, and it does not outlive a failure.
        await asyncio.sleep(3600)
        await cache.get()
        assert cache.frozen
        cloud.error = AWAY
        await asyncio.sleep(11)
        with pytest.raises(NotFoundError):
            await cache.get()


@virtual
async def test_a_wrong_clock_alone_does_not_freeze_a_camera() -> None:
    cloud = Cloud(lag=900)
    async with cache_of(cloud) as cache:
        for _ in range(3):
            await cache.get()
            await asyncio.sleep(10)
        assert not cache.frozen


@virtual
async def test_a_slow_preview_is_not_frozen() -> None:
    """Previews may come every 16 s: then two requests meet the same picture."""
    cloud = Cloud(latency=1)
    async with cache_of(cloud) as cache:
        for _ in range(12):
            cloud.frozen_at = now() // 16 * 16
            await cache.get()
            assert not cache.frozen
            await asyncio.sleep(9)


# -- the end


@virtual
async def test_closing_ends_the_waiting_and_the_asking() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        asker = asyncio.create_task(cache.get())
        await asyncio.sleep(1)
        await cache.close()
        with pytest.raises(CannotConnectError):
            await asker
        with pytest.raises(CannotConnectError):
            await cache.get()
        await asyncio.sleep(60)
        assert cloud.asked == [0]


@virtual
async def test_closing_what_was_never_asked_is_nothing() -> None:
    async with cache_of(Cloud()) as cache:
        assert cache.last is None
