"""Draws the pictures of the brand, as Home Assistant shows them: `scripts/draw-brand`.

All are drawn from the shapes below, in the sizes that Home Assistant's repository of brands asks for: icons of 256 and
512 pixels, logos whose shorter side has 248 and 496. Those for a dark page are brighter, and their letters are white.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

FOLDER = Path(__file__).parents[1] / "custom_components" / "carson" / "brand"

ICON = 512
"""The side of the icon in units, which are the pixels of the large pictures."""
_LOGO_HEIGHT = 496
# Each pixel is the mean of so many in either direction, for smooth edges.
_SAMPLES = 4

type Color = tuple[int, int, int]
type Point = tuple[float, float]

_WHITE: Color = (255, 255, 255)
_LIGHT: Color = (255, 202, 92)
_LENS: Color = (124, 200, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colors that differ between light and dark pages."""

    top_left: Color
    bottom_right: Color
    door: Color
    hole: Color
    letters: Color


LIGHT_PAGE = Palette(
    top_left=(43, 94, 172), bottom_right=(13, 44, 92), door=(28, 66, 128), hole=(13, 44, 92), letters=(13, 44, 92)
)
DARK_PAGE = Palette(
    top_left=(84, 146, 235), bottom_right=(36, 84, 166), door=(38, 86, 168), hole=(16, 48, 104), letters=_WHITE
)


class _Canvas:
    """A transparent picture that is measured in units, and drawn with several samples per unit."""

    def __init__(self, width: float, height: float) -> None:
        self.image = Image.new("RGBA", (round(width * _SAMPLES), round(height * _SAMPLES)))
        self._draw = ImageDraw.Draw(self.image)

    def polygon(self, points: list[Point], color: Color) -> None:
        self._draw.polygon([(x * _SAMPLES, y * _SAMPLES) for x, y in points], fill=color)

    def circle(self, center: Point, radius: float, color: Color) -> None:
        self._draw.ellipse(self._box(center, radius), fill=color)

    def arc(self, center: Point, radius: float, degrees: tuple[float, float], width: float, color: Color) -> None:
        """Draw a part of a circle, clockwise from the right, with round ends; the radius is that of its middle line."""
        self._draw.arc(self._box(center, radius + width / 2), *degrees, fill=color, width=round(width * _SAMPLES))
        for angle in np.radians(degrees):
            end = (center[0] + radius * float(np.cos(angle)), center[1] + radius * float(np.sin(angle)))
            self.circle(end, width / 2, color)

    def stem(self, x: float, top: float, bottom: float, width: float, color: Color) -> None:
        """Draw a vertical line with round ends."""
        box = [(x - width / 2) * _SAMPLES, top * _SAMPLES, (x + width / 2) * _SAMPLES, bottom * _SAMPLES]
        self._draw.rounded_rectangle(box, radius=width / 2 * _SAMPLES, fill=color)

    @staticmethod
    def _box(center: Point, radius: float) -> list[float]:
        x, y = center
        return [(x - radius) * _SAMPLES, (y - radius) * _SAMPLES, (x + radius) * _SAMPLES, (y + radius) * _SAMPLES]


def draw_icon(palette: Palette) -> Image.Image:
    """Return the icon with all its samples: a door ajar, whose keyhole is a camera."""
    canvas = _Canvas(ICON, ICON)
    side = canvas.image.width
    along = np.add.outer(np.arange(side), np.arange(side))[..., np.newaxis] / (2 * side - 2)
    colors = np.array(palette.top_left) * (1 - along) + np.array(palette.bottom_right) * along
    ground = Image.fromarray(colors.round().astype(np.uint8), "RGB")

    canvas.image.paste(ground)
    canvas.polygon([(294, 430), (384, 430), (462, ICON), (278, ICON)], _mixed(_LIGHT, palette.bottom_right, 0.2))
    canvas.polygon([(124, 436), *_arch(124, 388, top=72, spring=204), (388, 436)], _WHITE)
    canvas.polygon([(148, 436), *_arch(148, 364, top=96, spring=204), (364, 436)], _LIGHT)
    canvas.polygon([(148, 436), *_arch(148, 294, top=100, spring=210), (294, 472)], palette.door)
    canvas.polygon([(227, 300), (257, 300), (270, 372), (214, 372)], _WHITE)
    canvas.circle((242, 280), 36, _WHITE)
    canvas.circle((242, 280), 22, palette.hole)
    canvas.circle((235, 273), 8, _LENS)

    shape = Image.new("L", canvas.image.size)
    ImageDraw.Draw(shape).rounded_rectangle([0, 0, side - 1, side - 1], radius=112 * _SAMPLES, fill=255)
    canvas.image.putalpha(shape)
    return canvas.image


