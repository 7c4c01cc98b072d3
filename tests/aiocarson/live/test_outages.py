"""Outages of a live view: what is retried, how often, and when the relay gives up."""

import asyncio
import logging

from aiocarson import (
    AuthenticationError,
    CannotConnectError,
    NotFoundError,
    RateLimitError,
)
from aiocarson.flv.reader import FlvReader
from aiocarson.flv.tags import END_OF_SEQUENCE
import pytest

from tests.aiocarson.live.common import FRAME_MS, STEADY, UNREACHABLE
from tests.support.fake_camera import Behavior, FakeCamera
from tests.support.player import Viewer, make_relay, watching
from tests.support.virtual_clock import now, virtual


@virtual
async def test_outage_is_bridged_with_growing_pauses_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = Behavior(anchor="timeline", fails_at=20, failure=CannotConnectError("lost"))
    camera = FakeCamera(failing, *[UNREACHABLE] * 5, default=STEADY, seconds=300)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(80)
    pauses = [later - earlier - 0.7 for earlier, later in zip(camera.opened[1:], camera.opened[2:], strict=False)]
    assert pauses == pytest.approx([0.5, 1, 2, 4, 8])
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert warnings == ["The live view of Lobby was interrupted: the camera is unreachable"]
    video = viewer.video
    assert video.numbers == sorted(set(video.numbers))
    assert video.longest_gap_ms <= FRAME_MS + 20


@virtual
async def test_pauses_vary() -> None:
    camera = FakeCamera(default=UNREACHABLE, seconds=300)
    with pytest.raises(CannotConnectError):
        await make_relay(camera, jitter=lambda: 0.0).attach().start()
    assert camera.opened[1] == pytest.approx(0.7 + 0.25)


@virtual
async def test_long_outage_ends_every_player_properly(caplog: pytest.LogCaptureFixture) -> None:
    failing = Behavior(anchor="timeline", fails_at=20, failure=CannotConnectError("lost"))
    camera = FakeCamera(failing, default=UNREACHABLE, seconds=300)
    relay = make_relay(camera)
    viewers = [Viewer(relay.attach()) for _ in range(3)]
    for viewer in viewers:
        await viewer.end()
        assert isinstance(viewer.player.error, CannotConnectError)
        last = FlvReader().feed(bytes(viewer.received))[-1]
        assert last.data == END_OF_SEQUENCE
        assert viewer.ended_at is not None
        assert 20 + 40 < viewer.ended_at < 20 + 65
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1
    assert camera.open_now == 0
    assert relay.players == 0


@virtual
async def test_missing_camera_is_retried_after_it_has_been_shown() -> None:
    failing = Behavior(anchor="timeline", fails_at=20, failure=CannotConnectError("lost"))
    camera = FakeCamera(failing, Behavior(error=NotFoundError("camera get error")), default=STEADY, seconds=300)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(40)
    assert viewer.video.numbers[-1] > 0
    assert viewer.ended_at is not None


@virtual
async def test_rejected_credentials_end_the_live_view() -> None:
    failing = Behavior(anchor="timeline", fails_at=20, failure=AuthenticationError("rejected"))
    camera = FakeCamera(failing, default=STEADY, seconds=300)
    viewer = Viewer(make_relay(camera).attach())
    await viewer.end()
    assert isinstance(viewer.player.error, AuthenticationError)
    assert len(camera.opened) == 1


@virtual
async def test_retry_after_is_respected() -> None:
    failing = Behavior(anchor="timeline", fails_at=2, failure=RateLimitError("slow down", retry_after=30))
    camera = FakeCamera(failing, default=STEADY, seconds=300)
    async with watching(make_relay(camera)):
        await asyncio.sleep(50)
    assert camera.opened == [0, pytest.approx(32.7, abs=0.2)]


@virtual
async def test_upstreams_that_end_soon_are_reopened_with_pauses(caplog: pytest.LogCaptureFixture) -> None:
    camera = FakeCamera(default=Behavior(anchor="timeline", eof_at=1), seconds=300)
    async with watching(make_relay(camera)):
        await asyncio.sleep(120)
    assert 10 < len(camera.opened) < 20
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


@virtual
async def test_new_player_during_an_outage_waits_for_the_picture() -> None:
    failing = Behavior(anchor="timeline", fails_at=20, failure=CannotConnectError("lost"))
    camera = FakeCamera(failing, UNREACHABLE, UNREACHABLE, default=STEADY, seconds=300)
    relay = make_relay(camera)
    async with watching(relay):
        await asyncio.sleep(20.8)
        player = relay.attach()
        await player.start()
        assert now() > 23
        await player.close()
