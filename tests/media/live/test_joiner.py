"""Joining stretches: what somebody sees who decodes the result."""

from collections.abc import Iterator
import contextlib
from dataclasses import dataclass, field, replace
from itertools import pairwise
import random

import pytest

from custom_components.carson.media.flv.amf import write_metadata
from custom_components.carson.media.flv.tags import FILE_HEADER, FlvError, FlvReader, Kind, Tag, TagType
from custom_components.carson.media.live.joiner import Joiner
from custom_components.carson.media.live.segment import Frame, Segment
from simulator.media.timeline import GROUP

from ..camera import Habit, Shown, decode, live_stretch

FIRST = 21_480_000_000
"""Number of the first frame of a test, on the border of a group."""
FRAME_MS = 1000 / 12


@dataclass
class Plan:
    """One stretch: from which frame, how long, and when it arrives.

    `opened` is the moment of the first byte and `lag` how late frames come, in seconds after the first frame of all.
    """

    first: int = 0
    seconds: float = 10.0
    opened: float = 0.0
    lag: float = 0.0
    habit: Habit = field(default_factory=Habit)

    def arrivals(self) -> Iterator[tuple[float, bytes]]:
        pieces = live_stretch(self.habit, FIRST + self.first, self.seconds)
        origin = FIRST * 1000 // 12
        for taken_ms, data in pieces:
            yield max(self.opened, (taken_ms - origin) / 1000 + self.lag), data


def join(*plans: Plan) -> list[Frame]:
    """Feed a joiner as time passes; each plan begins when its first byte arrives and ends after its last."""
    joiner = Joiner()
    events: list[tuple[float, int, bytes | None]] = []
    for index, plan in enumerate(plans):
        arrivals = list(plan.arrivals())
        events += [(moment, index, data) for moment, data in arrivals]
        events.append((arrivals[-1][0] + 0.001, index, None))
    frames: list[Frame] = []
    stretches: dict[int, tuple[Segment, FlvReader]] = {}
    for _, index, piece in sorted(events, key=lambda event: event[0]):
        if index not in stretches:
            stretches[index] = joiner.begin(), FlvReader()
        stretch, reader = stretches[index]
        frames += joiner.end(stretch) if piece is None else joiner.feed(stretch, reader.feed(piece))
    return frames


def to_flv(frames: list[Frame]) -> bytes:
    """Write frames as a player would send them."""
    pieces = [FILE_HEADER]
    configs: dict[TagType, bytes] = {}
    for frame in frames:
        if frame.config is not None and configs.get(frame.type) != frame.config:
            configs[frame.type] = frame.config
            pieces.append(Tag(frame.type, frame.time, frame.config).encode())
        pieces.append(Tag(frame.type, frame.time, frame.data).encode())
    return b"".join(pieces)


def show(frames: list[Frame]) -> Shown:
    shown = decode(to_flv(frames))
    assert shown.times == [frame.time for frame in frames if frame.kind is not Kind.AUDIO]
    assert len(shown.numbers) == len(shown.times)
    return shown


def assert_rising(times: list[int]) -> None:
    assert all(before < after for before, after in pairwise(times))


def assert_seamless(shown: Shown, frames: int) -> None:
    """No picture lost, none doubled, no gap longer than what the camera itself leaves."""
    assert shown.is_gapless
    assert len(shown.numbers) == frames
    assert_rising(shown.times)
    assert shown.longest_gap_ms <= FRAME_MS + 20


@pytest.mark.parametrize(("old_lag", "new_lag"), [(0, 0), (0.4, 0), (0, 0.4), (2.5, 0.4), (0.4, 2.5)])
@pytest.mark.parametrize("burst", [0, 7, 60])
def test_overlapping_stretches_are_joined_without_loss(old_lag: float, new_lag: float, burst: int) -> None:
    old = Plan(seconds=16, lag=old_lag)
    new = Plan(first=101 - burst, seconds=14, opened=101 / 12 + 0.7, lag=new_lag)
    shown = show(join(old, new))
    assert_seamless(shown, 101 - burst + 14 * 12)
    assert shown.times[0] == 0


@pytest.mark.parametrize("lag", [0.0, 1.3])
@pytest.mark.parametrize("burst_groups", [0, 1, 3])
def test_stretches_of_one_encoder_are_joined_without_loss(lag: float, burst_groups: int) -> None:
    old = Plan(seconds=16)
    new = Plan(first=(4 - burst_groups) * GROUP, seconds=14, opened=4 * 2 + 0.9, lag=lag)
    assert_seamless(show(join(old, new)), (4 - burst_groups) * GROUP + 14 * 12)


