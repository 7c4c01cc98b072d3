"""The live relay: one upstream for everybody, without end."""

import asyncio
from contextlib import aclosing
import io
from itertools import pairwise
import logging
from typing import Any, override

import av
import pytest

from custom_components.carson.aiocarson import (
    AuthenticationError,
    CannotConnectError,
    CarsonError,
    NotFoundError,
    RateLimitError,
)
from custom_components.carson.media.flv.amf import read_metadata
from custom_components.carson.media.flv.tags import END_OF_SEQUENCE, FlvReader, Kind, TagType

from ...support.player import Viewer, make_relay, watching
from ...support.virtual_clock import now, settle, spawn, virtual
from ..camera import FakeCamera, Habit

FRAME_MS = 1000 / 12
STEADY = Habit(anchor="timeline")
GONE = Habit(error=CannotConnectError("the camera is away"))


def assert_seamless(viewer: Viewer, at_least: int) -> None:
    shown = viewer.shown
    assert shown.is_gapless
    assert len(shown.numbers) >= at_least
    assert all(before < after for before, after in pairwise(shown.times))
    assert shown.longest_gap_ms <= FRAME_MS + 20


# Stretches


@virtual
async def test_no_frame_is_lost_or_doubled_over_many_joins() -> None:
    camera = FakeCamera(seconds=30)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(130)
    assert len(camera.opened) == 7
    assert camera.most_open == 2
    assert_seamless(viewer, 129 * 12)


@virtual
async def test_the_next_stretch_is_opened_before_the_present_one_ends_and_the_former_closed_soon() -> None:
    camera = FakeCamera(seconds=60)
    async with watching(make_relay(camera)):
        await asyncio.sleep(70)
    assert camera.opened[1] == pytest.approx(0.7 + 50)
    assert camera.closed[0] - camera.opened[1] < 4


@virtual
async def test_when_the_key_nears_its_end_the_next_stretch_is_opened_at_once() -> None:
    camera = FakeCamera(seconds=60)
    relay = make_relay(camera)
    relay.prompt_next_segment()  # nobody looks: nothing happens
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
async def test_a_prompt_before_the_first_picture_waits_for_it() -> None:
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
async def test_a_server_that_ends_stretches_early_is_learned_from() -> None:
    camera = FakeCamera(usual=Habit(anchor="timeline", seconds=27), seconds=300)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(100)
    # The first end came as a surprise; the next stretch was opened at once, the ones after that in time.
    assert camera.opened[1] == pytest.approx(camera.closed[0], abs=0.01)
    assert all(opened < closed for opened, closed in zip(camera.opened[2:], camera.closed[1:], strict=False))
    shown = viewer.shown
    assert shown.numbers == sorted(set(shown.numbers))
    assert shown.longest_gap_ms <= FRAME_MS + 20


@virtual
async def test_an_end_in_the_middle_of_a_tag_is_bridged_at_once(caplog: pytest.LogCaptureFixture) -> None:
    camera = FakeCamera(Habit(anchor="timeline", eof_at=15), usual=STEADY, seconds=300)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(40)
    assert camera.opened == [0, pytest.approx(15.7, abs=0.1)]
    assert_seamless(viewer, 38 * 12)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@virtual
async def test_silence_is_a_break() -> None:
    camera = FakeCamera(Habit(anchor="timeline", stall_at=15), usual=Habit(burst=0), seconds=300)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(60)
    assert camera.opened == [0, pytest.approx(15.7 + 8, abs=0.1)]
    shown = viewer.shown
    assert shown.numbers == sorted(set(shown.numbers))
    assert shown.longest_gap_ms <= FRAME_MS + 20


