"""The pictures of the brand are those that scripts/draw-brand draws, in the sizes that Home Assistant asks for."""

import numpy as np
from PIL import Image, ImageChops
import pytest

from demo.brand import FOLDER, pictures

NAMES = [f"{page}{kind}{size}.png" for page in ("", "dark_") for kind in ("icon", "logo") for size in ("", "@2x")]
ROUNDING = 2
"""By how much another version of Pillow may round a color differently."""


@pytest.fixture(scope="module")
def drawn() -> dict[str, Image.Image]:
    return dict(pictures())


def read(name: str) -> Image.Image:
    return Image.open(FOLDER / name)


def test_there_is_a_picture_for_each_page_and_each_screen() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_up_to_date(name: str, drawn: dict[str, Image.Image]) -> None:
    assert read(name).size == drawn[name].size, "run scripts/draw-brand"
    difference = ImageChops.difference(read(name).convert("RGBa"), drawn[name].convert("RGBa"))
    assert np.asarray(difference).max() <= ROUNDING, "run scripts/draw-brand"


@pytest.mark.parametrize("page", ["", "dark_"])
def test_sizes(page: str) -> None:
    assert read(f"{page}icon.png").size == (256, 256)
    assert read(f"{page}icon@2x.png").size == (512, 512)
    width, height = read(f"{page}logo.png").size
    assert 128 <= height <= 256 < width
    assert read(f"{page}logo@2x.png").size == (2 * width, 2 * height)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_transparent_without_a_margin(name: str) -> None:
    alpha = read(name).getchannel("A")
    assert alpha.getextrema() == (0, 255)
    assert alpha.getbbox() == (0, 0, *alpha.size)
