"""Joining segments: the result is decoded and checked frame by frame."""

from collections.abc import Iterator
import contextlib
from dataclasses import dataclass, field, replace
from itertools import pairwise
import random

from aiocarson.flv.amf import write_metadata
from aiocarson.flv.reader import FlvError, FlvReader
from aiocarson.flv.tags import FILE_HEADER, Kind, Tag, TagType
from aiocarson.live.joiner import Joiner
from aiocarson.live.segment import Frame, Segment
import pytest

from simulator.media.timeline import GROUP
from tests.aiocarson.live.common import FIRST, FRAME_MS, tags
from tests.support.fake_camera import Behavior, DecodedVideo, decode, live_segment


@dataclass
class Plan:
    """One segment.

    Attributes:
        first: The number of its first frame.
        seconds: Its length.
        opened: When its first byte arrives, in seconds after the first frame of the test.
        lag: How late its frames arrive, in seconds.
        behavior: The behavior of the upstream.
    """

    first: int = 0
    seconds: float = 10.0
    opened: float = 0.0
    lag: float = 0.0
    behavior: Behavior = field(default_factory=Behavior)

    def arrivals(self) -> Iterator[tuple[float, bytes]]:
        """Yield the parts of the segment, each with the time at which it arrives."""
        parts = live_segment(self.behavior, FIRST + self.first, self.seconds)
        origin = FIRST * 1000 // 12
        for taken_ms, data in parts:
            yield max(self.opened, (taken_ms - origin) / 1000 + self.lag), data


def join(*plans: Plan) -> list[Frame]:
    """Feed a joiner in the order of arrival; each segment begins with its first byte and ends after its last."""
    joiner = Joiner()
    events: list[tuple[float, int, bytes | None]] = []
    for index, plan in enumerate(plans):
        arrivals = list(plan.arrivals())
        events += [(moment, index, data) for moment, data in arrivals]
        events.append((arrivals[-1][0] + 0.001, index, None))
    frames: list[Frame] = []
    segments: dict[int, tuple[Segment, FlvReader]] = {}
    for _, index, part in sorted(events, key=lambda event: event[0]):
        if index not in segments:
            segments[index] = joiner.begin(), FlvReader()
        segment, reader = segments[index]
        frames += joiner.end(segment) if part is None else joiner.feed(segment, reader.feed(part))
    return frames


def to_flv(frames: list[Frame]) -> bytes:
    """Return the FLV that a player sends for frames."""
    parts = [FILE_HEADER]
    configs: dict[TagType, bytes] = {}
    for frame in frames:
        if frame.config is not None and configs.get(frame.type) != frame.config:
            configs[frame.type] = frame.config
            parts.append(Tag(frame.type, frame.time, frame.config).encode())
        parts.append(Tag(frame.type, frame.time, frame.data).encode())
    return b"".join(parts)


def show(frames: list[Frame]) -> DecodedVideo:
    """Return the decoded video of frames."""
    video = decode(to_flv(frames))
    assert video.times == [frame.time for frame in frames if frame.kind is not Kind.AUDIO]
    assert len(video.numbers) == len(video.times)
    return video


def assert_increasing(times: list[int]) -> None:
    assert all(before < after for before, after in pairwise(times))


def assert_seamless(shown: DecodedVideo, frames: int) -> None:
    """Assert that no picture is lost or repeated, and no gap is longer than the camera's own."""
    assert shown.is_gapless
    assert len(shown.numbers) == frames
    assert_increasing(shown.times)
    assert shown.longest_gap_ms <= FRAME_MS + 20


@pytest.mark.parametrize(("old_lag", "new_lag"), [(0, 0), (0.4, 0), (0, 0.4), (2.5, 0.4), (0.4, 2.5)])
@pytest.mark.parametrize("burst", [0, 7, 60])
def test_overlapping_segments_are_joined_without_loss(old_lag: float, new_lag: float, burst: int) -> None:
    old = Plan(seconds=16, lag=old_lag)
    new = Plan(first=101 - burst, seconds=14, opened=101 / 12 + 0.7, lag=new_lag)
    shown = show(join(old, new))
    assert_seamless(shown, 101 - burst + 14 * 12)
    assert shown.times[0] == 0


@pytest.mark.parametrize("lag", [0.0, 1.3])
@pytest.mark.parametrize("burst_groups", [0, 1, 3])
def test_segments_of_one_encoder_are_joined_without_loss(lag: float, burst_groups: int) -> None:
    old = Plan(seconds=16)
    new = Plan(first=(4 - burst_groups) * GROUP, seconds=14, opened=4 * 2 + 0.9, lag=lag)
    assert_seamless(show(join(old, new)), (4 - burst_groups) * GROUP + 14 * 12)


