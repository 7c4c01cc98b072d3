"""The live relay: joining segments, starting and closing."""

import asyncio
from contextlib import aclosing
import logging
from typing import Any, override

from aiocarson import (
    AuthenticationError,
    CannotConnectError,
    CarsonError,
    NotFoundError,
)
from aiocarson.flv.reader import FlvReader
from aiocarson.flv.tags import END_OF_SEQUENCE
import pytest

from tests.aiocarson.live.common import FRAME_MS, STEADY, UNREACHABLE, assert_seamless
from tests.support.fake_camera import Behavior, FakeCamera
from tests.support.player import Viewer, make_relay, watching
from tests.support.virtual_clock import now, settle, spawn, virtual


@virtual
async def test_joins_neither_lose_nor_repeat_a_frame() -> None:
    camera = FakeCamera(seconds=30)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(130)
    assert len(camera.opened) == 7
    assert camera.max_open == 2
    assert_seamless(viewer, 129 * 12)


@virtual
async def test_next_segment_is_opened_before_the_current_one_ends_and_replaces_it() -> None:
    camera = FakeCamera(seconds=60)
    async with watching(make_relay(camera)):
        await asyncio.sleep(70)
    assert camera.opened[1] == pytest.approx(0.7 + 50)
    assert camera.closed[0] - camera.opened[1] < 4


@virtual
async def test_prompted_segment_is_opened_at_once() -> None:
    camera = FakeCamera(seconds=60)
    relay = make_relay(camera)
    relay.prompt_next_segment()  # without players nothing happens
    async with watching(relay) as viewer:
        await asyncio.sleep(20)
        relay.prompt_next_segment()
        await settle()
        assert camera.opened == [0, pytest.approx(20.7)]
        await asyncio.sleep(20)
        assert len(camera.opened) == 2
        assert relay.upstreams == 1
    assert_seamless(viewer, 38 * 12)


@virtual
async def test_prompted_segment_waits_for_the_first_picture() -> None:
    camera = FakeCamera(seconds=60)
    relay = make_relay(camera)
    player = relay.attach()
    relay.prompt_next_segment()
    await asyncio.sleep(0.5)
    assert camera.opened == [0]
    await asyncio.sleep(0.5)
    assert camera.opened == [0, pytest.approx(0.7)]
    await player.close()
    await relay.close()


@virtual
async def test_next_segment_is_opened_in_time_when_the_server_ends_segments_early() -> None:
    camera = FakeCamera(default=Behavior(anchor="timeline", seconds=27), seconds=300)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(100)
    # The first early end is unexpected and the next segment opens at once; later ones are opened in time.
    assert camera.opened[1] == pytest.approx(camera.closed[0], abs=0.01)
    assert all(opened < closed for opened, closed in zip(camera.opened[2:], camera.closed[1:], strict=False))
    video = viewer.video
    assert video.numbers == sorted(set(video.numbers))
    assert video.longest_gap_ms <= FRAME_MS + 20


@virtual
async def test_segment_that_ends_within_a_tag_is_replaced_at_once(caplog: pytest.LogCaptureFixture) -> None:
    camera = FakeCamera(Behavior(anchor="timeline", eof_at=15), default=STEADY, seconds=300)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(40)
    assert camera.opened == [0, pytest.approx(15.7, abs=0.1)]
    assert_seamless(viewer, 38 * 12)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@virtual
async def test_stalled_segment_is_replaced() -> None:
    camera = FakeCamera(Behavior(anchor="timeline", stall_at=15), default=Behavior(burst=0), seconds=300)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(60)
    assert camera.opened == [0, pytest.approx(15.7 + 8, abs=0.1)]
    video = viewer.video
    assert video.numbers == sorted(set(video.numbers))
    assert video.longest_gap_ms <= FRAME_MS + 20


@virtual
async def test_segment_with_audio_only_is_replaced() -> None:
    class AudioOnly(FakeCamera):
        @override
        async def _body(self, behavior: Behavior) -> Any:
            async with aclosing(super()._body(behavior)) as chunks:
                async for chunk in chunks:
                    yield chunk
                    if now() > 5 and len(self.opened) == 1:
                        break
            while len(self.opened) == 1:
                yield b"\x08\0\0\x02\0\0\0\0\0\0\0\x72\0\0\0\0\x0d"
                await asyncio.sleep(1)

    camera = AudioOnly(default=Behavior(anchor="timeline", chunk=10**6), seconds=300)
    async with watching(make_relay(camera)):
        await asyncio.sleep(40)
    assert camera.opened == [0, pytest.approx(25, abs=1.2)]


@pytest.mark.parametrize(
    "failure", [CannotConnectError("lost"), OSError("reset"), RuntimeError("unexpected"), TimeoutError()]
)
def test_failed_upstream_is_replaced_without_a_gap(failure: Exception) -> None:
    @virtual
    async def scenario() -> None:
        failing = Behavior(anchor="timeline", fails_at=20, failure=failure)
        camera = FakeCamera(failing, default=STEADY, seconds=300)
        async with watching(make_relay(camera)) as viewer:
            await asyncio.sleep(40)
        assert_seamless(viewer, 38 * 12)

    scenario()


@virtual
async def test_failed_next_segment_is_retried_while_the_current_one_continues(
    caplog: pytest.LogCaptureFixture,
) -> None:
    camera = FakeCamera(STEADY, UNREACHABLE, UNREACHABLE, default=STEADY, seconds=60)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(80)
    assert camera.opened[1:4] == [pytest.approx(50.7), pytest.approx(51.9), pytest.approx(53.6)]
    assert_seamless(viewer, 78 * 12)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@virtual
