"""Frame numbers survive the picture; the timeline keeps its promises."""

from typing import Any

import numpy as np
import pytest

from simulator.media import frame_number, timeline


def picture(number: int, width: int = 640, height: int = 360) -> np.ndarray[Any, Any]:
    grey = np.full((height, width), 90, dtype=np.uint8)
    levels = frame_number.strip_levels(number)
    grey[height - frame_number.strip_height(height) :] = levels[np.arange(width) * frame_number.CELLS // width]
    return grey


@pytest.mark.parametrize("number", [1, 21_542_807_903, (1 << 36) - 1])
@pytest.mark.parametrize("size", [(640, 360), (320, 180), (1280, 720)])
def test_number_can_be_read_back(number: int, size: tuple[int, int]) -> None:
    grey = picture(number, *size)
    assert frame_number.read_frame_number(grey) == number
    assert frame_number.read_frame_number(np.stack([grey] * 3, axis=2)) == number


def test_picture_without_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="no frame number"):
        frame_number.read_frame_number(np.zeros((360, 640), dtype=np.uint8))
    damaged = picture(21_542_807_903)
    damaged[-frame_number.strip_height(360) :, 160:176] ^= 0xFF
    with pytest.raises(ValueError, match="no frame number"):
        frame_number.read_frame_number(damaged)


def test_jitter_does_not_add_up() -> None:
    for number in range(21_542_807_903, 21_542_809_903):
        assert abs(timeline.frame_time("1000a001", number) - number * 1000 / 12) <= 10
        assert timeline.frame_time("1000a001", number) < timeline.frame_time("1000a001", number + 1)


def test_preview_before_a_moment_is_the_last_one() -> None:
    for moment in range(1_790_000_000_000, 1_790_000_005_000, 7):
        number = timeline.preview_before("1000a001", moment, 1000)
        assert timeline.preview_time("1000a001", number, 1000) < moment
        assert timeline.preview_time("1000a001", number + 1, 1000) >= moment