def test_segment_of_the_same_encoder_continues_after_an_interruption() -> None:
    """The new one begins earlier: its frames up to the last one shown are skipped, even between key frames."""
    old = Plan(seconds=5.5)
    new = Plan(first=GROUP, seconds=8, opened=5.9)
    assert_seamless(show(join(old, new)), GROUP + 8 * 12)


def test_segment_of_another_encoder_that_begins_earlier_repeats_nothing() -> None:
    old = Plan(seconds=5.5)
    new = Plan(first=31, seconds=8, opened=5.9)
    shown = show(join(old, new))
    assert shown.numbers == sorted(set(shown.numbers))
    assert shown.numbers[65:67] == [FIRST + 65, FIRST + 31 + 2 * GROUP]
    assert_increasing(shown.times)


def test_outage_takes_no_time_on_the_time_line() -> None:
    """A player would otherwise wait for the missing time again."""
    shown = show(join(Plan(seconds=4), Plan(first=480, seconds=4, opened=40)))
    assert len(shown.numbers) == 96
    assert shown.longest_gap_ms <= FRAME_MS + 20


def test_a_few_lost_frames_keep_their_time() -> None:
    shown = show(join(Plan(seconds=4), Plan(first=49, seconds=4, opened=4.3)))
    assert 2 * FRAME_MS - 20 <= shown.times[48] - shown.times[47] <= 2 * FRAME_MS + 20


def test_six_segments_are_joined_without_loss() -> None:
    plans = [Plan(first=n * 100, seconds=12, opened=n * 100 / 12 + 0.5) for n in range(6)]
    assert_seamless(show(join(*plans)), 5 * 100 + 144)


def test_new_segment_without_start_time_begins_with_its_key_frame() -> None:
    no_start_time = Behavior(starttime=None)
    shown = show(
        join(Plan(seconds=12, behavior=no_start_time), Plan(first=90, seconds=5, opened=8.5, behavior=no_start_time))
    )
    assert_increasing(shown.times)
    assert shown.longest_gap_ms <= FRAME_MS + 20
    assert shown.numbers[-60:] == list(range(FIRST + 90, FIRST + 150))
    assert shown.numbers[:103] == list(range(FIRST, FIRST + 103))


@pytest.mark.parametrize("error", [-3600.0, 3600.0, -40.0])
def test_impossible_start_time_is_ignored(error: float) -> None:
    wrong = Behavior(starttime=error)
    shown = show(join(Plan(seconds=12), Plan(first=90, seconds=5, opened=8.5, behavior=wrong)))
    assert_increasing(shown.times)
    assert shown.longest_gap_ms <= FRAME_MS + 20
    assert shown.numbers[-60:] == list(range(FIRST + 90, FIRST + 150))


def test_new_segment_that_stays_behind_is_not_awaited_forever() -> None:
    """Its clock is 13 s slow, so that all its frames appear to have been shown."""
    wrong = Behavior(starttime=-13.0)
    shown = show(join(Plan(seconds=30), Plan(first=60, seconds=25, opened=5.5, behavior=wrong)))
    assert_increasing(shown.times)
    assert shown.numbers[-1] == FIRST + 60 + 25 * 12 - 1
    assert shown.longest_gap_ms <= FRAME_MS + 20


def test_new_segment_far_ahead_is_shown_eventually() -> None:
    """The old one never reaches it; the frames of the new one are buffered only up to a limit."""
    wrong = Behavior(starttime=200.0)
    shown = show(join(Plan(seconds=60), Plan(first=60, seconds=40, opened=5.5, behavior=wrong)))
    assert shown.numbers[-1] == FIRST + 60 + 40 * 12 - 1
    assert_increasing(shown.times)


def test_segments_without_metadata_are_joined() -> None:
    bare = Behavior(metadata=False)
    shown = show(join(Plan(seconds=6, behavior=bare), Plan(first=60, seconds=5, opened=5.2, behavior=bare)))
    assert_increasing(shown.times)
    assert shown.longest_gap_ms <= FRAME_MS + 20


def test_failed_next_segment_loses_no_frame() -> None:
    """While it lags, frames of the old one wait for it; when it ends they are shown."""
    shown = show(join(Plan(seconds=12), Plan(first=40, seconds=0.5, opened=6.0)))
    assert_seamless(shown, 144)


def test_next_segment_that_ends_after_its_key_frame_loses_no_frame() -> None:
    shown = show(join(Plan(seconds=12, lag=3.0), Plan(first=60, seconds=0.5, opened=5.0)))
    assert_seamless(shown, 144)


