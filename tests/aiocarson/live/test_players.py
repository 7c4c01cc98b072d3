"""The players of a live view: what they receive, their queues, and when the upstream closes."""

import asyncio
import io
from itertools import pairwise
from typing import Any, override

from aiocarson.flv.amf import read_metadata
from aiocarson.flv.reader import FlvReader
from aiocarson.flv.tags import Kind, TagType
import av
import pytest

from tests.aiocarson.live.common import STEADY, assert_seamless
from tests.support.fake_camera import Behavior, FakeCamera
from tests.support.player import Viewer, make_relay, watching
from tests.support.virtual_clock import now, settle, virtual


@virtual
async def test_new_player_receives_everything_since_the_last_key_frame_at_once() -> None:
    camera = FakeCamera(default=STEADY, seconds=300)
    relay = make_relay(camera)
    async with watching(relay) as first:
        await asyncio.sleep(11.2)
        before = now()
        async with relay.attach() as late:
            await late.start()
            viewer = Viewer(late)
            await settle()
            assert now() == before
            assert viewer.video.numbers == first.video.numbers[-len(viewer.video.numbers) :]
            assert len(viewer.video.numbers) > 1
            await asyncio.sleep(5)
            await viewer.leave()
        assert viewer.video.is_gapless
    assert camera.opened == [0]


@virtual
async def test_players_share_one_upstream_and_its_bytes() -> None:
    camera = FakeCamera(default=STEADY, seconds=60)
    relay = make_relay(camera)
    viewers = [Viewer(relay.attach()) for _ in range(30)]
    idle = [relay.attach() for _ in range(2)]
    assert relay.players == 32
    await asyncio.sleep(100)
    assert camera.max_open == 2
    assert len(camera.opened) == 2
    one, other = ([queued.encoded.data for queued in player._queue] for player in idle)
    assert len(one) > 100
    assert all(data is other_data for data, other_data in zip(one, other, strict=True))
    for viewer in viewers:
        await viewer.leave()
    for player in idle:
        await player.close()
    assert len({bytes(viewer.received) for viewer in viewers}) == 1
    assert_seamless(viewers[0], 98 * 12)
    await relay.close()


@virtual
async def test_player_that_does_not_read_has_a_bounded_queue_and_disturbs_no_other() -> None:
    limit = 200_000
    camera = FakeCamera(default=STEADY, seconds=300)
    relay = make_relay(camera, queue_bytes=limit)
    async with watching(relay) as viewer:
        slow = relay.attach()
        max_queued = 0
        for _ in range(1200):
            await asyncio.sleep(0.1)
            max_queued = max(max_queued, slow.queued_bytes)
        assert 0 < max_queued <= limit
        assert slow.lost_pictures > 24
        late = Viewer(slow)
        await asyncio.sleep(10)
        await late.leave()
    assert_seamless(viewer, 125 * 12)
    video = late.video
    # The rest of the queue begins with a key frame, and decodes without a gap.
    assert video.is_gapless
    assert late.received.startswith(b"FLV")


@virtual
async def test_group_of_pictures_beyond_the_limit_is_dropped_completely() -> None:
    camera = FakeCamera(default=STEADY, seconds=300)
    relay = make_relay(camera, queue_bytes=3_000)
    player = relay.attach()
    await asyncio.sleep(20)
    assert player.queued_bytes <= 3_000
    assert player.lost_pictures > 100
    await player.close()
    await relay.close()


@virtual
async def test_slow_player_continues_with_the_newest_key_frame() -> None:
    camera = FakeCamera(default=Behavior(anchor="timeline", resolution_at=60), seconds=300)
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
    assert viewer.video.sizes[-1] == (160, 92)


@virtual
async def test_upstream_closes_within_a_second_after_the_last_player() -> None:
    camera = FakeCamera(default=STEADY, seconds=300)
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
    await relay.close()