@virtual
async def test_sound_without_pictures_is_a_break_too() -> None:
    class Deaf(FakeCamera):
        @override
        async def _body(self, habit: Habit) -> Any:
            async with aclosing(super()._body(habit)) as chunks:
                async for chunk in chunks:
                    yield chunk
                    if now() > 5 and len(self.opened) == 1:
                        break
            while len(self.opened) == 1:
                yield b"\x08\0\0\x02\0\0\0\0\0\0\0\x72\0\0\0\0\x0d"
                await asyncio.sleep(1)

    camera = Deaf(usual=Habit(anchor="timeline", chunk=10**6), seconds=300)
    async with watching(make_relay(camera)):
        await asyncio.sleep(40)
    assert camera.opened == [0, pytest.approx(25, abs=1.2)]


@pytest.mark.parametrize(
    "death", [CannotConnectError("lost"), OSError("reset"), RuntimeError("a fault of ours"), TimeoutError()]
)
def test_whatever_kills_an_upstream_the_players_do_not_see_it(death: Exception) -> None:
    @virtual
    async def scenario() -> None:
        dying = Habit(anchor="timeline", dies_at=20, death=death)
        camera = FakeCamera(dying, usual=STEADY, seconds=300)
        async with watching(make_relay(camera)) as viewer:
            await asyncio.sleep(40)
        assert_seamless(viewer, 38 * 12)

    scenario()


@virtual
async def test_a_next_stretch_that_fails_is_tried_again_while_the_present_one_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    camera = FakeCamera(STEADY, GONE, GONE, usual=STEADY, seconds=60)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(80)
    assert camera.opened[1:4] == [pytest.approx(50.7), pytest.approx(51.9), pytest.approx(53.6)]
    assert_seamless(viewer, 78 * 12)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@virtual
async def test_a_stretch_that_ends_before_the_next_has_a_picture_hands_over_to_it() -> None:
    camera = FakeCamera(STEADY, Habit(anchor="timeline", latency=12), usual=STEADY, seconds=60)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(80)
    assert len(camera.opened) == 2
    shown = viewer.shown
    assert shown.numbers == sorted(set(shown.numbers))
    assert shown.longest_gap_ms <= 3 * FRAME_MS


# The start


@virtual
async def test_a_player_gets_the_first_bytes_as_soon_as_there_are_some() -> None:
    camera = FakeCamera(seconds=300)
    relay = make_relay(camera)
    player = relay.attach()
    await player.start()
    assert now() == pytest.approx(0.7)
    first = await anext(player)
    assert first.startswith(b"FLV\x01\x01")
    await player.close()
    await relay.close()


@pytest.mark.parametrize("error", [NotFoundError("no such camera", status=404), AuthenticationError("refused")])
def test_a_refusal_at_the_start_is_told_at_once(error: CarsonError) -> None:
    @virtual
    async def scenario() -> None:
        camera = FakeCamera(Habit(error=error), seconds=300)
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
async def test_failures_at_the_start_are_retried_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    camera = FakeCamera(GONE, GONE, usual=STEADY, seconds=300)
    async with watching(make_relay(camera)):
        assert camera.opened == [0, pytest.approx(1.2), pytest.approx(2.9)]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@virtual
async def test_a_start_that_fails_for_long_is_given_up() -> None:
    camera = FakeCamera(usual=GONE, seconds=300)
    relay = make_relay(camera)
    players = [relay.attach() for _ in range(3)]
    for player in players:
        with pytest.raises(CannotConnectError, match="away"):
            await player.start()
    assert 10 < now() <= 20
    assert len(camera.opened) <= 6
    assert relay.players == 0
    await asyncio.sleep(100)
    assert len(camera.opened) <= 6


@virtual
async def test_an_upstream_that_never_answers_is_given_up() -> None:
    camera = FakeCamera(usual=Habit(hangs=True), seconds=300)
    relay = make_relay(camera)
    with pytest.raises(CannotConnectError):
        await relay.attach().start()
    assert now() <= 35
    assert camera.open_now == 0


