"""Tests of the timeline of previews and frames."""

from simulator.media import timeline


def test_jitter_does_not_accumulate() -> None:
    for number in range(21_542_807_903, 21_542_809_903):
        assert abs(timeline.frame_time("1000a001", number) - number * 1000 / 12) <= 10
        assert timeline.frame_time("1000a001", number) < timeline.frame_time("1000a001", number + 1)


def test_preview_before_a_moment() -> None:
    for moment in range(1_790_000_000_000, 1_790_000_005_000, 7):
        number = timeline.preview_before("1000a001", moment, 1000)
        assert timeline.preview_time("1000a001", number, 1000) < moment
        assert timeline.preview_time("1000a001", number + 1, 1000) >= moment
