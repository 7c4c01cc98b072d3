"""Frame numbers in the frames: a strip of 40 black and white cells at the bottom.

36 bits of number and 4 bits of checksum, most significant first, so that a test can check
after decoding that no frame is missing or repeated.
"""

from typing import Any

import numpy as np

CELLS = 40
_NUMBER_BITS = 36
_BLACK = 24
_WHITE = 228


def _checksum(number: int) -> int:
    total = 0
    while number:
        total = (total * 3 + (number & 0xF)) & 0xF
        number >>= 4
    return total


def strip_height(height: int) -> int:
    """Return the height of the strip in rows."""
    return max(8, height // 24) // 2 * 2


def strip_levels(number: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the brightness of the 40 cells."""
    word = (number & (1 << _NUMBER_BITS) - 1) << 4 | _checksum(number)
    return np.array([_WHITE if word >> (CELLS - 1 - i) & 1 else _BLACK for i in range(CELLS)], dtype=np.uint8)


def read_frame_number(image: np.ndarray[Any, Any]) -> int:
    """Return the frame number in a decoded frame.

    Args:
        image: Rows by columns (gray), or rows by columns by channels (for example, `rgb24`).

    Raises:
        ValueError: There is no valid strip.
    """
    gray = image if image.ndim == 2 else image[..., :3].mean(axis=2)
    height, width = gray.shape
    row = height - strip_height(height) // 2
    band = gray[row - 1 : row + 1].mean(axis=0)
    word = 0
    for cell in range(CELLS):
        center = (2 * cell + 1) * width // (2 * CELLS)
        word = word << 1 | int(band[center - 1 : center + 2].mean() > 127)
    number = word >> 4
    if _checksum(number) != word & 0xF or number == 0:
        raise ValueError("the frame has no frame number")
    return number