async def test_slow_next_segment_is_shown_after_the_current_one_has_ended() -> None:
    camera = FakeCamera(STEADY, Behavior(anchor="timeline", latency=12), default=STEADY, seconds=60)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(80)
    assert len(camera.opened) == 2
    video = viewer.video
    assert video.numbers == sorted(set(video.numbers))
    assert video.longest_gap_ms <= 3 * FRAME_MS


# -- start


@virtual
async def test_player_receives_the_first_bytes_at_once() -> None:
    camera = FakeCamera(seconds=300)
    relay = make_relay(camera)
    player = relay.attach()
    await player.start()
    assert now() == pytest.approx(0.7)
    first = await anext(player)
    assert first.startswith(b"FLV\x01\x01")
    await player.close()
    await relay.close()


@pytest.mark.parametrize("error", [NotFoundError("no such camera", status=404), AuthenticationError("rejected")])
def test_final_error_at_the_start_is_raised_at_once(error: CarsonError) -> None:
    @virtual
    async def scenario() -> None:
        camera = FakeCamera(Behavior(error=error), seconds=300)
        relay = make_relay(camera)
        player = relay.attach()
        with pytest.raises(type(error)):
            await player.start()
        assert player.error is error
        assert [chunk async for chunk in player] == []
        assert camera.opened == [0]
        assert relay.players == 0

    scenario()


@virtual
async def test_failures_at_the_start_are_retried(caplog: pytest.LogCaptureFixture) -> None:
    camera = FakeCamera(UNREACHABLE, UNREACHABLE, default=STEADY, seconds=300)
    async with watching(make_relay(camera)):
        assert camera.opened == [0, pytest.approx(1.2), pytest.approx(2.9)]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@virtual
async def test_start_gives_up_after_the_startup_timeout() -> None:
    camera = FakeCamera(default=UNREACHABLE, seconds=300)
    relay = make_relay(camera)
    players = [relay.attach() for _ in range(3)]
    for player in players:
        with pytest.raises(CannotConnectError, match="unreachable"):
            await player.start()
    assert 10 < now() <= 20
    assert len(camera.opened) <= 6
    assert relay.players == 0
    await asyncio.sleep(100)
    assert len(camera.opened) <= 6


@virtual
async def test_start_gives_up_when_the_upstream_never_responds() -> None:
    camera = FakeCamera(default=Behavior(hangs=True), seconds=300)
    relay = make_relay(camera)
    with pytest.raises(CannotConnectError):
        await relay.attach().start()
    assert now() <= 35
    assert camera.open_now == 0


@virtual
async def test_body_that_is_not_video_is_an_error() -> None:
    class Html(FakeCamera):
        @override
        async def _body(self, behavior: Behavior) -> Any:
            yield b"<html>Bad gateway</html>"

    camera = Html(seconds=300)
    with pytest.raises(CannotConnectError, match="not FLV"):
        await make_relay(camera).attach().start()


@virtual
async def test_next_player_starts_again_after_a_failed_start() -> None:
    camera = FakeCamera(Behavior(error=NotFoundError("no such camera")), default=STEADY, seconds=300)
    relay = make_relay(camera)
    with pytest.raises(NotFoundError):
        await relay.attach().start()
    async with watching(relay) as viewer:
        await asyncio.sleep(5)
    assert_seamless(viewer, 48)


# -- close


@virtual
async def test_close_ends_players_and_traffic() -> None:
    camera = FakeCamera(default=STEADY, seconds=300)
    relay = make_relay(camera)
    viewers = [Viewer(relay.attach()) for _ in range(3)]
    await asyncio.sleep(5)
    await relay.close()
    assert camera.open_now == 0
    for viewer in viewers:
        await viewer.end()
        assert viewer.player.error is None
        assert FlvReader().feed(bytes(viewer.received))[-1].data == END_OF_SEQUENCE
    await relay.close()
    late = relay.attach()
    with pytest.raises(CannotConnectError):
        await late.start()
    assert len(camera.opened) == 1


@virtual
async def test_close_without_any_player() -> None:
    await make_relay(FakeCamera()).close()


@virtual
async def test_close_during_a_join() -> None:
    camera = FakeCamera(STEADY, Behavior(anchor="timeline", latency=5), default=STEADY, seconds=60)
    relay = make_relay(camera)
    viewer = Viewer(relay.attach())
    await asyncio.sleep(52)
    assert relay.upstreams == 2
    await relay.close()
    assert camera.open_now == 0
    await viewer.end()


@virtual
async def test_cancelled_tasks_end_the_players() -> None:
    tasks: list[asyncio.Task[Any]] = []

    def remember(work: Any, name: str) -> asyncio.Task[Any]:
        tasks.append(spawn(work, name))
        return tasks[-1]

    camera = FakeCamera(default=STEADY, seconds=300)
    relay = make_relay(camera)
    relay._spawn = remember
    viewer = Viewer(relay.attach())
    await asyncio.sleep(5)
    for task in tasks:
        task.cancel()
    await viewer.end()
    assert camera.open_now == 0


@virtual
async def test_cancelled_upstream_is_replaced() -> None:
    camera = FakeCamera(default=STEADY, seconds=300)
    relay = make_relay(camera)
    async with watching(relay):
        await asyncio.sleep(10)
        assert relay._upstreams.current is not None
        assert relay._upstreams.current.task is not None
        relay._upstreams.current.task.cancel()
        await asyncio.sleep(10)
    assert len(camera.opened) == 2