@virtual
async def test_a_body_that_is_no_video_is_an_error() -> None:
    class Html(FakeCamera):
        @override
        async def _body(self, habit: Habit) -> Any:
            yield b"<html>Bad gateway</html>"

    camera = Html(seconds=300)
    with pytest.raises(CannotConnectError, match="not FLV"):
        await make_relay(camera).attach().start()


@virtual
async def test_after_a_failed_start_the_next_player_begins_anew() -> None:
    camera = FakeCamera(Habit(error=NotFoundError("away")), usual=STEADY, seconds=300)
    relay = make_relay(camera)
    with pytest.raises(NotFoundError):
        await relay.attach().start()
    async with watching(relay) as viewer:
        await asyncio.sleep(5)
    assert_seamless(viewer, 48)


# Breaks


@virtual
async def test_a_break_is_bridged_with_growing_pauses_and_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    dying = Habit(anchor="timeline", dies_at=20, death=CannotConnectError("lost"))
    camera = FakeCamera(dying, *[GONE] * 5, usual=STEADY, seconds=300)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(80)
    pauses = [later - earlier - 0.7 for earlier, later in zip(camera.opened[1:], camera.opened[2:], strict=False)]
    assert pauses == pytest.approx([0.5, 1, 2, 4, 8])
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert warnings == ["The live view of Lobby was interrupted: the camera is away"]
    shown = viewer.shown
    assert shown.numbers == sorted(set(shown.numbers))
    assert shown.longest_gap_ms <= FRAME_MS + 20


@virtual
async def test_pauses_are_spread() -> None:
    camera = FakeCamera(usual=GONE, seconds=300)
    with pytest.raises(CannotConnectError):
        await make_relay(camera, jitter=lambda: 0.0).attach().start()
    assert camera.opened[1] == pytest.approx(0.7 + 0.25)


@virtual
async def test_a_break_without_end_ends_cleanly_for_everybody(caplog: pytest.LogCaptureFixture) -> None:
    dying = Habit(anchor="timeline", dies_at=20, death=CannotConnectError("lost"))
    camera = FakeCamera(dying, usual=GONE, seconds=300)
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
async def test_a_camera_that_was_just_there_may_be_missing_for_a_moment() -> None:
    dying = Habit(anchor="timeline", dies_at=20, death=CannotConnectError("lost"))
    camera = FakeCamera(dying, Habit(error=NotFoundError("camera get error")), usual=STEADY, seconds=300)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(40)
    assert viewer.shown.numbers[-1] > 0
    assert viewer.ended_at is not None


@virtual
async def test_a_sign_in_that_is_refused_in_the_middle_ends_the_view() -> None:
    dying = Habit(anchor="timeline", dies_at=20, death=AuthenticationError("refused"))
    camera = FakeCamera(dying, usual=STEADY, seconds=300)
    viewer = Viewer(make_relay(camera).attach())
    await viewer.end()
    assert isinstance(viewer.player.error, AuthenticationError)
    assert len(camera.opened) == 1


@virtual
async def test_the_cloud_is_given_the_time_it_asks_for() -> None:
    dying = Habit(anchor="timeline", dies_at=2, death=RateLimitError("slow down", retry_after=30))
    camera = FakeCamera(dying, usual=STEADY, seconds=300)
    async with watching(make_relay(camera)):
        await asyncio.sleep(50)
    assert camera.opened == [0, pytest.approx(32.7, abs=0.2)]


@virtual
async def test_an_upstream_that_dies_young_again_and_again_is_not_hammered(caplog: pytest.LogCaptureFixture) -> None:
    camera = FakeCamera(usual=Habit(anchor="timeline", eof_at=1), seconds=300)
    async with watching(make_relay(camera)):
        await asyncio.sleep(120)
    assert 10 < len(camera.opened) < 20
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