@virtual
async def test_reconnecting_player_keeps_the_upstream() -> None:
    camera = FakeCamera(default=STEADY, seconds=300)
    relay = make_relay(camera)
    first = relay.attach()
    await first.start()
    await asyncio.sleep(3)
    await first.close()
    await asyncio.sleep(0.3)
    async with watching(relay) as viewer:
        await asyncio.sleep(3)
    assert camera.opened == [0]
    assert viewer.video.is_gapless


@virtual
async def test_upstream_is_closed_when_the_player_leaves_while_it_opens() -> None:
    camera = FakeCamera(default=Behavior(hangs=True), seconds=300)
    relay = make_relay(camera)
    await relay.attach().close()
    await asyncio.sleep(1)
    assert camera.open_now == 0


@virtual
async def test_player_that_arrives_while_the_upstream_closes_gets_a_new_one() -> None:
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

    camera = SlowToClose(default=STEADY, seconds=300)
    relay = make_relay(camera)
    player = relay.attach()
    await player.start()
    await player.close()
    await asyncio.sleep(1)
    assert camera.open_now == 1
    async with watching(relay) as viewer:
        await asyncio.sleep(5)
    assert camera.max_open == 1
    assert len(camera.opened) == 2
    assert all(before < after for before, after in pairwise(viewer.video.times))


@virtual
async def test_audio_is_announced_when_there_is_any() -> None:
    camera = FakeCamera(default=Behavior(anchor="timeline", audio="aac"), seconds=60)
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
    audio_kinds = [tag.kind for tag in tags if tag.type is TagType.AUDIO]
    assert audio_kinds[0] is Kind.AUDIO_CONFIG
    assert audio_kinds.count(Kind.AUDIO_CONFIG) == 1
    assert len(viewer.video.audio) == pytest.approx(len(viewer.video.times) / 12 / 0.128, abs=4)


class CountingFile(io.RawIOBase):
    """A file that counts how much of it was read."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)
        self.position = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def read(self, size: int = -1) -> bytes:
        data = self._data.read(min(size, 500) if size > 0 else 500)
        self.position += len(data)
        return data


@virtual
async def test_ffmpeg_needs_forty_pictures_before_it_starts() -> None:
    """Without any audio it would read five seconds, and the first picture would be late."""
    camera = FakeCamera(default=STEADY, seconds=60)
    async with watching(make_relay(camera)) as viewer:
        await asyncio.sleep(20)
    file = CountingFile(bytes(viewer.received))
    with av.open(file, mode="r") as container:
        assert [stream.type for stream in container.streams] == ["audio", "video"]
        tags = FlvReader().feed(bytes(viewer.received[: file.position]))
        assert 40 <= len([tag for tag in tags if tag.kind in {Kind.KEY, Kind.INTER}]) <= 45


@pytest.mark.parametrize(
    "behavior",
    [
        Behavior(anchor="timeline", audio="aac"),
        Behavior(anchor="timeline", audio="a"),
        Behavior(anchor="timeline", late_aac=True),
    ],
    ids=["aac", "g711", "aac-announced-late"],
)
def test_real_audio_is_not_disturbed(behavior: Behavior) -> None:
    @virtual
    async def scenario() -> None:
        camera = FakeCamera(default=behavior, seconds=60)
        async with watching(make_relay(camera)) as viewer:
            await asyncio.sleep(10)
        with av.open(io.BytesIO(bytes(viewer.received)), mode="r") as container:
            [audio] = container.streams.audio
            assert audio.name == ("pcm_alaw" if behavior.audio == "a" else "aac")

    scenario()


@virtual
async def test_too_long_group_of_pictures_is_not_kept_for_new_players(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiocarson.live.history._MAX_BYTES", 3_000)
    camera = FakeCamera(default=STEADY, seconds=300)
    relay = make_relay(camera)
    async with watching(relay):
        await asyncio.sleep(11.2)
        before = now()
        async with relay.attach() as late:
            await late.start()
            assert now() - before < 2
            assert now() > before


@virtual
async def test_repr_of_a_player_is_short() -> None:
    relay = make_relay(FakeCamera(seconds=300))
    player = relay.attach()
    await player.start()
    assert repr(player).startswith("<Player ")
    assert len(repr(player)) < 80
    await player.close()
    await relay.close()