def test_old_segment_ends_while_the_new_one_has_only_old_pictures() -> None:
    old = Plan(seconds=6)
    new = Plan(first=48 + 7, seconds=8, opened=5.7, lag=1.0)
    shown = show(join(old, new))
    assert shown.numbers == sorted(set(shown.numbers))
    assert shown.numbers[:72] == list(range(FIRST, FIRST + 72))
    assert shown.numbers[72] == FIRST + 79
    assert_increasing(shown.times)


def test_old_segment_ends_after_the_new_key_frame_has_arrived() -> None:
    old = Plan(seconds=5, lag=2.0)
    new = Plan(first=60, seconds=5, opened=5.0)
    assert_seamless(show(join(old, new)), 120)


def test_segment_with_the_first_picture_is_shown() -> None:
    joiner = Joiner()
    first = joiner.begin()
    second = joiner.begin()
    [(_, head), (_, frame), *_] = live_segment(Behavior(), FIRST, 1)
    frames = joiner.feed(second, FlvReader().feed(head + frame))
    assert [frame.kind for frame in frames] == [Kind.KEY]
    assert joiner.current is second
    assert joiner.feed(first, FlvReader().feed(head + frame)) == []
    assert joiner.end(first) == []


def test_frames_that_waited_for_a_stalled_segment_are_shown() -> None:
    old = Plan(seconds=12)
    new = Plan(first=24, seconds=0.5, opened=5.0)
    joiner = Joiner()
    segment, reader = joiner.begin(), FlvReader()
    other, other_reader = Segment(), FlvReader()
    frames: list[Frame] = []
    for moment, data in old.arrivals():
        if moment > 5 and other is not joiner._next:
            other = joiner.begin()
            for _, part in new.arrivals():
                frames += joiner.feed(other, other_reader.feed(part))
        if moment > 8:
            break
        frames += joiner.feed(segment, reader.feed(data))
    assert len(frames) == 60
    frames += joiner.end(other)
    assert_seamless(show(frames), 97)


def test_late_frames_of_a_replaced_segment_are_dropped() -> None:
    joiner = Joiner()
    old = joiner.begin()
    parts = [data for _, data in Plan(seconds=8).arrivals()]
    reader = FlvReader()
    frames = joiner.feed(old, reader.feed(b"".join(parts[:48])))
    new = joiner.begin()
    later = [data for _, data in Plan(first=60, seconds=3).arrivals()]
    frames += joiner.feed(new, FlvReader().feed(b"".join(later)))
    frames += joiner.feed(old, reader.feed(b"".join(parts[48:])))
    assert joiner.current is new
    assert joiner.feed(old, reader.feed(parts[-1])) == []
    assert joiner.end(old) == []
    assert_seamless(show(frames), 96)


def test_next_segment_may_have_another_size() -> None:
    small = Behavior(width=160, height=96)
    shown = show(join(Plan(seconds=8), Plan(first=60, seconds=5, opened=5.5, behavior=small)))
    assert_seamless(shown, 120)
    assert shown.sizes[0] == (320, 184)
    assert shown.sizes[-1] == (160, 96)


def test_key_frames_after_a_change_of_size_hold_their_parameter_sets() -> None:
    frames = join(Plan(seconds=6, behavior=Behavior(resolution_at=24)))
    keys = [frame for frame in frames if frame.kind is Kind.KEY]
    assert [frame.data[9:10] == b"\x67" for frame in keys] == [False, True, True]
    shown = show(frames)
    assert_seamless(shown, 72)
    assert shown.sizes[-1] == (160, 92)


@pytest.mark.parametrize(
    "behavior",
    [
        Behavior(annexb=True),
        Behavior(bad_version=True),
        Behavior(config=False),
        Behavior(config=False, annexb=True),
        Behavior(backward_at=30),
        Behavior(audio="a"),
        Behavior(audio="mu"),
        Behavior(audio="aac"),
    ],
    ids=["annexb", "bad-version", "no-config", "annexb-no-config", "backward", "a-law", "mu-law", "aac"],
)
@pytest.mark.parametrize("lag", [0.0, 1.0])
def test_irregular_segments_are_repaired(behavior: Behavior, lag: float) -> None:
    frames = join(
        Plan(seconds=8, behavior=behavior),
        Plan(first=60, seconds=8, opened=5.5, behavior=behavior, lag=lag),
        Plan(first=120, seconds=8, opened=10.5, behavior=behavior),
    )
    shown = show(frames)
    assert shown.is_gapless
    assert len(shown.numbers) == 120 + 96
    assert_increasing(shown.times)
    audio = [frame for frame in frames if frame.kind is Kind.AUDIO]
    if behavior.audio:
        step = 128 if behavior.audio == "aac" else 40
        times = [frame.time for frame in audio]
        assert_increasing(times)
        assert max(after - before for before, after in pairwise(times)) <= step + FRAME_MS
        assert len(shown.audio) == len(times)
        assert abs(times[-1] - shown.times[-1]) <= 2 * step
    else:
        assert not audio


