"""What fills the first segment of Home Assistant's stream, so that it is shown at once."""

import asyncio
from itertools import pairwise

from aiocarson.flv.reader import FlvReader
from aiocarson.flv.tags import TagType
from aiocarson.live.silence import silent_aac
import pytest

from tests.aiocarson.live.common import FRAME_MS, STEADY
from tests.support.fake_camera import Behavior, DecodedVideo, FakeCamera
from tests.support.player import Viewer, make_relay
from tests.support.virtual_clock import now, settle, virtual

LEAD_MS = 7_500


def repeated(video: DecodedVideo) -> int:
    """Return how often the first picture is repeated before the second one."""
    return next(at for at, number in enumerate(video.numbers) if number != video.numbers[0])


def assert_playable(video: DecodedVideo) -> None:
    """Assert that the times increase evenly, and that no picture is missing after the first one."""
    assert all(before < after for before, after in pairwise(video.times))
    assert video.longest_gap_ms <= 200
    real = video.numbers[repeated(video) - 1 :]
    assert real == list(range(real[0], real[0] + len(real)))


def newest_time(data: bytes) -> int:
    """Return the last time in the bytes of a player."""
    return FlvReader().feed(data)[-1].timestamp


@virtual
async def test_first_player_gets_a_whole_segment_with_the_first_picture() -> None:
    camera = FakeCamera(default=Behavior(anchor="timeline", burst=0.0), seconds=300)
    relay = make_relay(camera)
    player = relay.attach(LEAD_MS)
    await player.start()
    first_picture_at = now()
    viewer = Viewer(player)
    await settle()
    assert now() == first_picture_at
    assert newest_time(bytes(viewer.received)) >= LEAD_MS
    await asyncio.sleep(20)
    await viewer.leave()
    await relay.close()
    video = viewer.video
    assert_playable(video)
    assert repeated(video) >= LEAD_MS // 84
    assert video.times[-1] - video.times[0] >= LEAD_MS + 18_000


@virtual
async def test_player_without_lead_in_gets_only_what_the_camera_sends() -> None:
    relay = make_relay(FakeCamera(default=STEADY, seconds=300))
    led, plain = Viewer(relay.attach(LEAD_MS)), Viewer(relay.attach())
    await asyncio.sleep(10)
    for viewer in (led, plain):
        await viewer.leave()
    await relay.close()
    assert repeated(plain.video) == 1
    assert set(plain.video.numbers) == set(led.video.numbers)


@virtual
async def test_later_player_gets_earlier_pictures_instead() -> None:
    relay = make_relay(FakeCamera(default=STEADY, seconds=300))
    first = Viewer(relay.attach())
    await asyncio.sleep(30)
    late = Viewer(relay.attach(LEAD_MS))
    await settle()
    received = FlvReader().feed(bytes(late.received))
    pictures = [tag.timestamp for tag in received if tag.type is TagType.VIDEO]
    assert pictures[-1] - pictures[0] >= LEAD_MS
    await asyncio.sleep(5)
    for viewer in (first, late):
        await viewer.leave()
    await relay.close()
    assert late.video.is_gapless
    assert late.video.longest_gap_ms <= FRAME_MS + 20


@virtual
async def test_too_few_earlier_pictures_are_preceded_by_a_still_one() -> None:
    relay = make_relay(FakeCamera(default=STEADY, seconds=300))
    first = Viewer(relay.attach())
    await asyncio.sleep(4)
    late = Viewer(relay.attach(LEAD_MS))
    await settle()
    assert newest_time(bytes(late.received)) >= LEAD_MS
    await asyncio.sleep(5)
    for viewer in (first, late):
        await viewer.leave()
    await relay.close()
    assert_playable(late.video)
    assert 1 < repeated(late.video) < LEAD_MS // 84


@virtual
async def test_last_pictures_are_shown_at_once_when_the_camera_is_viewed_again() -> None:
    camera = FakeCamera(default=STEADY, seconds=300)
    relay = make_relay(camera)
    first = Viewer(relay.attach())
    await asyncio.sleep(20)
    await first.leave()
    await asyncio.sleep(10)
    assert camera.open_now == 0
    again = Viewer(relay.attach(LEAD_MS))
    await settle()
    assert newest_time(bytes(again.received)) >= LEAD_MS
    await asyncio.sleep(10)
    await again.leave()
    await relay.close()
    video = again.video
    assert all(before < after for before, after in pairwise(video.times))
    assert video.numbers == sorted(video.numbers)
    # While nobody watched, nothing was received.
    jumps = [after - before for before, after in pairwise(video.numbers) if after - before > 1]
    assert len(jumps) == 1
    assert len(camera.opened) == 2


@virtual
async def test_old_pictures_are_forgotten() -> None:
    camera = FakeCamera(default=STEADY, seconds=300)
    relay = make_relay(camera)
    first = Viewer(relay.attach())
    await asyncio.sleep(20)
    await first.leave()
    await asyncio.sleep(31)
    again = Viewer(relay.attach(LEAD_MS))
    await settle()
    assert not again.received
    await asyncio.sleep(10)
    await again.leave()
    await relay.close()
    assert set(again.video.numbers).isdisjoint(first.video.numbers)


@virtual
async def test_lead_in_has_silence_when_the_video_has_sound() -> None:
    """A player that finds no sound at the begin plays the rest without sound."""
    relay = make_relay(FakeCamera(default=Behavior(anchor="timeline", audio="aac"), seconds=300))
    viewer = Viewer(relay.attach(LEAD_MS))
    await asyncio.sleep(10)
    await viewer.leave()
    await relay.close()
    tags = [tag for tag in FlvReader().feed(bytes(viewer.received)) if tag.type is not TagType.SCRIPT]
    assert TagType.AUDIO in {tag.type for tag in tags[:4]}
    audio = viewer.video.audio
    assert all(0 < after - before <= 300 for before, after in pairwise(audio))
    assert audio[-1] > LEAD_MS
    assert_playable(viewer.video)


@virtual
async def test_no_lead_in_while_the_sound_is_not_known() -> None:
    relay = make_relay(FakeCamera(default=Behavior(anchor="timeline", late_aac=True), seconds=300))
    viewer = Viewer(relay.attach(LEAD_MS))
    await asyncio.sleep(10)
    await viewer.leave()
    await relay.close()
    assert repeated(viewer.video) == 1


@pytest.mark.parametrize(
    ("config", "duration_ms"),
    [
        (b"\xaf\x00\x15\x88", 128),
        (b"\xaf\x00\x12\x10", 23),
        (b"\xaf\x00\x15\xb0", None),  # six channels
        (b"\xaf\x00\x2b\x88", None),  # SBR
        (b"\xaf\x00\x17\x88", None),  # a rate of its own
        (b"\xaf\x00\x15", None),
    ],
)
def test_silence_fits_the_audio(config: bytes, duration_ms: int | None) -> None:
    silence = silent_aac(config)
    assert (None if silence is None else round(silence.duration_ms)) == duration_ms