@virtual
async def test_somebody_who_comes_during_a_break_waits_for_the_picture() -> None:
    dying = Habit(anchor="timeline", dies_at=20, death=CannotConnectError("lost"))
    camera = FakeCamera(dying, GONE, GONE, usual=STEADY, seconds=300)
    relay = make_relay(camera)
    async with watching(relay):
        await asyncio.sleep(20.8)
        player = relay.attach()
        await player.start()
        assert now() > 23
        await player.close()


# Players


@virtual
async def test_a_later_player_gets_everything_since_the_last_key_frame_at_once() -> None:
    camera = FakeCamera(usual=STEADY, seconds=300)
    relay = make_relay(camera)
    async with watching(relay) as first:
        await asyncio.sleep(11.2)
        before = now()
        async with relay.attach() as late:
            await late.start()
            viewer = Viewer(late)
            await settle()
            assert now() == before
            assert viewer.shown.numbers == first.shown.numbers[-len(viewer.shown.numbers) :]
            assert len(viewer.shown.numbers) > 1
            await asyncio.sleep(5)
            await viewer.leave()
        assert viewer.shown.is_gapless
    assert camera.opened == [0]


@virtual
async def test_many_players_share_one_upstream_and_its_bytes() -> None:
    camera = FakeCamera(usual=STEADY, seconds=60)
    relay = make_relay(camera)
    viewers = [Viewer(relay.attach()) for _ in range(30)]
    idle = [relay.attach() for _ in range(2)]
    assert relay.players == 32
    await asyncio.sleep(100)
    assert camera.most_open == 2
    assert len(camera.opened) == 2
    one, other = ([frame.data for frame in player._queue] for player in idle)
    assert len(one) > 100
    assert all(mine is yours for mine, yours in zip(one, other, strict=True))
    for viewer in viewers:
        await viewer.leave()
    for player in idle:
        await player.close()
    assert len({bytes(viewer.received) for viewer in viewers}) == 1
    assert_seamless(viewers[0], 98 * 12)
    await relay.close()


@virtual
async def test_a_player_that_reads_nothing_costs_a_bounded_amount_and_nobody_else() -> None:
    limit = 200_000
    camera = FakeCamera(usual=STEADY, seconds=300)
    relay = make_relay(camera, queue_bytes=limit)
    async with watching(relay) as viewer:
        slow = relay.attach()
        most = 0
        for _ in range(1200):
            await asyncio.sleep(0.1)
            most = max(most, slow.queued_bytes)
        assert 0 < most <= limit
        assert slow.lost_pictures > 24
        late = Viewer(slow)
        await asyncio.sleep(10)
        await late.leave()
    assert_seamless(viewer, 125 * 12)
    shown = late.shown
    # What is left begins with a key frame, and decodes without a gap.
    assert shown.is_gapless
    assert late.received.startswith(b"FLV")


@virtual
async def test_a_group_of_pictures_beyond_the_limit_is_left_out_whole() -> None:
    camera = FakeCamera(usual=STEADY, seconds=300)
    relay = make_relay(camera, queue_bytes=3_000)
    player = relay.attach()
    await asyncio.sleep(20)
    assert player.queued_bytes <= 3_000
    assert player.lost_pictures > 100
    await player.close()
    await relay.close()


@virtual
async def test_a_player_that_falls_behind_goes_on_with_the_newest_key_frame() -> None:
    camera = FakeCamera(usual=Habit(anchor="timeline", resolution_at=60), seconds=300)
    relay = make_relay(camera, queue_bytes=150_000)
    player = relay.attach()
    received = bytearray(await anext(player))
    await asyncio.sleep(60)
    viewer = Viewer(player)
    viewer.received += received
    await asyncio.sleep(10)
    await viewer.leave()
    await relay.close()
    tags = FlvReader().feed(bytes(viewer.received))
    assert [tag.kind for tag in tags].count(Kind.VIDEO_CONFIG) == 2
    after_gap = next(at for at, (one, two) in enumerate(pairwise(tags)) if two.timestamp - one.timestamp > 5000)
    assert [tag.kind for tag in tags[after_gap + 1 : after_gap + 3]] == [Kind.VIDEO_CONFIG, Kind.KEY]
    assert viewer.shown.sizes[-1] == (160, 92)