def test_a_stretch_of_the_same_encoder_continues_after_a_break_where_the_old_one_was_cut() -> None:
    """The new one begins in the past: its frames up to the last one shown are skipped, even between key frames."""
    old = Plan(seconds=5.5)
    new = Plan(first=GROUP, seconds=8, opened=5.9)
    assert_seamless(show(join(old, new)), GROUP + 8 * 12)


def test_a_stretch_of_another_encoder_that_begins_in_the_past_doubles_nothing() -> None:
    old = Plan(seconds=5.5)
    new = Plan(first=31, seconds=8, opened=5.9)
    shown = show(join(old, new))
    assert shown.numbers == sorted(set(shown.numbers))
    assert shown.numbers[65:67] == [FIRST + 65, FIRST + 31 + 2 * GROUP]
    assert_rising(shown.times)


def test_after_a_break_the_time_line_goes_on_at_once() -> None:
    """What nobody could see takes no time: a player would wait for it once more."""
    shown = show(join(Plan(seconds=4), Plan(first=480, seconds=4, opened=40)))
    assert len(shown.numbers) == 96
    assert shown.longest_gap_ms <= FRAME_MS + 20


def test_a_few_frames_lost_keep_their_time() -> None:
    shown = show(join(Plan(seconds=4), Plan(first=49, seconds=4, opened=4.3)))
    assert 2 * FRAME_MS - 20 <= shown.times[48] - shown.times[47] <= 2 * FRAME_MS + 20


def test_six_stretches_in_a_row() -> None:
    plans = [Plan(first=n * 100, seconds=12, opened=n * 100 / 12 + 0.5) for n in range(6)]
    assert_seamless(show(join(*plans)), 5 * 100 + 144)


def test_without_start_time_the_new_stretch_begins_with_its_key_frame() -> None:
    blind = Habit(starttime=None)
    shown = show(join(Plan(seconds=12, habit=blind), Plan(first=90, seconds=5, opened=8.5, habit=blind)))
    assert_rising(shown.times)
    assert shown.longest_gap_ms <= FRAME_MS + 20
    assert shown.numbers[-60:] == list(range(FIRST + 90, FIRST + 150))
    assert shown.numbers[:103] == list(range(FIRST, FIRST + 103))


@pytest.mark.parametrize("error", [-3600.0, 3600.0, -40.0])
def test_a_start_time_that_cannot_be_true_is_not_believed(error: float) -> None:
    lying = Habit(starttime=error)
    shown = show(join(Plan(seconds=12), Plan(first=90, seconds=5, opened=8.5, habit=lying)))
    assert_rising(shown.times)
    assert shown.longest_gap_ms <= FRAME_MS + 20
    assert shown.numbers[-60:] == list(range(FIRST + 90, FIRST + 150))


def test_a_new_stretch_that_stays_behind_is_not_waited_for_for_ever() -> None:
    """Its clock is 13 s slow: to its word, all it shows has been shown."""
    lying = Habit(starttime=-13.0)
    shown = show(join(Plan(seconds=30), Plan(first=60, seconds=25, opened=5.5, habit=lying)))
    assert_rising(shown.times)
    assert shown.numbers[-1] == FIRST + 60 + 25 * 12 - 1
    assert shown.longest_gap_ms <= FRAME_MS + 20


def test_a_new_stretch_far_ahead_takes_over_at_last() -> None:
    """The old one never gets there: what the new one has is not kept without bound."""
    lying = Habit(starttime=200.0)
    shown = show(join(Plan(seconds=60), Plan(first=60, seconds=40, opened=5.5, habit=lying)))
    assert shown.numbers[-1] == FIRST + 60 + 40 * 12 - 1
    assert_rising(shown.times)


def test_the_metadata_say_nothing_at_all() -> None:
    bare = Habit(metadata=False)
    shown = show(join(Plan(seconds=6, habit=bare), Plan(first=60, seconds=5, opened=5.2, habit=bare)))
    assert_rising(shown.times)
    assert shown.longest_gap_ms <= FRAME_MS + 20


def test_a_next_stretch_that_comes_to_nothing_costs_nothing() -> None:
    """While it lags, frames of the old one wait for it; when it dies they are shown."""
    shown = show(join(Plan(seconds=12), Plan(first=40, seconds=0.5, opened=6.0)))
    assert_seamless(shown, 144)


