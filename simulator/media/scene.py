"""The scene before a camera: an invented room, a person who walks by, and the name and clock of the camera."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
import io
from zlib import crc32
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw, ImageFont

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_JPEG_QUALITY = 72


@lru_cache(maxsize=8)
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's default font in a size."""
    return ImageFont.load_default(size)


def bar_height(height: int) -> int:
    """Return the height of the bars with name and clock, an even number of rows."""
    return max(11, height // 20) * 3 // 2 // 2 * 2


def clock_text(moment_ms: int, time_zone: str) -> str:
    """Return date and time as the camera shows them."""
    moment = (_EPOCH + timedelta(milliseconds=moment_ms)).astimezone(ZoneInfo(time_zone))
    return f"{moment:%Y-%m-%d  %H:%M:%S}"


@lru_cache(maxsize=32)
def scene(name: str, width: int, height: int) -> Image.Image:
    """Return the empty room of a camera with its name. It is cached: draw on a copy only."""
    seed = crc32(name.encode())
    hue = seed % 360
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    horizon = height * 9 // 20
    for y in range(height):
        depth = y / horizon if y < horizon else (y - horizon) / (height - horizon)
        light = int(62 - 14 * depth) if y < horizon else int(24 + 18 * depth)
        draw.line((0, y, width, y), fill=f"hsl({hue},{14 if y < horizon else 22}%,{light}%)")
    center = width * (35 + seed // 360 % 30) // 100
    for step in range(-6, 7):
        draw.line(
            (center + step * width // 30, horizon, center + step * width // 4, height), fill=f"hsl({hue},15%,32%)"
        )
    for step in range(1, 5):
        y = horizon + (height - horizon) * step * step // 18
        draw.line((0, y, width, y), fill=f"hsl({hue},15%,30%)")
    _draw_doors(draw, seed, width, height, horizon)
    size = max(11, height // 20)
    draw.rectangle((0, 0, width, size * 3 // 2), fill="#101418")
    draw.text((size // 2, size // 5), name, font=font(size), fill="white")
    return image


def _draw_doors(draw: ImageDraw.ImageDraw, seed: int, width: int, height: int, horizon: int) -> None:
    for index in range(3):
        hue = (seed >> (index * 5)) % 360
        left = width * (8 + index * 32 + (seed >> (index * 3)) % 8) // 100
        wide = width * (9 + (seed >> index) % 6) // 100
        top = horizon - height * (18 + (seed >> (index * 2)) % 10) // 100
        draw.rectangle((left, top, left + wide, horizon + height // 40), fill=f"hsl({hue},30%,38%)", outline="#2a2d31")
        draw.ellipse(
            (left + wide - wide // 5, horizon - height // 10, left + wide - wide // 10, horizon - height // 14),
            fill="#d8c27a",
        )
    lamp = width * (20 + seed % 55) // 100
    draw.ellipse((lamp, height // 8, lamp + width // 9, height // 8 + height // 22), fill="#fff6d8")


def person_position(moment_ms: int, width: int) -> int:
    """Return the position of the person in pixels from the left: back and forth once in 20 seconds."""
    phase = moment_ms % 20_000
    distance = phase if phase < 10_000 else 20_000 - phase
    return width // 12 + distance * (width * 5 // 6) // 10_000


@lru_cache(maxsize=4096)
def still(name: str, moment_ms: int, time_zone: str, width: int = 320, height: int = 240) -> bytes:
    """Return the preview of a moment as JPEG."""
    image = scene(name, width, height).copy()
    draw = ImageDraw.Draw(image)
    x = person_position(moment_ms, width)
    foot = height * 8 // 10
    draw.rounded_rectangle((x - width // 40, foot - height // 4, x + width // 40, foot), width // 60, fill="#c8503c")
    draw.ellipse((x - width // 50, foot - height // 3, x + width // 50, foot - height // 4), fill="#e8c8a8")
    size = max(11, height // 20)
    draw.rectangle((0, height - size * 3 // 2, width, height), fill="#101418")
    text = f"{clock_text(moment_ms, time_zone)}.{moment_ms % 1000:03d}"
    draw.text((size // 2, height - size * 3 // 2 + size // 5), text, font=font(size), fill="white")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_JPEG_QUALITY)
    return out.getvalue()
