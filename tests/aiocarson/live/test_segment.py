"""Repairing one segment: timestamps, order and malformed frames."""

from aiocarson.flv.reader import FlvReader
from aiocarson.flv.tags import Kind, Tag, TagType
from aiocarson.live.segment import Segment

from tests.aiocarson.live.common import FIRST, tags
from tests.support.fake_camera import Behavior, live_segment


def times_of(*timestamps: int) -> list[int]:
    return [frame.time for frame in Segment().read_frames(tags(*timestamps))]


def test_single_wrong_timestamp_is_ignored() -> None:
    [*early, wrong, after, last] = times_of(0, 80, 160, 20, 320, 400)
    assert (early, after, last) == ([0, 80, 160], 320, 400)
    assert 230 <= wrong <= 250


def test_repeated_timestamps_are_made_different() -> None:
    assert times_of(0, 80, 80, 160) == [0, 80, 81, 160]


def test_clock_that_was_set_back_continues() -> None:
    [*early, first, second, third] = times_of(0, 80, 160, 0, 80, 160)
    assert early == [0, 80, 160]
    assert 230 <= first <= 250
    assert (second, third) == (first + 80, first + 160)


def test_too_long_step_of_the_clock_is_removed() -> None:
    [*early, leap, after] = times_of(0, 80, 160, 90_000, 90_080)
    assert early == [0, 80, 160]
    assert 200 <= leap <= 260
    assert after == leap + 80


def test_pause_is_kept() -> None:
    assert times_of(0, 80, 9_000, 9_080) == [0, 80, 9_000, 9_080]


def test_frames_before_the_first_key_frame_are_dropped() -> None:
    late = [Tag(TagType.VIDEO, 0, b"\x22\x00"), Tag(TagType.AUDIO, 0, b"\x72\x00"), *tags(100, 180)]
    assert [(frame.kind, frame.time) for frame in Segment().read_frames(late)] == [(Kind.KEY, 0), (Kind.INTER, 80)]


def test_malformed_picture_is_dropped() -> None:
    broken = Tag(TagType.VIDEO, 40, b"\x27\x01\0\0\0\xff\xff\xff\xff")
    segment = Segment()
    parts = live_segment(Behavior(), FIRST, 0.5)
    frames = segment.read_frames([*FlvReader().feed(b"".join(data for _, data in parts)), broken])
    assert len(frames) == 6


def test_hevc_is_passed_with_its_own_header() -> None:
    config = b"\x90hvc1config"
    segment = Segment()
    frames = segment.read_frames(
        [
            Tag(TagType.VIDEO, 0, config),
            Tag(TagType.VIDEO, 0, b"\x91hvc1\0\0\0key"),
            Tag(TagType.VIDEO, 40, b"\xa3hvc1inter"),
            Tag(TagType.VIDEO, 40, b"\x92hvc1"),
        ]
    )
    assert [(frame.kind, frame.config) for frame in frames] == [(Kind.KEY, config), (Kind.INTER, None)]


def test_only_the_first_metadata_of_a_segment_apply() -> None:
    parts = live_segment(Behavior(), FIRST, 0.2)
    second = live_segment(Behavior(starttime=500.0), FIRST, 0.2)
    segment = Segment()
    segment.read_frames(FlvReader().feed(parts[0][1]))
    segment.read_frames(FlvReader().feed(second[0][1]))
    [first, *_] = segment.read_frames(FlvReader().feed(parts[0][1] + parts[1][1]))
    assert first.position == parts[0][0]
