"""The still cache: who waits, who is served at once, and how often the cloud gets a request."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from custom_components.carson.aiocarson import CannotConnectError, CarsonError, NotFoundError, Still
from custom_components.carson.media.clock import SleepAwareClock
from custom_components.carson.media.snapshots import SnapshotCache
from custom_components.carson.media.timeouts import StillTimeouts
from tests.support.virtual_clock import now, spawn, virtual

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
NO_PICTURE = NotFoundError("no picture", status=404)


def wall() -> datetime:
    """Return the time of day."""
    return START + timedelta(seconds=now())


class Cloud:
    """Returns a still that is `lag` seconds old after `latency` seconds, or fails, or repeats an old one."""

    def __init__(self, *, latency: float = 5.0, lag: float = 1.0) -> None:
        self.latency = latency
        self.lag = lag
        self.error: Exception | None = None
        self.frozen_at: float | None = None
        self.reports_time = True
        self.hangs = False
        self.requests: list[float] = []

    async def fetch(self) -> Still:
        self.requests.append(now())
        if self.hangs:
            await asyncio.Event().wait()
        await asyncio.sleep(self.latency)
        if self.error is not None:
            raise self.error
        taken = now() - self.lag if self.frozen_at is None else self.frozen_at
        return Still(
            camera_id="1000a001",
            content=f"{taken:.1f}".encode(),
            taken_at=START + timedelta(seconds=taken) if self.reports_time else None,
        )


@asynccontextmanager
async def cache_of(cloud: Cloud, **more: Any) -> AsyncGenerator[SnapshotCache]:
    """Return a cache that is closed at the end of the block."""
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
    """Return the seconds since a still was taken."""
    return now() - float(still.content)


# -- sharing


@virtual
async def test_viewers_share_one_request() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        stills = await asyncio.gather(*(cache.get() for _ in range(50)))
        assert len(cloud.requests) == 1
        assert all(still is stills[0] for still in stills)
        assert cache.last is stills[0]


@virtual
async def test_recent_still_is_served_at_once() -> None:
    cloud = Cloud(latency=2, lag=1)
    async with cache_of(cloud) as cache:
        await cache.get()
        await asyncio.sleep(5)
        assert await waited(cache.get) == 0
        assert len(cloud.requests) == 1


@virtual
async def test_cancelled_viewer_does_not_cancel_the_request_of_others() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        first = asyncio.create_task(cache.get())
        await asyncio.sleep(1)
        second = asyncio.create_task(cache.get())
        await asyncio.sleep(1)
        first.cancel()
        assert age(await second) == pytest.approx(1)
        assert len(cloud.requests) == 1
        assert first.cancelled()


@virtual
async def test_request_continues_after_its_only_viewer_was_cancelled() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await cache.get()
        await asyncio.sleep(3)
        assert await waited(cache.get) == 0
        assert len(cloud.requests) == 1


# -- while viewers keep requesting


@pytest.mark.parametrize("latency", [0.2, 5.0, 9.0])
@pytest.mark.parametrize("period", [5.0, 10.0, 14.0])
def test_only_the_first_request_waits(latency: float, period: float) -> None:
    @virtual
    async def scenario() -> None:
        cloud = Cloud(latency=latency)
        async with cache_of(cloud) as cache:
            started = now()
            assert await waited(cache.get) == pytest.approx(latency)
            for number in range(1, 20):
                await asyncio.sleep(started + number * period - now())
                if now() - started < latency:
                    continue
                assert await waited(cache.get) == 0
                assert cache.last is not None
                # The refresh age, one request, and the lag of the cloud itself.
                assert age(cache.last) <= 10 + latency + 1.01

    scenario()


@pytest.mark.parametrize("latency", [0.2, 5.0])
@pytest.mark.parametrize("period", [5.0, 9.99, 10.0, 10.01, 13.0])
def test_card_with_a_regular_interval_gets_a_still_that_has_just_arrived(latency: float, period: float) -> None:
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
            # The lag of the cloud, and the time by which the still arrives early.
            newest = cloud.lag + 0.5 + 0.25 * latency + 0.06
            recent = sum(seconds <= newest for seconds in ages[6:]) / len(ages[6:])
            assert recent >= (0.5 if period < 9 else 0.95 if period < 10 else 1)
            assert max(ages[6:]) <= newest + period
            assert min(later - earlier for earlier, later in pairwise(cloud.requests)) >= 10 - 1e-6

    scenario()


@virtual
async def test_another_viewer_does_not_wait_for_the_regular_interval() -> None:
    """A still that was postponed for a card every 13 s is fetched at once for another viewer."""
    cloud = Cloud(latency=0.2)
    async with cache_of(cloud) as cache:
        for number in range(6):
            await asyncio.sleep(number * 13 - now())
            await cache.get()
        last = cloud.requests[-1]
        await asyncio.sleep(last + 10.5 - now())
        assert cloud.requests[-1] == last
        await cache.get()
        await asyncio.sleep(0.3)
        assert cloud.requests[-1] == pytest.approx(last + 10.5)


@virtual
async def test_many_browsers_cause_one_request_in_ten_seconds() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:

        async def browser(phase: float) -> None:
            await asyncio.sleep(phase)
            for _ in range(30):
                started = now()
                await cache.get()
                await asyncio.sleep(started + 10 - now())

        await asyncio.gather(*(browser(number * 0.7) for number in range(14)))
        gaps = [later - earlier for earlier, later in pairwise(cloud.requests)]
        assert min(gaps) == pytest.approx(10)
        assert len(cloud.requests) == pytest.approx(31, abs=1)


@virtual
async def test_no_request_is_sent_without_viewers() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        await cache.get()
        await asyncio.sleep(3600)
        assert cloud.requests == [0, 10]
        assert len(asyncio.all_tasks()) == 1


@virtual
async def test_no_task_continues_for_hourly_requests() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        for _ in range(5):
            await cache.get()
            await asyncio.sleep(60)
            assert len(asyncio.all_tasks()) == 1
            await asyncio.sleep(3600 - 60 - cloud.latency)
        assert len(cloud.requests) == 2 * 5


# -- after an idle time


@virtual
async def test_viewer_waits_for_a_fresh_still_after_an_idle_time() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        await cache.get()
        await asyncio.sleep(8 * 3600)
        still = await cache.get()
        assert age(still) == pytest.approx(1)


@virtual
async def test_pending_request_is_fresh_enough_after_an_idle_time() -> None:
    cloud = Cloud(latency=7)
    async with cache_of(cloud) as cache:
        await cache.get()
        await asyncio.sleep(9.1)  # 16.1 s after the first request; the one sent 10 s after it is pending
        assert cloud.requests == [0, 10]
        assert age(await cache.get()) == pytest.approx(1)
        assert cloud.requests == [0, 10]


@virtual
async def test_wrong_clock_does_not_make_an_old_still_recent() -> None:
    cloud = Cloud(lag=-7200)
    async with cache_of(cloud) as cache:
        await cache.get()
        await asyncio.sleep(3600)
        await cache.get()
        assert cloud.requests[-1] == pytest.approx(3605)


@virtual
async def test_lagging_cloud_gets_no_more_requests() -> None:
    """Its stills are older than the refresh age when they arrive."""
    cloud = Cloud(latency=0.5, lag=12)
    async with cache_of(cloud) as cache:
        for _ in range(100):
            await cache.get()
            await asyncio.sleep(1)
        assert len(cloud.requests) <= 11
        assert not cache.frozen


# -- failures


@virtual
async def test_failure_without_any_still_is_raised() -> None:
    cloud = Cloud()
    cloud.error = NO_PICTURE
    async with cache_of(cloud) as cache:
        with pytest.raises(NotFoundError):
            await cache.get()
        assert cache.last is None


@virtual
async def test_failures_count_towards_the_request_limit() -> None:
    cloud = Cloud(latency=0.1)
    cloud.error = NO_PICTURE
    depths: list[int] = []
    async with cache_of(cloud) as cache:
        for _ in range(100):
            with pytest.raises(NotFoundError) as caught:
                await cache.get()
            depths.append(len(caught.traceback))
            await asyncio.sleep(1)
        assert len(cloud.requests) <= 11
    assert max(depths) == min(depths), "the traceback of an error grows"


@virtual
async def test_last_still_is_served_after_failures_until_it_is_two_minutes_old() -> None:
    cloud = Cloud(latency=5, lag=40)
    async with cache_of(cloud) as cache:
        still = await cache.get()
        cloud.error = NO_PICTURE
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
        # It was taken 40 s before it arrived: 80 s of the two minutes remain.
        assert served_until == pytest.approx(85, abs=4)
        assert failed_at == pytest.approx(87, abs=8)


@virtual
async def test_old_still_is_not_served_when_fetching_fails_after_an_idle_time() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        await cache.get()
        cloud.error = NO_PICTURE
        await asyncio.sleep(3600)
        with pytest.raises(NotFoundError):
            await cache.get()


@virtual
async def test_last_still_is_served_when_fetching_fails_after_a_short_idle_time() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        still = await cache.get()
        cloud.error = NO_PICTURE
        await asyncio.sleep(60)
        assert await waited(cache.get) == pytest.approx(5)
        assert await cache.get() is still


@virtual
async def test_camera_is_shown_again_after_a_failure() -> None:
    cloud = Cloud()
    cloud.error = NO_PICTURE
    async with cache_of(cloud) as cache:
        with pytest.raises(NotFoundError):
            await cache.get()
        cloud.error = None
        await asyncio.sleep(11)
        assert age(await cache.get()) <= 6.01


@virtual
async def test_arrival_counts_when_the_time_of_a_still_is_unknown() -> None:
    cloud = Cloud()
    cloud.reports_time = False
    async with cache_of(cloud) as cache:
        still = await cache.get()
        await asyncio.sleep(4)
        assert await waited(cache.get) == 0
        assert cloud.requests == [0]
        cloud.error = NO_PICTURE
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
async def test_request_times_out() -> None:
    cloud = Cloud()
    cloud.hangs = True
    async with cache_of(cloud) as cache:
        with pytest.raises(CannotConnectError, match="timed out"):
            await cache.get()
        assert now() == pytest.approx(45)


@virtual
async def test_last_still_is_served_while_a_request_hangs() -> None:
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
async def test_unexpected_error_does_not_block_the_camera() -> None:
    cloud = Cloud()
    cloud.error = RuntimeError("unexpected")
    tasks: list[asyncio.Task[Any]] = []

    def remember(work: Any, name: str) -> asyncio.Task[Any]:
        tasks.append(spawn(work, name))
        return tasks[-1]

    cache = SnapshotCache(cloud.fetch, now=wall, monotonic=now, spawn=remember)
    with pytest.raises(CarsonError):
        await cache.get()
    cloud.error = None
    assert str(tasks[0].exception()) == "unexpected"
    await asyncio.sleep(20)
    assert age(await cache.get()) == pytest.approx(1)
    await cache.close()


# -- frozen cameras


@virtual
async def test_camera_that_repeats_an_old_picture_is_frozen_and_gets_no_more_requests() -> None:
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
        assert len(cloud.requests) <= 32
        cloud.frozen_at = None
        await asyncio.sleep(14)
        await cache.get()
        assert not cache.frozen


@virtual
async def test_very_old_first_picture_is_frozen() -> None:
    cloud = Cloud()
    cloud.frozen_at = -8 * 3600
    async with cache_of(cloud) as cache:
        still = await cache.get()
        assert cache.frozen
        assert still.taken_at == START - timedelta(hours=8)
        # Its own age counts: it is fetched again after an idle time, and not served after a failure.
        await asyncio.sleep(3600)
        await cache.get()
        assert cache.frozen
        cloud.error = NO_PICTURE
        await asyncio.sleep(11)
        with pytest.raises(NotFoundError):
            await cache.get()


@virtual
async def test_wrong_clock_alone_is_not_frozen() -> None:
    cloud = Cloud(lag=900)
    async with cache_of(cloud) as cache:
        for _ in range(3):
            await cache.get()
            await asyncio.sleep(10)
        assert not cache.frozen


@virtual
async def test_slow_previews_are_not_frozen() -> None:
    """Previews may be 16 s apart: then two requests return the same picture."""
    cloud = Cloud(latency=1)
    async with cache_of(cloud) as cache:
        for _ in range(12):
            cloud.frozen_at = now() // 16 * 16
            await cache.get()
            assert not cache.frozen
            await asyncio.sleep(9)


# -- close


@virtual
async def test_close_ends_requests_and_waiting_viewers() -> None:
    cloud = Cloud()
    async with cache_of(cloud) as cache:
        viewer = asyncio.create_task(cache.get())
        await asyncio.sleep(1)
        await cache.close()
        with pytest.raises(CannotConnectError):
            await viewer
        with pytest.raises(CannotConnectError):
            await cache.get()
        await asyncio.sleep(60)
        assert cloud.requests == [0]


@virtual
async def test_close_without_any_request() -> None:
    async with cache_of(Cloud()) as cache:
        assert cache.last is None


# -- sleep


@virtual
async def test_first_request_after_the_computer_slept_waits_for_a_new_still() -> None:
    """The monotonic clock stood still meanwhile."""
    slept = [timedelta(0)]
    cloud = Cloud(latency=2)
    cloud.reports_time = False
    clock = SleepAwareClock(now, lambda: wall() + slept[0])
    cache = SnapshotCache(cloud.fetch, now=lambda: wall() + slept[0], monotonic=clock, spawn=spawn)
    before = await cache.get()
    await asyncio.sleep(3)
    assert await waited(cache.get) == 0
    slept[0] = timedelta(hours=8)
    began = now()
    assert await cache.get() is not before
    assert now() - began == pytest.approx(2)
    assert not cache.is_outdated
    await cache.close()


# -- what live events say


@virtual
async def test_nothing_is_fetched_before_there_is_a_newer_picture() -> None:
    """But at least every 20 s, because an event may be lost."""
    cloud = Cloud(latency=0.5)
    known: list[bool | None] = [False]
    async with cache_of(cloud, has_newer=lambda _: known[-1]) as cache:
        await _watch(cache, seconds=65)
        assert [round(second - first) for first, second in pairwise(cloud.requests)] == [20, 20, 20]
        for says in (True, None):
            known.append(says)
            before = len(cloud.requests)
            await _watch(cache, seconds=40)
            assert len(cloud.requests) - before in {3, 4}


@virtual
async def test_newer_picture_is_fetched_as_soon_as_it_is_known() -> None:
    cloud = Cloud(latency=0.5)
    async with cache_of(cloud, has_newer=lambda _: now() >= 13) as cache:
        await _watch(cache, seconds=16)
        assert [round(at) for at in cloud.requests] in ([0, 13], [0, 14])


@virtual
async def test_failed_request_is_repeated_whatever_live_events_say() -> None:
    cloud = Cloud(latency=0.5)
    async with cache_of(cloud, has_newer=lambda _: False, jitter=lambda: 0) as cache:
        await _watch(cache, seconds=9)
        cloud.error = NO_PICTURE
        await _watch(cache, seconds=42)
        assert all(second - first < 12 for first, second in pairwise(cloud.requests[1:]))
        assert len(cloud.requests) >= 4


async def _watch(cache: SnapshotCache, *, seconds: float) -> None:
    """Ask for the still every two seconds."""
    end = now() + seconds
    while now() < end:
        with suppress(CarsonError):
            await cache.get()
        await asyncio.sleep(2)
