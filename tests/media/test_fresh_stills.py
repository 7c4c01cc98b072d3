"""Stills of cameras that send previews always, on demand, or no longer."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, override

import pytest

from custom_components.carson.aiocarson import CannotConnectError, NotFoundError, Still
from custom_components.carson.media.fresh_stills import FreshStills
from custom_components.carson.media.timeouts import StillTimeouts
from tests.support.virtual_clock import now, virtual

START = datetime(2026, 11, 26, 8, tzinfo=UTC)


class Camera:
    """A camera at Eagle Eye: `sent` is when its newest preview was taken; `next` takes another one."""

    def __init__(self, sent: float | None, *, sends: bool = True) -> None:
        self.sent = sent
        self.sends = sends
        self.skew = 0.0
        self.requests: list[str] = []

    async def get_still(self, camera_id: str, *, reference: str = "prev") -> Still:
        self.requests.append(reference)
        if reference == "next":
            await asyncio.sleep(1)
            if not self.sends:
                raise NotFoundError("no next one", status=404)
            self.sent = now()
        if self.sent is None:
            raise NotFoundError("no matching asset", status=404)
        taken_at = START + timedelta(seconds=self.sent - self.skew)
        return Still(camera_id=camera_id, content=b"", taken_at=taken_at)


def fresh(camera: Any) -> FreshStills:
    return FreshStills(
        lambda: camera,
        "1000a001",
        now=lambda: START + timedelta(seconds=now()),
        monotonic=now,
        timeouts=StillTimeouts(),
    )


async def watch(stills: FreshStills, seconds: int) -> list[float]:
    """Request a still every ten seconds, and return their ages."""
    ages: list[float] = []
    for _ in range(0, seconds, 10):
        still = await stills.get()
        assert still.taken_at is not None
        ages.append((START + timedelta(seconds=now()) - still.taken_at).total_seconds())
        await asyncio.sleep(10)
    return ages


@pytest.mark.parametrize("sent", [-3600.0, -31.0, None])
@virtual
async def test_on_demand_camera_is_fresh_from_the_first_still_on(sent: float | None) -> None:
    camera = Camera(sent)
    assert max(await watch(fresh(camera), 60)) <= 30
    assert camera.requests == ["prev", *["next"] * 6]


@virtual
async def test_camera_that_always_sends_is_never_waited_for() -> None:
    class Sending(Camera):
        @override
        async def get_still(self, camera_id: str, *, reference: str = "prev") -> Still:
            self.sent = now() - 1
            return await super().get_still(camera_id, reference=reference)

    camera = Sending(0)
    assert max(await watch(fresh(camera), 60)) <= 30
    assert set(camera.requests) == {"prev"}


@virtual
async def test_what_was_learnt_is_forgotten_when_nobody_watches() -> None:
    camera = Camera(-3600)
    stills = fresh(camera)
    await watch(stills, 30)
    await asyncio.sleep(120)
    camera.requests.clear()
    await watch(stills, 10)
    assert camera.requests == ["prev", "next"]


@virtual
async def test_camera_that_no_longer_sends_is_old_and_seldom_waited_for() -> None:
    camera = Camera(-3600, sends=False)
    stills = fresh(camera)
    await watch(stills, 120)
    assert stills.is_old
    assert camera.requests.count("prev") == 12
    assert camera.requests.count("next") <= 3
    camera.sends = True
    await watch(stills, 80)
    assert not stills.is_old


@virtual
async def test_camera_without_any_still_is_an_error() -> None:
    with pytest.raises(NotFoundError):
        await fresh(Camera(None, sends=False)).get()


@virtual
async def test_wrong_clock_does_not_make_a_camera_old() -> None:
    camera = Camera(0)
    camera.skew = 3600
    stills = fresh(camera)
    await watch(stills, 40)
    assert not stills.is_old


@virtual
async def test_lost_next_falls_back_to_what_there_is() -> None:
    class Lost(Camera):
        @override
        async def get_still(self, camera_id: str, *, reference: str = "prev") -> Still:
            if reference == "next":
                raise CannotConnectError("lost")
            return await super().get_still(camera_id, reference=reference)

    stills = fresh(Lost(-100))
    still = await stills.get()
    assert still.taken_at == START - timedelta(seconds=100)
    assert stills.is_old


@virtual
async def test_time_of_a_still_may_be_unknown() -> None:
    class Silent(Camera):
        @override
        async def get_still(self, camera_id: str, *, reference: str = "prev") -> Still:
            self.requests.append(reference)
            return Still(camera_id=camera_id, content=b"")

    camera = Silent(0)
    await fresh(camera).get()
    assert camera.requests == ["prev"]
