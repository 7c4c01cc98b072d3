"""Pictures in place of a camera's own."""

import io

from PIL import Image
import pytest

from custom_components.carson.media.placeholder import draw_banner, draw_placeholder
from simulator.media import scene


def pixels(picture: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(picture))
    assert image.format == "JPEG"
    return image.convert("L")


def is_written(picture: bytes, top: int, bottom: int) -> bool:
    """Return whether there is anything between two lines of a picture."""
    image = pixels(picture)
    histogram = image.crop((0, top, image.width, bottom)).histogram()
    shades = [shade for shade, count in enumerate(histogram) if count]
    return shades[-1] - shades[0] > 60


def test_placeholder_has_name_reason_and_time() -> None:
    picture = draw_placeholder("Lobby", "Lobby is offline.", "Since 2026-11-26 14:05")
    assert pixels(picture).size == (640, 360)
    without_time = draw_placeholder("Lobby", "Lobby is offline.", None)
    assert picture != without_time
    assert is_written(picture, 165, 210)
    assert is_written(picture, 215, 250)
    assert is_written(picture, 250, 290)
    assert not is_written(without_time, 250, 290)


@pytest.mark.parametrize("name", ["x" * 500, "word " * 200, "", "\n\t"])
def test_any_name_fits(name: str) -> None:
    assert pixels(draw_placeholder(name, name, name)).size == (640, 360)


def test_text_that_the_font_cannot_draw_is_left_out() -> None:
    assert not is_written(draw_placeholder("大厅", "大厅", "大厅"), 165, 350)
    assert is_written(draw_placeholder("Eingang Süd", "é à ñ", ""), 165, 210)


def test_banner_leaves_the_rest_of_the_picture() -> None:
    before = scene.still("Lobby", 1_790_000_000_000, "UTC")
    after = draw_banner(before, "Picture from 2026-11-26 14:05")
    assert pixels(after).size == pixels(before).size
    assert is_written(after, 0, 20)
    below = (0, 60, *pixels(before).size)
    difference = [
        abs(one - two)
        for one, two in zip(pixels(before).crop(below).tobytes(), pixels(after).crop(below).tobytes(), strict=True)
    ]
    assert sum(difference) / len(difference) < 6


def test_banner_of_something_else_is_that() -> None:
    assert draw_banner(b"\xff\xd8\xff no picture", "Picture from ?") == b"\xff\xd8\xff no picture"