@virtual
async def test_the_last_player_to_leave_closes_the_upstream_within_a_second() -> None:
    camera = FakeCamera(usual=STEADY, seconds=300)
    relay = make_relay(camera)
    one, two = relay.attach(), relay.attach()
    await one.start()
    await one.close()
    await asyncio.sleep(5)
    assert camera.open_now == 1
    left_at = now()
    await two.close()
    await two.close()
    await asyncio.sleep(1)
    assert camera.open_now == 0
    assert camera.closed[0] - left_at < 1
    assert relay.upstreams == 0
    assert relay.players == 0


@virtual
async def test_players_that_change_hands_keep_the_upstream() -> None:
    camera = FakeCamera(usual=STEADY, seconds=300)
    relay = make_relay(camera)
    first = relay.attach()
    await first.start()
    await asyncio.sleep(3)
    await first.close()
    await asyncio.sleep(0.3)
    async with watching(relay) as viewer:
        await asyncio.sleep(3)
    assert camera.opened == [0]
    assert viewer.shown.is_gapless


@virtual
async def test_leaving_while_the_upstream_is_being_opened_gives_it_up() -> None:
    camera = FakeCamera(usual=Habit(hangs=True), seconds=300)
    relay = make_relay(camera)
    await relay.attach().close()
    await asyncio.sleep(1)
    assert camera.open_now == 0


@virtual
async def test_who_comes_while_the_upstream_is_being_closed_gets_a_new_one() -> None:
    class SlowToClose(FakeCamera):
        @override
        def open(self) -> Any:
            inner = super().open()

            class Slow:
                async def __aenter__(self) -> Any:
                    return await inner.__aenter__()

                async def __aexit__(self, *error: object) -> Any:
                    await asyncio.sleep(2)
                    return await inner.__aexit__(*error)  # type: ignore[arg-type]

            return Slow()

    camera = SlowToClose(usual=STEADY, seconds=300)
    relay = make_relay(camera)
    player = relay.attach()
    await player.start()
    await player.close()
    await asyncio.sleep(1)
    assert camera.open_now == 1
    async with watching(relay) as viewer:
        assert camera.most_open == 1
        assert len(camera.opened) == 2
        await asyncio.sleep(3)
    assert viewer.shown.times[0] == 0


# The end


@virtual
async def test_closing_ends_everything() -> None:
    camera = FakeCamera(usual=STEADY, seconds=300)
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
async def test_closing_before_anybody_looked_is_nothing() -> None:
    await make_relay(FakeCamera()).close()


@virtual
async def test_closing_during_a_join_leaves_nothing() -> None:
    camera = FakeCamera(STEADY, Habit(anchor="timeline", latency=5), usual=STEADY, seconds=60)
    relay = make_relay(camera)
    viewer = Viewer(relay.attach())
    await asyncio.sleep(52)
    assert relay.upstreams == 2
    await relay.close()
    assert camera.open_now == 0
    await viewer.end()


@virtual
async def test_when_the_entry_is_unloaded_its_cancelled_tasks_end_the_players() -> None:
    tasks: list[asyncio.Task[Any]] = []

    def remember(work: Any, name: str) -> asyncio.Task[Any]:
        tasks.append(spawn(work, name))
        return tasks[-1]

    camera = FakeCamera(usual=STEADY, seconds=300)
    relay = make_relay(camera)
    relay._spawn = remember
    viewer = Viewer(relay.attach())
    await asyncio.sleep(5)
    for task in tasks:
        task.cancel()
    await viewer.end()
    assert camera.open_now == 0