def test_a_next_stretch_that_dies_after_its_key_frame_was_chosen_costs_nothing() -> None:
    shown = show(join(Plan(seconds=12, lag=3.0), Plan(first=60, seconds=0.5, opened=5.0)))
    assert_seamless(shown, 144)


def test_the_old_stretch_ends_while_the_new_one_has_only_old_pictures() -> None:
    old = Plan(seconds=6)
    new = Plan(first=48 + 7, seconds=8, opened=5.7, lag=1.0)
    shown = show(join(old, new))
    assert shown.numbers == sorted(set(shown.numbers))
    assert shown.numbers[:72] == list(range(FIRST, FIRST + 72))
    assert shown.numbers[72] == FIRST + 79
    assert_rising(shown.times)


def test_the_old_stretch_ends_when_the_new_key_frame_is_there_already() -> None:
    old = Plan(seconds=5, lag=2.0)
    new = Plan(first=60, seconds=5, opened=5.0)
    assert_seamless(show(join(old, new)), 120)


def test_whichever_stretch_has_a_picture_first_is_shown() -> None:
    joiner = Joiner()
    first = joiner.begin()
    second = joiner.begin()
    [(_, head), (_, frame), *_] = live_stretch(Habit(), FIRST, 1)
    frames = joiner.feed(second, FlvReader().feed(head + frame))
    assert [frame.kind for frame in frames] == [Kind.KEY]
    assert joiner.current is second
    assert joiner.feed(first, FlvReader().feed(head + frame)) == []
    assert joiner.end(first) == []


def test_a_next_stretch_that_falls_silent_gives_back_the_frames_that_waited_for_it() -> None:
    old = Plan(seconds=12)
    new = Plan(first=24, seconds=0.5, opened=5.0)
    joiner = Joiner()
    stretch, reader = joiner.begin(), FlvReader()
    other, other_reader = Segment(), FlvReader()
    frames: list[Frame] = []
    for moment, data in old.arrivals():
        if moment > 5 and other is not joiner._next:
            other = joiner.begin()
            for _, piece in new.arrivals():
                frames += joiner.feed(other, other_reader.feed(piece))
        if moment > 8:
            break
        frames += joiner.feed(stretch, reader.feed(data))
    assert len(frames) == 60
    frames += joiner.end(other)
    assert_seamless(show(frames), 97)


def test_what_comes_late_from_a_replaced_stretch_is_dropped() -> None:
    joiner = Joiner()
    old = joiner.begin()
    pieces = [data for _, data in Plan(seconds=8).arrivals()]
    reader = FlvReader()
    frames = joiner.feed(old, reader.feed(b"".join(pieces[:48])))
    new = joiner.begin()
    later = [data for _, data in Plan(first=60, seconds=3).arrivals()]
    frames += joiner.feed(new, FlvReader().feed(b"".join(later)))
    frames += joiner.feed(old, reader.feed(b"".join(pieces[48:])))
    assert joiner.current is new
    assert joiner.feed(old, reader.feed(pieces[-1])) == []
    assert joiner.end(old) == []
    assert_seamless(show(frames), 96)


def test_another_size_in_the_next_stretch_is_shown() -> None:
    small = Habit(width=160, height=96)
    shown = show(join(Plan(seconds=8), Plan(first=60, seconds=5, opened=5.5, habit=small)))
    assert_seamless(shown, 120)
    assert shown.sizes[0] == (320, 184)
    assert shown.sizes[-1] == (160, 96)


def test_key_frames_after_a_change_of_size_bring_their_parameter_sets() -> None:
    frames = join(Plan(seconds=6, habit=Habit(resolution_at=24)))
    keys = [frame for frame in frames if frame.kind is Kind.KEY]
    assert [frame.data[9:10] == b"\x67" for frame in keys] == [False, True, True]
    shown = show(frames)
    assert_seamless(shown, 72)
    assert shown.sizes[-1] == (160, 92)