def draw_logo(palette: Palette) -> Image.Image:
    """Return the logo with all its samples: the icon, and the name beside it."""
    icon = draw_icon(palette).resize((_LOGO_HEIGHT * _SAMPLES,) * 2, Image.Resampling.BOX)
    name = _draw_name(palette.letters)
    # A whole number of pixels in the small picture, too.
    width = -(-(icon.width + 88 * _SAMPLES + name.width) // (2 * _SAMPLES)) * 2 * _SAMPLES
    canvas = Image.new("RGBA", (width, icon.height))
    canvas.paste(icon)
    canvas.paste(name, (width - name.width, (icon.height - name.height) // 2))
    return canvas


def _draw_name(color: Color) -> Image.Image:
    """Return the letters of the name: circles and stems of one width."""
    width, bottom = 42.0, 250.0
    small, large = 66.0, 104.0  # radii of the middle lines
    middle = bottom - width / 2 - small
    canvas = _Canvas(1300, 250)

    x = width / 2 + large
    canvas.arc((x, bottom - width / 2 - large), large, (48, 312), width, color)

    x += large * 0.67 + 52 + width / 2 + small
    canvas.arc((x, middle), small, (0, 360), width, color)
    canvas.stem(x + small, middle - small - width / 2, bottom, width, color)

    x += small + 44 + width
    canvas.stem(x, middle - small - width / 2, bottom, width, color)
    canvas.arc((x + small, middle), small, (180, 296), width, color)

    curve = (small + 1) / 2
    x += small * 1.44 + 34 + width + curve
    canvas.arc((x, middle - curve), curve, (90, 330), width, color)
    canvas.arc((x, middle + curve), curve, (-90, 150), width, color)

    x += curve + 40 + width + small
    canvas.arc((x, middle), small, (0, 360), width, color)

    x += small + 44 + width
    canvas.stem(x, middle - small - width / 2, bottom, width, color)
    canvas.arc((x + small, middle), small, (180, 360), width, color)
    canvas.stem(x + 2 * small, middle - width / 2, bottom, width, color)
    return canvas.image.crop(canvas.image.getbbox())


def _arch(left: float, right: float, *, top: float, spring: float) -> list[Point]:
    """Return the points of half an ellipse from left to right, over the line on which it stands."""
    center, radius = (left + right) / 2, (right - left) / 2
    angles = np.linspace(np.pi, 0, 181)
    return [(center + radius * float(np.cos(a)), spring - (spring - top) * float(np.sin(a))) for a in angles]


def _mixed(color: Color, other: Color, share: float) -> Color:
    red, green, blue = (round(one * (1 - share) + two * share) for one, two in zip(color, other, strict=True))
    return red, green, blue


def pictures() -> Iterator[tuple[str, Image.Image]]:
    """Return the names of all files, and their pictures."""
    for prefix, palette in (("", LIGHT_PAGE), ("dark_", DARK_PAGE)):
        for name, drawn in (("icon", draw_icon(palette)), ("logo", draw_logo(palette))):
            # Transparent pixels must not darken the edges.
            drawn = drawn.convert("RGBa")  # noqa: PLW2901
            for suffix, samples in (("", 2 * _SAMPLES), ("@2x", _SAMPLES)):
                yield f"{prefix}{name}{suffix}.png", drawn.reduce(samples).convert("RGBA")


def main() -> None:
    """Write all pictures."""
    for name, picture in pictures():
        picture.save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    main()