def timed(start: float, *timestamps: int, encoder: bytes) -> list[Tag]:
    """Return pictures with a start time, the first one a key frame; each encoder makes different ones."""
    pictures = [replace(tag, data=tag.data + encoder) for tag in tags(*timestamps)]
    return [Tag(TagType.SCRIPT, 0, write_metadata({"starttime": start})), *pictures]


def joiner_with_held_frame() -> tuple[Joiner, Segment, Segment]:
    """Return a joiner whose old segment has ended while its last frame waits for the new one, 3 s behind."""
    joiner = Joiner()
    old = joiner.begin()
    timestamps = range(0, 5101, 100)
    pictures = timed(1000.0, *timestamps, encoder=b"old")
    assert len(joiner.feed(old, pictures[:-1])) == 51
    new = joiner.begin()
    assert joiner.feed(new, timed(1002.0, 0, encoder=b"new")) == []
    assert joiner.feed(old, pictures[-1:]) == []
    assert joiner.end(old) == []
    assert joiner.current is old
    return joiner, old, new


def test_held_frame_is_shown_when_both_segments_end() -> None:
    joiner, _, new = joiner_with_held_frame()
    assert [frame.time for frame in joiner.end(new)] == [5100]
    assert joiner.current is None
    shown = joiner.feed(joiner.begin(), timed(1008.0, 0, 100, encoder=b"third"))
    assert [frame.time for frame in shown] == pytest.approx([5190, 5290], abs=10)


def test_new_segment_continues_where_the_old_one_ended() -> None:
    joiner, _, new = joiner_with_held_frame()
    shown: list[Frame] = []
    for timestamp in range(100, 4001, 100):
        shown += joiner.feed(new, [Tag(TagType.VIDEO, timestamp, b"\x12new" if timestamp == 3300 else b"\x22new")])
    assert joiner.current is new
    assert [frame.time for frame in shown][:3] == [5100, 5300, 5400]
    assert shown[1].kind is Kind.KEY


def test_third_segment_replaces_both() -> None:
    joiner, old, new = joiner_with_held_frame()
    third = joiner.begin()
    assert joiner.current is new
    assert joiner.feed(old, tags(5200)) == []
    shown = joiner.feed(third, timed(1005.2, 0, 100, encoder=b"third"))
    assert [frame.time for frame in shown] == [5200, 5300]
    assert joiner.current is third


def test_new_hevc_header_is_passed_without_changing_the_frames() -> None:
    joiner = Joiner()
    segment = joiner.begin()
    frames: list[Frame] = []
    for number in range(2):
        config = b"\x90hvc1config%d" % number
        frames += joiner.feed(
            segment, [Tag(TagType.VIDEO, number * 40, config), Tag(TagType.VIDEO, number * 40, b"\x91hvc1\0\0\0key")]
        )
    assert [frame.data for frame in frames] == [b"\x91hvc1\0\0\0key"] * 2
    assert [frame.config for frame in frames] == [b"\x90hvc1config0", b"\x90hvc1config1"]


@pytest.mark.parametrize("seed", range(25))
def test_damaged_bytes_affect_only_their_own_segment(seed: int) -> None:
    """The reader rejects them or the joiner ignores them; then the next segment is shown."""
    generator = random.Random(seed)
    data = bytearray(b"".join(part for _, part in live_segment(Behavior(audio="aac"), FIRST, 4)))
    for _ in range(generator.choice((1, 5, 50))):
        data[generator.randrange(13, len(data))] = generator.randrange(256)
    joiner = Joiner()
    segment, reader = joiner.begin(), FlvReader()
    frames: list[Frame] = []
    with contextlib.suppress(FlvError):
        for at in range(0, len(data), 1000):
            frames += joiner.feed(segment, reader.feed(bytes(data[at : at + 1000])))
    frames += joiner.end(segment)
    intact = FlvReader().feed(b"".join(part for _, part in live_segment(Behavior(), FIRST + 90, 4)))
    shown = joiner.feed(joiner.begin(), intact)
    times = [frame.time for frame in frames + shown if frame.kind is not Kind.AUDIO]
    assert_increasing(times)
    assert len(shown) >= 24