@pytest.mark.parametrize(
    "habit",
    [
        Habit(annexb=True),
        Habit(bad_version=True),
        Habit(config=False),
        Habit(config=False, annexb=True),
        Habit(backward_at=30),
        Habit(audio="a"),
        Habit(audio="mu"),
        Habit(audio="aac"),
    ],
    ids=["annexb", "bad-version", "no-config", "annexb-no-config", "backward", "a-law", "mu-law", "aac"],
)
@pytest.mark.parametrize("lag", [0.0, 1.0])
def test_oddities_do_not_show(habit: Habit, lag: float) -> None:
    frames = join(
        Plan(seconds=8, habit=habit),
        Plan(first=60, seconds=8, opened=5.5, habit=habit, lag=lag),
        Plan(first=120, seconds=8, opened=10.5, habit=habit),
    )
    shown = show(frames)
    assert shown.is_gapless
    assert len(shown.numbers) == 120 + 96
    assert_rising(shown.times)
    sounds = [frame for frame in frames if frame.kind is Kind.AUDIO]
    if habit.audio:
        step = 128 if habit.audio == "aac" else 40
        times = [frame.time for frame in sounds]
        assert_rising(times)
        assert max(after - before for before, after in pairwise(times)) <= step + FRAME_MS
        assert len(shown.audio) == len(times)
        assert abs(times[-1] - shown.times[-1]) <= 2 * step
    else:
        assert not sounds


def tags(*stamps: int, key_every: int = 1000) -> list[Tag]:
    """Return pictures of an old codec, whose bodies nobody looks into."""
    return [
        Tag(TagType.VIDEO, stamp, b"\x12\x00" if index % key_every == 0 else b"\x22\x00")
        for index, stamp in enumerate(stamps)
    ]


def times_of(*stamps: int) -> list[int]:
    return [frame.time for frame in Segment().read_frames(tags(*stamps))]


def test_a_single_slip_of_the_time_stamps_is_forgiven() -> None:
    [*early, slipped, after, last] = times_of(0, 80, 160, 20, 320, 400)
    assert (early, after, last) == ([0, 80, 160], 320, 400)
    assert 230 <= slipped <= 250


def test_doubled_time_stamps_are_told_apart() -> None:
    assert times_of(0, 80, 80, 160) == [0, 80, 81, 160]


def test_a_clock_that_was_set_back_goes_on_from_where_it_was() -> None:
    [*early, first, second, third] = times_of(0, 80, 160, 0, 80, 160)
    assert early == [0, 80, 160]
    assert 230 <= first <= 250
    assert (second, third) == (first + 80, first + 160)


def test_a_leap_that_would_end_a_players_patience_is_taken_out() -> None:
    [*early, leap, after] = times_of(0, 80, 160, 90_000, 90_080)
    assert early == [0, 80, 160]
    assert 200 <= leap <= 260
    assert after == leap + 80


def test_a_pause_is_a_pause() -> None:
    assert times_of(0, 80, 9_000, 9_080) == [0, 80, 9_000, 9_080]


def test_nothing_is_shown_before_the_first_key_frame() -> None:
    late = [Tag(TagType.VIDEO, 0, b"\x22\x00"), Tag(TagType.AUDIO, 0, b"\x72\x00"), *tags(100, 180)]
    assert [(frame.kind, frame.time) for frame in Segment().read_frames(late)] == [(Kind.KEY, 0), (Kind.INTER, 80)]


def test_a_picture_that_makes_no_sense_is_left_out() -> None:
    broken = Tag(TagType.VIDEO, 40, b"\x27\x01\0\0\0\xff\xff\xff\xff")
    stretch = Segment()
    pieces = live_stretch(Habit(), FIRST, 0.5)
    clean = stretch.read_frames([*FlvReader().feed(b"".join(data for _, data in pieces)), broken])
    assert len(clean) == 6


def timed(start: float, *stamps: int, encoder: bytes) -> list[Tag]:
    """Return pictures with a start time, the first one a key frame; no two encoders make the same ones."""
    pictures = [replace(tag, data=tag.data + encoder) for tag in tags(*stamps)]
    return [Tag(TagType.SCRIPT, 0, write_metadata({"starttime": start})), *pictures]


def waiting_joiner() -> tuple[Joiner, Segment, Segment]:
    """Return a joiner whose old stretch has ended while its last frame waits for the new one, 3 s behind."""
    joiner = Joiner()
    old = joiner.begin()
    stamps = range(0, 5101, 100)
    pictures = timed(1000.0, *stamps, encoder=b"old")
    assert len(joiner.feed(old, pictures[:-1])) == 51
    new = joiner.begin()
    assert joiner.feed(new, timed(1002.0, 0, encoder=b"new")) == []
    assert joiner.feed(old, pictures[-1:]) == []
    assert joiner.end(old) == []
    assert joiner.current is old
    return joiner, old, new