@virtual
async def test_an_upstream_cancelled_from_outside_is_bridged() -> None:
    camera = FakeCamera(usual=STEADY, seconds=300)
    relay = make_relay(camera)
    async with watching(relay):
        await asyncio.sleep(10)
        assert relay._upstreams.current is not None
        assert relay._upstreams.current.task is not None
        relay._upstreams.current.task.cancel()
        await asyncio.sleep(10)
    assert len(camera.opened) == 2


@virtual
async def test_sound_is_announced_when_there_is_some() -> None:
    camera = FakeCamera(usual=Habit(anchor="timeline", audio="aac"), seconds=60)
    relay = make_relay(camera)
    async with watching(relay) as viewer:
        await asyncio.sleep(60)
        async with relay.attach() as late:
            head = await anext(late)
    tags = FlvReader().feed(head)
    metadata = read_metadata(tags[0].data)
    assert metadata is not None
    assert metadata["audiocodecid"] == 10
    assert metadata["width"] == 320
    assert metadata.keys().isdisjoint({"duration", "filesize", "canSeekToEnd"})
    assert [tag.kind for tag in tags[1:3]] == [Kind.VIDEO_CONFIG, Kind.KEY]
    sounds = [tag.kind for tag in tags if tag.type is TagType.AUDIO]
    assert sounds[0] is Kind.AUDIO_CONFIG
    assert sounds.count(Kind.AUDIO_CONFIG) == 1
    assert len(viewer.shown.audio) == pytest.approx(len(viewer.shown.times) / 12 / 0.128, abs=4)


class Reading(io.RawIOBase):
    """A file that remembers how much of it was read."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)
        self.position = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def read(self, size: int = -1) -> bytes:
        piece = self._data.read(min(size, 500) if size > 0 else 500)
        self.position += len(piece)
        return piece


@virtual
async def test_home_assistants_reader_needs_forty_pictures_before_it_begins() -> None:
    """Not five seconds, as it does for video that announces no sound: somebody waits for the first picture."""
    camera = FakeCamera(usual=STEADY, seconds=60)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(20)
    file = Reading(bytes(viewer.received))
    with av.open(file, mode="r") as container:
        assert [stream.type for stream in container.streams] == ["audio", "video"]
        tags = FlvReader().feed(bytes(viewer.received[: file.position]))
        assert 40 <= len([tag for tag in tags if tag.kind in {Kind.KEY, Kind.INTER}]) <= 45


@pytest.mark.parametrize(
    "habit",
    [
        Habit(anchor="timeline", audio="aac"),
        Habit(anchor="timeline", audio="a"),
        Habit(anchor="timeline", late_aac=True),
    ],
    ids=["aac", "g711", "aac-announced-late"],
)
def test_real_sound_is_not_disturbed(habit: Habit) -> None:
    @virtual
    async def scenario() -> None:
        camera = FakeCamera(usual=habit, seconds=60)
        async with watching(make_relay(camera)) as viewer:
            await asyncio.sleep(10)
        with av.open(io.BytesIO(bytes(viewer.received)), mode="r") as container:
            [sound] = container.streams.audio
            assert sound.name == ("pcm_alaw" if habit.audio == "a" else "aac")

    scenario()


@virtual
async def test_a_group_of_pictures_without_end_is_not_kept_for_newcomers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.carson.media.live.broadcast._GROUP_BYTES", 3_000)
    camera = FakeCamera(usual=STEADY, seconds=300)
    relay = make_relay(camera)
    async with watching(relay):
        await asyncio.sleep(11.2)
        before = now()
        async with relay.attach() as late:
            await late.start()
            assert now() - before < 2
            assert now() > before


@virtual
async def test_a_player_never_tells_secrets() -> None:
    relay = make_relay(FakeCamera(seconds=300))
    player = relay.attach()
    await player.start()
    assert repr(player).startswith("<Player ")
    assert len(repr(player)) < 80
    await player.close()
    await relay.close()
