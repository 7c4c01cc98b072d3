"""Tests of frame numbers."""

from typing import Any

import numpy as np
import pytest

from simulator.media import frame_number


def frame(number: int, width: int = 640, height: int = 360) -> np.ndarray[Any, Any]:
    gray = np.full((height, width), 90, dtype=np.uint8)
    levels = frame_number.strip_levels(number)
    gray[height - frame_number.strip_height(height) :] = levels[np.arange(width) * frame_number.CELLS // width]
    return gray


@pytest.mark.parametrize("number", [1, 21_542_807_903, (1 << 36) - 1])
@pytest.mark.parametrize("size", [(640, 360), (320, 180), (1280, 720)])
def test_frame_number_is_read_from_a_frame(number: int, size: tuple[int, int]) -> None:
    gray = frame(number, *size)
    assert frame_number.read_frame_number(gray) == number
    assert frame_number.read_frame_number(np.stack([gray] * 3, axis=2)) == number


def test_frame_without_a_valid_number_is_rejected() -> None:
    with pytest.raises(ValueError, match="no frame number"):
        frame_number.read_frame_number(np.zeros((360, 640), dtype=np.uint8))
    damaged = frame(21_542_807_903)
    damaged[-frame_number.strip_height(360) :, 160:176] ^= 0xFF
    with pytest.raises(ValueError, match="no frame number"):
        frame_number.read_frame_number(damaged)