def test_when_both_stretches_end_what_waited_is_shown() -> None:
    joiner, _, new = waiting_joiner()
    assert [frame.time for frame in joiner.end(new)] == [5100]
    assert joiner.current is None
    shown = joiner.feed(joiner.begin(), timed(1008.0, 0, 100, encoder=b"third"))
    assert [frame.time for frame in shown] == pytest.approx([5190, 5290], abs=10)


def test_the_new_stretch_goes_on_where_the_old_one_ended() -> None:
    joiner, _, new = waiting_joiner()
    shown: list[Frame] = []
    for stamp in range(100, 4001, 100):
        shown += joiner.feed(new, [Tag(TagType.VIDEO, stamp, b"\x12new" if stamp == 3300 else b"\x22new")])
    assert joiner.current is new
    assert [frame.time for frame in shown][:3] == [5100, 5300, 5400]
    assert shown[1].kind is Kind.KEY


def test_yet_another_stretch_in_the_middle_of_that_is_no_harm() -> None:
    joiner, old, new = waiting_joiner()
    third = joiner.begin()
    assert joiner.current is new
    assert joiner.feed(old, tags(5200)) == []
    shown = joiner.feed(third, timed(1005.2, 0, 100, encoder=b"third"))
    assert [frame.time for frame in shown] == [5200, 5300]
    assert joiner.current is third


def test_hevc_passes_with_its_own_header() -> None:
    config = b"\x90hvc1config"
    stretch = Segment()
    frames = stretch.read_frames(
        [
            Tag(TagType.VIDEO, 0, config),
            Tag(TagType.VIDEO, 0, b"\x91hvc1\0\0\0key"),
            Tag(TagType.VIDEO, 40, b"\xa3hvc1inter"),
            Tag(TagType.VIDEO, 40, b"\x92hvc1"),
        ]
    )
    assert [(frame.kind, frame.config) for frame in frames] == [(Kind.KEY, config), (Kind.INTER, None)]


def test_a_new_hevc_header_is_passed_on_without_touching_the_frames() -> None:
    joiner = Joiner()
    stretch = joiner.begin()
    frames: list[Frame] = []
    for number in range(2):
        config = b"\x90hvc1config%d" % number
        frames += joiner.feed(
            stretch, [Tag(TagType.VIDEO, number * 40, config), Tag(TagType.VIDEO, number * 40, b"\x91hvc1\0\0\0key")]
        )
    assert [frame.data for frame in frames] == [b"\x91hvc1\0\0\0key"] * 2
    assert [frame.config for frame in frames] == [b"\x90hvc1config0", b"\x90hvc1config1"]


def test_only_the_first_metadata_of_a_stretch_count() -> None:
    pieces = live_stretch(Habit(), FIRST, 0.2)
    second = live_stretch(Habit(starttime=500.0), FIRST, 0.2)
    stretch = Segment()
    stretch.read_frames(FlvReader().feed(pieces[0][1]))
    stretch.read_frames(FlvReader().feed(second[0][1]))
    [first, *_] = stretch.read_frames(FlvReader().feed(pieces[0][1] + pieces[1][1]))
    assert first.position == pieces[0][0]


@pytest.mark.parametrize("seed", range(25))
def test_damaged_bytes_do_no_harm_beyond_their_own_stretch(seed: int) -> None:
    """Whatever a stretch holds, the reader refuses it or the joiner copes; then the next stretch is shown."""
    dice = random.Random(seed)
    data = bytearray(b"".join(piece for _, piece in live_stretch(Habit(audio="aac"), FIRST, 4)))
    for _ in range(dice.choice((1, 5, 50))):
        data[dice.randrange(13, len(data))] = dice.randrange(256)
    joiner = Joiner()
    stretch, reader = joiner.begin(), FlvReader()
    frames: list[Frame] = []
    with contextlib.suppress(FlvError):
        for at in range(0, len(data), 1000):
            frames += joiner.feed(stretch, reader.feed(bytes(data[at : at + 1000])))
    frames += joiner.end(stretch)
    healthy = FlvReader().feed(b"".join(piece for _, piece in live_stretch(Habit(), FIRST + 90, 4)))
    shown = joiner.feed(joiner.begin(), healthy)
    times = [frame.time for frame in frames + shown if frame.kind is not Kind.AUDIO]
    assert_rising(times)
    assert len(shown) >= 24
